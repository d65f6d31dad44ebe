"""Words that several parts of the grammar share."""

from rules.model import Cutoff, Period

NO_TIME = Period()


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for tables of words that are easier to read in one line."""
    return frozenset(text.split())


ACTS = words(
    "destroy destroyed delete deleted dispose disposed shred shredded review reviewed offer offered transfer "
    "transferred erase erased remove removed return returned redact redacted anonymise anonymised archive "
    "archived retain retained keep kept"
)
YEAR_KINDS = {
    "financial": Cutoff.FINANCIAL_YEAR,
    "fiscal": Cutoff.FINANCIAL_YEAR,
    "accounting": Cutoff.FINANCIAL_YEAR,
    "tax": Cutoff.TAX_YEAR,
    "calendar": Cutoff.CALENDAR_YEAR,
    "academic": Cutoff.ACADEMIC_YEAR,
    "school": Cutoff.ACADEMIC_YEAR,
}
CUTOFFS = (
    {f"{kind} year": cutoff for kind, cutoff in YEAR_KINDS.items()}
    | {f"{kind} years": cutoff for kind, cutoff in YEAR_KINDS.items()}
    | {
        "fy": Cutoff.FINANCIAL_YEAR,
        "council financial year": Cutoff.FINANCIAL_YEAR,
        "council tax year": Cutoff.FINANCIAL_YEAR,
    }
    | dict.fromkeys(("financial yr", "fin year", "fin yr"), Cutoff.FINANCIAL_YEAR)
    | {"quarter": Cutoff.QUARTER, "calendar month": Cutoff.MONTH, "month": Cutoff.MONTH}
)
EXAMPLES = ("for example", "for instance", "such as", "eg", "e . g .", "e.g.")

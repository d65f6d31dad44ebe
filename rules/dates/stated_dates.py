"""Dates that a text states in a role ("Invoice date: 3 May 2012"): the labels of each trigger, and what follows."""

from functools import lru_cache

from rules.cues.matching import fold_text
from rules.dates.date_reading import DateReading, labelled_dates
from rules.dates.doubts import is_doubtful
from rules.dates.evidence import Bound
from rules.dates.labels import LabelSearch
from rules.model import Trigger

_MOST_READINGS = 8

_RECORD_LABELS = (
    "invoice date", "date of invoice", "tax point", "tax date", "order date", "date of order", "issue date",
    "date of issue", "date issued", "letter date", "dated", "date of inspection", "inspection date", "inspected",
    "date of incident", "incident date", "date of accident", "accident date", "date of assessment",
    "assessment date", "date of call", "call date", "date of log", "date raised", "date logged", "date of entry",
    "week ending", "period ending", "month ending", "year ended", "as at", "statement date", "payment date",
)  # fmt: skip
# "meeting held in the Town Hall at 7.30pm on"
_MEETING_ON = r"(?:meeting|held)[^\n\d]{1,60}(?:\d{1,2}[.:]\d\d[^\n\d]{1,30})?"
_LABELS = {
    Trigger.CREATED: ("created", "date created", "date recorded", "recorded"),
    Trigger.RECORD_DATE: (),
    Trigger.RECEIVED: ("received", "date received", "date of receipt"),
    Trigger.LAST_MODIFIED: (),
    Trigger.LAST_CONTACT: ("last contact", "date of last contact", "last seen", "date last seen"),
    Trigger.CASE_CLOSED: (
        "case closed",
        "case was closed",
        "file closed",
        "file was closed",
        "complaint closed",
        "date closed",
        "closed date",
        "closure date",
        "date of closure",
    ),
    Trigger.DECISION_DATE: ("decision date", "date of decision", "decision made", "decided"),
    Trigger.ORDER_DATE: ("order made", "date of order", "order dated", "date of the order"),
    Trigger.MEETING_DATE: ("date of meeting", "meeting date", "meeting", _MEETING_ON),
    Trigger.CONTRACT_AWARD: ("date of contract", "contract date", "contract awarded", "award date", "date of award"),
    Trigger.CONTRACT_END: ("expires", "expiry date", "end date", "contract end", "terminates", "until", "terminated"),
    Trigger.EMPLOYMENT_END: (
        "last day of service",
        "leaving date",
        "date of leaving",
        "date left",
        "last working day",
        "termination date",
    ),
    Trigger.OFFICE_END: ("ceased to hold office", "term ended", "approval terminated", "vacated office"),
    Trigger.LICENCE_EXPIRY: ("valid until", "expires", "expiry date", "expiry", "date of expiry", "valid to"),
    Trigger.SUPERSEDED: ("superseded",),
    Trigger.PROJECT_COMPLETED: ("project completed", "project closed", "completion date", "date of completion"),
    Trigger.WORKS_COMPLETED: ("practical completion", "date of completion", "completion date", "works completed"),
    Trigger.ASSET_DISPOSED: ("date of sale", "date of disposal", "disposed of", "demolished", "date of completion"),
    Trigger.NOTICE_COMPLIED: ("complied", "notice complied with", "date of compliance"),
    Trigger.DATE_OF_BIRTH: ("date of birth", "dob", r"d\.o\.b\.?", "born"),
    Trigger.DATE_OF_DEATH: ("date of death", "died", "deceased"),
    Trigger.NO_LONGER_NEEDED: (),
    Trigger.INCIDENT_ENDED: ("incident closed", "incident ended", "stood down"),
    Trigger.CLAIM_SETTLED: ("claim settled", "claim was settled", "date of settlement", "settlement date"),
    Trigger.DEBT_CLEARED: ("paid in full", "debt cleared", "date cleared", "account cleared"),
    Trigger.AUDIT_COMPLETED: ("audit completed", "audit closed", "audit signed off"),
    Trigger.CONSENT_WITHDRAWN: ("consent withdrawn", "unsubscribed", "opted out"),
}
# a field of a form says so at the beginning of its line; elsewhere a road was closed and a boiler replaced
_LABELS_OF_FORMS = {
    Trigger.CASE_CLOSED: ("closed",),
    Trigger.EMPLOYMENT_END: ("left",),
    Trigger.SUPERSEDED: ("replaced",),
    Trigger.CLAIM_SETTLED: ("settled",),
}
SEARCHES = {
    trigger: LabelSearch(*labels, at_line_start=_LABELS_OF_FORMS.get(trigger, ()))
    for trigger, labels in _LABELS.items()
    if labels
}
RECORD_SEARCH = LabelSearch(*_RECORD_LABELS, at_line_start=("date",))


@lru_cache(maxsize=16)  # the clauses of one class ask for the same dates of the same text again and again
def stated_dates(trigger: Trigger, text: str) -> tuple[tuple[DateReading, str, Bound], ...]:
    """Return the dates that `text` states for `trigger`, each in its own words, and which bounds it speaks to."""
    search = RECORD_SEARCH if trigger is Trigger.RECORD_DATE else SEARCHES.get(trigger)
    if search is None:
        return ()
    folded = fold_text(text)
    readings = _telling(tuple(labelled_dates(folded.folded, search)))
    return tuple(
        (
            reading,
            " ".join(folded.quote(reading.start, reading.end).split()),
            Bound.EARLIEST if is_doubtful(folded.folded, reading.start, trigger) else Bound.BOTH,
        )
        for reading in readings
    )


def _telling(readings: tuple[DateReading, ...]) -> tuple[DateReading, ...]:
    """Of many dates (a ledger has thousands) keep the first few, and the extremes, on which the interval rests."""
    if len(readings) <= _MOST_READINGS:
        return readings
    extremes = (min(readings, key=lambda one: one.earliest), max(readings, key=lambda one: one.latest))
    return tuple(dict.fromkeys((*readings[: _MOST_READINGS - 2], *extremes)))

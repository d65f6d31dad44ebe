"""What a source says beside its rule: a note, a title or an unused column can hold, lengthen or except.

What speaks of keeping and was not read with the rule makes the rule descriptive, with the words in its account:
a period without the sentence beside it may be shorter than the source means.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.importing.entry import Understood
from rules.model import Period, Term, Then, clocks_of
from rules.phrases.combining import longest_days
from rules.phrases.cursor import Cursor
from rules.phrases.lengths import days_about, read_length
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.tokens import tidy, tokens_of

_GONE = r"(?:destroy|delet|dispos|shred|eras)"
_HOLD = re.compile(
    rf"\b(?:do|must|should|shall|may|can)\s*n[o']t\s+(?:be\s+)?{_GONE}"
    rf"|\b(?:not|never)\s+(?:to\s+)?(?:be\s+)?{_GONE}|\bnot\s+for\s+(?:destruction|disposal|deletion)"
    r"|\b(?:on|legal|litigation|disposal|under)\s+hold\b|\bhold\s+(?:until|pending)\b|^\W*hold\W*$|\b(?-i:HOLD)\b"
    r"|\bmoratorium\b",
    re.IGNORECASE,
)
_HALTED = re.compile(r"\b(?:embargo|freeze|frozen|suspended|suspension)\b", re.IGNORECASE)
_EXCEPTED = re.compile(
    r"\b(?:unless|except|excepting|excepted|excluding|excludes|other\s+than|apart\s+from)\b"
    r"|\bexceptions?\s*(?:$|[:;,.-]|are\b|is\b|for\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\b(?:year|month|week|day)s?\b", re.IGNORECASE)
_PERMANENTLY = re.compile(
    r"\b(?:permanently|permanent\s+(?:retention|preservation|records?|archives?)|indefinite(?:ly)?|for\s?ever|perpetuity)\b",
    re.IGNORECASE,
)
_TITLED_PERMANENT = re.compile(r"\b(?-i:PERMANENT)\b|[-:(]\s*permanent\s*(?:$|[).;,])", re.IGNORECASE)
_LONGER = re.compile(
    r"\b(?:permanent|longer|extend(?:s|ed)?|extension|until|till|birthday|anniversary|at\s+least|minimum)\b"
    r"|\b(?:keep|kept|retain|retained|archive|transfer|offer|preserve)\b[^.;]*\b(?:if|where|when|for)\b"
    r"|\b\d{1,3}\b[^.;]{0,40}\b(?:if|where|when)\b|\b(?:if|where|when)\b[^.;]{0,60}\b\d{1,3}\b",
    re.IGNORECASE,
)
_SEALED = re.compile(r"\bunder\s+seal\b|\bsealed\b|\b(?:by|as\s+a)\s+deed\b", re.IGNORECASE)
_PLAIN_NO = frozenset({"no", "n", "none", "false", "n/a", "na", "-", "0", "nil", "not applicable"})
_TWELVE_YEARS = days_about(Period(years=12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A text beside a rule, and what it is called. One that only `names` the records is read for less."""

    name: str
    text: str
    names: bool = False


def heeding(made: Understood, asides: Iterable[Aside]) -> Understood:
    """Return `made`, or a descriptive rule when what stands beside it may change it; holds are named either way."""
    told = [aside for aside in asides if aside.text.strip().casefold() not in _PLAIN_NO]
    made = with_holds(made, told)
    if made.is_permanent or (made.refused and not made.as_rule):
        return made
    speaking = next((aside for aside in told if _holds(aside) or _speaks(aside, made)), None)
    if speaking is None:
        return made
    words = " ".join(speaking.text.split())
    return Understood(
        refused=f"its {speaking.name} may change its period: '{words}'", holds=made.holds, notes=made.notes
    )


def with_holds(made: Understood, asides: Iterable[Aside]) -> Understood:
    """Return `made` with the holds that `asides` name; for forms whose own columns say the whole rule."""
    held = tuple(" ".join(aside.text.split()) for aside in asides if _holds(aside))
    return replace(made, holds=tuple(dict.fromkeys((*made.holds, *held))))


def _holds(aside: Aside) -> bool:
    return bool(_HOLD.search(aside.text)) or (not aside.names and bool(_HALTED.search(aside.text)))


def _speaks(aside: Aside, made: Understood) -> bool:
    """Tell whether `aside` says what the rule does not."""
    text = aside.text
    if _EXCEPTED.search(text) or _PERMANENTLY.search(text):
        return True
    known = _periods(made)
    longest = max((longest_days(term) for term in _terms(made)), default=0.0)
    if _SEALED.search(text) and longest < _TWELVE_YEARS:
        return True
    if aside.names and _TITLED_PERMANENT.search(text):
        return True
    if aside.names:  # `children under 5 years` says whose records they are
        return any(period is None or days_about(period) > longest for period in _written(text))
    return bool(_LONGER.search(text)) or any(period is None or period not in known for period in _written(text))


def _terms(made: Understood) -> Iterator[Term]:
    if made.term is not None:
        yield made.term
    yield from (clause.clock for clause in made.clauses if clause.clock is not None)


def _periods(made: Understood) -> frozenset[Period]:
    found: set[Period] = set()
    for term in _terms(made):
        found.update(
            period for clock in clocks_of(term) for period in (clock.period, clock.period_max) if period is not None
        )
        step = term
        while isinstance(step, Then):
            found.add(step.period)
            step = step.first
    return frozenset(found)


def _written(text: str) -> Iterator[Period | None]:
    """Yield the periods in a text; None for one that contradicts itself."""
    tidied = tidy(text)
    cursor = Cursor(tidied, tokens_of(tidied))
    while not cursor.is_at_end:
        begun = cursor.place
        try:
            # "twice a year" is no period
            length = None if cursor.key() in ("a", "an") else read_length(cursor)
        except UnreadPhraseError:  # "section 29(3)" is no period, "six (5) years" is none that can be told
            length = None
            if _UNIT.search(text):
                yield None
        if length is not None:
            yield from (period for period in (length.period, length.period_max) if period is not None)
        cursor.place = max(cursor.place, begun + 1)

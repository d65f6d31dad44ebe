"""Dates in the columns of another system, as an export claims them: `Date closed`, `DOB`, `Status` = Closed.

A column is a recorded fact (strength A) about the item it stands beside. A status that says the matter is open
again takes the force of its dates: then they only say "not before".
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from rules.cues.matching import fold_path_part
from rules.dates.date_reading import date_in_value
from rules.dates.evidence import Bound, DateEvidence
from rules.model import Strength, Trigger

COLUMN = "column:"
_LONGEST_VALUE = 80
_DATES = {
    Trigger.CREATED: ("date created", "created on", "creation date"),
    Trigger.RECORD_DATE: ("document date", "record date", "date of record", "letter date", "invoice date"),
    Trigger.RECEIVED: ("date received", "received date", "received on", "received"),
    Trigger.LAST_CONTACT: ("last contact", "last contact date", "date of last contact"),
    Trigger.CASE_CLOSED: (
        "date closed", "closed date", "closed on", "closure date", "case closed", "case closed date", "closed",
        "date case closed", "date of closure", "file closed",
    ),
    Trigger.DECISION_DATE: ("decision date", "date of decision", "determined on", "decision made"),
    Trigger.ORDER_DATE: ("order date", "date of order", "order made"),
    Trigger.MEETING_DATE: ("meeting date", "date of meeting"),
    Trigger.CONTRACT_AWARD: ("award date", "date of award", "contract award date", "date of contract"),
    Trigger.CONTRACT_END: (
        "contract end", "contract end date", "contract expiry", "contract expiry date", "end date", "expiry date",
        "termination date",
    ),
    Trigger.EMPLOYMENT_END: (
        "leaving date", "date left", "date of leaving", "last day of service", "employment end", "leave date",
        "employment end date", "termination date",
    ),
    Trigger.OFFICE_END: ("term end", "term of office end", "end of term"),
    Trigger.LICENCE_EXPIRY: ("expiry date", "date of expiry", "expires", "valid until", "licence expiry"),
    Trigger.SUPERSEDED: ("superseded", "superseded on", "date superseded", "superseded date"),
    Trigger.PROJECT_COMPLETED: ("completion date", "date completed", "completed on", "project end"),
    Trigger.WORKS_COMPLETED: ("completion date", "date completed", "practical completion", "completed on"),
    Trigger.ASSET_DISPOSED: ("date of sale", "sale date", "disposal date", "date of disposal"),
    Trigger.NOTICE_COMPLIED: ("date complied", "complied on", "compliance date"),
    Trigger.INCIDENT_ENDED: ("incident closed", "incident end", "incident closed date"),
    Trigger.CLAIM_SETTLED: ("settlement date", "date settled", "settled on", "claim settled"),
    Trigger.DEBT_CLEARED: ("date cleared", "paid in full", "cleared on", "date paid in full"),
    Trigger.AUDIT_COMPLETED: ("audit completed", "audit date", "audit completed date"),
    Trigger.CONSENT_WITHDRAWN: ("consent withdrawn", "consent withdrawn on", "opted out"),
    Trigger.DATE_OF_BIRTH: ("date of birth", "dob", "d o b", "birth date", "birthdate"),
    Trigger.DATE_OF_DEATH: ("date of death", "died", "died on", "deceased date"),
}  # fmt: skip
_BY_COLUMN = {trigger: frozenset(names) for trigger, names in _DATES.items()}
# the words of a status that say it is over, and the events which that closes
_OVER = frozenset(("closed", "complete", "completed", "ended", "expired", "finished", "inactive", "resolved"))
_STATUS = frozenset(("status", "case status", "file status", "record status", "state"))
_STATUS_DATES = frozenset(("status date", "status changed", "status changed on", "date of status"))
_ENDED_BY_STATUS = frozenset((Trigger.CASE_CLOSED, Trigger.PROJECT_COMPLETED, Trigger.CONTRACT_END))


def in_columns(trigger: Trigger, properties: Mapping[str, str]) -> Iterator[DateEvidence]:
    """Yield what the columns among `properties` say about when `trigger` happened."""
    columns = {_name(key): (key, value) for key, value in properties.items() if key.startswith(COLUMN)}
    if not columns:
        return
    said = _statuses(columns) if trigger in _ENDED_BY_STATUS else frozenset()
    is_over = bool(said) and said <= _OVER
    wanted = _BY_COLUMN.get(trigger, frozenset()) | (_STATUS_DATES if is_over else frozenset())
    found = [one for name, (key, value) in sorted(columns.items()) if name in wanted for one in _dated(key, value)]
    # a status that does not plainly say "over" ("Re-opened", "Appeal") makes the day of an end a day of the past
    is_doubtful = bool(said) and not is_over
    yield from (one._replace(bound=Bound.EARLIEST) if is_doubtful else one for one in found)
    if not found and is_over:
        yield _evidence(None, Bound.EARLIEST, "a column of its status", ", ".join(sorted(said)))


def _dated(key: str, value: str) -> Iterator[DateEvidence]:
    span = date_in_value(value)
    if span is not None:
        yield _evidence(span, Bound.BOTH, f"column '{key.removeprefix(COLUMN)}'", value)


def _evidence(span: tuple[date, date] | None, bound: Bound, where: str, text: str) -> DateEvidence:
    earliest, latest = span if span is not None else (None, None)
    return DateEvidence(
        bound=bound, earliest=earliest, latest=latest, strength=Strength.A, where=where, text=text[:_LONGEST_VALUE]
    )


def _statuses(columns: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Return what the columns of a status say, folded; an empty one says nothing."""
    said = {value.strip().casefold() for name, (_key, value) in columns.items() if name in _STATUS}
    return frozenset(said - {""})


@lru_cache(maxsize=1024)
def _name(key: str) -> str:
    """Return a column's name folded: `Date_x0020_Closed` and `DateClosed` are `date closed`."""
    return " ".join(fold_path_part(key.removeprefix(COLUMN).replace("_x0020_", " ")).folded.replace(".", " ").split())

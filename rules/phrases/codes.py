"""Codes of retention schemes: `DOB+25`, `CASE+6`, `6+`, `PERM`, `D<1`, and the letters that US states use."""

from dataclasses import dataclass

from rules.model import Clock, Cutoff, DisposalAction, LaterOf, Period, PeriodKind, Term, Trigger
from rules.phrases.cursor import Cursor
from rules.phrases.lengths import Length, read_length
from rules.phrases.tokens import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """When the period of a code starts; with two cutoffs the later of both."""

    trigger: Trigger
    subject: str
    cutoffs: tuple[Cutoff, ...] = (Cutoff.NONE,)


CODES = {
    "dob": Code(trigger=Trigger.DATE_OF_BIRTH, subject="date of birth"),
    "dod": Code(trigger=Trigger.DATE_OF_DEATH, subject="date of death"),
    "case": Code(trigger=Trigger.CASE_CLOSED, subject="closure of the case"),
    "closure": Code(trigger=Trigger.CASE_CLOSED, subject="closure"),
    "closed": Code(trigger=Trigger.CASE_CLOSED, subject="closure"),
    "terms": Code(trigger=Trigger.CONTRACT_END, subject="expiry of the terms"),
    "contract": Code(trigger=Trigger.CONTRACT_END, subject="end of the contract"),
    "action": Code(trigger=Trigger.LAST_MODIFIED, subject="last action"),
    "la": Code(trigger=Trigger.ASSET_DISPOSED, subject="end of the asset's life"),
    "fy": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR,)),
    "cfy": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR,)),
    "fye": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR,)),
    "fe": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR,)),
    "eofy": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR,)),
    "ce": Code(trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.CALENDAR_YEAR,)),
    "cy": Code(  # current or calendar year: two readings
        trigger=Trigger.RECORD_DATE, subject="", cutoffs=(Cutoff.FINANCIAL_YEAR, Cutoff.CALENDAR_YEAR)
    ),
    "ac": Code(trigger=Trigger.NAMED_EVENT, subject="event that the code AC stands for"),
    "us": Code(trigger=Trigger.SUPERSEDED, subject="superseded"),
    "av": Code(trigger=Trigger.NO_LONGER_NEEDED, subject="administrative value lost"),
}  # fmt: skip
_ALONE = frozenset({"us", "av", "la"})
_MOST_YEARS = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedPeriod:
    """What a code with its number says: from when, how long, and sometimes what happens then."""

    start: Term
    length: Length
    action: DisposalAction | None = None


def read_code(cursor: Cursor) -> CodedPeriod | None:
    """Read a code with its number, or one of those that need none."""
    with cursor.attempt() as attempt:
        read = _destroyed_within(cursor) or _years_and_current(cursor) or _letters(cursor)
        attempt.is_kept = read is not None
    return read


def _start(code: Code) -> Term:
    event = code.subject if code.trigger is Trigger.NAMED_EVENT else ""
    subject = "" if event else code.subject
    clocks = tuple(
        Clock(trigger=code.trigger, subject=subject, period=Period(), cutoff=cutoff, event=event)
        for cutoff in code.cutoffs
    )
    return clocks[0] if len(clocks) == 1 else LaterOf(terms=clocks)


def _letters(cursor: Cursor) -> CodedPeriod | None:
    """Read `DOB+25`, `FY + 6 years`, `AV`."""
    key = cursor.key()
    code = CODES.get(key)
    if code is None:
        return None
    if cursor.key(1) == "+" and cursor.token(2).kind is Kind.NUMBER:
        cursor.place += 2
        length = read_length(cursor, may_lack_unit=True)
        return None if length is None else CodedPeriod(start=_start(code), length=length)
    is_whole = cursor.place == 0 and cursor.key(1) in ("", ".") and len(cursor.tokens) <= 2  # noqa: PLR2004  and its stop
    if key in _ALONE and is_whole:
        cursor.place += 1
        return CodedPeriod(start=_start(code), length=Length(period=Period()))
    return None


def _years_and_current(cursor: Cursor) -> CodedPeriod | None:
    """Read `6+`: so many years after the end of the financial year."""
    number = cursor.token().number
    if cursor.token().kind is not Kind.NUMBER or number is None or cursor.key(1) != "+":
        return None
    if cursor.token(2).kind in (Kind.NUMBER, Kind.WORD) or number.denominator != 1 or number > _MOST_YEARS:
        return None
    cursor.place += 2
    start = Clock(trigger=Trigger.RECORD_DATE, subject="", period=Period(), cutoff=Cutoff.FINANCIAL_YEAR)
    return CodedPeriod(start=start, length=Length(period=Period(years=int(number))))


def _destroyed_within(cursor: Cursor) -> CodedPeriod | None:
    """Read `D<1`: destroy within a year."""
    if not (cursor.key() == "d" and cursor.key(1) == "<"):
        return None
    cursor.place += 2
    length = read_length(cursor, may_lack_unit=True)
    if length is None:
        return None
    start = Clock(trigger=Trigger.CREATED, subject="", period=Period())
    return CodedPeriod(
        start=start, length=Length(period=length.period, kind=PeriodKind.MAXIMUM), action=DisposalAction.DESTROY
    )

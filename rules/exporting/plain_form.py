"""A schedule as plain mappings, lists and texts, with the keys of docs/schedule-format.md.

The writers of YAML, CSV and workbooks all start here, so that they cannot disagree. What is at its default is left
out; a class's `period_kind` and `basis` are always said, because one word could mean both in older files.
"""

from datetime import date
from typing import assert_never

from rules.model import (
    OLDEST_PERSON_YEARS,
    ApprovalPolicy,
    AsRule,
    Clause,
    Clock,
    Cues,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    EarlierOf,
    Example,
    Instruction,
    LaterOf,
    Level,
    OnRefusal,
    PersonalData,
    Retirement,
    Strength,
    Term,
    Then,
    Trigger,
    WhenUnknown,
    YearStart,
)

Plain = str | list["Plain"] | dict[str, "Plain"]

ACTION_WORDS = {
    # the house form has no word for a hold: a hold is no rule, so a person is asked instead
    DisposalAction.RETAIN_ON_HOLD: "review",
    DisposalAction.RETAIN_PERMANENTLY: "permanent",
    DisposalAction.REVIEW: "review",
    DisposalAction.TRANSFER: "transfer",
    DisposalAction.DESTROY: "destroy",
}
_CUE_FIELDS = ("folders", "names", "phrases", "extensions", "media_types", "residue", "properties", "labels")
_NO_CLOCK = Clock(trigger=Trigger.NONE, subject="", period=None)


def plain_schedule(schedule: DisposalSchedule) -> dict[str, Plain]:
    """Return the whole file: head, standing holds, sources and classes."""
    return _said(
        schedule=plain_head(schedule),
        standing_holds=[*plain_holds(schedule)],
        sources={one.id: _said(name=one.name, url=one.url, always=("name",)) for one in schedule.sources},
        classes=[plain_class(entry) for entry in schedule.classes],
        always=("schedule", "classes"),
    )


def plain_head(schedule: DisposalSchedule) -> dict[str, Plain]:
    """Return what the schedule says of itself."""
    return _said(
        id=schedule.id,
        title=schedule.title,
        version=schedule.version,
        status=schedule.status,
        jurisdiction=schedule.jurisdiction,
        financial_year_start=_year_start(schedule.financial_year_start),
        tax_year_start=_year_start(schedule.tax_year_start),
        academic_year_start=_year_start(schedule.academic_year_start),
        default_class=schedule.default_class,
        generic_words=list(schedule.generic_words),
        valid_from=_day(schedule.valid_from),
        valid_to=_day(schedule.valid_to),
        approved_by=schedule.approved_by,
        approved_on=_day(schedule.approved_on),
        always=("id", "title", "version", "status", "jurisdiction", "default_class"),
    )


def plain_holds(schedule: DisposalSchedule) -> list[dict[str, Plain]]:
    """Return the holds that the schedule names."""
    return [
        _said(
            id=hold.id,
            title=hold.title,
            scope=hold.scope,
            seen=hold.seen,
            released="yes" if hold.is_released else "",
            always=("id", "title"),
        )
        for hold in schedule.standing_holds
    ]


def plain_class(entry: DisposalClass) -> dict[str, Plain]:
    """Return one class."""
    has_clock = not (entry.is_descriptive and entry.clock == _NO_CLOCK)
    return _said(
        id=entry.id,
        uri=entry.uri,
        title=entry.title,
        function=entry.function,
        bucket=entry.bucket,
        description=entry.description,
        scope_notes=entry.scope_notes,
        clock=plain_term(entry.clock) if has_clock else {},
        action=ACTION_WORDS[entry.action],
        period_kind=entry.period_kind.value,
        basis=entry.basis.value,
        authority=list(entry.authority),
        clauses=[_clause(clause) for clause in entry.clauses],
        cues=_cues(entry.cues),
        **_keyword("except", [*entry.exclusions]),
        gives_way="yes" if entry.gives_way else "",
        marking=entry.marking,
        personal_data="" if entry.personal_data is PersonalData.NONE else entry.personal_data.value,
        accepts="" if entry.accepts is Strength.A else entry.accepts.value,
        level="" if entry.level is Level.ITEM else entry.level.value,
        on_refusal="" if entry.on_refusal is OnRefusal.KEEP else entry.on_refusal.value,
        instructions=[_instruction(step) for step in entry.instructions],
        approval=_approval(entry.approval),
        retired=_retirement(entry.retired),
        descriptive="yes" if entry.is_descriptive else "",
        as_written=entry.as_written,
        confidence=entry.confidence.value,
        evidence=entry.evidence.value,
        sources=list(entry.sources),
        dissent=list(entry.dissent),
        notes=entry.notes,
        examples=[_example(example) for example in entry.examples],
        always=("id", "title", "function", "description"),
    )


def plain_term(term: Term) -> dict[str, Plain]:
    """Return a clock, or an expression over clocks."""
    match term:
        case Clock():
            return _clock(term)
        case LaterOf():
            return {"later_of": [plain_term(part) for part in term.terms]}
        case EarlierOf():
            return {"earlier_of": [plain_term(part) for part in term.terms]}
        case Then():
            return {"then": _steps(term)}
        case AsRule():
            return {"as_rule": term.class_id}
        case _:
            assert_never(term)


def _steps(term: Term) -> list[Plain]:
    """Return what a row of steps begins with, and the periods that follow each other."""
    if not isinstance(term, Then):
        return [plain_term(term)]
    return [*_steps(term.first), _said(period=str(term.period), cutoff=_cutoff(term.cutoff))]


def _clock(clock: Clock) -> dict[str, Plain]:
    is_usual_age = clock.subject_under_years == OLDEST_PERSON_YEARS
    return _said(
        trigger=clock.trigger.value,
        subject=clock.subject,
        period="" if clock.period is None else str(clock.period),
        period_max="" if clock.period_max is None else str(clock.period_max),
        cutoff=_cutoff(clock.cutoff),
        subject_under="" if is_usual_age else str(clock.subject_under_years),
        on=_day(clock.starts_on),
        event=clock.event,
        restarts_on=[trigger.value for trigger in clock.restarts_on],
        assumed_start="yes" if clock.is_start_assumed else "",
    )


def _clause(clause: Clause) -> dict[str, Plain]:
    return _said(
        when=clause.when,
        fact=clause.fact,
        combine=clause.combine.value,
        clock={} if clause.clock is None else plain_term(clause.clock),
        action="" if clause.action is None else ACTION_WORDS[clause.action],
        becomes=clause.becomes or "",
        unknown="" if clause.unknown is WhenUnknown.ASK else clause.unknown.value,
        because=clause.presumption,
        signs=list(clause.signs),
        note=clause.note,
        always=("when",),
    )


def _cues(cues: Cues) -> dict[str, Plain]:
    found: dict[str, Plain] = {name: list(getattr(cues, name)) for name in _CUE_FIELDS if getattr(cues, name)}
    if cues.made_before is not None:
        found["made_before"] = _day(cues.made_before)
    return found


def _instruction(step: Instruction) -> dict[str, Plain]:
    after = "" if step.after is None else str(step.after)
    return _said(do=step.kind.value, words=step.words, after=after, always=("words",))


def _approval(policy: ApprovalPolicy) -> dict[str, Plain]:
    return _said(
        levels="" if policy.levels == ApprovalPolicy().levels else str(policy.levels),
        archivist="yes" if policy.needs_archivist else "",
        outside_permission=policy.outside_permission,
    )


def _retirement(retired: Retirement | None) -> dict[str, Plain]:
    if retired is None:
        return {}
    # an empty mapping would not be read back as a retirement, so one key is always there
    return _said(on=_day(retired.on), successor=retired.successor, note=retired.note, always=("note",))


def _example(example: Example) -> dict[str, Plain]:
    settles = {None: "", True: "yes", False: "no"}[example.settles]
    expected = "none" if example.expected is None else example.expected
    return _said(
        path=example.path,
        text=example.text,
        **_keyword("class", expected),
        is_not=example.is_not,
        due=_day(example.due),
        settles=settles,
        media_type=example.media_type,
        modified_on=_day(example.modified_on),
        always=("path",),
    )


def _said(*, always: tuple[str, ...] = (), **entries: Plain) -> dict[str, Plain]:
    """Return the entries that say something, and those of `always`."""
    return {key: value for key, value in entries.items() if value or key in always}


def _keyword(key: str, value: Plain) -> dict[str, Plain]:
    """Return an entry whose key is a word of Python's own."""
    return {key: value}


def _cutoff(cutoff: Cutoff) -> str:
    return "" if cutoff is Cutoff.NONE else cutoff.value


def _day(on: date | None) -> str:
    return "" if on is None else on.isoformat()


def _year_start(start: YearStart) -> str:
    return f"{start.month:02}-{start.day:02}"

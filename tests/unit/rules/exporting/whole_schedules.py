"""Strategies for whole schedules: everything that the model can say and the house form can write."""

from datetime import date

from hypothesis import strategies as st

from rules import (
    ApprovalPolicy,
    AsRule,
    Basis,
    Clause,
    Clock,
    Combine,
    Confidence,
    Cues,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    EarlierOf,
    Example,
    Instruction,
    InstructionKind,
    LaterOf,
    Level,
    OnRefusal,
    Period,
    PeriodKind,
    PersonalData,
    Retirement,
    RuleEvidence,
    Source,
    StandingHold,
    Strength,
    Term,
    Then,
    Trigger,
    WhenUnknown,
    YearStart,
)

NEVER = Clock(trigger=Trigger.NONE, subject="", period=None)
IDS = ("FIN-01", "FIN-02", "hr/3.1", "A", "X_9")
DEFAULT = "DEF-01"
_SOURCES = ("ACT", "WEB-1")
_CUES = ("invoice*", "planning ... notice", "(cabinet|council) minutes", "regex: \\d{1,3}a", "PCN #####*", "tenancy")
_NAMED = (Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT)
_ONCE = (*_NAMED, Trigger.DATE_OF_BIRTH, Trigger.DATE_OF_DEATH)
_ACTIONS = (DisposalAction.REVIEW, DisposalAction.TRANSFER, DisposalAction.DESTROY)


def texts(*, least: int = 0) -> st.SearchStrategy[str]:
    """Return texts as the loader gives them: trimmed, of any characters, formulas and line ends among them."""
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    tricky = st.sampled_from(
        ["=1+1", "-7", "'=x", "a;b\\;c\\", "_x0041_", "yes", "null", "~", "a\n\nb", "1\r2", "# n", "é"]
    )
    return st.one_of(anything, tricky).map(str.strip).filter(lambda text: len(text) >= least)


def some(values: st.SearchStrategy[str], *, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=most, unique=True).map(tuple)


periods = st.builds(Period, years=st.integers(0, 99), months=st.integers(0, 30), days=st.integers(0, 400))
days = st.dates(date(1950, 1, 1), date(2100, 1, 1))
year_starts = st.builds(YearStart, month=st.integers(1, 12), day=st.integers(1, 28))


@st.composite
def clocks(draw: st.DrawFn, *, needs_period: bool = False) -> Clock:
    trigger = draw(st.sampled_from([one for one in Trigger if one is not Trigger.NONE]))
    period = draw(periods if needs_period else st.none() | periods)
    longest = None if period is None else Period(years=period.years + 50, months=period.months, days=period.days)
    return Clock(
        trigger=trigger,
        subject=draw(texts()),
        period=period,
        period_max=draw(st.sampled_from([None, longest])),
        cutoff=draw(st.sampled_from(Cutoff)),
        subject_under_years=draw(st.integers(0, 110)),
        starts_on=draw(days) if trigger is Trigger.FIXED_DATE else None,
        event=draw(texts(least=1)) if trigger is Trigger.NAMED_EVENT else "",
        restarts_on=tuple(
            draw(st.lists(st.sampled_from([one for one in Trigger if one not in _ONCE]), max_size=2, unique=True))
        ),
        is_start_assumed=draw(st.booleans()),
    )


def terms() -> st.SearchStrategy[Term]:
    leaf: st.SearchStrategy[Term] = st.one_of(clocks(needs_period=True), st.just(AsRule(class_id=DEFAULT)))
    inner = st.one_of(leaf, _combined(leaf))
    return st.one_of(leaf, _combined(inner))


def _combined(parts: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(LaterOf, terms=several),
        st.builds(EarlierOf, terms=several),
        st.builds(Then, first=parts, period=periods, cutoff=st.sampled_from(Cutoff)),
    )


@st.composite
def clauses(draw: st.DrawFn) -> Clause:
    combine = draw(st.sampled_from(Combine))
    needs_clock = combine in (Combine.LATER, Combine.EARLIER, Combine.OVERRIDE)
    unknown = draw(st.sampled_from(WhenUnknown))
    return Clause(
        when=draw(texts(least=1)),
        fact=draw(st.from_regex(r"[a-z][a-z0-9_]{2,12}", fullmatch=True)),
        combine=combine,
        clock=draw(terms() if needs_clock else st.none() | terms()),
        action=draw(st.none() | st.sampled_from([*_ACTIONS, DisposalAction.RETAIN_PERMANENTLY])),
        becomes=DEFAULT if combine is Combine.BECOMES else None,
        unknown=unknown,
        presumption=draw(texts(least=1 if unknown is WhenUnknown.PRESUME_ABSENT else 0)),
        signs=draw(some(st.sampled_from(_CUES))),
        note=draw(texts()),
    )


cues = st.builds(
    Cues,
    folders=some(st.sampled_from(_CUES)),
    names=some(st.sampled_from(_CUES)),
    phrases=some(st.sampled_from(_CUES)),
    extensions=some(st.sampled_from(["pdf", "docx", "7z"])),
    media_types=some(st.sampled_from(["application/pdf", "image/*"])),
    residue=some(st.sampled_from(["^thumbs db", "tmp*"])),
    properties=some(st.sampled_from(["Document type = invoice*", "Status = closed"])),
    labels=some(texts(least=1)),
    made_before=st.none() | days,
)
instructions = st.builds(
    Instruction, kind=st.sampled_from(InstructionKind), words=texts(least=1), after=st.none() | periods
)
policies = st.builds(
    ApprovalPolicy, levels=st.integers(1, 5), needs_archivist=st.booleans(), outside_permission=texts()
)
retirements = st.builds(Retirement, on=st.none() | days, successor=st.sampled_from(["", DEFAULT]), note=texts())


@st.composite
def examples(draw: st.DrawFn) -> Example:
    is_not = draw(st.sampled_from(["", DEFAULT]))
    expected = draw(st.sampled_from([DEFAULT, "conflict", None, *([""] if is_not else [])]))
    return Example(
        path=draw(texts(least=1)),
        text=draw(texts()),
        expected=expected,
        is_not=is_not,
        due=draw(st.none() | days),
        settles=draw(st.sampled_from([None, True, False])),
        media_type=draw(st.sampled_from(["", "application/pdf"])),
        modified_on=draw(st.none() | days),
    )


@st.composite
def classes(draw: st.DrawFn, *, class_id: str) -> DisposalClass:
    action = draw(st.sampled_from([*_ACTIONS, DisposalAction.RETAIN_PERMANENTLY]))
    is_descriptive = draw(st.booleans()) and action is not DisposalAction.RETAIN_PERMANENTLY
    clock: Term = NEVER
    if action is not DisposalAction.RETAIN_PERMANENTLY and not is_descriptive:
        clock = draw(terms())
    return DisposalClass(
        id=class_id,
        title=draw(texts(least=1)),
        function=draw(texts(least=1)),
        description=draw(texts(least=1)),
        clock=clock,
        action=action,
        period_kind=draw(st.sampled_from(PeriodKind)),
        authority=tuple(draw(st.lists(texts(least=1), min_size=1, max_size=3))),
        confidence=draw(st.sampled_from(Confidence)),
        evidence=draw(st.sampled_from(RuleEvidence)),
        basis=draw(st.sampled_from(Basis)),
        uri=draw(texts()),
        bucket=draw(texts()),
        scope_notes=draw(texts()),
        clauses=tuple(draw(st.lists(clauses(), max_size=2))),
        cues=draw(st.just(Cues()) | cues),
        exclusions=draw(some(st.sampled_from(_CUES))),
        gives_way=draw(st.booleans()),
        marking=draw(texts()),
        personal_data=draw(st.sampled_from(PersonalData)),
        accepts=draw(st.sampled_from(Strength)),
        level=draw(st.sampled_from(Level)),
        on_refusal=draw(st.sampled_from(OnRefusal)),
        instructions=tuple(draw(st.lists(instructions, max_size=2))),
        approval=draw(policies),
        retired=draw(st.none() | retirements),
        is_descriptive=is_descriptive,
        as_written=draw(texts()),
        sources=draw(some(st.sampled_from(_SOURCES))),
        dissent=draw(some(texts(least=1))),
        notes=draw(texts()),
        examples=tuple(draw(st.lists(examples(), max_size=2))),
    )


@st.composite
def schedules(draw: st.DrawFn) -> DisposalSchedule:
    ids = draw(st.lists(st.sampled_from(IDS), max_size=3, unique=True))
    found = [draw(classes(class_id=one)) for one in ids]
    first, last = draw(st.tuples(days, days).map(sorted))
    return DisposalSchedule(
        id=draw(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)),
        title=draw(texts(least=1)),
        version=draw(st.from_regex(r"[0-9A-Za-z][0-9A-Za-z.-]{0,8}", fullmatch=True)),
        status=draw(st.sampled_from(["template", "adopted", "draft of 2026"])),
        jurisdiction=draw(texts(least=1)),
        financial_year_start=draw(year_starts),
        tax_year_start=draw(year_starts),
        academic_year_start=draw(year_starts),
        default_class=DEFAULT,
        classes=(*found, _default_class()),
        generic_words=draw(some(st.sampled_from(_CUES))),
        standing_holds=tuple(draw(st.lists(_holds(), max_size=2, unique_by=lambda hold: hold.id))),
        sources=(Source(id="ACT", name=draw(texts(least=1)), url=draw(texts())), Source(id="WEB-1", name="w", url="")),
        valid_from=draw(st.sampled_from([None, first])),
        valid_to=draw(st.sampled_from([None, last])),
        approved_by=draw(texts()),
        approved_on=draw(st.none() | days),
    )


def _holds() -> st.SearchStrategy[StandingHold]:
    return st.builds(
        StandingHold,
        id=st.sampled_from(["HOLD-1", "HOLD-2"]),
        title=texts(least=1),
        scope=texts(),
        seen=texts(),
        is_released=st.booleans(),
    )


def _default_class() -> DisposalClass:
    return DisposalClass(
        id=DEFAULT,
        title="Anything else",
        function="Any",
        description="Whatever no other class claims.",
        clock=Clock(trigger=Trigger.LAST_MODIFIED, subject="last change", period=Period(years=6)),
        action=DisposalAction.REVIEW,
        period_kind=PeriodKind.MINIMUM,
        authority=("Business need",),
        confidence=Confidence.HIGH,
        evidence=RuleEvidence.SEEN,
    )

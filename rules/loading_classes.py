"""Reads one class of a schedule file: its clock, its clauses and its cues."""

import re

from rules.cues import parse_cue
from rules.errors import InvalidCueError
from rules.fields import Fields
from rules.periods import Period
from rules.schedule import (
    OLDEST_PERSON_YEARS,
    Clause,
    Clock,
    Combine,
    Confidence,
    Cues,
    Cutoff,
    DisposalAction,
    DisposalClass,
    Level,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    Strength,
    Trigger,
    WhenUnknown,
)
from rules.yaml_reading import Findings, Node, Place

_CLASS_KEYS = (
    "id", "uri", "title", "function", "description", "clock", "action", "period_kind", "authority", "clauses", "cues",
    "except", "gives_way", "marking", "personal_data", "accepts", "level", "confidence", "evidence", "sources",
    "dissent", "notes",
)  # fmt: skip
_CLAUSE_KEYS = ("when", "fact", "combine", "clock", "action", "becomes", "unknown", "because", "signs", "note")
_CLOCK_KEYS = ("trigger", "subject", "period", "period_max", "cutoff", "subject_under")
_CUE_KINDS = {"folders": "folder", "names": "name", "phrases": "text", "residue": "name"}
_ACTIONS = {
    "permanent": DisposalAction.RETAIN_PERMANENTLY,
    "review": DisposalAction.REVIEW,
    "transfer": DisposalAction.TRANSFER,
    "offer_to_archive": DisposalAction.TRANSFER,
    "destroy": DisposalAction.DESTROY,
}
_ID = re.compile(r"[A-Z][A-Z0-9]{1,7}-[0-9]{1,4}[A-Z]?")
_FACT = re.compile(r"[a-z][a-z0-9_]{2,59}")
_EXTENSION = re.compile(r"[a-z0-9_~]{1,12}")
_MEDIA_TYPE = re.compile(r"[a-z0-9]+/[a-z0-9.+*-]+")
_NO_CLOCK = Clock(trigger=Trigger.NONE, subject="", period=None)


def read_class(node: Node, findings: Findings, *, source_ids: frozenset[str]) -> tuple[DisposalClass, Fields]:
    """Return the class at `node`, and its fields for later findings. Faults go into `findings`."""
    fields = Fields(node, findings, of="a class", known=_CLASS_KEYS)
    clock = _clock(fields, findings, is_required=True) or _NO_CLOCK
    entry = DisposalClass(
        id=_identifier(fields, "id", _ID, "write capitals, a hyphen and a number, as in FIN-01"),
        uri=fields.text("uri", default=""),
        title=fields.text("title"),
        function=fields.text("function"),
        description=fields.text("description"),
        clock=clock,
        action=_action(fields, is_required=True) or DisposalAction.REVIEW,
        period_kind=fields.choice("period_kind", PeriodKind, default=PeriodKind.BUSINESS, is_required=True),
        authority=fields.texts("authority", is_required=True),
        confidence=fields.choice("confidence", Confidence, default=Confidence.LOW, is_required=True),
        evidence=fields.choice("evidence", RuleEvidence, default=RuleEvidence.RECALLED, is_required=True),
        clauses=tuple(_clause(item, findings) for item in fields.items("clauses")),
        cues=_cues(fields, findings),
        exclusions=_cue_texts(fields, "except", "text", findings),
        gives_way=fields.is_true("gives_way"),
        marking=fields.text("marking", default=""),
        personal_data=fields.choice("personal_data", PersonalData, default=PersonalData.NONE),
        accepts=fields.choice("accepts", Strength, default=Strength.A),
        level=fields.choice("level", Level, default=Level.ITEM),
        sources=fields.texts("sources"),
        dissent=fields.texts("dissent"),
        notes=fields.text("notes", default=""),
    )
    _check_permanence(entry, fields)
    for source in entry.sources:
        if source not in source_ids:
            fields.fault("sources", f"there is no source {source!r}", "write the id of a source of this file")
    return entry, fields


def _check_permanence(entry: DisposalClass, fields: Fields) -> None:
    """A class kept for ever has no period, and only such a class may lack one (MoReq2010 chapter 8)."""
    is_permanent = entry.action is DisposalAction.RETAIN_PERMANENTLY
    if is_permanent and entry.clock.period is not None:
        fields.fault("clock", "a permanent class has no period", "write no `period`, or another action")
    if entry.action is DisposalAction.DESTROY and entry.clock.period is None and fields.has("clock"):
        fields.fault("clock", "a class that destroys must state its period", "write `period: P6Y` or the like")
    if entry.clock.trigger is Trigger.NONE and entry.clock.period is not None:
        fields.fault("clock", "a period without a trigger never starts", "write the trigger that starts it")


def _identifier(fields: Fields, key: str, pattern: re.Pattern[str], instead: str) -> str:
    text = fields.text(key)
    if text and pattern.fullmatch(text) is None:
        fields.fault(key, f"{text!r} is not a valid {key}", instead)
    return text


def _action(fields: Fields, *, is_required: bool) -> DisposalAction | None:
    if not is_required and not fields.has("action"):
        return None
    word = fields.text("action")
    if word and word not in _ACTIONS:
        fields.fault("action", f"{word!r} is not an action", f"write one of {', '.join(_ACTIONS)}")
    return _ACTIONS.get(word)


def _clock(parent: Fields, findings: Findings, *, is_required: bool) -> Clock | None:
    node = parent.node("clock")
    if node is None:
        if is_required:
            parent.fault("clock", "the class lacks 'clock'", "write `clock: {trigger: …, subject: …, period: …}`")
        return None
    fields = Fields(node, findings, of="a clock", known=_CLOCK_KEYS)
    shortest = _period(fields, "period")
    longest = _period(fields, "period_max")
    if longest is not None and (shortest is None or _days(longest) < _days(shortest)):
        fields.fault("period_max", "the maximum is shorter than the period", "write a longer one, or none")
    return Clock(
        trigger=fields.choice("trigger", Trigger, default=Trigger.NONE, is_required=True),
        subject=fields.text("subject", default=""),
        period=shortest,
        period_max=longest,
        cutoff=fields.choice("cutoff", Cutoff, default=Cutoff.NONE),
        subject_under_years=fields.parsed(
            "subject_under", _years, default=OLDEST_PERSON_YEARS,
            instead=f"write a number of years up to {OLDEST_PERSON_YEARS}",
        ),
    )  # fmt: skip


def _period(fields: Fields, key: str) -> Period | None:
    return fields.parsed(key, Period.parse, default=None, instead="write years, months and days as in P21Y4M or P28D")


def _days(period: Period) -> int:
    return period.years * 366 + period.months * 31 + period.days


def _years(text: str) -> int:
    if re.fullmatch(r"\d{1,3}", text, re.ASCII) is None or int(text) > OLDEST_PERSON_YEARS:
        raise ValueError(text)
    return int(text)


def _clause(node: Node, findings: Findings) -> Clause:
    fields = Fields(node, findings, of="a clause", known=_CLAUSE_KEYS)
    clause = Clause(
        when=fields.text("when"),
        fact=_identifier(fields, "fact", _FACT, "write a short name in small letters, as in debt_outstanding"),
        combine=fields.choice("combine", Combine, default=Combine.SAME, is_required=True),
        clock=_clock(fields, findings, is_required=False),
        action=_action(fields, is_required=False),
        becomes=fields.text("becomes") if fields.has("becomes") else None,
        unknown=fields.choice("unknown", WhenUnknown, default=WhenUnknown.ASK),
        presumption=fields.text("because", default=""),
        signs=_cue_texts(fields, "signs", "text", findings),
        note=fields.text("note", default=""),
    )
    _check_clause(clause, fields)
    return clause


def _check_clause(clause: Clause, fields: Fields) -> None:
    needs_clock = clause.combine in (Combine.LATER, Combine.EARLIER)
    if needs_clock and clause.clock is None:
        fields.fault("combine", f"{clause.combine} needs a clock", "write `clock: {trigger: …, period: …}`")
    if clause.combine is Combine.OVERRIDE and clause.clock is None and clause.action is None:
        fields.fault("combine", "override needs a clock or an action", "write what changes")
    if clause.combine is Combine.BECOMES and clause.becomes is None:
        fields.fault("combine", "becomes needs the other class", "write `becomes: FIN-01` or the like")
    if clause.becomes is not None and clause.combine is not Combine.BECOMES:
        fields.fault("becomes", "a class is named but the clause does not become it", "write `combine: becomes`")
    if clause.unknown is WhenUnknown.PRESUME_ABSENT and not clause.presumption:
        fields.fault("unknown", "a presumption must state its reason", "write `because: …`")


def _cues(parent: Fields, findings: Findings) -> Cues:
    node = parent.node("cues")
    if node is None:
        return Cues()
    fields = Fields(node, findings, of="cues", known=(*_CUE_KINDS, "extensions", "media_types"))
    found = {key: _cue_texts(fields, key, kind, findings) for key, kind in _CUE_KINDS.items()}
    return Cues(
        folders=found["folders"],
        names=found["names"],
        phrases=found["phrases"],
        residue=found["residue"],
        extensions=_plain_texts(
            fields, "extensions", _EXTENSION, "write it in small letters without the dot", findings
        ),
        media_types=_plain_texts(fields, "media_types", _MEDIA_TYPE, "write it as in application/pdf", findings),
    )


def _cue_texts(fields: Fields, key: str, kind: str, findings: Findings) -> tuple[str, ...]:
    written = fields.placed_texts(key)
    for text, place in written:
        _check_cue(text, place, kind, findings)
    return tuple(text for text, _ in written)


def _check_cue(text: str, place: Place, kind: str, findings: Findings) -> None:
    try:
        parse_cue(text, kind=kind)
    except InvalidCueError as error:
        findings.add(place, f"cue {text!r}: {error.what}", error.instead)


def _plain_texts(fields: Fields, key: str, shape: re.Pattern[str], instead: str, findings: Findings) -> tuple[str, ...]:
    written = fields.placed_texts(key)
    for text, place in written:
        if shape.fullmatch(text) is None:
            findings.add(place, f"{text!r} does not belong in {key!r}", instead)
    return tuple(text for text, _ in written)

"""Reads one class of a schedule file: what it is, its term, its policy, its cues and its examples."""

import re

from rules.loading.clause_entry import identifier, read_action, read_clause
from rules.loading.cue_entry import cue_texts, read_cues
from rules.loading.fields import Fields
from rules.loading.term_entry import DAY, read_day, read_term
from rules.loading.yaml_reading import Findings, Node
from rules.model import (
    ApprovalPolicy,
    Basis,
    Clock,
    Confidence,
    DisposalAction,
    DisposalClass,
    Example,
    Instruction,
    InstructionKind,
    Level,
    OnRefusal,
    Period,
    PeriodKind,
    PersonalData,
    Retirement,
    RuleEvidence,
    Strength,
    Trigger,
)

_CLASS_KEYS = (
    "id", "uri", "title", "function", "bucket", "description", "scope_notes", "clock", "action", "period_kind",
    "basis", "authority", "clauses", "cues", "except", "gives_way", "marking", "personal_data", "accepts", "level",
    "on_refusal", "instructions", "approval", "retired", "descriptive", "as_written", "confidence", "evidence",
    "sources", "dissent", "notes", "examples",
)  # fmt: skip
# the words of version 1 of the form said kind and basis in one; published schedules still say so
_KIND_AND_BASIS = {
    "statutory_exact": (PeriodKind.EXACT, Basis.STATUTE),
    "statutory_minimum": (PeriodKind.MINIMUM, Basis.STATUTE),
    "limitation": (PeriodKind.MINIMUM, Basis.LIMITATION),
    "guidance": (PeriodKind.GUIDANCE, Basis.REGULATOR),
    "business": (PeriodKind.MINIMUM, Basis.BUSINESS_NEED),
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_NO_CLOCK = Clock(trigger=Trigger.NONE, subject="", period=None)
_MOST_LEVELS = 5


def read_class(
    node: Node, findings: Findings, *, source_ids: frozenset[str], default_start: Trigger | None = None
) -> tuple[DisposalClass, Fields]:
    """Return the class at `node`, and its fields for later findings. Faults go into `findings`.

    `default_start` is the schedule's own start for rules that state none.
    """
    fields = Fields(node, findings, of="a class", known=_CLASS_KEYS)
    kind, basis = _kind_and_basis(fields)
    class_id = identifier(fields, "id", _ID, "write letters, digits, dots and hyphens, as in FIN-01")
    is_descriptive = fields.is_true("descriptive")
    entry = DisposalClass(
        id=class_id,
        uri=fields.text("uri", default=""),
        title=fields.text("title"),
        function=fields.text("function"),
        bucket=fields.text("bucket", default=""),
        description=fields.text("description"),
        scope_notes=fields.text("scope_notes", default=""),
        clock=read_term(fields, "clock", findings, is_required=not is_descriptive, default_start=default_start)
        or _NO_CLOCK,
        action=read_action(fields, is_required=True) or DisposalAction.REVIEW,
        period_kind=kind,
        basis=basis,
        authority=fields.texts("authority", is_required=True),
        confidence=fields.choice("confidence", Confidence, default=Confidence.LOW, is_required=True),
        evidence=fields.choice("evidence", RuleEvidence, default=RuleEvidence.RECALLED, is_required=True),
        clauses=tuple(read_clause(item, findings, default_start=default_start) for item in fields.items("clauses")),
        cues=read_cues(fields, findings),
        exclusions=cue_texts(fields, "except", "text", findings),
        gives_way=fields.is_true("gives_way"),
        marking=fields.text("marking", default=""),
        personal_data=fields.choice("personal_data", PersonalData, default=PersonalData.NONE),
        accepts=fields.choice("accepts", Strength, default=Strength.A),
        level=fields.choice("level", Level, default=Level.ITEM),
        on_refusal=fields.choice("on_refusal", OnRefusal, default=OnRefusal.KEEP),
        instructions=tuple(_instruction(item, findings) for item in fields.items("instructions")),
        approval=_approval(fields, findings),
        retired=_retirement(fields, findings),
        is_descriptive=is_descriptive,
        as_written=fields.text("as_written", default=""),
        sources=fields.texts("sources"),
        dissent=fields.texts("dissent"),
        notes=fields.text("notes", default=""),
        examples=tuple(_example(item, findings, class_id) for item in fields.items("examples")),
    )
    _check_permanence(entry, fields)
    for source in entry.sources:
        if source not in source_ids:
            fields.fault("sources", f"there is no source {source!r}", "write the id of a source of this file")
    return entry, fields


def _kind_and_basis(fields: Fields) -> tuple[PeriodKind, Basis]:
    basis = fields.choice("basis", Basis, default=Basis.BUSINESS_NEED)
    word = fields.text("period_kind", default="")
    if word in _KIND_AND_BASIS and not (word == PeriodKind.GUIDANCE and fields.has("basis")):
        if fields.has("basis"):
            fields.fault("period_kind", f"{word!r} says the basis too", "write minimum, exact, maximum or guidance")
        return _KIND_AND_BASIS[word]
    return fields.choice("period_kind", PeriodKind, default=PeriodKind.MINIMUM, is_required=True), basis


def _check_permanence(entry: DisposalClass, fields: Fields) -> None:
    """A class kept for ever has no period, and only such a class may lack one (MoReq2010 chapter 8)."""
    if not isinstance(entry.clock, Clock):
        if entry.action is DisposalAction.RETAIN_PERMANENTLY:
            fields.fault("clock", "a permanent class has no period", "write no expression, or another action")
        return
    is_permanent = entry.action is DisposalAction.RETAIN_PERMANENTLY
    if is_permanent and entry.clock.period is not None:
        fields.fault("clock", "a permanent class has no period", "write no `period`, or another action")
    is_timeless = entry.clock.period is None and not entry.is_descriptive
    if entry.action is DisposalAction.DESTROY and is_timeless and fields.has("clock"):
        fields.fault("clock", "a class that destroys must state its period", "write `period: P6Y` or the like")


def _instruction(node: Node, findings: Findings) -> Instruction:
    fields = Fields(node, findings, of="an instruction", known=("do", "words", "after"))
    return Instruction(
        kind=fields.choice("do", InstructionKind, default=InstructionKind.OTHER, is_required=True),
        words=fields.text("words"),
        after=fields.parsed("after", Period.parse, default=None, instead="write years, months and days as in P13M")
        if fields.has("after")
        else None,
    )


def _approval(parent: Fields, findings: Findings) -> ApprovalPolicy:
    node = parent.node("approval")
    if node is None:
        return ApprovalPolicy()
    fields = Fields(node, findings, of="the approval", known=("levels", "archivist", "outside_permission"))
    return ApprovalPolicy(
        levels=fields.parsed("levels", _levels, default=1, instead=f"write a number from 1 to {_MOST_LEVELS}"),
        needs_archivist=fields.is_true("archivist"),
        outside_permission=fields.text("outside_permission", default=""),
    )


def _levels(text: str) -> int:
    if re.fullmatch(r"\d", text, re.ASCII) is None or not 1 <= int(text) <= _MOST_LEVELS:
        raise ValueError(text)
    return int(text)


def _retirement(parent: Fields, findings: Findings) -> Retirement | None:
    node = parent.node("retired")
    if node is None:
        return None
    fields = Fields(node, findings, of="a retirement", known=("on", "successor", "note"))
    return Retirement(
        on=fields.parsed("on", read_day, default=None, instead=DAY) if fields.has("on") else None,
        successor=fields.text("successor", default=""),
        note=fields.text("note", default=""),
    )


_NO_CLASS = ("none", "unclassified")


def _example(node: Node, findings: Findings, class_id: str) -> Example:
    """Read one example; without `class` or `is_not` it is one of the class it stands under."""
    known = ("path", "text", "class", "is_not", "due", "settles", "media_type", "modified_on")
    fields = Fields(node, findings, of="an example", known=known)
    word = fields.text("class", default="")
    is_not = fields.text("is_not", default="")
    expected = None if word in _NO_CLASS else word or ("" if is_not else class_id)
    return Example(
        path=fields.text("path"),
        text=fields.text("text", default=""),
        expected=expected,
        is_not=is_not,
        due=fields.parsed("due", read_day, default=None, instead=DAY) if fields.has("due") else None,
        settles=fields.is_true("settles") if fields.has("settles") else None,
        media_type=fields.text("media_type", default=""),
        modified_on=fields.parsed("modified_on", read_day, default=None, instead=DAY)
        if fields.has("modified_on")
        else None,
    )

"""Reads the clauses of a class, and the action words that classes and clauses share."""

import re

from rules.loading.cue_entry import cue_texts
from rules.loading.fields import Fields
from rules.loading.term_entry import read_term
from rules.loading.yaml_reading import Findings, Node
from rules.model import Clause, Combine, DisposalAction, Trigger, WhenUnknown

_CLAUSE_KEYS = ("when", "fact", "combine", "clock", "action", "becomes", "unknown", "because", "signs", "note")
_ACTIONS = {
    "permanent": DisposalAction.RETAIN_PERMANENTLY,
    "review": DisposalAction.REVIEW,
    "transfer": DisposalAction.TRANSFER,
    "offer_to_archive": DisposalAction.TRANSFER,
    "destroy": DisposalAction.DESTROY,
}
_FACT = re.compile(r"[a-z][a-z0-9_]{2,59}")


def read_clause(node: Node, findings: Findings, *, default_start: Trigger | None = None) -> Clause:
    """Return the clause at `node`. Faults go into `findings`."""
    fields = Fields(node, findings, of="a clause", known=_CLAUSE_KEYS)
    clause = Clause(
        when=fields.text("when"),
        fact=identifier(fields, "fact", _FACT, "write a short name in small letters, as in debt_outstanding"),
        combine=fields.choice("combine", Combine, default=Combine.SAME, is_required=True),
        clock=read_term(fields, "clock", findings, is_required=False, default_start=default_start),
        action=read_action(fields, is_required=False),
        becomes=fields.text("becomes") if fields.has("becomes") else None,
        unknown=fields.choice("unknown", WhenUnknown, default=WhenUnknown.ASK),
        presumption=fields.text("because", default=""),
        signs=cue_texts(fields, "signs", "text", findings),
        note=fields.text("note", default=""),
    )
    _check_clause(clause, fields)
    return clause


def read_action(fields: Fields, *, is_required: bool) -> DisposalAction | None:
    """Return the action written at `action`."""
    if not is_required and not fields.has("action"):
        return None
    word = fields.text("action")
    if word and word not in _ACTIONS:
        fields.fault("action", f"{word!r} is not an action", f"write one of {', '.join(_ACTIONS)}")
    return _ACTIONS.get(word)


def identifier(fields: Fields, key: str, pattern: re.Pattern[str], instead: str) -> str:
    """Return the text at `key`, which must have the shape of `pattern`."""
    text = fields.text(key)
    if text and pattern.fullmatch(text) is None:
        fields.fault(key, f"{text!r} is not a valid {key}", instead)
    return text


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

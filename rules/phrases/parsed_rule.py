"""What was made of a retention statement. It stands on the model alone, and everything in it can be shown."""

from dataclasses import dataclass

from rules.model import ClassState, Clause, DisposalAction, Instruction, OnRefusal, PeriodKind, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRule:
    """A retention statement, as it is written and as a machine can run it.

    `term` is None when the statement is descriptive or permanent, `action` None when it states none. `clauses`
    are its conditions, `holds` what it says must not be destroyed yet (in its words: never part of the rule),
    `as_rule_words` the other rule that it refers to. `findings` are doubts and defects for a person to read;
    `refused` says in plain words why a statement is descriptive, and is empty otherwise.
    """

    as_written: str
    state: ClassState
    term: Term | None
    action: DisposalAction | None
    period_kind: PeriodKind
    clauses: tuple[Clause, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    on_refusal: OnRefusal = OnRefusal.KEEP
    holds: tuple[str, ...] = ()
    as_rule_words: str = ""
    findings: tuple[str, ...] = ()
    refused: str = ""


class UnreadPhraseError(Exception):
    """A statement, or a part of it, says something that the grammar does not know. It never leaves this package."""

    def __init__(self, why: str, *, finding: str = "") -> None:
        self.why = why
        self.finding = finding
        super().__init__(why)

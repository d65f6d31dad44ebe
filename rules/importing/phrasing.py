"""Free text: a retention statement goes through the phrase parser, and its assumptions into the account."""

from dataclasses import replace
from typing import assert_never

from rules.importing.account import ImportDefaults
from rules.importing.entry import Understood, assumed_start, stated_start
from rules.model import (
    AsRule,
    ClassState,
    Clause,
    Clock,
    DisposalAction,
    EarlierOf,
    Instruction,
    InstructionKind,
    LaterOf,
    Period,
    Term,
    Then,
    Trigger,
    clocks_of,
)
from rules.phrases.combining import is_without_start
from rules.phrases.parsed_rule import ParsedRule
from rules.phrases.parsing import parse_rule

_NO_START = "does not say from when"


def understood(
    retention: str, *, defaults: ImportDefaults, keep_from: str = "", action: str = "", record: str = ""
) -> Understood:
    """Return what the parser made of a statement and the columns beside it.

    Where it names no start, the start that the import was told to assume is put in and said.
    """
    parsed = parse_rule(retention, keep_from=keep_from, action=action, record=record)
    if parsed.state is ClassState.DESCRIPTIVE:
        return Understood(
            refused=parsed.refused or "it is not understood",
            as_rule=parsed.as_rule_words,
            is_action_stated=_is_action_stated(action, parsed),
            holds=parsed.holds,
            notes=parsed.findings,
        )
    term, clauses, notes = parsed.term, parsed.clauses, list(parsed.findings)
    trigger = defaults.default_start
    if trigger is not None and assumed_start(defaults, Period()) is not None and _lacks_start(term, clauses):
        term = None if term is None else started(term, trigger)
        clauses = tuple(_started_clause(clause, trigger) for clause in clauses)
        notes = [note for note in notes if _NO_START not in note]
        notes.append(stated_start(trigger))
    return Understood(
        term=term,
        action=parsed.action,
        is_action_stated=_is_action_stated(action, parsed),
        is_permanent=parsed.state is ClassState.PERMANENT or parsed.action is DisposalAction.RETAIN_PERMANENTLY,
        period_kind=parsed.period_kind,
        clauses=clauses,
        instructions=parsed.instructions or _offered(parsed),
        on_refusal=parsed.on_refusal,
        holds=parsed.holds,
        notes=tuple(notes),
    )


def _is_action_stated(action: str, parsed: ParsedRule) -> bool:
    """Tell whether the source says what is done at the end, understood or not: `return to the depositor`, `none`."""
    is_said = any(character.isalnum() for character in action)
    return is_said or bool(parsed.instructions) or any(clause.action is not None for clause in parsed.clauses)


def _offered(parsed: ParsedRule) -> tuple[Instruction, ...]:
    """Return the transfer that a permanent rule orders: what is kept for ever has no action of its own for it."""
    if parsed.state is not ClassState.PERMANENT or parsed.action is not DisposalAction.TRANSFER:
        return ()
    return (Instruction(kind=InstructionKind.TRANSFER, words=" ".join(parsed.as_written.split())),)


def _lacks_start(term: Term | None, clauses: tuple[Clause, ...]) -> bool:
    terms = [part for part in (term, *(clause.clock for clause in clauses)) if part is not None]
    return any(is_without_start(clock) for part in terms for clock in clocks_of(part))


def _started_clause(clause: Clause, trigger: Trigger) -> Clause:
    return clause if clause.clock is None else replace(clause, clock=started(clause.clock, trigger))


def started(term: Term, trigger: Trigger) -> Term:
    """Return `term` with `trigger` where no start is stated."""
    match term:
        case Clock():
            if not is_without_start(term):
                return term
            subject = trigger.value.replace("_", " ")
            return replace(term, trigger=trigger, subject=subject, event="", is_start_assumed=True)
        case LaterOf():
            return LaterOf(terms=tuple(started(part, trigger) for part in term.terms))
        case EarlierOf():
            return EarlierOf(terms=tuple(started(part, trigger) for part in term.terms))
        case Then():
            return replace(term, first=started(term.first, trigger))
        case AsRule():
            return term
        case _:
            assert_never(term)

"""The front door of the room: a retention statement in, a `ParsedRule` out, whatever the text.

A statement is computed only when all its words are accounted for; otherwise it is descriptive, with the reason,
because words that nobody understood could mean "longer".
"""

from dataclasses import dataclass, field

from rules.model import ClassState, PeriodKind, Term
from rules.phrases.cursor import Cursor
from rules.phrases.own_words import read_own_words
from rules.phrases.parsed_rule import ParsedRule, UnreadPhraseError
from rules.phrases.ruling import Ruled, state_of
from rules.phrases.sentences import sentences_of
from rules.phrases.starts import read_current, read_start
from rules.phrases.tokens import tidy, tokens_of

LONGEST_TEXT_CHARS = 2000
_MOST_BRACKETS = 20
_NOTHING = frozenset({"", "-", "n/a", "na", "none", "not applicable", "not stated", "."})


def parse_rule(
    retention: str,
    *,
    keep_from: str = "",
    action: str = "",
    record: str = "",  # noqa: ARG001  callers have the title at hand; a title states no period, so none is looked for
) -> ParsedRule:
    """Return what can be computed from a retention statement, and what must be left to people.

    `keep_from` and `action` are the columns of a table that say when the period starts and what happens at its
    end. `record` is the title of the records: it is not searched for periods. Nothing is raised, whatever the text.
    """
    found = _Found()
    try:
        return _parsed(retention, keep_from, action, found)
    except UnreadPhraseError as error:
        return ParsedRule(
            as_written=retention,
            state=ClassState.DESCRIPTIVE,
            term=None,
            action=None,
            period_kind=PeriodKind.GUIDANCE,
            holds=tuple(found.holds),
            as_rule_words=found.reference,
            findings=_each_once((*found.findings, error.finding)),
            refused=error.why,
        )


@dataclass(slots=True)
class _Found:
    """What is told about a statement even when it comes to no rule."""

    findings: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    reference: str = ""


def _parsed(retention: str, keep_from: str, action: str, found: _Found) -> ParsedRule:
    own = read_own_words(_cursor(retention, []))
    if own is not None and not keep_from and not action:
        return ParsedRule(
            as_written=retention, state=state_of(own), term=own, action=None, period_kind=PeriodKind.MINIMUM
        )
    said = sentences_of(_cursor(retention, found.findings))
    told = sentences_of(_cursor(action, found.findings), is_action=True)
    for sentence in (*said, *told):
        found.holds.extend(sentence.holds)
        found.reference = found.reference or sentence.reference
    if found.reference:
        raise UnreadPhraseError(f"it refers to another rule: {found.reference}")
    ruling = Ruled(said, told, _start(keep_from, found.findings), found.findings).rule()
    return ParsedRule(
        as_written=retention,
        state=ruling.state,
        term=ruling.term,
        action=ruling.action,
        period_kind=ruling.period_kind,
        clauses=ruling.clauses,
        instructions=ruling.instructions,
        on_refusal=ruling.on_refusal,
        holds=tuple(found.holds),
        findings=_each_once(tuple(found.findings)),
    )


def _each_once(findings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding for finding in findings if finding))


def _cursor(text: str, findings: list[str]) -> Cursor:
    if len(text) > LONGEST_TEXT_CHARS:
        raise UnreadPhraseError(f"it is longer than {LONGEST_TEXT_CHARS} characters, too long to be one rule")
    tidied = tidy(text)
    if tidied.count("(") > _MOST_BRACKETS:
        raise UnreadPhraseError("it has too many brackets to be one rule")
    return Cursor(tidied, () if tidied.lower() in _NOTHING else tokens_of(tidied), findings=findings)


def _start(text: str, findings: list[str]) -> Term | None:
    """Return the start that a column of its own states, or None when it states none."""
    cursor = _cursor(text, findings)
    if cursor.is_at_end:
        return None
    cursor.take("keep from", "retain from", "from the", "from", "after the", "after")
    start = read_current(cursor)
    if start is None:
        said = read_start(cursor)
        start = None if said is None else said.term
    cursor.take(".")
    if start is None or cursor.rest():
        raise UnreadPhraseError(f"the start is not understood: '{cursor.text}'")
    return start

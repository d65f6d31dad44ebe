"""Conditions of a statement, as clauses that never shorten while nobody has said whether they hold."""

import re
from dataclasses import replace
from functools import partial

from rules.model import Clause, Combine, DisposalAction, PeriodKind, Term, WhenUnknown
from rules.phrases.actions import read_deed
from rules.phrases.combining import Said
from rules.phrases.cursor import Cursor
from rules.phrases.grammar import read_term
from rules.phrases.keeping import KEEP, PERMANENT
from rules.phrases.lengths import read_length
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.tokens import Kind
from rules.phrases.vocabulary import words

_LONGER = (
    "or such longer period as", "but longer retention is authorized if", "but longer retention is authorised if",
    "or any longer period", "or longer if", "or longer where", "or longer when", "or longer as",
    "or for longer if", "or for longer where", "longer if", "longer where", "longer when",
    "stored for longer where", "stored for longer if", "kept for longer if", "kept for longer where",
    "kept longer if", "kept longer where", "keep for longer if", "keep for longer where", "keep longer if",
    "keep longer where", "retained for longer if", "retained for longer where", "retained longer if",
    "retained longer where", "retain for longer if", "retain longer if", "retain for longer where",
    "retain longer where", "but longer if", "but longer where", "unless and until", "unless",
)  # fmt: skip
_EXCLUDED = (
    "except where", "except when", "except if", "except for", "except", "excluding", "excludes", "this excludes",
    "other than", "apart from", "with the exception of",
)  # fmt: skip
_SUBJECT_TO = ("subject to",)
_ONLY = (
    "only if", "if", "where", "provided that", "provided", "providing", "in the event of", "in the event that",
    "in cases where", "in case of", "in the case of", "assuming", "in those cases where",
)  # fmt: skip
_AGE_BEFORE = words("under over aged age of before than reaching reaches turns is")
_DENYING = words("not no never non neither nor none without cannot isnt arent wasnt werent hasnt doesnt didnt")
_UNCLEAR = _DENYING | words("and but unless except if until while only")
_DENIED = re.compile(
    r"(?:(?:it|they|he|she|there|this|these|those|the \w+)\s+)?"
    r"(?:(?:is|are|was|were|has|have|had|been|do|does|did)\s+)?"
    r"(?:(?P<still>no longer)|not|no|never|non)\s+(?:been\s+)?(?P<what>.+)",
    re.IGNORECASE,
)
_IMPERATIVE = words(
    "destroy delete dispose shred erase keep kept retain retained hold held archive archived preserve preserved "
    "transfer offer review permanent permanently"
)
_PAUSING = words("destroy destroyed delete hold held")
_BEFORE_EXCEPTION = (",", "-", ":", "and", "but", "or", "then")
_JOINING = (",", "or", "and", "but", "-")
_MAY_BE = words("to be may should must will can is are")
_RECORDS = words("the these them it record records file files document documents any")
_OTHERWISE = (",", "or", "and", "otherwise", "else", "then")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 60


def fact_name(words: str) -> str:
    """Return the name of a fact, made from its words: a small letter first, then letters, digits and `_`."""
    name = _NOT_A_LETTER.sub("_", words.lower()).strip("_")
    name = name if name[:1].isalpha() else f"fact_{name}"
    return name[:_LONGEST_NAME].rstrip("_").ljust(3, "x")


def with_facts_of_their_own(clauses: list[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, no two conditions of which go by one fact: one answer must not settle both."""
    named: dict[str, str] = {}
    told: list[Clause] = []
    for clause in clauses:
        name = clause.fact
        number = 2
        while named.get(name, clause.when) != clause.when:
            name = f"{clause.fact[: _LONGEST_NAME - 3]}_{number}"
            number += 1
        named[name] = clause.when
        told.append(replace(clause, fact=name))
    return tuple(told)


def read_condition(cursor: Cursor, *, has_terms: bool) -> Clause | None:
    """Read a condition to the end of the sentence.

    `6 years unless X` waits while X holds; `6 years if X` waits until it is known that X holds; `or, if X,
    15 years from Y` has a term of its own, and while nobody knows the longer counts.

    Raises:
        UnreadPhraseError: A period stands in the condition that is not the condition's own.
    """
    for read in (_longer, partial(_branch, has_terms=has_terms), _only):
        with cursor.attempt() as attempt:
            clause = read(cursor)
            attempt.is_kept = clause is not None
        if clause is not None:
            return clause
    return None


def only_for(words: str) -> Clause:
    """Return the clause of a rule that is said of some records only: it waits until they are known to be such.

    Raises:
        UnreadPhraseError: The words deny something, and not simply: nobody could answer a question with two `not`.
    """
    when = f"it is not so that: {words}"
    if _DENYING & set(_NOT_A_LETTER.sub(" ", words.lower()).split()):
        when = _affirmed(words)
    return Clause(when=when, fact=fact_name(when), combine=Combine.SUSPEND, unknown=WhenUnknown.ASK)


def _affirmed(words: str) -> str:
    """Return what the words deny: `6 years if not adopted` waits while it is so that `adopted`."""
    found = _DENIED.fullmatch(words.strip())
    said = found.group("what") if found else ""
    if not said or _UNCLEAR & set(_NOT_A_LETTER.sub(" ", said.lower()).split()) or "," in said:
        raise UnreadPhraseError(f"a condition denies something, and it is not clear what: '{words}'")
    return f"still {said}" if found and found.group("still") else said


def read_exception(cursor: Cursor, *, is_beside: bool, has_other_end: bool) -> Clause | None:
    """Read `permanent if historic`, `archive if historic`, `keep if wanted` beside an end that all the others have.

    Raises:
        UnreadPhraseError: It is not clear which records are meant, or what becomes of them.
    """
    with cursor.attempt() as attempt:
        cursor.skip(_BEFORE_EXCEPTION)
        begun = cursor.place
        action = _kept_as(cursor, is_beside=is_beside, has_other_end=has_other_end)
        if action is None:
            return None
        is_pause = any(token.key in _PAUSING for token in cursor.tokens[begun : cursor.place])
        cursor.skip((",", *_RECORDS))
        has_bracket = cursor.take("(")
        if cursor.stands(*_EXCLUDED, *_LONGER) and action is DisposalAction.RETAIN_PERMANENTLY:
            raise UnreadPhraseError(f"it is not clear what is kept: '{cursor.text}'")
        if not cursor.take(*_ONLY):
            return None
        words = _exceptional(cursor)
        if has_bracket and not cursor.take(")"):
            raise UnreadPhraseError("a bracket is not closed")
        cursor.skip(_OTHERWISE)
        attempt.is_kept = True
    if is_pause and action is DisposalAction.RETAIN_PERMANENTLY:
        # "do not destroy if a request is open" and "hold if disputed" wait, and keep nothing for ever
        return Clause(when=words, fact=fact_name(words), combine=Combine.SUSPEND, unknown=WhenUnknown.ASK)
    return overriding(words, None, action)


def _kept_as(cursor: Cursor, *, is_beside: bool, has_other_end: bool) -> DisposalAction | None:
    """Read what becomes of the exceptional records: they are kept, or they go to the archives."""
    begun = cursor.place
    cursor.skip(_MAY_BE)
    if cursor.take_any(KEEP):
        cursor.skip(_RECORDS)
        cursor.take(*PERMANENT)
        return DisposalAction.RETAIN_PERMANENTLY
    if is_beside and cursor.take(*PERMANENT):
        return DisposalAction.RETAIN_PERMANENTLY
    cursor.place = begun
    deed = read_deed(cursor) if has_other_end else None
    is_offer = deed is not None and deed.action is DisposalAction.TRANSFER
    return DisposalAction.TRANSFER if is_offer else None


def _exceptional(cursor: Cursor) -> str:
    """Read which records are the exceptional ones, up to what becomes of the others."""
    first = cursor.place
    while not cursor.is_at_end and cursor.key() not in (")", "otherwise", "else"):
        joints = 2 if cursor.key() == "," and cursor.key(1) in _JOINING else int(cursor.key() in _JOINING)
        if joints and (cursor.key(joints) in _IMPERATIVE or cursor.key(joints) in ("otherwise", "else", "if", "then")):
            break
        cursor.place += 1
    words = cursor.words(first, cursor.place)
    keys = {token.key for token in cursor.tokens[first : cursor.place]}
    if not keys or keys & (_IMPERATIVE | _DENYING) or _has_length(cursor, first, cursor.place):
        raise UnreadPhraseError(f"it is not clear which records are the exception: '{cursor.text}'")
    return words


def overriding(words: str, term: Term | None, action: DisposalAction | None) -> Clause:
    """Return the clause by which another term rules when `words` hold, and the longer one while nobody knows."""
    return Clause(
        when=words,
        fact=fact_name(words),
        combine=Combine.OVERRIDE,
        clock=term,
        action=action,
        unknown=WhenUnknown.LONGEST,
    )


def _longer(cursor: Cursor) -> Clause | None:
    cursor.skip((",", "-"))
    is_excluded = cursor.take(*_EXCLUDED)
    if not is_excluded and not cursor.take(*_LONGER, *_SUBJECT_TO):
        return None
    words = _rest(cursor)
    note = "the statement leaves these records out" if is_excluded else ""
    return Clause(when=words, fact=fact_name(words), combine=Combine.SUSPEND, unknown=WhenUnknown.ASK, note=note)


def _only(cursor: Cursor) -> Clause | None:
    cursor.skip((",", "-"))
    if not cursor.take(*_ONLY):
        return None
    keys = {token.key for token in cursor.tokens[cursor.place :]}
    if keys & _IMPERATIVE:
        raise UnreadPhraseError(f"a condition says what is done, and is not understood: '{cursor.rest()}'")
    return only_for(_rest(cursor))


def _branch(cursor: Cursor, *, has_terms: bool) -> Clause | None:
    """Read `or 15 years from death if under 18`, `or, if the child dies before 18, for 15 years from the death`."""
    cursor.skip((",", "-", ";"))
    if not cursor.take("or", "but") and not has_terms:
        return None
    cursor.skip((",",))
    if cursor.take(*_ONLY):
        return _condition_first(cursor)
    begun = cursor.place
    said = _own_term(cursor)
    if said is None or not cursor.take(*_ONLY):
        return None
    words = _rest(cursor)
    whole = words if said.lacks_start else cursor.words(begun, len(cursor.tokens))
    return replace(_with_term(words, said), when=whole)


def _condition_first(cursor: Cursor) -> Clause | None:
    begun = cursor.place
    for at in range(len(cursor.tokens) - 1, begun, -1):
        if cursor.tokens[at].key not in (",", "then"):
            continue
        cursor.place = at + 1
        said = _own_term(cursor)
        if said is not None and cursor.is_at_end and not _has_length(cursor, begun, at):
            return _with_term(cursor.words(begun, at).rstrip(" ,"), said)
    return None


def _own_term(cursor: Cursor) -> Said | None:
    cursor.take("then for", "for", "then", "retain for", "keep for")
    return read_term(cursor)


def _with_term(words: str, said: Said) -> Clause:
    if said.kind is PeriodKind.MAXIMUM:
        raise UnreadPhraseError("a maximum stands under a condition")
    return overriding(words, said.term, said.action)


def _rest(cursor: Cursor) -> str:
    words = cursor.rest()
    if not any(character.isalpha() for character in words):
        raise UnreadPhraseError("a condition without words")
    if _has_length(cursor, cursor.place, len(cursor.tokens)):
        raise UnreadPhraseError(f"a period stands in a condition: '{words}'")
    cursor.place = len(cursor.tokens)
    return words


def _has_length(cursor: Cursor, first: int, last: int) -> bool:
    """Tell whether a period stands there; an age (`under 18 years`) is none."""
    part = cursor.part(first, last)
    for at, token in enumerate(part.tokens):
        before = part.tokens[at - 1].key if at else ""
        if (token.kind is Kind.NUMBER or token.key in ("a", "one")) and before not in _AGE_BEFORE:
            part.place = at
            found = len(part.findings)
            length = read_length(part)
            del part.findings[found:]
            if length is not None and not part.stands("old") and not part.stands("of age"):
                return True
    return any(cursor.tokens[at].key in ("permanently", "permanent", "indefinitely") for at in range(first, last))

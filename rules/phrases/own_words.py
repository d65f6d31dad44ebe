"""Reads a term back from the words in which this program itself prints it (`term_in_words`)."""

from dataclasses import replace

from rules.model import Clock, EarlierOf, LaterOf, Term, Trigger
from rules.phrases.combining import told_apart
from rules.phrases.cursor import Cursor
from rules.phrases.grammar import read_chain
from rules.phrases.parsed_rule import UnreadPhraseError

_LISTS = ("the later of", "the earlier of")
_TRIGGERS = {trigger.value.replace("_", " "): trigger for trigger in Trigger}


def read_own_words(cursor: Cursor) -> Term | None:
    """Return the term, or None when the words are not such as only this program writes, or do not say it all."""
    for beginning in _LISTS:
        if cursor.take(f"{beginning} :"):
            terms = tuple(_term(cursor.part(first, last)) for first, last in _bounds(cursor))
            known = tuple(term for term in terms if term is not None)
            is_whole = len(known) == len(terms) > 1
            return told_apart(_listed(beginning, known)) if is_whole else None
    return _term(cursor) if "again from each" in cursor.text else None


def _listed(beginning: str, terms: tuple[Term, ...]) -> Term:
    return LaterOf(terms=terms) if beginning == _LISTS[0] else EarlierOf(terms=terms)


def _bounds(cursor: Cursor) -> list[tuple[int, int]]:
    stops = [at for at in range(cursor.place, len(cursor.tokens)) if cursor.tokens[at].key == ";"]
    return list(zip([cursor.place, *(at + 1 for at in stops)], [*stops, len(cursor.tokens)], strict=True))


def _term(cursor: Cursor) -> Term | None:
    try:
        said = read_chain(cursor)
    except UnreadPhraseError:
        return None
    if said is None or said.lacks_start:
        return None
    term = said.term
    while not cursor.is_at_end:
        restart = _restart(cursor)
        if restart is None or not isinstance(term, Clock):
            return None
        term = replace(term, restarts_on=(*term.restarts_on, restart))
    return term


def _restart(cursor: Cursor) -> Trigger | None:
    """Read `, again from each last contact`."""
    if not cursor.take(", again from each"):
        return None
    first = cursor.place
    while cursor.key() not in (",", ""):
        cursor.place += 1
    return _TRIGGERS.get(cursor.words(first, cursor.place))

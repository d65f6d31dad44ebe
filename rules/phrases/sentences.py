"""Reads one sentence of a statement: its terms, actions, conditions, holds and references. All of it, or none."""

from dataclasses import dataclass, field

from rules.model import Clause, Clock, DisposalAction, Term, Trigger
from rules.phrases.actions import Deed, read_deed, read_refusal
from rules.phrases.combining import Said
from rules.phrases.conditions import overriding, read_condition, read_exception
from rules.phrases.cursor import Cursor
from rules.phrases.grammar import read_term
from rules.phrases.keeping import KEEP, read_hold, read_permanent
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.starts import read_start
from rules.phrases.tokens import Kind, Token
from rules.phrases.vocabulary import EXAMPLES, words

_REFERENCE = (
    "as for", "as per", "same as for", "same as", "see also", "see", "in line with", "in accordance with",
    "according to", "as above", "linked to", "as specified in", "as specified by", "as stated in", "follow",
    "follows", "refer to", "dependent on", "determined by", "defined by", "as defined by", "governed by",
    "as defined in", "as set out in",
)  # fmt: skip
_CITING = (
    "in accordance with", "as required by", "required by", "as required under", "under", "to comply with",
    "in line with", "as per", "pursuant to", "per", "for", "by virtue of",
)  # fmt: skip
_LAW = words("act acts law legislation statute regulation regulations hmrc gdpr")
_PURPOSE = (
    "to enable", "to allow", "to support", "to facilitate", "to assist", "to aid", "for audit purposes",
    "for audit", "for the purposes of", "for the purpose of", "in case of query", "in case of queries",
    "for reference",
)  # fmt: skip
_REASONS = (
    "statutory requirement", "statutory minimum", "statutory", "legal requirement", "legal minimum",
    "business need", "business requirement", "operational requirement", "best practice", "common practice",
    "good practice", "recommended", "common practise", "legislative requirement", "hmrc requirement",
    "regulatory requirement",
)  # fmt: skip
_CUT_OFF = (
    "cutoff at the", "cutoff at", "cutoff when", "cutoff after", "cutoff",
    "cut off file at the", "cut off file at", "cut off files at the", "cut off files at", "cut off at the",
    "cut off at", "cut off when", "cut off after", "cut off on", "cut off upon", "cut off",
)  # fmt: skip
_VAGUE = (
    "various", "variable", "varies", "depends", "depending", "as appropriate", "tbc", "tbd", "to be confirmed",
    "to be determined", "usually", "normally", "generally", "typically", "approximately", "approx", "about",
    "around",
)  # fmt: skip
_NOTES = ("including", "includes", "this includes", *EXAMPLES)
_NOISE = words(
    "retain retained retention keep kept hold held store stored maintain maintained we the these this records "
    "record files file documents document it is are to be for period of and then thereafter should must will "
    "shall need needs - , : minimum securely all temporary"
)
_NOISE_PHRASES = (
    "open to inspection", "in authority", "in the authority", "in office", "on file", "in house",
    "within the service", "in agency", "in the agency", "action :", "trigger :", "a period", "a total of",
    "retention period", "at which point", "after which", "after that", "from then", "and only",
    "but longer retention is authorized", "but longer retention is authorised",
)  # fmt: skip
_EXEMPT = ("exempt from destruction request requirement", "exempt from destruction request")
_LONGEST_LABEL = 7


@dataclass(slots=True, kw_only=True)
class Sentence:
    """What one sentence says. `told` are its terms and actions in the order in which they are written.

    `is_action`: it stands in the column that says what happens at the end of a period of another column.
    `is_kept_on`: it says `keep`, and not until when.
    """

    told: list[Said | Deed] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    is_permanent: bool = False
    reference: str = ""
    label: str = ""
    cut_off: Term | None = None
    follows_terms: bool = False
    is_action: bool = False
    is_kept_on: bool = False

    @property
    def terms(self) -> tuple[Said, ...]:
        """Return the terms."""
        return tuple(one for one in self.told if isinstance(one, Said))

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """Return the actions."""
        return tuple(one for one in self.told if isinstance(one, Deed))

    @property
    def destroys(self) -> bool:
        """Tell whether it has said that something is destroyed."""
        return any(deed.action is DisposalAction.DESTROY for deed in self.deeds)

    @property
    def pairs(self) -> list[tuple[Deed | None, Said | None]]:
        """Return each action with the term that stands with it: before it, or else after it."""
        pairs: list[tuple[Deed | None, Said | None]] = []
        for one in self.told:
            deed, said = pairs[-1] if pairs else (None, None)
            if isinstance(one, Said) and deed is not None and said is None:
                pairs[-1] = (deed, one)
            elif isinstance(one, Said):
                pairs.append((None, one))
            elif deed is None and said is not None:
                pairs[-1] = (one, said)
            else:
                pairs.append((one, None))
        return pairs


def sentences_of(cursor: Cursor, *, is_action: bool = False) -> list[Sentence]:
    """Return what the sentences of a statement say, or of the column with its action, each read whole.

    Raises:
        UnreadPhraseError: Some words were not understood.
    """
    sentences: list[Sentence] = []
    for first, last in _bounds(cursor.tokens):
        has_terms = any(sentence.terms for sentence in sentences)
        sentences.append(_sentence(cursor.part(first, last), has_terms=has_terms, is_action=is_action))
    return sentences


def _bounds(tokens: tuple[Token, ...]) -> list[tuple[int, int]]:
    bounds, first, depth = [], 0, 0
    for at, token in enumerate(tokens):
        depth = max(depth + (token.key == "(") - (token.key == ")"), 0)
        is_stop = token.key in (".", ";") and depth == 0
        # "; or ..." and ". Whichever is later" belong to what is before them
        if is_stop and not (at + 1 < len(tokens) and tokens[at + 1].key in ("whichever", "or")):
            bounds.append((first, at))
            first = at + 1
    bounds.append((first, len(tokens)))
    return [(first, last) for first, last in bounds if first < last]


def _sentence(cursor: Cursor, *, has_terms: bool, is_permanent: bool = False, is_action: bool = False) -> Sentence:
    try:
        with cursor.attempt() as attempt:
            sentence = Sentence(is_permanent=is_permanent, follows_terms=has_terms, is_action=is_action)
            _pieces(cursor, sentence)
            attempt.is_kept = True
    except UnreadPhraseError as error:
        labelled = _labelled(cursor)
        if labelled is None:
            raise error from None
        return labelled
    return sentence


def _labelled(cursor: Cursor) -> Sentence | None:
    """Read a sentence that begins with what it is said of: `Electronic - until superseded`."""
    end = _label_end(cursor)
    if not end:
        return None
    sentence = Sentence(label=cursor.words(0, end))
    cursor.place = end + 1
    try:
        _pieces(cursor, sentence)
    except UnreadPhraseError:
        return None
    return sentence


def _label_end(cursor: Cursor) -> int:
    for at, token in enumerate(cursor.tokens[:_LONGEST_LABEL]):
        if token.key in (":", "-") and at:
            return at
        if token.kind is not Kind.WORD and token.key not in ("/", ","):
            return 0
    return 0


def _pieces(cursor: Cursor, sentence: Sentence) -> None:
    is_kept_without_end = False
    while not cursor.is_at_end:
        begun = cursor.place
        read = next((read for read in _PIECES if read(cursor, sentence)), None)
        if read is None:
            raise UnreadPhraseError(f"these words are not understood: '{cursor.rest()}'")
        if read is not _noise:
            is_kept_without_end &= sentence.is_action and read in (_citation, _note)
        elif cursor.place == begun + 1:
            is_kept_without_end |= cursor.tokens[begun].key in KEEP
        elif not sentence.is_action:  # "retained in office" says where
            is_kept_without_end = False
    sentence.is_kept_on |= is_kept_without_end


def _vague(cursor: Cursor, _said: Sentence) -> bool:
    if cursor.stands(*_VAGUE):
        raise UnreadPhraseError(f"it leaves the period open: '{cursor.rest()}'")
    return False


def _exempt(cursor: Cursor, sentence: Sentence) -> bool:
    if not cursor.take(*_EXEMPT):
        return False
    cursor.findings.append("it exempts from approval: destruction is approved here all the same")
    sentence.told.append(Deed(action=DisposalAction.DESTROY))
    return True


def _hold(cursor: Cursor, sentence: Sentence) -> bool:
    held = read_hold(cursor)
    if held:
        sentence.holds.append(held)
    return bool(held)


def _exception(cursor: Cursor, sentence: Sentence) -> bool:
    """Read `permanent if historic` beside a period or another action."""
    is_beside = sentence.is_action or sentence.follows_terms or bool(sentence.told)
    clause = read_exception(cursor, is_beside=is_beside, has_other_end=sentence.is_action or sentence.destroys)
    if clause is None:
        return False
    sentence.clauses.append(clause)
    return True


def _permanent(cursor: Cursor, sentence: Sentence) -> bool:
    if not read_permanent(cursor):
        return False
    sentence.is_permanent = True
    return True


def _bracket(cursor: Cursor, sentence: Sentence) -> bool:
    """Read a bracket: more of the sentence, or the period of some of the records."""
    if cursor.key() != "(":
        return False
    depth, end = 0, cursor.place
    for end in range(cursor.place, len(cursor.tokens)):
        depth += (cursor.tokens[end].key == "(") - (cursor.tokens[end].key == ")")
        if depth == 0:
            break
    if depth:
        raise UnreadPhraseError("a bracket is not closed")
    inside = cursor.part(cursor.place + 1, end)
    cursor.place = end + 1
    if _citation(inside, sentence, is_in_bracket=True) and inside.is_at_end:
        return True
    has_terms = sentence.follows_terms or bool(sentence.terms)
    part = _sentence(inside, has_terms=has_terms, is_permanent=sentence.is_permanent, is_action=sentence.is_action)
    if part.label:
        if len(part.terms) != 1 or part.terms[0].kind or part.clauses or part.reference or part.is_permanent:
            raise UnreadPhraseError(f"the period for '{part.label}' is not understood")
        action = next((deed.action for deed in part.deeds), None)
        sentence.clauses.append(overriding(part.label, part.terms[0].term, action))
        return True
    sentence.told += part.told
    sentence.clauses += part.clauses
    sentence.holds += part.holds
    sentence.is_permanent |= part.is_permanent
    sentence.is_kept_on |= part.is_kept_on
    sentence.reference = sentence.reference or part.reference
    return True


def _cut_off(cursor: Cursor, sentence: Sentence) -> bool:
    """Read `cut off at the end of the financial year`, which a later `after cut-off` means."""
    with cursor.attempt() as attempt:
        if cursor.take(*_CUT_OFF):
            said = read_start(cursor)
            attempt.is_kept = said is not None
            if said is not None:
                sentence.cut_off = said.term
    return attempt.is_kept


def _deed(cursor: Cursor, sentence: Sentence) -> bool:
    with cursor.attempt() as attempt:
        if sentence.deeds:
            cursor.take("or")
        deed = read_refusal(cursor) or read_deed(cursor)
        attempt.is_kept = deed is not None
    if deed is None:
        return False
    sentence.told.append(deed)
    return True


def _condition(cursor: Cursor, sentence: Sentence) -> bool:
    clause = read_condition(cursor, has_terms=sentence.follows_terms or bool(sentence.terms))
    if clause is None:
        return False
    sentence.clauses.append(clause)
    return True


def _term(cursor: Cursor, sentence: Sentence) -> bool:
    said = read_term(cursor)
    if said is None:
        return False
    sentence.told.append(said)
    return True


def _reference(cursor: Cursor, sentence: Sentence) -> bool:
    if not cursor.take(*_REFERENCE):
        return False
    sentence.reference = cursor.rest() or "the rule above"
    cursor.place = len(cursor.tokens)
    return True


def _citation(cursor: Cursor, _said: Sentence, *, is_in_bracket: bool = False) -> bool:
    """Read `in accordance with the Limitation Act 1980`, which is a reason and no period."""
    if cursor.take(*_REASONS):
        return True
    with cursor.attempt() as attempt:
        cursor.skip((",", "-"))
        if cursor.take(*_CITING) or is_in_bracket:
            rest = cursor.tokens[cursor.place :]
            is_law = any(token.key in _LAW for token in rest) and not any(token.key in _TELLING for token in rest)
            attempt.is_kept = is_law and _cites(rest)
            if attempt.is_kept:
                cursor.findings.append(f"it cites: {cursor.rest()}")
                cursor.place = len(cursor.tokens)
    return attempt.is_kept


_SECTIONS = words("s section sections reg regulation para paragraph schedule sch article art part")


def _cites(rest: tuple[Token, ...]) -> bool:
    """Tell whether all numbers are years and sections of a law."""
    years = (1200, 2199)
    return all(
        token.kind in (Kind.WORD, Kind.SIGN)
        or (token.number is not None and years[0] <= token.number <= years[1])
        or (at > 0 and rest[at - 1].key in _SECTIONS)
        for at, token in enumerate(rest)
    )


_TELLING = words("then unless if or until after plus whichever longer and but except not")
_TELLING_OF_TIME = _TELLING - {"and", "or"}


def _note(cursor: Cursor, _said: Sentence) -> bool:
    """Read `including unsuccessful applications`, `to enable trend identification`: no period is changed by them."""
    with cursor.attempt() as attempt:
        cursor.skip((",", "-"))
        if cursor.take(*_NOTES, *_PURPOSE):
            rest = cursor.tokens[cursor.place :]
            is_plain = all(
                token.key in (",", "/", ".") or (token.kind is Kind.WORD and token.key not in _TELLING_OF_TIME)
                for token in rest
            )
            attempt.is_kept = is_plain
            if is_plain and rest:
                cursor.findings.append(f"a note: {cursor.rest()}")
                cursor.place = len(cursor.tokens)
    return attempt.is_kept


def _noise(cursor: Cursor, _said: Sentence) -> bool:
    return cursor.take(*_NOISE_PHRASES) or bool(cursor.take_any(_NOISE))


def _aside_of_permanent(cursor: Cursor, sentence: Sentence) -> bool:
    """Pass over words beside `permanent` that say no time and no end: nothing is longer than for ever."""
    rest = cursor.tokens[cursor.place :]
    if not sentence.is_permanent or any(token.kind is not Kind.WORD or token.key in _ENDING for token in rest):
        return False
    cursor.findings.append(f"not read beside 'permanent': {cursor.rest()}")
    cursor.place = len(cursor.tokens)
    return True


_ENDING = words(
    "until till after then before destroy destroyed delete deleted dispose disposed years months days year month "
    "day transfer offer review except unless if where held owned"
)
_PIECES = (
    _vague, _exempt, _hold, _exception, _permanent, _bracket, _cut_off, _citation, _deed, _condition, _term,
    _reference, _note, _noise, _aside_of_permanent,
)  # fmt: skip


def is_cut_off(clock: Clock) -> bool:
    """Tell whether the clock starts with the cut-off that another sentence defines."""
    return clock.trigger is Trigger.NAMED_EVENT and clock.event.lower() in ("cut off", "cutoff", "the cut off")

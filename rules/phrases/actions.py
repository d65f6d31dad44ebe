"""What a statement says is done at the end: destroyed, reviewed, offered to an archive, or something else."""

from dataclasses import dataclass, replace

from rules.model import DisposalAction, InstructionKind, OnRefusal
from rules.phrases.cursor import Cursor
from rules.phrases.vocabulary import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An action, or an instruction that the engine only logs.

    `is_duty`: it must be done; `is_kept`: `preserve`, which is no step to another place.
    """

    action: DisposalAction | None = None
    instruction: InstructionKind | None = None
    words: str = ""
    is_duty: bool = False
    is_kept: bool = False
    on_refusal: OnRefusal = OnRefusal.KEEP


_DESTROY = words(
    "destroy destroyed destruction destroying delete deleted deletion deletes dispose disposed disposal shred "
    "shredded shredding erase erased erasure bin binned purge purged incinerate discard discarded pulped wiped "
    "wipe overwritten"
)
_HOW = words(
    "secure securely secured confidential confidentially permanently automatic automatically safe safely "
    "appropriate appropriately immediately"
)
_WITH = (
    "as confidential waste", "in confidential waste", "of as confidential waste", "of in confidential waste",
    "by confidential waste", "via confidential waste", "of securely", "of confidentially", "by shredding",
    "in a secure manner", "under confidential conditions", "under secure conditions",
)  # fmt: skip
_MUST = (
    "must be", "must cause them to be", "must cause to be", "shall be", "must", "shall cause them to be", "shall",
)  # fmt: skip
_MAY = (
    "may be", "can be", "should be", "to be", "will be", "are to be", "is to be", "is", "are", "being", "due for",
    "for", "considered for", "eligible for", "then", "can", "may", "should", "will",
)  # fmt: skip
_WHAT = words("the record records file files document documents data information it them papers")
_REVIEW = (
    "review with the view to destroying", "review with the view to destroy", "review with a view to destroy",
    "review with a view to destroying", "review with a view to destruction", "review with a view to disposal",
    "review with a view to deletion", "review before disposal", "review before destruction",
    "review prior to disposal", "review prior to destruction", "review prior to destroying",
    "review and destroy if no longer needed", "review and destroy", "review and dispose of", "review and dispose",
    "review for destruction", "review then destroy", "review for archive", "review for disposal",
    "review and delete", "reviewed before disposal", "reviewed before destruction", "reviewed prior to destruction",
    "reviewed prior to disposal", "reviewed and destroyed", "review disposal", "review for value",
    "review for continued need", "review for historical value", "review for permanent preservation", "review",
    "reviewed", "reappraise", "appraise",
)  # fmt: skip
_ARCHIVES = words("archive archives archivist archival heritage nara museum")
_PLACES = words(
    "on an annual basis to the a county record records office local studies national derbyshire council city "
    "borough heritage service archive archives archivist archival permanent for preservation consideration review "
    "historical appraisal selection and possible by library museum state permanently first history centre nara "
    "public university district of region regional it its their your our area relevant appropriate"
)
_OFFER = words(
    "offer offered refer referred send sent transfer transferred archive archived deposit deposited preserve preserved"
)
_PARTIAL = (
    dict.fromkeys(words("anonymise anonymised anonymize anonymized anonymisation"), InstructionKind.ANONYMISE)
    | dict.fromkeys(words("redact redacted redaction"), InstructionKind.REDACT)
    | dict.fromkeys(words("return returned"), InstructionKind.RETURN)
)
_NOT_TAKEN = (
    "if not selected", "if not accepted", "if not taken", "if not required", "if rejected", "if declined",
    "if refused", "if not required by the archives", "if not wanted", "if not transferred",
)  # fmt: skip
_REJECTED = (
    "information rejected by the archivist will be destroyed",
    "records rejected by the archivist will be destroyed", "rejects are destroyed",
    "rejected records are destroyed", "records not selected are destroyed",
    "records not selected will be destroyed", "records not accepted will be destroyed",
    "destroy those not selected", "destroy records not selected", "destroy what is not taken",
    "destroy the remainder", "destroy the rest", "destroy remainder",
)  # fmt: skip


def read_refusal(cursor: Cursor) -> Deed | None:
    """Read what becomes of records that the archive does not take: `destroy if not selected`."""
    begun = cursor.place
    with cursor.attempt() as attempt:
        cursor.skip((",", "and", "then"))
        is_read = cursor.take(*_REJECTED)
        if is_read:
            cursor.take("in accordance with the schedule", "in accordance with this schedule")
        elif cursor.take("destroy", "destroyed", "delete", "dispose"):
            is_read = cursor.take(*_NOT_TAKEN)
        elif cursor.take(*_NOT_TAKEN):
            cursor.skip((",", "then"))
            is_read = cursor.take("destroy", "destroyed", "delete", "dispose of", "dispose")
        attempt.is_kept = is_read
    if not is_read:
        return None
    return Deed(on_refusal=OnRefusal.DESTROY, words=cursor.words(begun, cursor.place))


def read_deed(cursor: Cursor) -> Deed | None:
    """Read an action, with the words that say how it is done."""
    begun = cursor.place
    with cursor.attempt() as attempt:
        cursor.take("and", ",")
        is_duty = cursor.take(*_MUST)
        while not is_duty and cursor.take(*_MAY):
            pass
        deed = _review(cursor) or _destroy(cursor) or _offer(cursor) or _partial(cursor)
        attempt.is_kept = deed is not None
    if deed is None:
        return None
    is_duty = is_duty and deed.action is DisposalAction.DESTROY
    return replace(deed, words=cursor.words(begun, cursor.place).strip(" ,"), is_duty=is_duty)


def _review(cursor: Cursor) -> Deed | None:
    return Deed(action=DisposalAction.REVIEW) if cursor.take(*_REVIEW) else None


def _destroy(cursor: Cursor) -> Deed | None:
    with cursor.attempt() as attempt:
        cursor.skip(_HOW)
        is_waste = bool(cursor.place) and cursor.tokens[cursor.place - 1].key == "confidential" and cursor.take("waste")
        attempt.is_kept = is_waste or bool(cursor.take_any(_DESTROY))
        if attempt.is_kept:
            _destroyed_how(cursor)
    return Deed(action=DisposalAction.DESTROY) if attempt.is_kept else None


def _destroyed_how(cursor: Cursor) -> None:
    cursor.skip(_HOW)
    cursor.take(*_WITH)
    if cursor.tokens[cursor.place - 1].key in ("dispose", "disposed", "disposal"):
        cursor.take("of")
    cursor.skip(_HOW)
    cursor.skip(_WHAT)
    cursor.skip(_HOW)


def _offer(cursor: Cursor) -> Deed | None:
    with cursor.attempt() as attempt:
        verb = cursor.take_any(_OFFER)
        begun = cursor.place
        cursor.skip(_WHAT)
        cursor.skip(_PLACES)
        keys = {token.key for token in cursor.tokens[begun : cursor.place]}
        is_alone = cursor.key() in ("", ".", ";") and not keys
        to_archive = bool(keys & _ARCHIVES) or {"record", "office"} <= keys or {"records", "office"} <= keys
        by_itself = verb.startswith(("archive", "preserve", "offer"))
        attempt.is_kept = bool(verb) and (to_archive or by_itself or (is_alone and verb.startswith("transfer")))
    if not attempt.is_kept:
        return None
    return Deed(action=DisposalAction.TRANSFER, is_kept=verb.startswith("preserve") and not to_archive)


def _partial(cursor: Cursor) -> Deed | None:
    kind = _PARTIAL.get(cursor.key())
    if kind is None:
        return None
    cursor.place += 1
    cursor.skip(_WHAT)
    if kind is InstructionKind.RETURN and cursor.take("to"):
        stops = frozenset((".", ";", ",", "after", "then", "or", "and", "if", "unless", "when", "(", ""))
        while cursor.key() not in stops and cursor.token().number is None:
            cursor.place += 1
    return Deed(instruction=kind)

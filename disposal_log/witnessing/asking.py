"""The log's side of witnessing: asking, by HTTP or through a folder, and believing only what can be checked.

Stands above `requests`. Nothing here decides whom to ask: that is what the policy says.
"""

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from disposal_log.errors import HistoryConflictError, NoteInvalidError, RequestInvalidError, WitnessError
from disposal_log.files.durable import replace_durably
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.cosignatures import Cosignature, read_answer
from disposal_log.signing.notes import VerifierKey, split_note
from disposal_log.witnessing.requests import (
    CONFLICT,
    COSIGNED,
    MAX_REQUEST_BYTES,
    NOT_CONSISTENT,
    AddCheckpoint,
    Answer,
)

TIMEOUT_SECONDS = 20.0
ADD_CHECKPOINT = "/add-checkpoint"
MAX_WORDS = 200

Ask = Callable[[AddCheckpoint], Answer]
Prove = Callable[[int], tuple[bytes, ...]]
"""Gives the consistency proof from an older size to the log's present one."""

_ANSWER = re.compile(r"(\d{1,16})-[0-9a-f]{8}\.([0-9a-f]{8})\.answer")


class WitnessAheadError(WitnessError):
    """The witness has signed a longer log than this one: this log was rolled back."""

    def __init__(self, *, witness: str, known_size: int, size: int) -> None:
        self.known_size = known_size
        self.size = size
        super().__init__(
            witness=witness,
            reason=f"has signed {known_size} entries of this log, which has only {size}: it was rolled back",
        )


def cosigned_by(witness: VerifierKey, *, note: bytes, known_size: int, prove: Prove, ask: Ask) -> Cosignature:
    """Ask a witness to cosign the newest checkpoint.

    Args:
        witness: Its key.
        note: The signed checkpoint.
        known_size: The size that the witness is believed to know; it says so when that is wrong.
        prove: Proves that the log extends an older size of itself.
        ask: Carries a request there and the answer back.

    Raises:
        WitnessAheadError: if the witness has signed a longer log.
        HistoryConflictError: if it knows another history of this log.
        WitnessError: if it refuses, or its cosignature does not hold.
    """
    size = claimed_checkpoint(note).size
    old = min(known_size, size)
    answer = ask(AddCheckpoint(old_size=old, proof=prove(old), note=note))
    known = answer.known_size()
    if known is not None and known > size:
        raise WitnessAheadError(witness=witness.key_id, known_size=known, size=size)
    if known is not None and known != old:
        answer = ask(AddCheckpoint(old_size=known, proof=prove(known), note=note))
    return read_cosignature(witness, note=note, answer=answer)


def read_cosignature(witness: VerifierKey, *, note: bytes, answer: Answer) -> Cosignature:
    """Take the checked cosignature out of an answer.

    Raises:
        HistoryConflictError: if the witness knows another history of this log.
        WitnessError: if it refused, or the cosignature does not hold.
    """
    text = split_note(note)[0]
    if answer.status == COSIGNED:
        try:
            return read_answer(text, answer.body, witness)
        except NoteInvalidError as error:
            raise WitnessError(witness=witness.key_id, reason=f"gave no valid cosignature: {error.reason}") from error
    size = Checkpoint.parse(text).size
    if answer.status == NOT_CONSISTENT or (answer.status == CONFLICT and answer.known_size() == size):
        reason = (
            f"the witness {witness.key_id} knows another history of this log than the {size} entries shown to it; "
            "the checkpoint that it knows is in its folder"
        )
        raise HistoryConflictError(known=b"", shown=note, reason=reason)
    words = answer.body.decode("utf-8", errors="replace").strip()[:MAX_WORDS]
    raise WitnessError(witness=witness.key_id, reason=f"refused with {answer.status}: {words!a}")


def ask_by_http(url: str, *, witness: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Ask:
    """Give a way to ask the witness at `url`, its submission prefix. No redirect is followed.

    Raises:
        WitnessError: when asking, if it cannot be reached or answers without end.
    """

    def ask(request: AddCheckpoint) -> Answer:
        try:
            return _post(url.rstrip("/") + ADD_CHECKPOINT, request.spell(), timeout_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = f"at {url} cannot be reached: {str(error) or type(error).__name__}"
            raise WitnessError(witness=witness, reason=reason) from error

    return ask


def post(url: str, body: bytes, *, content_type: str, timeout_seconds: float, limit: int) -> tuple[int, bytes]:
    """Post bytes to an address and give status and answer; the scheme must be http or https.

    Raises:
        OSError: if it cannot be reached in time.
        http.client.HTTPException: if it does not speak HTTP.
        ValueError: if the address is none, or the answer is longer than `limit`.
    """
    place = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if place.scheme not in kinds or place.hostname is None:
        raise ValueError(f"{url!r} is no web address")
    with closing(kinds[place.scheme](place.hostname, place.port, timeout=timeout_seconds)) as connection:
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request("POST", target, body=body, headers={"Content-Type": content_type})
        response = connection.getresponse()
        content = response.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"its answer is longer than {limit} bytes")
    return response.status, content


def _post(url: str, body: bytes, timeout_seconds: float) -> Answer:
    status, content = post(
        url, body, content_type="text/plain", timeout_seconds=timeout_seconds, limit=MAX_REQUEST_BYTES
    )
    return Answer(status=status, body=content)


def request_path(folder: Path, *, checkpoint: Checkpoint, witness: VerifierKey) -> Path:
    """Give the file in which a witness is asked, in the folder that log and witness share.

    The root is part of the name: another history of the same length must be a new question.
    """
    return folder / f"{checkpoint.size}-{checkpoint.root[:4].hex()}.{witness.hash.hex()}.request"


def put_request(folder: Path, request: AddCheckpoint, *, witness: VerifierKey) -> Path:
    """Leave a request for a witness in a shared folder.

    Raises:
        WitnessError: if the folder cannot be written to.
    """
    path = request_path(folder, checkpoint=request.checkpoint, witness=witness)
    try:
        replace_durably(path, request.spell())
    except OSError as error:
        raise WitnessError(witness=witness.key_id, reason=f"cannot be asked through {folder}: {error}") from error
    return path


def answers_in(folder: Path, *, witness: VerifierKey) -> Iterator[tuple[AddCheckpoint, Answer]]:
    """Yield every request in a shared folder that the witness has answered, the shortest log first.

    Whoever may write to the folder may have written both: check signatures before believing either.

    Raises:
        WitnessError: if the folder cannot be read, or a file in it is malformed.
    """
    try:
        found = filter(None, (_ANSWER.fullmatch(each.name) for each in folder.iterdir()))
        mine = sorted((int(each[1]), each[0]) for each in found if each[2] == witness.hash.hex())
        for _, name in mine:
            answered = folder / name
            yield AddCheckpoint.parse(_read(answered.with_suffix(".request"))), Answer.parse(_read(answered))
    except (OSError, RequestInvalidError) as error:
        raise WitnessError(witness=witness.key_id, reason=f"has left no usable answer in {folder}: {error}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_REQUEST_BYTES + 8)

"""What a log asks of a witness: "here is a longer log, and the proof that it extends the one you know".

The body of C2SP tlog-witness `add-checkpoint`, the same over HTTP and as a file. Stands above `checkpoints`.
"""

import base64
import re
from dataclasses import dataclass

from disposal_log.errors import CheckpointInvalidError, NoteInvalidError, RequestInvalidError
from disposal_log.formats.checkpoints import MAX_SIZE, Checkpoint, claimed_checkpoint
from disposal_log.signing.notes import split_note, strict_base64
from disposal_log.tree.merkle import HASH_BYTES

MAX_PROOF_LINES = 63  # tlog-witness: a client must not send more
MAX_REQUEST_BYTES = 1 << 18

COSIGNED = 200
MALFORMED = 400
NOT_SIGNED = 403
UNKNOWN_LOG = 404
CONFLICT = 409
NOT_CONSISTENT = 422

_OLD_SIZE = re.compile(rb"old (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request for a cosignature.

    Attributes:
        old_size: How long the log was when the witness last signed; 0 when it never did.
        proof: The consistency proof from there.
        note: The signed checkpoint.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note claims; nobody has checked it."""
        return claimed_checkpoint(self.note)

    @property
    def text(self) -> str:
        """The text that is to be cosigned."""
        return split_note(self.note)[0]

    def spell(self) -> bytes:
        """Spell the request."""
        proof = b"".join(base64.b64encode(each) + b"\n" for each in self.proof)
        return b"old %d\n%b\n%b" % (self.old_size, proof, self.note)

    @classmethod
    def parse(cls, body: bytes) -> "AddCheckpoint":
        """Read a request.

        Raises:
            RequestInvalidError: if it is no such request. Nothing is checked about the signature or the proof.
        """
        if len(body) > MAX_REQUEST_BYTES:
            raise RequestInvalidError(reason=f"it is longer than {MAX_REQUEST_BYTES} bytes")
        head, blank, note = body.partition(b"\n\n")
        if not blank:
            raise RequestInvalidError(reason="no empty line ends its proof")
        first, *lines = head.split(b"\n")
        old = _OLD_SIZE.fullmatch(first)
        if old is None or int(old[1]) >= MAX_SIZE:
            raise RequestInvalidError(reason="it does not begin with `old` and a size")
        if len(lines) > MAX_PROOF_LINES:
            raise RequestInvalidError(reason=f"its proof has more than {MAX_PROOF_LINES} lines")
        try:
            claimed_checkpoint(note)
        except (NoteInvalidError, CheckpointInvalidError) as error:
            raise RequestInvalidError(reason=f"its checkpoint is {error.reason}") from error
        return cls(old_size=int(old[1]), proof=tuple(map(_hash, lines)), note=note)


def _hash(line: bytes) -> bytes:
    found = strict_base64(line.decode("ascii", errors="replace"))
    if found is None or len(found) != HASH_BYTES:
        raise RequestInvalidError(reason="a line of its proof is not 32 bytes of base64")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answered: the status codes of tlog-witness, in a file as over HTTP."""

    status: int
    body: bytes

    def known_size(self) -> int | None:
        """Give the size in a 409: how long the log was when the witness last signed."""
        text = self.body.decode("ascii", errors="replace").removesuffix("\n")
        if self.status != CONFLICT or not re.fullmatch(r"0|[1-9][0-9]{0,15}", text):
            return None
        return int(text)

    def spell(self) -> bytes:
        """Spell the answer as a file: the status, then the body."""
        return b"%d\n%b" % (self.status, self.body)

    @classmethod
    def parse(cls, content: bytes) -> "Answer":
        """Read an answer from a file.

        Raises:
            RequestInvalidError: if it is none.
        """
        status, newline, body = content.partition(b"\n")
        if not newline or not re.fullmatch(rb"[1-5][0-9]{2}", status) or len(body) > MAX_REQUEST_BYTES:
            raise RequestInvalidError(reason="the file holds no answer of a witness")
        return cls(status=int(status), body=body)

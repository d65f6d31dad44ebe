"""Checkpoints: the signed statement of how long the log is and what its root is (C2SP tlog-checkpoint).

Stands above `notes`. The newest checkpoint of a log is its commit point.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from disposal_log.errors import CheckpointInvalidError
from disposal_log.signing.notes import SigningKey, VerifierKey, open_note, sign_note, split_note, strict_base64
from disposal_log.tree.merkle import HASH_BYTES

MAX_SIZE = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a checkpoint's text says."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint note.

        Raises:
            CheckpointInvalidError: if it is malformed or its root is not 32 bytes.
        """
        if not text.endswith("\n"):
            raise CheckpointInvalidError(reason="its text does not end in a newline")
        origin, size, root, *extensions = (*text[:-1].split("\n"), "", "")[: max(3, text.count("\n"))]
        if not origin:
            raise CheckpointInvalidError(reason="the origin line is empty")
        if "" in extensions:
            raise CheckpointInvalidError(reason="an extension line is empty")
        return cls(origin=origin, size=_parse_size(size), root=_parse_root(root), extensions=tuple(extensions))

    def text(self) -> str:
        """Spell the checkpoint's text."""
        root = base64.b64encode(self.root).decode("ascii")
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint whose signature was checked, with the exact note that carried it.

    Attributes:
        signed_by: The known keys whose signature holds.
        unchecked: Known keys whose signature is there but cannot be checked on this machine.
    """

    checkpoint: Checkpoint
    note: bytes
    signed_by: tuple[VerifierKey, ...]
    unchecked: tuple[VerifierKey, ...] = ()


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[SigningKey]) -> bytes:
    """Give the signed note of a checkpoint."""
    return sign_note(checkpoint.text(), signers)


def open_checkpoint(note: bytes, known: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Check and read a checkpoint note.

    Raises:
        NoteInvalidError: if the note is malformed or badly signed.
        NoteUnverifiedError: if no known key has signed it.
        CheckpointInvalidError: if its text is no checkpoint.
    """
    opened = open_note(note, known)
    return SignedCheckpoint(
        checkpoint=Checkpoint.parse(opened.text),
        note=note,
        signed_by=opened.signed_by,
        unchecked=opened.unchecked,
    )


def claimed_checkpoint(note: bytes) -> Checkpoint:
    """Read what a note claims without checking who signed it.

    Raises:
        NoteInvalidError: if it is no note.
        CheckpointInvalidError: if its text is no checkpoint.
    """
    return Checkpoint.parse(split_note(note)[0])


def _parse_size(text: str) -> int:
    # tlog-checkpoint: decimal, no leading zeros
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) >= MAX_SIZE:
        raise CheckpointInvalidError(reason=f"{text[:40]!r} is not a size")
    return int(text)


def _parse_root(text: str) -> bytes:
    root = strict_base64(text)
    if root is None or len(root) != HASH_BYTES:
        raise CheckpointInvalidError(reason="the root is not 32 bytes of base64")
    return root

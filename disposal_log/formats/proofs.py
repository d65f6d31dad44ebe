"""A proof in one small file: that one entry is in the log, checked without the log (C2SP tlog-proof).

Stands above `checkpoints`. Whoever keeps the entry's bytes, this file and the log's public key needs nothing
else, now or in thirty years. Files of this kind end in `.tlog-proof`.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from disposal_log.errors import ProofInvalidError
from disposal_log.formats.checkpoints import MAX_SIZE, SignedCheckpoint, open_checkpoint
from disposal_log.signing.notes import MAX_NOTE_BYTES, VerifierKey, strict_base64
from disposal_log.tree.merkle import HASH_BYTES, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES
MAX_PATH_HASHES = 63  # no tree whose size fits a checkpoint is deeper

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """Where an entry stands, the way from it to the root, and the signed note that names the root.

    Attributes:
        index: The number of the entry.
        path: Hashes from the leaf's sibling up (RFC 6962 2.1.1).
        checkpoint: The signed checkpoint, byte for byte, with whatever cosignatures it has.
        extra: Bytes for the application, which nobody has signed; None when there are none.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, content: bytes) -> "LogProof":
        """Read a proof file; nothing is checked yet but its form.

        Raises:
            ProofInvalidError: if it is no proof of this kind.
        """
        if len(content) > MAX_PROOF_BYTES:
            raise ProofInvalidError(reason=f"it is longer than {MAX_PROOF_BYTES} bytes")
        head, _, checkpoint = content.partition(b"\n\n")
        if not checkpoint.endswith(b"\n") or not head.isascii():
            raise ProofInvalidError(reason="it does not end in a checkpoint after an empty line")
        header, *lines = head.decode("ascii").split("\n")
        if header != HEADER:
            raise ProofInvalidError(reason=f"it does not begin with {HEADER}")
        extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
        if not lines:
            raise ProofInvalidError(reason="it has no index")
        return cls(index=_index(lines[0]), path=_path(lines[1:]), checkpoint=checkpoint, extra=extra)

    def content(self) -> bytes:
        """Spell the proof for its file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode('ascii')}")
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(each).decode("ascii") for each in self.path)
        return ("\n".join(lines) + "\n\n").encode("ascii") + self.checkpoint

    def verify(self, entry: bytes, known: Iterable[VerifierKey]) -> SignedCheckpoint:
        """Check that the log of these keys holds exactly these bytes as entry `index`.

        Whether enough witnesses have cosigned the checkpoint is for a `Policy` to say.

        Args:
            entry: The entry, byte for byte, without its newline.
            known: The public keys of the log, from a place other than the proof.

        Returns:
            The checkpoint that vouches for it.

        Raises:
            ProofInvalidError: if the path does not lead from the entry to the signed root.
            NoteInvalidError: if the checkpoint is malformed or badly signed.
            NoteUnverifiedError: if none of the keys has signed it.
            CheckpointInvalidError: if its text is no checkpoint.
        """
        signed = open_checkpoint(self.checkpoint, known)
        size, root = signed.checkpoint.size, signed.checkpoint.root
        verify_inclusion(leaf=leaf_hash(entry), index=self.index, size=size, path=self.path, root=root)
        return signed


def _extra(line: str) -> bytes:
    extra = strict_base64(line.removeprefix("extra "))
    if extra is None:
        raise ProofInvalidError(reason="its extra line is not base64")
    return extra


def _index(line: str) -> int:
    found = _INDEX.fullmatch(line)
    if found is None or int(found[1]) >= MAX_SIZE:
        raise ProofInvalidError(reason=f"{line[:40]!r} is no index")
    return int(found[1])


def _path(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PATH_HASHES:
        raise ProofInvalidError(reason="the path is too long")
    path = tuple(strict_base64(line) or b"" for line in lines)
    if any(len(each) != HASH_BYTES for each in path):
        raise ProofInvalidError(reason=f"a hash is not base64 of {HASH_BYTES} bytes")
    return path

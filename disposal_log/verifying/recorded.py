"""The recorded checkpoints as a verifier walks them, side by side with the entries.

Stands above `checkpoint_list`. Each old root that the entries reproduce pins the log up to there; the last one
that they do reproduce tells where a broken log was still whole.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from disposal_log.errors import CheckpointInvalidError
from disposal_log.files import checkpoint_list
from disposal_log.formats.checkpoints import SignedCheckpoint
from disposal_log.signing.notes import VerifierKey

LAGGING = (
    "the list of checkpoints ends at {listed} of {size} entries: a writer is at work or was stopped between two "
    "steps, or lines were removed from the list. Opening the log completes it"
)


class RecordedCheckpoints:
    """Reads the list lazily, in order, up to the length it had at the start."""

    def __init__(self, path: Path, keys: Sequence[VerifierKey]) -> None:
        # taken before the checkpoint is read: the list follows the checkpoint, so it may not lead
        self._length = checkpoint_list.list_length(path)
        self._is_there = path.is_file()
        self._path = path
        self._keys = keys
        self._lines = checkpoint_list.read_lines(path, length=self._length)
        self._number = 0
        self._last: SignedCheckpoint | None = None
        self._unfinished: bytes | None = None
        self._faults: list[str] = []
        self.warnings: list[str] = []

    def newest(self) -> SignedCheckpoint | None:
        """Give the newest good line, for a log whose checkpoint cannot be believed."""
        return checkpoint_list.last_checkpoint(self._path, self._keys)[0] if self._is_there else None

    def __iter__(self) -> Iterator[SignedCheckpoint]:
        return self

    def __next__(self) -> SignedCheckpoint:
        line = next(self._lines)
        self._number += 1
        if not line.endswith(b"\n"):
            self._unfinished = line
            raise StopIteration
        try:
            found = checkpoint_list.parse_line(line[:-1], self._keys)
        except CheckpointInvalidError as error:
            return self._give_up(error.reason)
        if self._last is not None and found.checkpoint.size <= self._last.checkpoint.size:
            return self._give_up("it does not extend the line before it")
        self._last = found
        return found

    def _give_up(self, reason: str) -> SignedCheckpoint:
        self._faults.append(f"the list of checkpoints, line {self._number}: {reason}")
        self._lines = iter(())
        raise StopIteration

    def finish(self, target: SignedCheckpoint) -> tuple[str, ...]:
        """Read to the end and say what is wrong with the list beside the newest checkpoint."""
        for _ in self:
            pass
        if not self._is_there:
            self._faults.append("the list of checkpoints is missing")
        listed = 0 if self._last is None else self._last.checkpoint.size
        size = target.checkpoint.size
        if listed > size:
            self._faults.append(f"the log was rolled back: {listed} entries were signed, {size} are here")
        self._judge_unfinished(target)
        if not self._faults and listed < size:
            self.warnings.append(LAGGING.format(listed=listed, size=size))
        return tuple(self._faults)

    def _judge_unfinished(self, target: SignedCheckpoint) -> None:
        # a crash may cut the newest line short; anything else at the end was put there
        expected = checkpoint_list.spell_line(target.note)
        if self._unfinished is not None and not expected.startswith(self._unfinished):
            self._faults.append("the list of checkpoints ends in something that is no checkpoint")

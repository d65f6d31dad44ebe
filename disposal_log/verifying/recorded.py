"""The recorded checkpoints as a verifier walks them, side by side with the entries.

Stands above `checkpoint_list`. Each old root that the entries reproduce pins the log up to there; the last one
that they do reproduce tells where a broken log was still whole.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from disposal_log.errors import CheckpointInvalidError, NoteInvalidError
from disposal_log.files import checkpoint_list
from disposal_log.formats.checkpoints import SignedCheckpoint, claimed_checkpoint
from disposal_log.signing.notes import VerifierKey
from disposal_log.verifying.epochs import EpochCheck

LAGGING = (
    "the list of checkpoints ends at {listed} of {size} entries: a writer is at work or was stopped between two "
    "steps, or lines were removed from the list. Opening the log completes it"
)


class RecordedCheckpoints:
    """Reads the list lazily, in order, up to the length it had at the start.

    What it yields is a claim until `confirm` has checked it: which keys may sign a line is known only when the
    entries have been read up to it.
    """

    def __init__(self, path: Path, epochs: EpochCheck) -> None:
        # taken before the checkpoint is read: the list follows the checkpoint, so it may not lead
        self._length = checkpoint_list.list_length(path)
        self._is_there = path.is_file()
        self._path = path
        self._epochs = epochs
        self._lines = checkpoint_list.read_lines(path, length=self._length)
        self._number = 0
        self._last: SignedCheckpoint | None = None
        self._is_confirmed = True
        self._unfinished: bytes | None = None
        self._faults: list[str] = []
        self.warnings: list[str] = []

    def newest(self, keys: Sequence[VerifierKey]) -> SignedCheckpoint | None:
        """Give the newest line that a key has signed, for a log whose checkpoint cannot be believed."""
        return checkpoint_list.last_checkpoint(self._path, keys)[0] if self._is_there else None

    def __iter__(self) -> Iterator[SignedCheckpoint]:
        return self

    def __next__(self) -> SignedCheckpoint:
        line = next(self._lines)
        self._number += 1
        if not line.endswith(b"\n"):
            self._unfinished = line
            raise StopIteration
        try:
            note = checkpoint_list.note_in_line(line[:-1])
            found = SignedCheckpoint(checkpoint=claimed_checkpoint(note), note=note, signed_by=())
        except (CheckpointInvalidError, NoteInvalidError) as error:
            self._give_up(error.reason)
            raise StopIteration from error
        if self._last is not None and found.checkpoint.size <= self._last.checkpoint.size:
            self._give_up("it does not extend the line before it")
            raise StopIteration
        self._last, self._is_confirmed = found, False
        return found

    def confirm(self, claimed: SignedCheckpoint) -> SignedCheckpoint | None:
        """Check who signed the line that was yielded last; a line that does not hold ends the list."""
        self._is_confirmed = True
        try:
            return self._epochs.confirm(claimed.note)
        except CheckpointInvalidError as error:
            self._give_up(error.reason)
            return None

    def _give_up(self, reason: str) -> None:
        self._faults.append(f"the list of checkpoints, line {self._number}: {reason}")
        self._lines = iter(())

    def finish(self, target: SignedCheckpoint) -> tuple[str, ...]:
        """Read to the end and say what is wrong with the list beside the newest checkpoint."""
        if self._last is not None and not self._is_confirmed:
            self.confirm(self._last)
        for claimed in self:
            self.confirm(claimed)
        if not self._is_there:
            self._faults.append("the list of checkpoints is missing")
        listed = 0 if self._last is None else self._last.checkpoint.size
        size = target.checkpoint.size
        if listed > size:
            self._faults.append(f"the log was rolled back: {listed} entries were signed, {size} are here")
        if self._last is not None and listed == size and self._last.note != target.note:
            # a signature that cannot be checked on this machine would otherwise hide a change in one of the two
            self._faults.append("the list of checkpoints does not end with the newest checkpoint as it stands")
        self._judge_unfinished(target)
        if not self._faults and listed < size:
            self.warnings.append(LAGGING.format(listed=listed, size=size))
        return tuple(self._faults)

    def _judge_unfinished(self, target: SignedCheckpoint) -> None:
        # a crash may cut the newest line short; anything else at the end was put there
        expected = checkpoint_list.spell_line(target.note)
        if self._unfinished is not None and not expected.startswith(self._unfinished):
            self._faults.append("the list of checkpoints ends in something that is no checkpoint")

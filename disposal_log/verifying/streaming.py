"""One pass over the entries: hashing, reading, the story and the commitments, in flat memory.

Stands between `segments` and `verifying`. It judges entries; what their root should be is judged above.
"""

from hashlib import sha256
from pathlib import Path

from disposal_log.errors import EntryInvalidError
from disposal_log.files import layout
from disposal_log.files.hashes import HashFiles
from disposal_log.files.segments import SEGMENT_LINES, LineReader
from disposal_log.formats.checkpoints import SignedCheckpoint
from disposal_log.formats.entries import EntryType
from disposal_log.formats.epochs import KEY_TYPES
from disposal_log.formats.shapes import EntryDecoder
from disposal_log.tree.merkle import EMPTY_ROOT, CompactRange
from disposal_log.verifying.anchors import AnchorCheck
from disposal_log.verifying.epochs import EpochCheck
from disposal_log.verifying.recorded import RecordedCheckpoints
from disposal_log.verifying.reports import Problem
from disposal_log.verifying.story import StoryCheck
from disposal_log.verifying.withholding import CommitmentCheck, Visibility

MAX_STORY_PROBLEMS = 1000
STALE_HASHES = (
    "stored hashes of {count} segments do not fit the entries; they are derived, play no part in the proof and "
    "are made again when the log is opened"
)
NOT_STORED = -1


class EntryStream:
    """The entries as far as they were read, and what is wrong with them.

    Attributes:
        intact_up_to: Size of the newest recorded checkpoint that the entries reproduce.
        remembered_root: The root at the size asked for, once it was passed.
    """

    def __init__(
        self,
        directory: Path,
        *,
        commitments: CommitmentCheck,
        recorded: RecordedCheckpoints,
        epochs: EpochCheck,
        anchors: AnchorCheck,
    ) -> None:
        self._reader = LineReader(directory / layout.ENTRIES_DIRECTORY)
        self._hashes = HashFiles(directory / layout.HASHES_DIRECTORY)
        self._tree = CompactRange()
        self._leaves = bytearray()
        self._decoder = EntryDecoder()
        self._story = StoryCheck()
        self._commitments = commitments
        self._recorded = recorded
        self._epochs = epochs
        self._anchors = anchors
        self._next_recorded: SignedCheckpoint | None = next(recorded, None)
        self._fork: Problem | None = None
        self._story_problems: list[Problem] = []
        self._is_story_discarded = False
        self._stale_hashes: set[int] = set()
        self._remember_at = NOT_STORED
        self.remembered_root: bytes | None = None
        self.intact_up_to = 0

    @property
    def position(self) -> int:
        """Number of entries read."""
        return self._tree.size

    @property
    def last_segment(self) -> int:
        """The number of the last segment that the entries read should have."""
        return self._reader.last_segment_touched

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the entries tell that should not have happened."""
        if self._is_story_discarded:
            return ()
        fork = () if self._fork is None else (self._fork,)
        return fork + tuple(self._story_problems)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd without being unlawful."""
        self._compare_hashes(self.position // SEGMENT_LINES)
        if self._is_story_discarded:
            return ()
        stale = (STALE_HASHES.format(count=len(self._stale_hashes)),) if self._stale_hashes else ()
        return stale + self._story.warnings + self.visibility.warnings

    @property
    def visibility(self) -> Visibility:
        """Count the committed values."""
        return self._commitments.visibility()

    def root(self) -> bytes:
        """Give the root of everything read."""
        return self._tree.root()

    def remember_root_at(self, size: int) -> None:
        """Ask for the root at an older size, before reading."""
        self._remember_at = size
        if size == 0:
            self.remembered_root = EMPTY_ROOT

    def discard_story(self) -> None:
        """Forget what unproven bytes have told: after a broken root it means nothing."""
        self._is_story_discarded = True

    def unsigned_bytes(self) -> int:
        """Count the bytes after the last entry read."""
        return self._reader.unsigned_bytes()

    def close(self) -> None:
        """Close the open segment."""
        self._reader.close()

    def read_to(self, stop: int) -> None:
        """Read on to entry `stop`; stop early where the files do.

        Raises:
            LogUnreadableError: if the system refuses to read a segment.
        """
        self._reader.resume()
        tree, leaves = self._tree, self._leaves
        seq = tree.size
        pause = self._next_pause()
        for line in self._reader.take(stop):
            leaf = sha256(b"\x00" + line).digest()
            tree.append(leaf)
            leaves += leaf
            self._observe(seq, line)
            seq += 1
            if seq == pause:
                self._at_pause(seq)
                pause = self._next_pause()

    def _observe(self, seq: int, line: bytes) -> None:
        try:
            entry = self._decoder.decode(line, seq=seq)
        except EntryInvalidError as error:
            self._tell(seq, error.reason)
            entry = {"type": ""}
        if (seq == 0) != (entry["type"] == EntryType.LOG_OPEN):
            self._tell(seq, "a log opens with one log.open entry, and with no other")
        if entry["type"] in KEY_TYPES:
            for text in self._epochs.observe(seq, entry, root=self._tree.root):
                self._tell(seq, text)
        for text in self._story.observe(seq, entry, is_body_sound=self._decoder.is_body_sound):
            self._tell(seq, text)
        fault = self._anchors.observe(seq, entry)
        if fault is not None:
            self._tell(seq, fault)
        fault = self._commitments.observe(seq, entry)
        if fault is not None:
            self._tell(seq, fault)

    def _tell(self, seq: int, text: str) -> None:
        if len(self._story_problems) < MAX_STORY_PROBLEMS:
            self._story_problems.append(Problem(text=text, entry=seq))

    def _next_pause(self) -> int:
        """Give the next size at which something must be compared."""
        size = self._tree.size
        places = [(size // SEGMENT_LINES + 1) * SEGMENT_LINES]
        if self._next_recorded is not None:
            places.append(self._next_recorded.checkpoint.size)
        if self._remember_at > size:
            places.append(self._remember_at)
        return min(places)

    def _at_pause(self, size: int) -> None:
        if size == self._remember_at:
            self.remembered_root = self._tree.root()
        if size % SEGMENT_LINES == 0:
            self._compare_hashes(size // SEGMENT_LINES - 1)
            self._leaves.clear()
        while self._next_recorded is not None and self._next_recorded.checkpoint.size <= size:
            confirmed = self._recorded.confirm(self._next_recorded)
            if confirmed is not None:
                self._compare_recorded(confirmed)
            self._next_recorded = next(self._recorded, None)

    def _compare_recorded(self, signed: SignedCheckpoint) -> None:
        root = self._tree.root()
        if signed.checkpoint.root == root:
            self._epochs.prove(signed)
            if self._fork is None:
                self.intact_up_to = signed.checkpoint.size
        elif self._fork is None:
            self._fork = Problem(
                text=f"two histories were signed: at {signed.checkpoint.size} entries the list of checkpoints has "
                f"root {signed.checkpoint.root.hex()}, the entries give {root.hex()}",
                entry=self.intact_up_to,
            )

    def _compare_hashes(self, segment: int) -> None:
        stored = b"".join(self._hashes.leaves(segment))
        if stored[: len(self._leaves)] != bytes(self._leaves):
            self._stale_hashes.add(segment)

"""What can go wrong with a disposal log, in one tree.

Every module of `disposal_log` raises these and nothing else for bytes it did not write. A message says what
happened, what was not done because of it, and what to do next.
"""

from pathlib import Path
from typing import ClassVar


class LogError(Exception):
    """Anything the disposal log refuses or cannot do."""


class LogNotFoundError(LogError):
    """There is no disposal log in this directory."""

    def __init__(self, *, directory: Path, missing: str) -> None:
        self.directory = directory
        self.missing = missing
        super().__init__(
            f"no disposal log in {directory}: {missing} is not there. Nothing was read or changed. "
            "Check the path, or make a log first."
        )


class LogExistsError(LogError):
    """A log, or the key of one, is already where a new one should go."""

    def __init__(self, *, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} already exists. No log was made and nothing was overwritten. "
            "Open the existing log, or choose an empty place."
        )


class LogUnreadableError(LogError):
    """The operating system refused to read a part of the log."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"cannot read {path}: {reason}. Nothing was verified and nothing was changed. "
            "Ask for read access, or work on a copy."
        )


class LogLockedError(LogError):
    """Another process holds the log for writing."""

    def __init__(self, *, directory: Path) -> None:
        self.directory = directory
        super().__init__(
            f"{directory} is open for writing in another process. This one wrote nothing. "
            "Wait for the other to finish, or read the log without opening it."
        )


class NetworkFileSystemError(LogError):
    """The log would live on a file system that cannot promise that flushed bytes stay."""

    def __init__(self, *, directory: Path, kind: str) -> None:
        self.directory = directory
        self.kind = kind
        super().__init__(
            f"{directory} is on {kind}, where a flush and a lock prove nothing. The log was not opened. "
            "Put the log on a local disk of the machine that disposes."
        )


class KeyMissingError(LogError):
    """The private key that signs this log is absent, exposed or another one."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"the log key {path} {reason}. The log was not opened, so nothing can be disposed of. "
            "Put the right key back, from its backup, with mode 0600."
        )


class LogCorruptError(LogError):
    """The stored log is not the one its last checkpoint signs."""

    def __init__(self, *, directory: Path, reason: str, first_broken_entry: int | None = None) -> None:
        self.directory = directory
        self.reason = reason
        self.first_broken_entry = first_broken_entry
        at = "" if first_broken_entry is None else f" at entry {first_broken_entry}"
        super().__init__(
            f"the log in {directory} is broken{at}: {reason}. It was not opened and nothing was changed. "
            "Keep this copy as evidence, run verify, and restore the newest intact copy."
        )


class LogRolledBackError(LogCorruptError):
    """The log is older than what this machine has already signed."""


class RecoveryFailedError(LogError):
    """What a crash left behind could not be set aside."""

    def __init__(self, *, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(
            f"unsigned bytes at the end of the log in {directory} could not be set aside: {reason}. "
            "The log was not opened and its signed part is unchanged. Free some disk space, then try again."
        )


class LogClosedError(LogError):
    """The log was closed, or stopped itself after a failed write."""

    def __init__(self, *, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(f"the log in {directory} {reason}. Nothing was written. Open it again before going on.")


class EntryRefusedError(LogError):
    """A draft that may not become an entry."""

    def __init__(self, *, entry_id: str, reason: str) -> None:
        self.entry_id = entry_id
        self.reason = reason
        super().__init__(f"entry {entry_id} was refused: {reason}. Nothing of the batch was written.")


class DuplicateEntryError(EntryRefusedError):
    """An id that the log already holds: this is what makes every entry happen exactly once."""


class AppendFailedError(LogError):
    """The entries are not in the log; whatever depends on them must not happen."""

    left: ClassVar[str] = "None of these entries is in the log"

    def __init__(self, *, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(
            f"the log in {directory} could not be written: {reason}. {self.left}. "
            "Stop disposing, mend the cause, then try again."
        )


class AppendInDoubtError(AppendFailedError):
    """The last step failed after the new checkpoint was in place: only reopening tells whether it stayed."""

    left = "Whether these entries are in the log is known when it is opened again"


class CanonicalFormError(LogError):
    """A value or a line outside the canonical JSON of the log."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not canonical JSON: {reason}")


class EntryInvalidError(LogError):
    """A stored line that is no entry of this log."""

    def __init__(self, *, seq: int, reason: str) -> None:
        self.seq = seq
        self.reason = reason
        super().__init__(f"entry {seq} is not valid: {reason}")


class KeyInvalidError(LogError):
    """A key text that is not a key."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a usable key: {reason}")


class NoteInvalidError(LogError):
    """A signed note that is malformed or carries a bad signature of a known key."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a valid signed note: {reason}")


class NoteUnverifiedError(NoteInvalidError):
    """A well-formed note that none of the known keys has signed."""


class CheckpointInvalidError(LogError):
    """A note whose text is no checkpoint."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a valid checkpoint: {reason}")


class ProofInvalidError(LogError):
    """A Merkle proof that does not prove what it is said to prove."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the proof does not hold: {reason}")


class PolicyInvalidError(LogError):
    """A trust policy that is malformed, or that names what it does not define."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a valid policy: {reason}")


class TileInvalidError(LogError):
    """A folder of tiles that is not the log its checkpoint signs."""

    def __init__(self, *, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(f"the tiles in {directory} are not a whole log: {reason}. Nothing was changed.")


class RequestInvalidError(LogError):
    """Something that a witness was asked and that is no request for a cosignature."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a request for a cosignature: {reason}. Nothing was signed.")


class WitnessError(LogError):
    """A witness that cannot be made, opened or reached, or that answered something else than asked."""

    def __init__(self, *, witness: str, reason: str) -> None:
        self.witness = witness
        self.reason = reason
        super().__init__(f"the witness {witness} {reason}. Nothing was signed or recorded.")


class HistoryConflictError(LogError):
    """Two signed histories of one log that cannot both be true: whoever holds the log's key has cheated.

    Attributes:
        known: The signed checkpoint that was known before.
        shown: The signed checkpoint that contradicts it. Together they convince anybody.
    """

    def __init__(self, *, known: bytes, shown: bytes, reason: str) -> None:
        self.known = known
        self.shown = shown
        self.reason = reason
        super().__init__(f"{reason}. Nothing was signed. Keep both checkpoints: together they are the proof.")


class TimestampInvalidError(LogError):
    """A timestamp that does not hold, or that cannot be checked here."""

    def __init__(self, *, reason: str, is_unchecked: bool = False) -> None:
        self.reason = reason
        self.is_unchecked = is_unchecked
        super().__init__(f"the timestamp {reason}")


class DisclosureInvalidError(LogError):
    """A disclosed value that is malformed or does not match its commitment."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a valid disclosure: {reason}")


class SidecarError(LogError):
    """The file of disclosed values cannot be used."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"cannot use the disclosures in {path}: {reason}. The log itself is untouched. "
            "Restore the file, or verify without it."
        )


class EnvelopeInvalidError(LogError):
    """A certificate envelope that is malformed or not signed by a known key."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a valid signed certificate: {reason}")


class BundleRefusedError(LogError):
    """A bundle that may not be made where it was asked for."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path} {reason}. No bundle was made and nothing was overwritten. Name a new or empty folder."
        )

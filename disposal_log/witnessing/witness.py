"""A witness: it remembers one checkpoint of each log and signs only what extends it (C2SP tlog-witness).

It runs on another machine, or in the hands of another person, than the log. What it needs is small: a key, the
public keys of the logs it watches, and the newest checkpoint of each. Stands above `requests`.
"""

import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from disposal_log.errors import (
    CheckpointInvalidError,
    HistoryConflictError,
    KeyInvalidError,
    NoteInvalidError,
    ProofInvalidError,
    RequestInvalidError,
    WitnessError,
)
from disposal_log.files.durable import WriterLock, make_directory, replace_durably, write_new
from disposal_log.formats.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from disposal_log.formats.cosignatures import (
    Cosignature,
    CosigningKey,
    find_cosignatures,
    with_lines,
)
from disposal_log.signing.notes import MAX_NOTE_BYTES, VerifierKey, split_note
from disposal_log.tree.merkle import EMPTY_ROOT, verify_consistency
from disposal_log.witnessing.requests import (
    CONFLICT,
    COSIGNED,
    MALFORMED,
    NOT_CONSISTENT,
    NOT_SIGNED,
    UNKNOWN_LOG,
    AddCheckpoint,
    Answer,
)

KEY_FILE = "witness.key"
PUBLIC_FILE = "witness.vkey"
LOGS_FILE = "logs.txt"
STATE_DIRECTORY = "known"
CONFLICTS_DIRECTORY = "conflicts"
KEY_MODE = 0o600
MAX_CONFLICTS = 100  # whoever holds a log's key could otherwise fill the disk with forks


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a witness decided about a request.

    Attributes:
        answer: What goes back to the log.
        checkpoint: The checkpoint that was shown, when its signature holds.
        cosignature: The cosignature, if one was given.
        conflict: The two checkpoints that contradict each other, when the log was caught.
        reason: Why nothing was signed; empty when it was.
        is_passed_over: Whether a longer log is known already, so that there was nothing to sign.
    """

    answer: Answer
    checkpoint: Checkpoint | None = None
    cosignature: Cosignature | None = None
    conflict: HistoryConflictError | None = None
    reason: str = ""
    is_passed_over: bool = False


class Witness:
    """An open witness, the only one at work in its folder. Safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        """Open the witness in `directory`.

        Raises:
            WitnessError: if there is none, its key is exposed or damaged, or its list of logs is.
            LogLockedError: if another process has it open.
        """
        self._directory = directory
        self._mutex = threading.Lock()
        self._key = _load_key(directory)
        self._logs = _load_logs(directory)
        # held as long as the witness is open: comparing with what is known and keeping what is new are one step,
        # or a slower request for a shorter log could set the memory back (tlog-witness, the race at its end)
        self._lock = WriterLock(directory)

    @classmethod
    def create(cls, directory: Path, *, name: str, logs: Sequence[VerifierKey]) -> "Witness":
        """Make a witness with a new key, for the logs of these keys.

        Raises:
            WitnessError: if there is one already, or the folder cannot be made.
            KeyInvalidError: if `name` cannot name a key.
        """
        key = CosigningKey.generate(name)
        try:
            for folder in (directory, directory / STATE_DIRECTORY, directory / CONFLICTS_DIRECTORY):
                make_directory(folder)
            write_new(directory / KEY_FILE, f"{key.secret_text()}\n".encode(), mode=KEY_MODE)
            replace_durably(directory / PUBLIC_FILE, f"{key.verifier}\n".encode())
            replace_durably(directory / LOGS_FILE, _spell_logs(logs))
        except FileExistsError as error:
            raise WitnessError(witness=str(directory), reason="is there already; its key was not touched") from error
        except OSError as error:
            raise WitnessError(witness=str(directory), reason=f"cannot be made: {error}") from error
        return cls(directory)

    @property
    def vkey(self) -> str:
        """The public key, for the policy of the log."""
        return str(self._key.verifier)

    @property
    def key(self) -> VerifierKey:
        """The public key."""
        return self._key.verifier

    @property
    def logs(self) -> tuple[VerifierKey, ...]:
        """The keys of the logs that are watched."""
        return self._logs

    def trust(self, key: VerifierKey) -> None:
        """Watch a further log, or accept a further key of a log, as after a rotation.

        Raises:
            OSError: if the list cannot be written.
        """
        with self._mutex:
            if key not in self._logs:
                replace_durably(self._directory / LOGS_FILE, _spell_logs((*self._logs, key)))
                self._logs = (*self._logs, key)

    def known(self, origin: str) -> SignedCheckpoint | None:
        """Give the checkpoint that was last signed for a log, or None when there was none.

        Raises:
            WitnessError: if what is stored is not what this witness signed.
        """
        path = self._known_path(origin)
        try:
            note = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._damaged(path, str(error)) from error
        try:
            if len(note) > MAX_NOTE_BYTES or not find_cosignatures(note, [self._key.verifier]):
                raise self._damaged(path, "it does not carry the cosignature of this witness")
            checkpoint = Checkpoint.parse(split_note(note)[0])
        except (NoteInvalidError, CheckpointInvalidError) as error:
            raise self._damaged(path, error.reason) from error
        if checkpoint.origin != origin:
            raise self._damaged(path, f"it is a checkpoint of {checkpoint.origin}")
        return SignedCheckpoint(checkpoint=checkpoint, note=note, signed_by=(self._key.verifier,))

    def judge(self, body: bytes, *, at: datetime) -> Judgement:
        """Judge a request and sign, or say why not; what was signed is remembered before it is given out.

        Raises:
            WitnessError: if the memory of this witness is damaged.
            OSError: if it cannot be kept; nothing was signed then.
        """
        try:
            request = AddCheckpoint.parse(body)
        except RequestInvalidError as error:
            return _refusal(MALFORMED, error.reason)
        with self._mutex:
            return self._judge(request, at=at)

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _judge(self, request: AddCheckpoint, *, at: datetime) -> Judgement:
        shown = request.checkpoint
        refusal = self._unwelcome(request, shown)
        if refusal is not None:
            return refusal
        known = self.known(shown.origin)
        size, root = (0, EMPTY_ROOT) if known is None else (known.checkpoint.size, known.checkpoint.root)
        if known is not None and shown.size == size and shown.root != root:
            return self._fork(known, request)
        if request.old_size != size:
            reason = f"it starts from {request.old_size} entries, and {size} are known here"
            refusal = _refusal(CONFLICT, reason, body=b"%d\n" % size, checkpoint=shown)
            return replace(refusal, is_passed_over=shown.size < size)
        try:
            verify_consistency(old_size=size, size=shown.size, path=request.proof, old_root=root, root=shown.root)
        except ProofInvalidError as error:
            if known is not None:
                self._keep_evidence(known.note, request.note)
            reason = f"{shown.size} entries are not shown to extend the {size} known here: {error.reason}"
            return _refusal(NOT_CONSISTENT, reason, checkpoint=shown)
        return self._cosign(request, shown, at=at)

    def _unwelcome(self, request: AddCheckpoint, shown: Checkpoint) -> Judgement | None:
        """Refuse what no known log has signed, and what could not even be an extension."""
        keys = [key for key in self._logs if key.name == shown.origin]
        if not keys:
            return _refusal(UNKNOWN_LOG, f"the log {shown.origin} is not watched here")
        try:
            open_checkpoint(request.note, keys)
        except NoteInvalidError as error:
            return _refusal(NOT_SIGNED, f"its checkpoint is not signed by the log: {error.reason}")
        if request.old_size > shown.size:
            return _refusal(MALFORMED, f"it asks to go back from {request.old_size} to {shown.size} entries")
        return None

    def _cosign(self, request: AddCheckpoint, shown: Checkpoint, *, at: datetime) -> Judgement:
        cosignature = self._key.cosign(request.text, at=at)
        replace_durably(self._known_path(shown.origin), with_lines(request.note, [cosignature]))
        answer = Answer(status=COSIGNED, body=cosignature.line().encode("utf-8"))
        return Judgement(answer=answer, checkpoint=shown, cosignature=cosignature)

    def _fork(self, known: SignedCheckpoint, request: AddCheckpoint) -> Judgement:
        self._keep_evidence(known.note, request.note)
        size = known.checkpoint.size
        reason = f"two histories were signed: {known.checkpoint.origin} showed two roots for {size} entries"
        conflict = HistoryConflictError(known=known.note, shown=request.note, reason=reason)
        refusal = _refusal(CONFLICT, reason, body=b"%d\n" % size)
        return Judgement(answer=refusal.answer, checkpoint=request.checkpoint, conflict=conflict, reason=reason)

    def _keep_evidence(self, known: bytes, shown: bytes) -> None:
        folder = self._directory / CONFLICTS_DIRECTORY
        digest = sha256(known + shown).hexdigest()[:16]
        with suppress(FileExistsError):
            if sum(1 for _ in folder.glob("*.known")) < MAX_CONFLICTS:
                write_new(folder / f"{digest}.shown", shown)
                write_new(folder / f"{digest}.known", known)

    def _known_path(self, origin: str) -> Path:
        # an origin may hold slashes and anything else
        return self._directory / STATE_DIRECTORY / f"{sha256(origin.encode()).hexdigest()[:32]}.note"

    def _damaged(self, path: Path, reason: str) -> WitnessError:
        return WitnessError(
            witness=self._key.verifier.name, reason=f"cannot rely on its memory {path}: {reason}; restore that file"
        )


def _refusal(status: int, reason: str, *, body: bytes | None = None, checkpoint: Checkpoint | None = None) -> Judgement:
    words = f"{reason}\n".encode() if body is None else body
    return Judgement(answer=Answer(status=status, body=words), checkpoint=checkpoint, reason=reason)


def _spell_logs(logs: Iterable[VerifierKey]) -> bytes:
    return "".join(f"{key}\n" for key in logs).encode("utf-8")


def _load_key(directory: Path) -> CosigningKey:
    path = directory / KEY_FILE
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WitnessError(witness=str(directory), reason="is not there: make it with `witness init`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessError(witness=str(directory), reason=f"cannot be opened: {error}") from error
    if mode & 0o077:
        raise WitnessError(witness=str(directory), reason=f"has a key that others may read (mode {mode:04o})")
    try:
        return CosigningKey.parse(text)
    except KeyInvalidError as error:
        raise WitnessError(witness=str(directory), reason=f"has a damaged key: {error.reason}") from error


def _load_logs(directory: Path) -> tuple[VerifierKey, ...]:
    path = directory / LOGS_FILE
    try:
        return tuple(VerifierKey.parse(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    except (OSError, UnicodeDecodeError, KeyInvalidError) as error:
        raise WitnessError(witness=str(directory), reason=f"has no usable {LOGS_FILE}: {error}") from error

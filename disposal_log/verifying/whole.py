"""Verification from the outside: no key, no database, no engine; only the files of the log.

Stands above the reading parts of the room. Stored bytes are hashed, never re-spelled; the log is read once,
in flat memory, and every doubt counts against it. `docs/log-format.md` lets a stranger write another one.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from disposal_log.errors import (
    CheckpointInvalidError,
    EnvelopeInvalidError,
    KeyInvalidError,
    LogCorruptError,
    LogError,
    LogNotFoundError,
    LogUnreadableError,
    NoteInvalidError,
    NoteUnverifiedError,
    SidecarError,
)
from disposal_log.files import layout
from disposal_log.files.durable import is_locked
from disposal_log.files.key_entries import keys_named
from disposal_log.files.localising import first_broken_entry
from disposal_log.files.segments import foreign_names
from disposal_log.files.sidecar import SidecarReader
from disposal_log.formats.certificates import checkpoint_in_envelope, verify_envelope
from disposal_log.formats.checkpoints import Checkpoint, SignedCheckpoint, claimed_checkpoint, open_checkpoint
from disposal_log.formats.policy import Policy
from disposal_log.signing.notes import VerifierKey
from disposal_log.signing.words import fingerprint_words
from disposal_log.verifying.anchors import AnchorCheck, split_witnesses
from disposal_log.verifying.epochs import UNCHECKED, Anchored, EpochCheck
from disposal_log.verifying.recorded import RecordedCheckpoints
from disposal_log.verifying.reports import Problem, Verdict, VerificationReport
from disposal_log.verifying.streaming import EntryStream
from disposal_log.verifying.withholding import BundledDisclosures, CommitmentCheck

MAX_PROBLEMS = 100
TAIL_PATIENCE_SECONDS = 1.0
TAIL_POLL_SECONDS = 0.02

KEY_ONLY_INSIDE = (
    "the key was found only inside the log: whoever forged the log could have put their own key there. "
    "Compare its words with those in the policy document, or give it with --key"
)
NOTHING_SEEN = (
    "nothing kept outside was compared: a log rolled back to an older genuine copy would look like this. "
    "Give a checkpoint or certificate kept elsewhere with --seen"
)
ROTATION_CUT_SHORT = (
    f"{layout.POLICY_FILE} names the keys before the newest: a writer is at work or was stopped while it changed keys. "
    "Opening the log completes it"
)
NOT_CHECKED = (
    "whether the disk blocks of destroyed files are gone: a log can only prove what was recorded",
    "whether the host's clock was right: times are its own word",
    "whether anything was destroyed without being recorded",
)


def verify_log(
    directory: Path,
    *,
    trusted_keys: Iterable[VerifierKey | str] = (),
    sidecar: Path | None = None,
    bundled: BundledDisclosures | None = None,
    seen: bytes | None = None,
) -> VerificationReport:
    """Judge a log.

    Memory stays flat: a few bytes for each entry and item. A log that is being written meanwhile is judged up
    to its newest checkpoint. Nothing is written anywhere.

    Args:
        directory: The log.
        trusted_keys: Public keys that came from outside the log. Without any, the log's own word is taken
            and the report warns.
        sidecar: The directory of disclosures, to compare values with their commitments.
        bundled: Instead of it, the values that were chosen for a bundle.
        seen: What was kept since an earlier day: a checkpoint note, a signed certificate that carries one, the line
            of a printed checkpoint, or a timestamp.

    Returns:
        The report. Every failure of the log is in it; this function raises nothing for what it reads.
    """
    try:
        witnesses, others = split_witnesses(trusted_keys)
        anchors = AnchorCheck(directory, seen=seen, witnesses=witnesses)
        note = None if anchors.has_seen else seen
        keys = _usable(others)
        return _Verification(directory, keys=keys, sidecar=sidecar, bundled=bundled, seen=note, anchors=anchors).run()
    except (LogNotFoundError, LogUnreadableError, SidecarError, KeyInvalidError) as error:
        return _cannot_say(str(error))
    except (CheckpointInvalidError, NoteInvalidError) as error:
        return _cannot_say(f"the checkpoint given with --seen: {error}")


def _usable(trusted: Iterable[VerifierKey | str]) -> tuple[VerifierKey, ...]:
    keys = tuple(VerifierKey.parse(key.strip()) if isinstance(key, str) else key for key in trusted)
    if keys and not any(key.can_check for key in keys):
        raise KeyInvalidError(reason=f"{keys[0].key_id} cannot be checked on this machine; give the Ed25519 key too")
    return keys


def _cannot_say(reason: str) -> VerificationReport:
    return VerificationReport(verdict=Verdict.CANNOT_SAY, problems=(Problem(text=reason),), not_checked=("anything",))


class _Verification:
    def __init__(
        self,
        directory: Path,
        *,
        keys: tuple[VerifierKey, ...],
        sidecar: Path | None,
        bundled: BundledDisclosures | None,
        seen: bytes | None,
        anchors: AnchorCheck,
    ) -> None:
        self._directory = directory
        self._anchors = anchors
        self._entries = directory / layout.ENTRIES_DIRECTORY
        self._trusted = keys
        self._seen_file = seen
        self._seen_note = None if seen is None else checkpoint_in_envelope(seen)
        self._seen = None if self._seen_note is None else claimed_checkpoint(self._seen_note)
        self._sidecar = None if sidecar is None else SidecarReader(sidecar)
        self._values = self._sidecar if self._sidecar is not None and self._sidecar.can_open else None
        self._bundled = bundled
        self._problems: list[Problem] = []
        self._warnings: list[str] = []
        self._signed_by: tuple[VerifierKey, ...] = ()
        self._epochs = EpochCheck()
        self._policy: Policy | None = None
        self._candidates: tuple[VerifierKey, ...] = ()
        self._anchored: list[Anchored] = []
        self._is_proven = True

    def run(self) -> VerificationReport:
        """Do everything in order: names and keys, checkpoint, list, entries, tail, comparison."""
        try:
            return self._judge()
        finally:
            if self._sidecar is not None:
                self._sidecar.close()

    def _judge(self) -> VerificationReport:
        self._require_log()
        self._read_policy()
        recorded = RecordedCheckpoints(self._directory / layout.CHECKPOINT_LIST_FILE, self._epochs)
        target = self._checkpoint() or recorded.newest(self._candidates)
        if target is None:
            self._problem("no checkpoint is signed by a known key, so nothing says what the log should be")
            return self._report(None, None)
        self._check_names(target.checkpoint)
        stream = EntryStream(
            self._directory,
            commitments=CommitmentCheck(self._values, bundled=self._bundled),
            recorded=recorded,
            epochs=self._epochs,
            anchors=self._anchors,
        )
        if self._seen is not None:
            stream.remember_root_at(self._seen.size)
        try:
            target = self._follow(stream, target)
        finally:
            stream.close()
        self._judge_list(recorded, target)
        if self._is_proven:
            self._judge_anchors(target)
        self._compare_seen(stream, target)
        if self._is_proven:
            self._judge_keys(target)
        return self._report(target, stream)

    def _require_log(self) -> None:
        if not self._directory.is_dir():
            raise LogNotFoundError(directory=self._directory, missing="the directory")
        parts = (layout.CHECKPOINT_FILE, layout.CHECKPOINT_LIST_FILE, layout.ENTRIES_DIRECTORY)
        if not any((self._directory / name).exists() for name in parts):
            raise LogNotFoundError(directory=self._directory, missing=layout.CHECKPOINT_FILE)

    def _read_policy(self) -> None:
        """Collect the keys that may have signed the checkpoint; whether they should have is judged when all is read."""
        if not self._trusted:
            self._warnings.append(KEY_ONLY_INSIDE)
        try:
            self._policy = layout.read_policy(self._directory)
        except LogUnreadableError:
            raise
        except LogError as error:
            self._problem(f"{layout.POLICY_FILE} is missing or was changed ({error})")
        inside = () if self._policy is None else self._policy.log_keys
        opening = keys_named(self._directory, size=1)
        self._candidates = tuple(dict.fromkeys((*self._trusted, *inside, *opening)))

    def _checkpoint(self) -> SignedCheckpoint | None:
        try:
            note = layout.read_small(self._directory / layout.CHECKPOINT_FILE)
            signed = self._opened(note)
        except LogNotFoundError:
            self._problem("the checkpoint is missing")
        except (NoteInvalidError, CheckpointInvalidError, LogCorruptError) as error:
            self._problem(f"the checkpoint: {error}")
        else:
            self._signed_by = signed.signed_by
            return signed
        return None

    def _opened(self, note: bytes) -> SignedCheckpoint:
        with suppress(NoteUnverifiedError):
            return open_checkpoint(note, self._candidates)
        # signed by keys that only an entry further on names
        named = keys_named(self._directory, size=claimed_checkpoint(note).size)
        self._candidates = tuple(dict.fromkeys((*self._candidates, *named)))
        return open_checkpoint(note, self._candidates)

    def _check_names(self, checkpoint: Checkpoint) -> None:
        try:
            found = layout.read_small(self._directory / layout.ORIGIN_FILE)
        except (LogNotFoundError, LogCorruptError):
            found = b""
        if found != f"{checkpoint.origin}\n".encode():
            self._problem(f"{layout.ORIGIN_FILE} does not say {checkpoint.origin}")

    def _follow(self, stream: EntryStream, target: SignedCheckpoint) -> SignedCheckpoint:
        """Read up to the checkpoint, and on if a living writer moves it meanwhile."""
        while True:
            stream.read_to(target.checkpoint.size)
            if stream.position < target.checkpoint.size or stream.root() != target.checkpoint.root:
                self._locate(stream, target.checkpoint)
                return target
            tail = self._tail(stream)
            if tail is None:
                return target
            newer = self._newer_checkpoint(target)
            if newer is None:
                self._judge_tail(stream, tail)
                return target
            target = newer

    def _locate(self, stream: EntryStream, checkpoint: Checkpoint) -> None:
        found = first_broken_entry(
            self._directory,
            size=checkpoint.size,
            root=checkpoint.root,
            intact_up_to=stream.intact_up_to,
        )
        self._problem(found.reason, entry=found.entry)
        stream.discard_story()
        self._is_proven = False

    def _tail(self, stream: EntryStream) -> str | None:
        count = stream.unsigned_bytes()
        if count:
            return f"{count} bytes follow the last signed entry"
        foreign = foreign_names(self._entries, last_segment=stream.last_segment)
        return f"{foreign[0]!a} in entries/ is not part of the log" if foreign else None

    def _newer_checkpoint(self, target: SignedCheckpoint) -> SignedCheckpoint | None:
        """Give a writer at work the time to sign what it has written."""
        deadline = time.monotonic() + TAIL_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(LogError):
                note = layout.read_small(self._directory / layout.CHECKPOINT_FILE)
                signed = self._opened(note)
                if signed.checkpoint.size > target.checkpoint.size:
                    return signed
            if not is_locked(self._directory):
                return None
            time.sleep(TAIL_POLL_SECONDS)
        return None

    def _judge_tail(self, stream: EntryStream, tail: str) -> None:
        if is_locked(self._directory):
            self._warnings.append(f"{tail}; a writer is at work, and what it has not signed was not judged")
        else:
            text = f"{tail}; no checkpoint signs this, so it is not part of the log"
            self._problem(text, entry=stream.position)

    def _judge_list(self, recorded: RecordedCheckpoints, target: SignedCheckpoint) -> None:
        for text in recorded.finish(target):
            self._problem(text)
        self._warnings.extend(recorded.warnings)

    def _judge_anchors(self, target: SignedCheckpoint) -> None:
        self._anchors.finish(target.checkpoint)
        self._problems += self._anchors.problems
        self._warnings += self._anchors.warnings
        self._anchored += self._anchors.anchored

    def _judge_keys(self, target: SignedCheckpoint) -> None:
        """Judge who signed, now that the entries have told which keys should."""
        epochs, size = self._epochs, target.checkpoint.size
        try:
            signed = epochs.confirm(target.note)
        except CheckpointInvalidError as error:
            self._problem(f"the checkpoint: {error.reason}")
        else:
            epochs.prove(signed)
            self._signed_by = signed.signed_by
        if epochs.history.origin != target.checkpoint.origin:
            self._problem(f"the checkpoint calls the log {target.checkpoint.origin}, its key is named otherwise")
        for text in epochs.distrust(self._trusted):
            self._problem(text)
        for text, entry in epochs.compromised(self._anchored):
            self._problem(text, entry=entry)
        self._warnings.extend(epochs.caution(self._anchored))
        self._judge_policy(size)

    def _judge_policy(self, size: int) -> None:
        if self._policy is None:
            return
        named, choices = frozenset(self._policy.log_keys), self._epochs.history.policy_choices(size)
        if named not in choices:
            current = self._epochs.history.current
            where = 0 if current is None else current.named_at
            self._problem(f"{layout.POLICY_FILE} names another key than entry {where}")
        elif named != choices[0]:
            self._warnings.append(ROTATION_CUT_SHORT)

    def _compare_seen(self, stream: EntryStream, target: SignedCheckpoint) -> None:
        seen = self._seen
        if seen is None or self._seen_note is None:
            if not self._anchors.has_compared:
                self._warnings.append(NOTHING_SEEN)
            return
        fault = None if seen.origin != target.checkpoint.origin else self._fault_in_seen(self._seen_note, seen)
        if fault is not None and not self._anchors.cosignatures(self._seen_note):  # a witness's word is as good
            self._problem(f"the checkpoint kept outside is not signed by the key of this log ({fault})")
            return
        clash = self._anchors.contradiction(seen, self._seen_note, target.checkpoint, root=stream.remembered_root)
        if clash is not None:
            self._problems.append(clash)
        elif stream.remembered_root is not None:
            self._anchored += self._anchors.kept_outside(seen, self._seen_note)

    def _fault_in_seen(self, note: bytes, seen: Checkpoint) -> str | None:
        """Say why what was kept outside is not this log's: the note, and the certificate around it."""
        try:
            if not self._is_proven:
                open_checkpoint(note, self._candidates)
                return None
            self._epochs.confirm(note)
            if self._seen_file is not None and self._seen_file != note:
                verify_envelope(self._seen_file, self._epochs.keys_since(seen.size))
        except (NoteInvalidError, CheckpointInvalidError, EnvelopeInvalidError) as error:
            return str(error)
        return None

    def _problem(self, text: str, *, entry: int | None = None) -> None:
        self._problems.append(Problem(text=text, entry=entry))

    def _report(self, target: SignedCheckpoint | None, stream: EntryStream | None) -> VerificationReport:
        problems, warnings = list(self._problems), list(self._warnings)
        if stream is not None:
            problems += stream.problems
            warnings += stream.warnings
        numbered = [each.entry for each in problems if each.entry is not None]
        if len(problems) > MAX_PROBLEMS:
            left = len(problems) - MAX_PROBLEMS
            problems = [*problems[:MAX_PROBLEMS], Problem(text=f"and at least {left} more")]
        counts = None if stream is None else stream.visibility
        current = self._epochs.history.current
        keys = () if current is None or not self._signed_by else current.keys
        return VerificationReport(
            verdict=_verdict(has_problems=bool(problems), has_warnings=bool(warnings)),
            origin="" if target is None else target.checkpoint.origin,
            size=0 if target is None else target.checkpoint.size,
            root="" if target is None else target.checkpoint.root.hex(),
            checkpoint_signed_by=tuple(each.key_id for each in self._signed_by),
            fingerprint_words=fingerprint_words(*map(str, keys)) if keys else (),
            first_broken_entry=min(numbered, default=None),
            problems=tuple(problems),
            warnings=tuple(warnings),
            not_checked=self._not_checked(),
            disclosed=counts.disclosed if counts else 0,
            withheld=counts.withheld if counts else 0,
            redacted=counts.redacted if counts else 0,
            missing=counts.missing if counts else 0,
            redacted_by=counts.redacted_by if counts else (),
        )

    def _not_checked(self) -> tuple[str, ...]:
        unchecked = (UNCHECKED,) if self._epochs.has_unchecked else ()
        has_values = self._values is not None or self._bundled is not None
        why = "no sidecar was given" if self._sidecar is None else "nothing on this machine opens them (`cryptography`)"
        values = () if has_values else (f"the disclosed values: {why}",)
        return (*values, *unchecked, *self._anchors.not_checked, *NOT_CHECKED)


def _verdict(*, has_problems: bool, has_warnings: bool) -> Verdict:
    if has_problems:
        return Verdict.FAILED
    return Verdict.VERIFIED_WITH_WARNINGS if has_warnings else Verdict.VERIFIED

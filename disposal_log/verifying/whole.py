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
    EntryInvalidError,
    KeyInvalidError,
    LogCorruptError,
    LogError,
    LogNotFoundError,
    LogUnreadableError,
    NoteInvalidError,
    SidecarError,
)
from disposal_log.files import layout
from disposal_log.files.durable import is_locked
from disposal_log.files.localising import first_broken_entry
from disposal_log.files.segments import LineReader, foreign_names
from disposal_log.files.sidecar import SidecarReader
from disposal_log.formats.certificates import checkpoint_in_envelope
from disposal_log.formats.checkpoints import Checkpoint, SignedCheckpoint, claimed_checkpoint, open_checkpoint
from disposal_log.formats.entries import EntryType, decode_entry
from disposal_log.signing.notes import VerifierKey
from disposal_log.signing.words import fingerprint_words
from disposal_log.verifying.recorded import RecordedCheckpoints
from disposal_log.verifying.reports import Problem, Verdict, VerificationReport
from disposal_log.verifying.streaming import EntryStream
from disposal_log.verifying.withholding import CommitmentCheck

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
        seen: A checkpoint note, or a signed certificate that carries one, kept since an earlier day.

    Returns:
        The report. Every failure of the log is in it; this function raises nothing for what it reads.
    """
    try:
        keys = tuple(VerifierKey.parse(key.strip()) if isinstance(key, str) else key for key in trusted_keys)
        return _Verification(directory, keys=keys, sidecar=sidecar, seen=seen).run()
    except (LogNotFoundError, LogUnreadableError, SidecarError, KeyInvalidError) as error:
        return _cannot_say(str(error))
    except (CheckpointInvalidError, NoteInvalidError) as error:
        return _cannot_say(f"the checkpoint given with --seen: {error}")


def _cannot_say(reason: str) -> VerificationReport:
    return VerificationReport(verdict=Verdict.CANNOT_SAY, problems=(Problem(text=reason),), not_checked=("anything",))


class _Verification:
    def __init__(
        self, directory: Path, *, keys: tuple[VerifierKey, ...], sidecar: Path | None, seen: bytes | None
    ) -> None:
        self._directory = directory
        self._entries = directory / layout.ENTRIES_DIRECTORY
        self._trusted = keys
        self._seen_note = None if seen is None else checkpoint_in_envelope(seen)
        self._seen = None if self._seen_note is None else claimed_checkpoint(self._seen_note)
        self._sidecar = None if sidecar is None else SidecarReader(sidecar)
        self._problems: list[Problem] = []
        self._warnings: list[str] = []
        self._signed_by: tuple[VerifierKey, ...] = ()

    def run(self) -> VerificationReport:
        """Do everything in order: names and keys, checkpoint, list, entries, tail, comparison."""
        try:
            return self._judge()
        finally:
            if self._sidecar is not None:
                self._sidecar.close()

    def _judge(self) -> VerificationReport:
        self._require_log()
        keys = self._keys()
        recorded = RecordedCheckpoints(self._directory / layout.CHECKPOINT_LIST_FILE, keys)
        target = self._checkpoint(keys) or recorded.newest()
        if target is None:
            self._problem("no checkpoint is signed by a known key, so nothing says what the log should be")
            return self._report(None, None)
        self._check_names(target.checkpoint)
        stream = EntryStream(self._directory, commitments=CommitmentCheck(self._sidecar), recorded=recorded)
        if self._seen is not None:
            stream.remember_root_at(self._seen.size)
        try:
            target = self._follow(stream, target, keys)
        finally:
            stream.close()
        self._judge_list(recorded, target)
        self._compare_seen(stream, target, keys)
        return self._report(target, stream)

    def _require_log(self) -> None:
        if not self._directory.is_dir():
            raise LogNotFoundError(directory=self._directory, missing="the directory")
        parts = (layout.CHECKPOINT_FILE, layout.CHECKPOINT_LIST_FILE, layout.ENTRIES_DIRECTORY)
        if not any((self._directory / name).exists() for name in parts):
            raise LogNotFoundError(directory=self._directory, missing=layout.CHECKPOINT_FILE)

    def _keys(self) -> tuple[VerifierKey, ...]:
        """Find the keys to believe: those given, or those inside the log with a warning."""
        inside = self._keys_inside()
        if not self._trusted:
            self._warnings.append(KEY_ONLY_INSIDE)
            return inside
        if not set(inside) <= set(self._trusted):
            names = ", ".join(key.key_id for key in inside if key not in self._trusted)
            self._problem(f"the log names {names} as its key, which is none of the keys given")
        return self._trusted

    def _keys_inside(self) -> tuple[VerifierKey, ...]:
        keys: list[VerifierKey] = []
        try:
            keys.append(layout.read_policy(self._directory))
        except LogUnreadableError:
            raise
        except LogError as error:
            self._problem(f"{layout.POLICY_FILE} is missing or was changed ({error})")
        opening = self._key_in_first_entry()
        if opening is not None and opening not in keys:
            if keys:
                self._problem(f"{layout.POLICY_FILE} names another key than entry 0")
            keys.append(opening)
        return tuple(keys)

    def _key_in_first_entry(self) -> VerifierKey | None:
        reader = LineReader(self._entries)
        try:
            line = next(reader.take(1), None)
            if line is None:
                return None
            entry = decode_entry(line, seq=0)
            return VerifierKey.parse(str(entry.get("vkey"))) if entry["type"] == EntryType.LOG_OPEN else None
        except (EntryInvalidError, KeyInvalidError):
            return None  # the tree will say where it is broken
        finally:
            reader.close()

    def _checkpoint(self, keys: tuple[VerifierKey, ...]) -> SignedCheckpoint | None:
        try:
            note = layout.read_small(self._directory / layout.CHECKPOINT_FILE)
            signed = open_checkpoint(note, keys)
        except LogNotFoundError:
            self._problem("the checkpoint is missing")
        except (NoteInvalidError, CheckpointInvalidError, LogCorruptError) as error:
            self._problem(f"the checkpoint: {error}")
        else:
            self._signed_by = signed.signed_by
            return signed
        return None

    def _check_names(self, checkpoint: Checkpoint) -> None:
        if any(key.name != checkpoint.origin for key in self._signed_by):
            self._problem(f"the checkpoint calls the log {checkpoint.origin}, its key is named otherwise")
        try:
            found = layout.read_small(self._directory / layout.ORIGIN_FILE)
        except (LogNotFoundError, LogCorruptError):
            found = b""
        if found != f"{checkpoint.origin}\n".encode():
            self._problem(f"{layout.ORIGIN_FILE} does not say {checkpoint.origin}")

    def _follow(self, stream: EntryStream, target: SignedCheckpoint, keys: tuple[VerifierKey, ...]) -> SignedCheckpoint:
        """Read up to the checkpoint, and on if a living writer moves it meanwhile."""
        while True:
            stream.read_to(target.checkpoint.size)
            if stream.position < target.checkpoint.size or stream.root() != target.checkpoint.root:
                self._locate(stream, target.checkpoint)
                return target
            tail = self._tail(stream)
            if tail is None:
                return target
            newer = self._newer_checkpoint(target, keys)
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

    def _tail(self, stream: EntryStream) -> str | None:
        count = stream.unsigned_bytes()
        if count:
            return f"{count} bytes follow the last signed entry"
        foreign = foreign_names(self._entries, last_segment=stream.last_segment)
        return f"{foreign[0]!a} in entries/ is not part of the log" if foreign else None

    def _newer_checkpoint(self, target: SignedCheckpoint, keys: tuple[VerifierKey, ...]) -> SignedCheckpoint | None:
        """Give a writer at work the time to sign what it has written."""
        deadline = time.monotonic() + TAIL_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(LogError):
                note = layout.read_small(self._directory / layout.CHECKPOINT_FILE)
                signed = open_checkpoint(note, keys)
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

    def _compare_seen(self, stream: EntryStream, target: SignedCheckpoint, keys: tuple[VerifierKey, ...]) -> None:
        seen = self._seen
        if seen is None or self._seen_note is None:
            self._warnings.append(NOTHING_SEEN)
            return
        try:
            open_checkpoint(self._seen_note, keys)
        except NoteInvalidError as error:
            self._problem(f"the checkpoint kept outside is not signed by the key of this log ({error})")
            return
        size = target.checkpoint.size
        if seen.origin != target.checkpoint.origin:
            self._problem(f"the checkpoint kept outside is one of {seen.origin}, another log")
        elif seen.size > size:
            text = f"the log was rolled back: {seen.size} entries were signed, {size} are here"
            self._problem(text, entry=size)
        elif stream.remembered_root is not None and stream.remembered_root != seen.root:
            self._problem(
                f"two histories were signed: at {seen.size} entries the checkpoint kept outside has root "
                f"{seen.root.hex()}, this log has {stream.remembered_root.hex()}"
            )

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
        key = self._signed_by[0] if self._signed_by else None
        return VerificationReport(
            verdict=_verdict(has_problems=bool(problems), has_warnings=bool(warnings)),
            origin="" if target is None else target.checkpoint.origin,
            size=0 if target is None else target.checkpoint.size,
            root="" if target is None else target.checkpoint.root.hex(),
            checkpoint_signed_by=tuple(each.key_id for each in self._signed_by),
            fingerprint_words=() if key is None else fingerprint_words(str(key)),
            first_broken_entry=min(numbered, default=None),
            problems=tuple(problems),
            warnings=tuple(warnings),
            not_checked=NOT_CHECKED
            if self._sidecar is not None
            else ("the disclosed values: no sidecar was given", *NOT_CHECKED),
            disclosed=counts.disclosed if counts else 0,
            withheld=counts.withheld if counts else 0,
            redacted=counts.redacted if counts else 0,
            missing=counts.missing if counts else 0,
        )


def _verdict(*, has_problems: bool, has_warnings: bool) -> Verdict:
    if has_problems:
        return Verdict.FAILED
    return Verdict.VERIFIED_WITH_WARNINGS if has_warnings else Verdict.VERIFIED

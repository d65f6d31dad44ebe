"""The child process that opens files: it may hang, eat memory or crash, and only the file at hand is lost.

Started by `scanners.examination.sandbox` as `python -P -m scanners.examination.child`; talks in frames over its
standard input and output. For each file it sends one row, or why there is none, and lets rows gather until they
fill a pipe, on the slip that it shares with its parent; what is certain of a file before a reader looks into it
stands there too.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable

from scanners.errors import FileUnreadableError, LibmagicMissingError, SourceUnavailableError
from scanners.examination.answers import ContentAnswer, packed_known_row, packed_row
from scanners.examination.fingerprint import Fingerprint, fingerprint, share_trouble
from scanners.examination.frames import Frame, FrameKind, Unpacker, packed
from scanners.examination.remembering import Remembered
from scanners.examination.slip import Phase, Slip
from scanners.identification.libmagic import libmagic_version
from scanners.limits import ExaminationLimits
from scanners.observation import FoundFile, Problem, ProblemKind
from scanners.opening import FileOpener
from scanners.text import (
    ContentReading,
    read_content,
    read_parts,
    reads_from_beginning,
    reads_in_parts,
    reads_text_of,
)

Extractor = Callable[[str, bytes, int], ContentReading]

_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = 0, 1, 2
_PIPE_BYTES = 64 << 10
_ALIVE_EVERY_SECONDS = 1.0
_CPU_SLACK_SECONDS = 5
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG
_MAX_WORDS = 1000
_MAX_PROPERTIES = 64


def extract(media_type: str, content: bytes, limit_chars: int) -> ContentReading:
    """Return the text and properties of one file's content.

    Raises:
        MemoryError: There is not enough memory for this file.
    """
    return read_content(media_type, content, limit_chars=limit_chars)


def main(arguments: list[str], *, extractor: Extractor = extract) -> int:
    """Serve one parent until it closes the pipe; or, with `--check`, tell whether everything loads.

    Args:
        arguments: The parent's process number, the descriptor of the slip, and the limits as JSON; or `--check`.
        extractor: What reads text; tests give one that misbehaves.
    """
    if arguments == ["--check"]:
        return _check()
    parent, descriptor, stated = arguments
    limits = ExaminationLimits.from_json(json.loads(stated))
    _confine(limits, parent=int(parent))
    replies = os.dup(_STANDARD_OUTPUT)
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)  # a library that prints must not break a frame
    with Slip(int(descriptor)) as slip:
        _Child(replies=replies, slip=slip, limits=limits, extractor=extractor).serve()
    return 0


def _check() -> int:
    try:
        sys.stdout.write(f"libmagic {libmagic_version()}\n")
        content = b"%PDF-1.4"
        reading = read_content("application/pdf", content, limit_chars=1)
    except (LibmagicMissingError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"PDF reader {'loaded' if reading.problems else 'missing'}\n")
    return 0


def _confine(limits: ExaminationLimits, *, parent: int) -> None:
    # Ended with the parent's thread, so that no child outlives a scan; and if the parent is gone already, at once.
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)  # a core file would be a copy of somebody's record


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


class _CpuAllowance:
    """Lets each file use its seconds of processor time and no more: a second guard, should the parent hang."""

    def __init__(self, seconds_per_file: float) -> None:
        self._seconds = seconds_per_file + _CPU_SLACK_SECONDS
        self._allowed = 0

    def renew(self) -> None:
        allowed = int(time.process_time() + self._seconds)
        if allowed != self._allowed:  # most files cost far less than a second, and asking the system costs more
            _lower(resource.RLIMIT_CPU, allowed)
            self._allowed = allowed


class _Child:
    """The loop over files."""

    def __init__(self, *, replies: int, slip: Slip, limits: ExaminationLimits, extractor: Extractor) -> None:
        self._replies = replies
        self._slip = slip
        self._limits = limits
        self._extractor = extractor
        self._allowance = _CpuAllowance(limits.seconds_per_file)
        self._told: Remembered[None] = Remembered()
        self._known: frozenset[str] = frozenset()
        self._opener: FileOpener | None = None
        self._sent_bytes = 0
        self._number = -1
        self._last_sign_at = 0.0
        self._is_worn = False

    def serve(self) -> None:
        self._send(packed(FrameKind.READY))
        self._flush()
        unpacker = Unpacker()
        while arrived := os.read(_STANDARD_INPUT, _PIPE_BYTES):
            unpacker.feed(arrived)
            while not self._is_worn and (frame := unpacker.next()):
                self._take(frame)
            self._slip.stand(-1, time.monotonic(), Phase.IDLE)
            self._flush()
            if self._is_worn:
                return

    def _take(self, frame: Frame) -> None:
        kind, _, payload = frame
        stated = json.loads(payload)
        if kind == FrameKind.ROOT:
            self._change_root(stated)
        elif kind == FrameKind.KNOWN:
            self._known = frozenset(stated)
        elif self._opener:
            for number, path, size_bytes, modified_ns, inode, device in stated:
                found = FoundFile(
                    path=path,
                    size_bytes=size_bytes,
                    modified_ns=modified_ns,
                    inode=inode,
                    device=device,
                    link_count=1,
                )
                self._look_at(number, found, self._opener)
                if self._is_worn:
                    return

    def _change_root(self, root: str) -> None:
        if self._opener:
            self._opener.close()
        self._opener = None
        try:
            self._opener = FileOpener(root)
        except SourceUnavailableError as error:
            self._send(packed(FrameKind.NO_ROOT, payload=_words(error.detail)))

    def _look_at(self, number: int, found: FoundFile, opener: FileOpener) -> None:
        self._number = number
        self._last_sign_at = now = time.monotonic()
        self._slip.stand(number, now, Phase.READING)
        self._allowance.renew()
        try:
            self._send(packed(FrameKind.ROW, number, self._examined(number, found, opener)))
        except FileUnreadableError as error:
            self._send(packed(FrameKind.UNREADABLE, number, _words(f"{error.reason}\n{error.detail}")))
        except LibmagicMissingError as error:
            self._send(packed(FrameKind.NO_LIBMAGIC, number, _words(error.detail)))

    def _examined(self, number: int, found: FoundFile, opener: FileOpener) -> bytes:
        seen = fingerprint(opener, found, limits=self._limits, on_progress=self._sign_of_life)
        try:
            return self._row(number, found, seen)
        finally:
            seen.close()

    def _row(self, number: int, found: FoundFile, seen: Fingerprint) -> bytes:
        digest = bytes.fromhex(seen.sha256)
        self._slip.note_read(number, self._last_sign_at, digest=digest, media_type=seen.media_type.encode())
        media_type = seen.settled_type(found.path)
        if seen.sha256 in self._known:
            return packed_known_row(digest, media_type)
        key = (digest, media_type)
        if key in self._told:
            return packed_row(digest, media_type, None, remember=False)
        content = _answer(self._read(media_type, found, seen))
        is_costly = bool(content.text or content.member_count) and not self._is_worn
        if is_costly:
            self._told.note(key, None)
        return packed_row(digest, media_type, content, remember=is_costly)

    def _read(self, media_type: str, found: FoundFile, seen: Fingerprint) -> ContentReading:
        is_in_parts = not seen.is_whole and reads_in_parts(media_type)
        if not (seen.is_whole or is_in_parts) and reads_text_of(media_type) and not reads_from_beginning(media_type):
            mebibytes = self._limits.max_text_source_bytes >> 20
            return _unread(ProblemKind.TOO_LARGE, f"larger than {mebibytes} MiB, so its text was not read")
        try:
            if is_in_parts:
                return self._read_in_parts(media_type, found, seen)
            return self._extractor(media_type, seen.content, self._limits.text_chars)
        except MemoryError:
            # Nothing more may be done here: what fills the memory is let go only with the exception.
            self._is_worn = True
        except FileUnreadableError:
            raise
        except Exception as error:  # noqa: BLE001  one file's fault must not stop the scan of the others
            return _unread(ProblemKind.BROKEN, f"its reader failed ({type(error).__name__})")
        return _unread(ProblemKind.MEMORY, "reading it took more memory than a file may use")

    def _read_in_parts(self, media_type: str, found: FoundFile, seen: Fingerprint) -> ContentReading:
        try:
            reading = read_parts(media_type, seen.parts(), limit_chars=self._limits.text_chars)
        except OSError as error:
            raise share_trouble(found, error) from error
        seen.check_untouched(found)
        return reading

    def _sign_of_life(self) -> None:
        now = time.monotonic()
        if now - self._last_sign_at >= _ALIVE_EVERY_SECONDS:
            self._last_sign_at = now
            self._allowance.renew()
            self._slip.stand(self._number, now, Phase.READING)

    def _send(self, frame: bytes) -> None:
        if self._slip.gather(frame):
            return
        self._flush()
        if not self._slip.gather(frame):
            self._write(frame)

    def _flush(self) -> None:
        gathered = self._slip.gathered()
        self._write(self._slip.part(0, gathered.length))

    def _write(self, sent: bytes) -> None:
        left = memoryview(sent)
        while left:
            left = left[os.write(self._replies, left) :]
        self._sent_bytes += len(sent)
        self._slip.mark_sent(self._sent_bytes)


def _answer(reading: ContentReading) -> ContentAnswer:
    properties = reading.properties
    if len(properties) > _MAX_PROPERTIES:
        properties = dict(list(properties.items())[:_MAX_PROPERTIES])
    return ContentAnswer(
        reading.text, reading.is_read, properties, reading.problems, reading.members, reading.member_count
    )


def _words(text: str) -> bytes:
    return text[:_MAX_WORDS].encode("utf-8", "replace")


def _unread(kind: ProblemKind, detail: str) -> ContentReading:
    return ContentReading(problems=(Problem(kind=kind, detail=detail),))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

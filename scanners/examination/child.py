"""The child process that opens files: it may hang, eat memory or crash, and only the file at hand is lost.

Started by `scanners.examination.sandbox` as `python -P -m scanners.examination.child`; talks in frames over its
standard input and output. For each file it sends "read" as soon as digest and type are certain, then "content"; or
one "unreadable".
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from scanners.errors import FileUnreadableError, LibmagicMissingError, SourceUnavailableError
from scanners.examination.fingerprint import Fingerprint, fingerprint
from scanners.examination.frames import Frame, Unpacker, packed
from scanners.identification.libmagic import libmagic_version
from scanners.limits import ExaminationLimits
from scanners.observation import FoundFile, Problem, ProblemKind
from scanners.opening import FileOpener
from scanners.text import ContentReading, read_content, reads_from_beginning, reads_text_of

Extractor = Callable[[str, bytes, int], ContentReading]

_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = 0, 1, 2
_PIPE_BYTES = 64 << 10
_ALIVE_EVERY_SECONDS = 1.0
_CPU_SLACK_SECONDS = 5
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG


def extract(media_type: str, content: bytes, limit_chars: int) -> ContentReading:
    """Return the text and properties of one file's content.

    Raises:
        MemoryError: There is not enough memory for this file.
    """
    return read_content(media_type, content, limit_chars=limit_chars)


def main(arguments: list[str], *, extractor: Extractor = extract) -> int:
    """Serve one parent until it closes the pipe; or, with `--check`, tell whether everything loads.

    Args:
        arguments: The parent's process number and the limits as JSON; or `--check`.
        extractor: What reads text; tests give one that misbehaves.
    """
    if arguments == ["--check"]:
        return _check()
    parent, stated = arguments
    limits = ExaminationLimits.from_json(json.loads(stated))
    _confine(limits, parent=int(parent))
    replies = os.dup(_STANDARD_OUTPUT)
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)  # a library that prints must not break a frame
    _Child(replies=replies, limits=limits, extractor=extractor).serve()
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


def _allow_cpu(limits: ExaminationLimits) -> None:
    """Let this file use its seconds of processor time and no more: a second guard, should the parent hang."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(spent.ru_utime + spent.ru_stime + limits.seconds_per_file) + _CPU_SLACK_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))


class _Child:
    """The loop over files."""

    def __init__(self, *, replies: int, limits: ExaminationLimits, extractor: Extractor) -> None:
        self._replies = replies
        self._limits = limits
        self._extractor = extractor
        self._opener: FileOpener | None = None
        self._last_sign_at = 0.0
        self._is_worn = False

    def serve(self) -> None:
        self._send({"kind": "ready"})
        unpacker = Unpacker()
        while arrived := os.read(_STANDARD_INPUT, _PIPE_BYTES):
            unpacker.feed(arrived)
            while frame := unpacker.next():
                self._take(frame)
                if self._is_worn:
                    return

    def _take(self, frame: Frame) -> None:
        if frame["kind"] == "root":
            self._change_root(frame["root"])
        elif self._opener:
            _allow_cpu(self._limits)
            self._look_at(frame["number"], FoundFile(**frame["file"]), self._opener)

    def _change_root(self, root: str) -> None:
        if self._opener:
            self._opener.close()
        self._opener = None
        try:
            self._opener = FileOpener(root)
        except SourceUnavailableError as error:
            self._send({"kind": "no_root", "detail": error.detail})

    def _look_at(self, number: int, found: FoundFile, opener: FileOpener) -> None:
        try:
            self._examine(number, found, opener)
        except FileUnreadableError as error:
            self._send({"kind": "unreadable", "number": number, "reason": error.reason, "detail": error.detail})
        except LibmagicMissingError as error:
            self._send({"kind": "no_libmagic", "detail": error.detail})

    def _examine(self, number: int, found: FoundFile, opener: FileOpener) -> None:
        self._last_sign_at = time.monotonic()
        seen = fingerprint(opener, found, limits=self._limits, on_progress=lambda: self._sign_of_life(number))
        self._send(
            {
                "kind": "read",
                "number": number,
                "sha256": seen.sha256,
                "media_type": seen.media_type,
            }
        )
        media_type = seen.settled_type(found.path)
        reading = self._read(media_type, seen)
        self._send(
            {
                "kind": "content",
                "number": number,
                "media_type": media_type,
                "text": reading.text,
                "text_read": reading.is_read,
                "properties": reading.properties,
                "problems": [[problem.kind, problem.detail] for problem in reading.problems],
            }
        )

    def _read(self, media_type: str, seen: Fingerprint) -> ContentReading:
        if not seen.is_whole and reads_text_of(media_type) and not reads_from_beginning(media_type):
            mebibytes = self._limits.max_text_source_bytes >> 20
            return _unread(ProblemKind.TOO_LARGE, f"larger than {mebibytes} MiB, so its text was not read")
        try:
            return self._extractor(media_type, seen.content, self._limits.text_chars)
        except MemoryError:
            # Nothing more may be done here: what fills the memory is let go only with the exception.
            self._is_worn = True
        except Exception as error:  # noqa: BLE001  one file's fault must not stop the scan of the others
            return _unread(ProblemKind.BROKEN, f"its reader failed ({type(error).__name__})")
        return _unread(ProblemKind.MEMORY, "reading it took more memory than a file may use")

    def _sign_of_life(self, number: int) -> None:
        now = time.monotonic()
        if now - self._last_sign_at >= _ALIVE_EVERY_SECONDS:
            self._last_sign_at = now
            _allow_cpu(self._limits)
            self._send({"kind": "alive", "number": number})

    def _send(self, frame: dict[str, Any]) -> None:
        left = memoryview(packed(frame))
        while left:
            left = left[os.write(self._replies, left) :]


def _unread(kind: ProblemKind, detail: str) -> ContentReading:
    return ContentReading(problems=(Problem(kind=kind, detail=detail),))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

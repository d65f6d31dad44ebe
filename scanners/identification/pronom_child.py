"""The child process that asks PRONOM: its runtime may hang, or end without memory, and only the file at hand is lost.

Started by `scanners.identification.pronom_naming` as `python -P -m scanners.identification.pronom_child`. Takes a
line of JSON for each file on its standard input, and answers it with one line.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial

from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.identification.pronom import PronomAnswer, PronomMissingError, ask_pronom, pronom_version
from scanners.observation import UnreadableReason
from scanners.opening import CHUNK_BYTES, FileOpener, is_untouched, reason_of

Asking = Callable[[str], PronomAnswer]

_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = 0, 1, 2
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG
_MAX_COPIED_BYTES = 32 << 20
_MAX_WORDS = 300
_LATEST_NS = (1 << 63) - 1  # no catalogue holds a later instant, nor one as long before 1970


class Said(StrEnum):
    """What an answer of the child is."""

    READY = "ready"
    MISSING = "missing"
    NAMED = "named"
    NOT_READ = "not_read"


def main(arguments: list[str], *, ask: Asking = ask_pronom, version: Callable[[], str] = pronom_version) -> int:
    """Serve one parent until it closes the pipe.

    Args:
        arguments: The parent's process number, and how much address space there may be.
        ask: What knows PRONOM; tests give one that misbehaves.
        version: What says which release of PRONOM that is.
    """
    parent, memory_bytes = map(int, arguments)
    _confine(parent=parent, memory_bytes=memory_bytes)
    replies = os.dup(_STANDARD_OUTPUT)
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)  # a library that prints must not break a line
    with open(_STANDARD_INPUT, encoding="ascii") as asked:
        _serve(asked, partial(_answer, replies), ask, version)
    return 0


def _answer(replies: int, *answer: int | str) -> None:
    _write(replies, json.dumps(answer).encode("ascii") + b"\n")


def _write(descriptor: int, written: bytes) -> None:
    left = memoryview(written)
    while left:
        left = left[os.write(descriptor, left) :]


def _confine(*, parent: int, memory_bytes: int) -> None:
    # Ended with the parent's thread, so that no child outlives a scan; and if the parent is gone already, at once.
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    _lower(resource.RLIMIT_AS, memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)  # a core file would be a copy of somebody's record


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _serve(asked: Iterator[str], answer: Callable[..., None], ask: Asking, version: Callable[[], str]) -> None:
    try:
        answer(Said.READY, version())
    except PronomMissingError as error:
        answer(Said.MISSING, error.detail)
        return
    roots = _Roots()
    for line in asked:
        number, root, path, *stated = json.loads(line)
        answer(number, *_looked_at(roots, root, path, stated, ask))


class _Roots:
    """Keeps the last root open, as files come root by root."""

    def __init__(self) -> None:
        self._root = ""
        self._opener: FileOpener | None = None

    def opener(self, root: str) -> FileOpener:
        """Return what opens files below `root`.

        Raises:
            SourceUnavailableError: The root cannot be opened.
        """
        if self._opener is None or root != self._root:
            if self._opener:
                self._opener.close()
            self._opener = None
            self._opener, self._root = FileOpener(root), root
        return self._opener


def _looked_at(roots: _Roots, root: str, path: str, stated: list[int], ask: Asking) -> tuple[Said, str]:
    try:
        return Said.NAMED, _named(roots.opener(root), path, stated, ask)
    except (SourceUnavailableError, FileUnreadableError) as error:
        detail = error.detail
    except OSError as error:
        detail = reason_of(error)[1]
    except MemoryError:
        detail = "looking at it took more memory than a file may use"
    return Said.NOT_READ, detail[:_MAX_WORDS]


def _named(opener: FileOpener, path: str, stated: list[int], ask: Asking) -> str:
    """Return the identifier of a file, and prove before and after that it is the file that the scan read.

    Raises:
        FileUnreadableError: It is gone, denied, another one, or was changed; or siegfried could not read it.
    """
    descriptor = opener.open_file(path)
    try:
        before = os.fstat(descriptor)
        if [before.st_size, max(-_LATEST_NS, min(before.st_mtime_ns, _LATEST_NS)), before.st_ino] != stated:
            raise _changed(path, "it was changed after the scan")
        is_copied = before.st_size <= _MAX_COPIED_BYTES
        said = _ask_of_copy(descriptor, before.st_size, ask) if is_copied else ask(_name_of(descriptor))
        if not is_untouched(before, os.fstat(descriptor)):
            raise _changed(path, "it was changed while it was read")
        if said.trouble and not is_copied:  # of a copy in memory only the content can be the cause
            raise FileUnreadableError(path=path, reason=UnreadableReason.IO_ERROR, detail=said.trouble)
        return said.format_id
    finally:
        os.close(descriptor)


def _ask_of_copy(descriptor: int, size_bytes: int, ask: Asking) -> PronomAnswer:
    """Ask about a copy in memory: siegfried opens what it is given anew, and so would mark a file as used.

    Larger files it gets as they are; whoever keeps the share may then see that they were read.
    """
    copy = os.memfd_create("retention-pronom", os.MFD_CLOEXEC)
    try:
        left = size_bytes
        while left > 0 and (chunk := os.read(descriptor, min(left, CHUNK_BYTES))):
            _write(copy, chunk)
            left -= len(chunk)
        return ask(_name_of(copy))
    finally:
        os.close(copy)


def _name_of(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"


def _changed(path: str, detail: str) -> FileUnreadableError:
    return FileUnreadableError(path=path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

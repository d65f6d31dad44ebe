"""Naming formats after PRONOM with one killable child: a file that hangs or crashes it costs only itself.

The child ends with the thread that started it, so a namer belongs to one thread.
"""

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from scanners.errors import ScannerError
from scanners.identification.pronom import PronomMissingError
from scanners.identification.pronom_child import Said

CHILD_COMMAND = (sys.executable, "-P", "-m", "scanners.identification.pronom_child")

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_FILES_PER_CHILD = 50_000
_MAX_ANSWER_BYTES = 4 << 10
_PUID = re.compile(r"(x-)?fmt/[1-9][0-9]{0,8}")
_VERSION = re.compile(r"[ -~]{1,300}")
_OVERDUE = "siegfried took too long over it"
_CRASHED = "siegfried crashed over it"
_UNSOUND = "siegfried answered what no sound program answers"


class PronomUnavailableError(ScannerError):
    """The separate process that asks PRONOM does not start, so no file can be blamed for it."""

    def __init__(self, *, detail: str) -> None:
        self.detail = detail
        super().__init__(
            what=f"The process that asks PRONOM could not be started: {detail}.",
            not_done="The formats of the files that were not named yet stay unnamed.",
            next_step="It needs 2 GB of address space; see that no limit of this account forbids it, then ask again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingLimits:
    """The bounds of naming one file's format; `memory_bytes` is address space, of which Go reserves far more."""

    seconds_per_file: float = 60.0
    memory_bytes: int = 4 << 30


class FileToName(Protocol):
    """A file, as it was when it was scanned; if it is another one now, it gets no name."""

    @property
    def path(self) -> str:
        """Where it lies below its root."""
        ...

    @property
    def size_bytes(self) -> int:
        """How many bytes it had."""
        ...

    @property
    def modified_ns(self) -> int:
        """When it was last modified, in nanoseconds since 1970, as far as 63 bits hold it."""
        ...

    @property
    def inode(self) -> int:
        """Its number on its file system."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatNamed:
    """PRONOM was asked; the identifier is empty when it knows none for these bytes."""

    path: str
    format_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatNotAsked:
    """PRONOM could not be asked; `broke_the_child` when that is because of what is in the file."""

    path: str
    detail: str
    broke_the_child: bool = False


class FormatNamer:
    """Names the formats of files; keeps one child and starts another when a file broke it.

    Args:
        limits: What one file may cost.
        command: What to run; the parent's number and the limit of memory are added to it.

    Raises:
        PronomMissingError: The optional package is not installed.
        PronomUnavailableError: The child does not start.
    """

    def __init__(self, limits: NamingLimits | None = None, *, command: Sequence[str] = CHILD_COMMAND) -> None:
        self._limits = limits or NamingLimits()
        self._command = tuple(command)
        self._child: _Child | None = None
        self.pronom_version = self._running().version

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
            self._child = None

    def name(self, root: str, file: FileToName) -> FormatNamed | FormatNotAsked:
        """Return what PRONOM says of one file below `root`.

        Raises:
            PronomUnavailableError: The child does not start any more.
        """
        try:
            said, words = self._running().ask(root, file, within_seconds=self._limits.seconds_per_file)
        except _ChildEndedError as error:
            self.close()
            return FormatNotAsked(path=file.path, detail=str(error), broke_the_child=True)
        if said is Said.NOT_READ:
            return FormatNotAsked(path=file.path, detail=words)
        return FormatNamed(path=file.path, format_id=words)

    def _running(self) -> "_Child":
        if self._child and self._child.files_left <= 0:
            self.close()
        if self._child is None:
            self._child = _Child(self._command, self._limits)
        return self._child


class _ChildEndedError(Exception):
    """The child ended, was ended because it took too long, or answered what no sound child answers."""


class _Child:
    def __init__(self, command: Sequence[str], limits: NamingLimits) -> None:
        self.files_left = _FILES_PER_CHILD
        self._arrived = b""
        self._number = 0
        try:
            # A session of its own: Ctrl-C is for the scan. The working folder is the root of the system, so that
            # no share is pinned and nothing on one is ever imported.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, or the command a test gives
                [*command, str(os.getpid()), str(limits.memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise PronomUnavailableError(detail=str(error)) from error
        if self._process.stdin is None or self._process.stdout is None:
            message = "pipes were asked for"
            raise AssertionError(message)
        self._to_child, self._from_child = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to_child, False)
        self._poll_in, self._poll_out = select.poll(), select.poll()
        self._poll_in.register(self._from_child, select.POLLIN)
        self._poll_out.register(self._to_child, select.POLLOUT)
        try:
            self.version = self._await_ready()
        except BaseException:
            self.end()
            raise

    def ask(self, root: str, file: FileToName, *, within_seconds: float) -> tuple[Said, str]:
        """Return what the child says of one file, and the words to it.

        Raises:
            _ChildEndedError: It says nothing in time, or nothing sound.
        """
        self.files_left -= 1
        self._number += 1
        latest = time.monotonic() + within_seconds
        self._tell([self._number, root, file.path, file.size_bytes, file.modified_ns, file.inode], latest)
        match self._answer(latest):
            case [self._number, Said.NAMED, str(format_id)] if not format_id or _PUID.fullmatch(format_id):
                return Said.NAMED, format_id
            case [self._number, Said.NOT_READ, str(detail)]:
                return Said.NOT_READ, detail
            case _:
                raise _ChildEndedError(_UNSOUND)

    def end(self) -> None:
        """Kill the child and wait a moment for it; one that hangs in the kernel is left to die by itself."""
        self._process.kill()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.returncode = -9  # it has the signal and cannot outlive it; Popen need not warn of it
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _await_ready(self) -> str:
        try:
            answer = self._answer(time.monotonic() + _START_SECONDS)
        except _ChildEndedError as error:
            raise PronomUnavailableError(detail="it gave no sign of life") from error
        match answer:
            case [Said.READY, str(version)] if _VERSION.fullmatch(version):
                return version
            case [Said.MISSING, str(detail)]:
                raise PronomMissingError(detail=detail)
            case _:
                raise PronomUnavailableError(detail="it did not report for duty")

    def _tell(self, question: list[int | str], latest: float) -> None:
        left = json.dumps(question).encode("ascii") + b"\n"
        while left:
            self._wait(self._poll_out, latest)
            try:
                left = left[os.write(self._to_child, left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise _ChildEndedError(_CRASHED) from error

    def _answer(self, latest: float) -> object:
        """Return the next line, read as JSON; the child may be taken over by a file, so nothing else is believed."""
        while b"\n" not in self._arrived:
            self._wait(self._poll_in, latest)
            arrived = os.read(self._from_child, _MAX_ANSWER_BYTES)
            if not arrived:
                raise _ChildEndedError(_CRASHED)
            self._arrived += arrived
            if len(self._arrived) > _MAX_ANSWER_BYTES:
                raise _ChildEndedError(_UNSOUND)
        line, _, self._arrived = self._arrived.partition(b"\n")
        try:
            return json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _ChildEndedError(_UNSOUND) from error

    @staticmethod
    def _wait(poll: select.poll, latest: float) -> None:
        left_seconds = latest - time.monotonic()
        if left_seconds <= 0 or not poll.poll(left_seconds * 1000 + 1):
            raise _ChildEndedError(_OVERDUE)

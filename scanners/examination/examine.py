"""Examining files: exactly one row for each, in order, whatever the file does to the process that reads it."""

import os
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from scanners.errors import LibmagicMissingError, SourceUnavailableError
from scanners.examination.answers import (
    ContentAnswer,
    ReadAnswer,
    UnsoundAnswerError,
    content_answer,
    detail_of,
    read_answer,
    refused_answer,
)
from scanners.examination.frames import Frame
from scanners.examination.sandbox import CHILD_COMMAND, ChildEndedError, ChildSilentError, Sandbox
from scanners.identification.media_types import name_mismatch
from scanners.limits import ExaminationLimits
from scanners.observation import (
    FileObservation,
    FoundFile,
    Problem,
    ProblemKind,
    UnreadableEntry,
    UnreadableReason,
)

_PORTION_FILES = 256

Row = FileObservation | UnreadableEntry


class Examiner:
    """Owns one killable child and gives it files; for use by one long-lived worker thread.

    The child ends with the thread that made it do its first work, so an examiner is not handed from a thread
    that ends to another one.

    Args:
        limits: What one file may cost.
        child_command: What to run instead of our own child; tests give one that hangs, eats memory or crashes.
    """

    def __init__(
        self, *, limits: ExaminationLimits | None = None, child_command: Sequence[str] = CHILD_COMMAND
    ) -> None:
        self._limits = limits or ExaminationLimits()
        self._command = tuple(child_command)
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child; the next examination starts another."""
        if self._sandbox:
            self._sandbox.end()
        self._sandbox = None

    def examine(self, root: str, files: Sequence[FoundFile]) -> Iterator[Row]:
        """Yield one row for each file, in order: what was learned, or why it could not be read.

        A file that hangs, needs too much memory or crashes its reader keeps its digest and type, carries the
        problem, and costs no other file anything. Memory holds one portion of 256 files' names and one row.

        Raises:
            SourceUnavailableError: The root itself is gone; the files not yet yielded were not examined.
            ExaminerUnavailableError: No child can be started; likewise.
            LibmagicMissingError: A rarer type of file came and libmagic cannot be loaded; likewise.
        """
        absolute = os.path.abspath(root)  # noqa: PTH100  the child works in another folder; links stay as they are
        for start in range(0, len(files), _PORTION_FILES):
            yield from self._portion(absolute, files[start : start + _PORTION_FILES])

    def _portion(self, root: str, files: Sequence[FoundFile]) -> Iterator[Row]:
        done, failed_attempts = 0, 0
        try:
            while done < len(files):
                sandbox = self._sandbox_for(root, files, start=done)
                while done < len(files) and self._sandbox is sandbox:
                    row = self._row(sandbox, done, files[done], is_last_attempt=failed_attempts > 0)
                    failed_attempts = 0 if row else failed_attempts + 1
                    if row:
                        done += 1
                        yield row
        except _NoRootError as error:
            raise SourceUnavailableError(root=root, detail=str(error)) from error
        finally:
            if done < len(files):
                self.close()  # answers to questions nobody waits for any more are on their way

    def _sandbox_for(self, root: str, files: Sequence[FoundFile], *, start: int) -> Sandbox:
        if self._sandbox and self._sandbox.files_left <= 0:
            self.close()
        sandbox = self._sandbox = self._sandbox or Sandbox(self._limits, command=self._command)
        sandbox.files_left -= len(files) - start
        sandbox.send({"kind": "root", "root": root})
        for number in range(start, len(files)):
            sandbox.send({"kind": "file", "number": number, "file": _as_frame(files[number])})
        return sandbox

    def _row(self, sandbox: Sandbox, number: int, found: FoundFile, *, is_last_attempt: bool) -> Row | None:
        """Return the row of one file; None when the child died before it had read it and may be tried again."""
        read: ReadAnswer | None = None
        kind = ProblemKind.CRASHED
        try:
            while True:
                frame = sandbox.receive(within_seconds=self._limits.seconds_per_file)
                if read:
                    return self._finished(found, read, _expect(frame, "content", number))
                if frame.get("kind") == "unreadable":
                    refused = refused_answer(_expect(frame, "unreadable", number))
                    return _unreadable(found, refused.reason, refused.detail)
                if frame.get("kind") != "alive":
                    read = read_answer(_expect(frame, "read", number))
        except ChildSilentError:
            kind = ProblemKind.TIMEOUT
        except (ChildEndedError, UnsoundAnswerError):
            if read is None and not is_last_attempt:
                self.close()
                return None  # it may have been worn out by the file before; a fresh child will tell
        self.close()
        return self._given_up(found, read, kind)

    def _finished(self, found: FoundFile, read: ReadAnswer, frame: Frame) -> FileObservation:
        content = content_answer(frame, limit_chars=self._limits.text_chars)
        if any(problem.kind is ProblemKind.MEMORY for problem in content.problems):
            self.close()  # an allocation that was refused may have left the child in a bad state
        return _observation(found, read.sha256, content)

    def _given_up(self, found: FoundFile, read: ReadAnswer | None, kind: ProblemKind) -> Row:
        seconds = f"{self._limits.seconds_per_file:g} seconds"
        is_timeout = kind is ProblemKind.TIMEOUT
        if read is None:
            detail = f"nothing of it came for {seconds}" if is_timeout else "reading it failed twice, unexpectedly"
            return _unreadable(found, UnreadableReason.IO_ERROR, detail)
        detail = f"reading its content took longer than {seconds}" if is_timeout else "its reader crashed on it"
        nothing = ContentAnswer(
            media_type=read.media_type,
            text="",
            text_read=False,
            properties={},
            problems=(Problem(kind=kind, detail=detail),),
        )
        return _observation(found, read.sha256, nothing)


def _as_frame(found: FoundFile) -> Frame:
    return {
        "path": found.path,
        "size_bytes": found.size_bytes,
        "modified_ns": found.modified_ns,
        "inode": found.inode,
        "device": found.device,
        "link_count": found.link_count,
    }


class _NoRootError(Exception):
    """The child could not open the root."""


def _expect(frame: Frame, kind: str, number: int) -> Frame:
    """Return the frame if it is the one that is due.

    Raises:
        UnsoundAnswerError: It is another one.
        LibmagicMissingError: The child needed libmagic and could not load it.
    """
    if frame.get("kind") == "no_root":
        raise _NoRootError(detail_of(frame))
    if frame.get("kind") == "no_libmagic":
        raise LibmagicMissingError(detail=detail_of(frame))
    if frame.get("kind") != kind or frame.get("number") != number:
        raise UnsoundAnswerError
    return frame


def _observation(found: FoundFile, sha256: str, content: ContentAnswer) -> FileObservation:
    mismatch = name_mismatch(found.path, content.media_type)
    return FileObservation(
        path=found.path,
        size_bytes=found.size_bytes,
        modified_ns=found.modified_ns,
        inode=found.inode,
        device=found.device,
        link_count=found.link_count,
        media_type=content.media_type,
        sha256=sha256,
        text=content.text,
        text_read=content.text_read and not (mismatch and mismatch.kind.hides_content),
        properties=content.properties,
        problems=(*content.problems, mismatch) if mismatch else content.problems,
    )


def _unreadable(found: FoundFile, reason: UnreadableReason, detail: str) -> UnreadableEntry:
    return UnreadableEntry(path=found.path, reason=reason, detail=detail, is_folder=False)

"""Examining files: exactly one row for each, in order, whatever the file does to the process that reads it."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, overload

from scanners.errors import LibmagicMissingError, SourceUnavailableError
from scanners.examination.answers import (
    ContentAnswer,
    ReadAnswer,
    RowAnswer,
    UnsoundAnswerError,
    detail_of,
    refused_answer,
    row_answer,
)
from scanners.examination.frames import Frame, FrameKind, packed
from scanners.examination.sandbox import CHILD_COMMAND, ChildEndedError, Sandbox
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

_PORTION_FILES = 1_000
_FRAME_FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSeenBefore:
    """A file whose bytes are those of a content that the caller said it knows, and which was not read again."""

    path: str
    sha256: str
    media_type: str
    mismatch: Problem | None


Row = FileObservation | UnreadableEntry | ContentSeenBefore


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

    @overload
    def examine(self, root: str, files: Sequence[FoundFile]) -> Iterator[FileObservation | UnreadableEntry]: ...

    @overload
    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]: ...

    def examine(
        self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str] = frozenset()
    ) -> Iterator[Row]:
        """Yield one row for each file, in order: what was learned, or why it could not be read.

        A file that hangs, needs too much memory or crashes its reader keeps its digest and type, carries the
        problem, and costs no other file anything. Memory holds the rows that fit a pipe, the verdicts on files
        that ended their child, and the texts of the last 256 contents, which are not read again in a copy.

        Args:
            root: The folder that the files were found below.
            files: What a crawl found; a file that is another one by now is said to be so.
            known_digests: Contents that need not be read again: their digest is all that is asked for.

        Raises:
            SourceUnavailableError: The root itself is gone; the files not yet yielded were not examined.
            ExaminerUnavailableError: No child can be started; likewise.
            LibmagicMissingError: A rarer type of file came and libmagic cannot be loaded; likewise.
        """
        absolute = os.path.abspath(root)  # noqa: PTH100  the child works in another folder; links stay as they are
        for start in range(0, len(files), _PORTION_FILES):
            yield from self._portion(
                absolute, _Portion(files[start : start + _PORTION_FILES], known_digests, self._limits)
            )

    def _portion(self, root: str, portion: "_Portion") -> Iterator[Row]:
        try:
            while not portion.is_done:
                sandbox = self._sandbox_for(root, portion)
                try:
                    yield from portion.rows(sandbox)
                except ChildEndedError as error:
                    self.close()
                    portion.blame(error)
                if portion.is_child_worn:
                    self.close()
        except _NoRootError as error:
            raise SourceUnavailableError(root=root, detail=str(error)) from error
        finally:
            if not portion.is_done:
                self.close()  # answers to questions nobody waits for any more are on their way

    def _sandbox_for(self, root: str, portion: "_Portion") -> Sandbox:
        if self._sandbox and self._sandbox.files_left <= 0:
            self.close()
        sandbox = self._sandbox = self._sandbox or Sandbox(self._limits, command=self._command)
        sandbox.files_left -= portion.files_left
        sandbox.send(portion.frames(root))
        return sandbox


class _Portion:
    """Some files on their way through one child, or through several when files end their child.

    The child is ahead of the rows that arrived, so a file may end it while rows of the files before are lost with
    it. Those files are examined again; the one that did it has its verdict, which waits for its turn.
    """

    def __init__(self, files: Sequence[FoundFile], known: frozenset[str], limits: ExaminationLimits) -> None:
        self._files = files
        self._known = known
        self._limits = limits
        self._done = 0
        self._verdicts: dict[int, Row] = {}
        self._failed: set[int] = set()
        self.is_child_worn = False

    @property
    def is_done(self) -> bool:
        return self._done == len(self._files)

    @property
    def files_left(self) -> int:
        return len(self._files) - self._done

    def frames(self, root: str) -> Iterator[bytes]:
        """Yield what a child is asked: the files that have neither a row nor a verdict."""
        yield packed(FrameKind.ROOT, payload=_as_json(root))
        yield packed(FrameKind.KNOWN, payload=_as_json(sorted(self._known)))
        asked = [number for number in range(self._done, len(self._files)) if number not in self._verdicts]
        for start in range(0, len(asked), _FRAME_FILES):
            part = asked[start : start + _FRAME_FILES]
            yield packed(FrameKind.FILES, payload=_as_json([_as_sent(number, self._files[number]) for number in part]))

    def rows(self, sandbox: Sandbox) -> Iterator[Row]:
        """Yield rows as they come, in order, until all are there or the child must be replaced.

        Raises:
            ChildEndedError: It ended; `blame` says what becomes of the file it was at.
        """
        self.is_child_worn = False
        while not (self.is_done or self.is_child_worn):
            row = self._verdicts.pop(self._done, None) or self._row(sandbox)
            self._done += 1
            yield row

    def blame(self, error: ChildEndedError) -> None:
        """Give the file that ended the child its verdict; one that was not even read is tried once more."""
        number = self._done if error.number is None else error.number
        if not self._done <= number < len(self._files) or number in self._verdicts:
            number = self._done  # the child points at a file that it was not asked for
        is_caught = error.number == number and (error.read is not None or error.is_overdue)
        if is_caught or number in self._failed:
            kind = _verdict_on(error)
            self._verdicts[number] = self._given_up(self._files[number], error.read if is_caught else None, kind)
        self._failed.add(number)

    def _row(self, sandbox: Sandbox) -> Row:
        number, found = self._done, self._files[self._done]
        frame = sandbox.receive()
        try:
            return self._answered(frame, sandbox, number, found)
        except UnsoundAnswerError as error:
            raise ChildEndedError(number=number, read=error.read, is_overdue=False) from error

    def _answered(self, frame: Frame, sandbox: Sandbox, number: int, found: FoundFile) -> Row:
        kind, of_number, payload = frame
        if kind == FrameKind.ROW and of_number == number:
            answer = row_answer(payload, limit_chars=self._limits.text_chars)
            if answer.is_known:
                return self._seen_before(found, answer.read)
            return _observation(found, answer.read, self._content(answer, sandbox))
        if kind == FrameKind.UNREADABLE and of_number == number:
            refused = refused_answer(payload)
            return _unreadable(found, refused.reason, refused.detail)
        if kind == FrameKind.NO_ROOT:
            raise _NoRootError(detail_of(payload))
        if kind == FrameKind.NO_LIBMAGIC:
            raise LibmagicMissingError(detail=detail_of(payload))
        raise UnsoundAnswerError

    def _seen_before(self, found: FoundFile, read: ReadAnswer) -> ContentSeenBefore:
        if read.sha256 not in self._known:
            raise UnsoundAnswerError(read)
        return ContentSeenBefore(
            path=found.path,
            sha256=read.sha256,
            media_type=read.media_type,
            mismatch=name_mismatch(found.path, read.media_type),
        )

    def _content(self, answer: RowAnswer, sandbox: Sandbox) -> ContentAnswer:
        key = (answer.read.sha256, answer.read.media_type)
        if answer.content is None:
            content = sandbox.heard.get(key)
            if content is None:
                raise UnsoundAnswerError(answer.read)
            return content
        if answer.is_to_remember:
            sandbox.heard.note(key, answer.content)
        # an allocation that was refused may have left the child in a bad state
        self.is_child_worn = any(problem.kind is ProblemKind.MEMORY for problem in answer.content.problems)
        return answer.content

    def _given_up(self, found: FoundFile, read: ReadAnswer | None, kind: ProblemKind) -> Row:
        seconds = f"{self._limits.seconds_per_file:g} seconds"
        if read is None:
            is_timeout = kind is ProblemKind.TIMEOUT
            detail = f"nothing of it came for {seconds}" if is_timeout else "reading it failed twice, unexpectedly"
            return _unreadable(found, UnreadableReason.IO_ERROR, detail)
        details = {
            ProblemKind.TIMEOUT: f"reading its content took longer than {seconds}",
            ProblemKind.MEMORY: "its reader ended when it had nearly all the memory that a file may use",
        }
        problem = Problem(kind=kind, detail=details.get(kind, "its reader crashed on it"))
        return _observation(found, read, ContentAnswer(problems=(problem,)))


def _verdict_on(error: ChildEndedError) -> ProblemKind:
    if error.is_overdue:
        return ProblemKind.TIMEOUT
    return ProblemKind.MEMORY if error.is_starved else ProblemKind.CRASHED


class _NoRootError(Exception):
    """The child could not open the root."""


def _as_json(stated: object) -> bytes:
    return json.dumps(stated).encode("ascii")  # spells out the odd bytes of a name


def _as_sent(number: int, found: FoundFile) -> tuple[int, str, int, int, int, int]:
    return number, found.path, found.size_bytes, found.modified_ns, found.inode, found.device


def _observation(found: FoundFile, read: ReadAnswer, content: ContentAnswer) -> FileObservation:
    mismatch = name_mismatch(found.path, read.media_type)
    return FileObservation(
        path=found.path,
        size_bytes=found.size_bytes,
        modified_ns=found.modified_ns,
        inode=found.inode,
        device=found.device,
        link_count=found.link_count,
        media_type=read.media_type,
        sha256=read.sha256,
        text=content.text,
        text_read=content.text_read,
        properties=content.properties,
        problems=(*content.problems, mismatch) if mismatch else content.problems,
        members=content.members,
        member_count=content.member_count,
    )


def _unreadable(found: FoundFile, reason: UnreadableReason, detail: str) -> UnreadableEntry:
    return UnreadableEntry(path=found.path, reason=reason, detail=detail, is_folder=False)

"""Holding one killable child: starting it, talking to it without ever waiting for ever, and ending it.

The child ends with the thread that started it (see `scanners.examination.child`), so a sandbox belongs to one
long-lived thread.
"""

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from scanners.errors import ExaminerUnavailableError
from scanners.examination.answers import ContentAnswer, ReadAnswer, UnsoundAnswerError, read_answer
from scanners.examination.frames import Frame, FrameError, FrameKind, Unpacker
from scanners.examination.remembering import Remembered
from scanners.examination.slip import Gathered, Phase, Slip, Standing
from scanners.limits import ExaminationLimits

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_REAP_SECONDS = 0.005
_NEARLY_ALL = 0.75  # of its memory in use when it ended: what asked for more was refused, and it gave up
_LOOK_SECONDS = 0.25
_PIPE_BYTES = 256 << 10

CHILD_COMMAND = (sys.executable, "-P", "-m", "scanners.examination.child")


class ChildEndedError(Exception):
    """The child ended, was ended because it was silent for too long, or sent what no sound child sends.

    Args:
        number: The file that it was at; None when it was at none.
        read: What was certain of that file.
        is_overdue: Whether it was ended for the time it took over that file.
        is_starved: Whether it ended by itself with nearly all the memory in use that it may have.
    """

    def __init__(
        self, *, number: int | None, read: ReadAnswer | None, is_overdue: bool, is_starved: bool = False
    ) -> None:
        super().__init__(number, read, is_overdue, is_starved)
        self.number = number
        self.read = read
        self.is_overdue = is_overdue
        self.is_starved = is_starved


class Sandbox:
    """One child process, the two pipes to it and the page it shares with us.

    Args:
        limits: What one file may cost.
        command: What to run; the parent's number, the slip's descriptor and the limits are added to it.

    Raises:
        ExaminerUnavailableError: The child cannot be started or does not report for duty.
    """

    def __init__(self, limits: ExaminationLimits, *, command: Sequence[str] = CHILD_COMMAND) -> None:
        self.files_left = limits.files_per_child
        self.heard: Remembered[ContentAnswer] = Remembered()
        self._limit_seconds = limits.seconds_per_file
        self._starved_from_bytes = limits.memory_bytes * _NEARLY_ALL
        self._peak_bytes = 0
        self._to_send: Iterator[bytes] = iter(())
        self._outgoing = memoryview(b"")
        self._unpacker = Unpacker()
        self._piped_bytes = 0
        self._taken_bytes = 0
        self._waiting = Gathered(0, 0)
        self._is_ended = False
        self._was_overdue = False
        self._overdue_number: int | None = None
        try:
            self._slip = Slip.made()
        except OSError as error:
            raise ExaminerUnavailableError(detail=str(error)) from error
        descriptor = self._slip.descriptor
        arguments = [*command, str(os.getpid()), str(descriptor), json.dumps(limits.to_json())]
        try:
            # A session of its own: Ctrl-C is for the scan, which then ends the child in good order. The working
            # folder is the root of the system, so that no share is pinned and nothing on one is ever imported.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, or the command a test gives
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                bufsize=0,
                pass_fds=(descriptor,),
            )
        except OSError as error:
            self._slip.close()
            raise ExaminerUnavailableError(detail=str(error)) from error
        if self._process.stdin is None or self._process.stdout is None:
            message = "pipes were asked for"
            raise AssertionError(message)
        self._to_child, self._from_child = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to_child, False)
        os.set_blocking(self._from_child, False)
        self._poll_incoming = _polling((self._from_child, select.POLLIN))
        self._poll_both = _polling((self._from_child, select.POLLIN), (self._to_child, select.POLLOUT))
        self._heard_at = time.monotonic()
        self._await_ready()

    @property
    def process_id(self) -> int:
        """The child's process number."""
        return self._process.pid

    def send(self, frames: Iterable[bytes]) -> None:
        """Put frames in the queue; they are made and leave while answers are awaited."""
        self._to_send = iter(frames)
        self._heard_at = time.monotonic()

    def receive(self, *, within_seconds: float | None = None) -> Frame:
        """Return the next frame from the child.

        Args:
            within_seconds: When given, how long to wait; otherwise as long as the child gets on with its files.

        Raises:
            ChildEndedError: None will come: it ended, or it took too long over a file and was ended.
        """
        latest = None if within_seconds is None else time.monotonic() + within_seconds
        while True:
            try:
                if (frame := self._unpacker.next()) is not None:
                    return frame
                self._wait(latest)
            except FrameError as error:
                raise self._ended(is_overdue=False) from error
            except _ClosedError as error:
                if not self._take_the_rest():
                    raise self._ended(is_overdue=self._was_overdue) from error

    def end(self) -> None:
        """Kill the child and wait a moment for it; one that hangs in the kernel is left to die by itself."""
        self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._slip.close()

    def _await_ready(self) -> None:
        try:
            kind, _, _ = self.receive(within_seconds=_START_SECONDS)
        except ChildEndedError as error:
            self.end()
            detail = f"it gave no sign of life (exit status {self._process.returncode})"
            raise ExaminerUnavailableError(detail=detail) from error
        if kind != FrameKind.READY:
            self.end()
            raise ExaminerUnavailableError(detail="it did not report for duty")

    def _due_at(self, standing: Standing) -> float:
        """Return until when the child may be silent: it says since when it is at its file, and gathers its rows."""
        # it may say anything: what lies in the future, or is no number, gives it no more time
        is_believable = standing.phase != Phase.IDLE and standing.since <= time.monotonic()
        return (standing.since if is_believable else self._heard_at) + self._limit_seconds

    def _wait(self, latest: float | None) -> None:
        """Wait for bytes; end a child that took too long.

        Raises:
            _ClosedError: No more bytes will come.
        """
        if self._is_ended:
            raise _ClosedError
        standing = self._slip.standing()
        left_seconds = (self._due_at(standing) if latest is None else latest) - time.monotonic()
        if left_seconds <= 0:
            self._kill()
            self._was_overdue = True
            # it may have got on with another file at the last moment; then it is only replaced
            self._overdue_number = standing.number if self._slip.standing() == standing else None
            raise _ClosedError
        if not self._exchange(min(left_seconds, _LOOK_SECONDS)):
            self._take_waiting()

    def _take_waiting(self) -> None:
        """Take rows that the child has not sent, as it may be long at the file after them."""
        before, now = self._waiting, self._slip.gathered()
        self._waiting = now
        if before.first == now.first:
            # only what was there a while ago: another processor may see a length before it sees the bytes
            self._take_gathered(now.first, min(before.length, now.length))

    def _take_the_rest(self) -> bool:
        """Take what the child had not sent when it ended; False when there is nothing."""
        self._kill()
        now = self._slip.gathered()
        return self._take_gathered(now.first, now.length)

    def _take_gathered(self, first: int, length: int) -> bool:
        start = self._taken_bytes - first
        if not 0 <= start < length:
            return False
        self._unpacker.feed(self._slip.part(start, length))
        self._taken_bytes = first + length
        return True

    def _ended(self, *, is_overdue: bool) -> ChildEndedError:
        self._kill()
        standing = self._slip.standing()
        if standing.phase == Phase.IDLE or (is_overdue and standing.number != self._overdue_number):
            return ChildEndedError(number=None, read=None, is_overdue=False)
        return ChildEndedError(
            number=standing.number,
            read=self._read_of(standing),
            is_overdue=is_overdue,
            is_starved=not is_overdue and self._was_starved(),
        )

    def _was_starved(self) -> bool:
        # What this process held when it started the child is counted as the child's as well.
        own_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return self._peak_bytes > max(own_bytes, self._starved_from_bytes)

    def _read_of(self, standing: Standing) -> ReadAnswer | None:
        if standing.phase != Phase.CONTENT:
            return None
        try:
            return read_answer(*self._slip.read())
        except UnsoundAnswerError:
            return None

    def _kill(self) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)  # Popen's own would first ask how it ended, and forget the rest
        until = time.monotonic() + _END_SECONDS
        while not self._reap():
            if time.monotonic() > until:
                self._process.returncode = -9  # it has the signal and cannot outlive it; Popen need not warn of it
                return
            time.sleep(_REAP_SECONDS)

    def _reap(self) -> bool:
        """Take note of how the child ended and how much memory it had; False while it is still ending."""
        try:
            process_id, status, used = os.wait4(self._process.pid, os.WNOHANG)
        except ChildProcessError:  # somebody else in this program waits for all its children
            self._process.poll()
            return True
        if not process_id:
            return False
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._peak_bytes = used.ru_maxrss * 1024
        return True

    def _exchange(self, wait_seconds: float) -> bool:
        """Move bytes in either direction as far as the pipes allow; False when neither was ready in time."""
        if not self._outgoing:
            self._outgoing = memoryview(next(self._to_send, b""))
        poll = self._poll_both if self._outgoing else self._poll_incoming
        ready = poll.poll(wait_seconds * 1000 + 1)
        if any(descriptor == self._from_child for descriptor, _ in ready):
            self._take_in()
        elif ready:
            self._give_out()
        return bool(ready)

    def _take_in(self) -> None:
        try:
            arrived = os.read(self._from_child, _PIPE_BYTES)
        except BlockingIOError:
            return
        if not arrived:
            raise _ClosedError
        self._heard_at = time.monotonic()
        self._piped_bytes += len(arrived)
        fresh = self._piped_bytes - self._taken_bytes
        if fresh > 0:  # the others were taken from the slip already
            self._unpacker.feed(arrived[-fresh:])
            self._taken_bytes = self._piped_bytes

    def _give_out(self) -> None:
        try:
            self._outgoing = self._outgoing[os.write(self._to_child, self._outgoing) :]
        except BlockingIOError:
            return
        except BrokenPipeError:  # answers that are still in the other pipe are worth reading first
            self._to_send, self._outgoing = iter(()), memoryview(b"")


class _ClosedError(Exception):
    """The child closed its end of the pipe."""


def _polling(*registered: tuple[int, int]) -> select.poll:
    poll = select.poll()
    for descriptor, events in registered:
        poll.register(descriptor, events)
    return poll

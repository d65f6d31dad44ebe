"""Holding one killable child: starting it, talking to it without ever waiting for ever, and ending it.

The child ends with the thread that started it (see `scanners.examination.child`), so a sandbox belongs to one
long-lived thread.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence

from scanners.errors import ExaminerUnavailableError
from scanners.examination.frames import Frame, FrameError, Unpacker, packed
from scanners.limits import ExaminationLimits

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_PIPE_BYTES = 256 << 10

CHILD_COMMAND = (sys.executable, "-P", "-m", "scanners.examination.child")


class ChildSilentError(Exception):
    """The child did not answer in time."""


class ChildEndedError(Exception):
    """The child ended, or sent what no sound child sends."""


class Sandbox:
    """One child process and the two pipes to it.

    Args:
        limits: What one file may cost.
        command: What to run; the parent's number and the limits are added to it.

    Raises:
        ExaminerUnavailableError: The child cannot be started or does not report for duty.
    """

    def __init__(self, limits: ExaminationLimits, *, command: Sequence[str] = CHILD_COMMAND) -> None:
        self.files_left = limits.files_per_child
        self._outgoing = bytearray()
        self._unpacker = Unpacker()
        arguments = [*command, str(os.getpid()), json.dumps(limits.to_json())]
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
            )
        except OSError as error:
            raise ExaminerUnavailableError(detail=str(error)) from error
        if self._process.stdin is None or self._process.stdout is None:
            message = "pipes were asked for"
            raise AssertionError(message)
        self._to_child, self._from_child = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to_child, False)
        os.set_blocking(self._from_child, False)
        self._await_ready()

    @property
    def process_id(self) -> int:
        """The child's process number."""
        return self._process.pid

    def send(self, frame: Frame) -> None:
        """Put a frame in the queue; it leaves while answers are awaited."""
        self._outgoing += packed(frame)

    def receive(self, *, within_seconds: float) -> Frame:
        """Return the next frame from the child.

        Raises:
            ChildSilentError: None came in time.
            ChildEndedError: None will come.
        """
        deadline = time.monotonic() + within_seconds
        while True:
            try:
                frame = self._unpacker.next()
            except FrameError as error:
                raise ChildEndedError from error
            if frame is not None:
                return frame
            self._exchange(deadline)

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

    def _await_ready(self) -> None:
        try:
            frame = self.receive(within_seconds=_START_SECONDS)
        except (ChildSilentError, ChildEndedError) as error:
            self.end()
            detail = f"it gave no sign of life (exit status {self._process.returncode})"
            raise ExaminerUnavailableError(detail=detail) from error
        if frame.get("kind") != "ready":
            self.end()
            raise ExaminerUnavailableError(detail="it did not report for duty")

    def _exchange(self, deadline: float) -> None:
        """Move bytes in either direction as far as the pipes allow; never wait longer than the deadline."""
        poll = select.poll()
        poll.register(self._from_child, select.POLLIN)
        if self._outgoing:
            poll.register(self._to_child, select.POLLOUT)
        left_seconds = deadline - time.monotonic()
        if left_seconds <= 0:
            raise ChildSilentError
        ready = dict(poll.poll(left_seconds * 1000 + 1))
        if self._from_child in ready:
            self._take_in()
        elif self._to_child in ready:
            self._give_out()

    def _take_in(self) -> None:
        try:
            arrived = os.read(self._from_child, _PIPE_BYTES)
        except BlockingIOError:
            return
        if not arrived:
            raise ChildEndedError
        self._unpacker.feed(arrived)

    def _give_out(self) -> None:
        try:
            written = os.write(self._to_child, self._outgoing)
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._outgoing.clear()  # answers that are still in the other pipe are worth reading first
            return
        del self._outgoing[:written]

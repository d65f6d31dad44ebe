"""Those who list folders ahead of the walk: processes on a local disk, threads where each look is a journey.

Python's threads wait together but do not compute together: on a local disk, where listing is computing, they slow
each other down, and processes do not.
"""

import fcntl
import marshal
import os
import select
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from scanners.crawling.agenda import Step
from scanners.crawling.listing import LENGTH_BYTES, Answer, Lister, Question

_PROGRAM = str(Path(__file__).with_name("listing.py"))
_FOLDERS_TOGETHER = 32
_QUEUED_EACH = 2  # so that nobody waits for the next question
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18
_END_SECONDS = 5.0

Done = tuple[Step, Answer | None]


class Assistants(Protocol):
    """Whoever lists ahead."""

    def wants(self) -> int:
        """Return how many steps can be given now."""

    def give(self, steps: Sequence[Step]) -> None:
        """Have the steps worked on."""

    def take(self, *, wait: bool) -> Sequence[Done]:
        """Return what is done, once something is (`wait`); None is the answer that only the walk itself can give."""

    def close(self) -> None:
        """Let everybody go, and everything they had open."""


class Threads:
    """Threads that wait for a far server at the same time, each with its own way through the folders."""

    def __init__(self, count: int, make_lister: Callable[[], Lister]) -> None:
        self._count = count
        self._given = 0
        self._open: SimpleQueue[Step | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Step, Answer | BaseException]] = SimpleQueue()
        self._threads = [threading.Thread(target=self._work, args=(make_lister,), daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def wants(self) -> int:
        """Return how many steps can be given now."""
        return self._count * _QUEUED_EACH - self._given

    def give(self, steps: Sequence[Step]) -> None:
        """Have the steps worked on."""
        self._given += len(steps)
        for step in steps:
            self._open.put(step)

    def take(self, *, wait: bool) -> Sequence[Done]:
        """Return what is done, once something is."""
        finished = [self._done.get()] if wait else []
        with suppress(Empty):
            while True:
                finished.append(self._done.get_nowait())
        self._given -= len(finished)
        done: list[Done] = []
        for step, answer in finished:
            if isinstance(answer, BaseException):
                raise answer
            done.append((step, answer))
        return done

    def close(self) -> None:
        """Let the threads end when they have finished what they are at; a dead server is not waited for."""
        with suppress(Empty):
            while True:
                self._open.get_nowait()
        for _ in self._threads:
            self._open.put(None)
        for thread in self._threads:
            thread.join(_END_SECONDS)

    def _work(self, make_lister: Callable[[], Lister]) -> None:
        lister = make_lister()
        try:
            while (step := self._open.get()) is not None:
                try:
                    self._done.put((step, lister.answer(step.path, step.names)))
                except BaseException as error:  # noqa: BLE001  raised again where the walk is
                    self._done.put((step, error))
        finally:
            lister.close()


class Processes:
    """Processes that list; one that is lost leaves its work to the walk itself."""

    def __init__(self, count: int, root: int, *, device: int, at_once: int) -> None:
        started = (_Worker.started(root, device=device, at_once=at_once) for _ in range(count))
        self._workers = [worker for worker in started if worker]
        self._undone: list[Done] = []

    def wants(self) -> int:
        """Return how many steps can be given now."""
        room = sum(_QUEUED_EACH - len(worker.given) for worker in self._workers)
        # Looking for work costs the walk time: it is worth it for several questions at once.
        return room * _FOLDERS_TOGETHER if 2 * room >= len(self._workers) * _QUEUED_EACH else 0

    def give(self, steps: Sequence[Step]) -> None:
        """Have the steps worked on, in portions; the first of them by those who have least to do."""
        room = sum(_QUEUED_EACH - len(worker.given) for worker in self._workers)
        each = min(-(-len(steps) // max(room, 1)), _FOLDERS_TOGETHER)
        for start in range(0, len(steps), each):
            portion = steps[start : start + each]
            if self._workers:
                min(self._workers, key=lambda worker: len(worker.given)).ask(portion)
            else:
                self._undone.extend((step, None) for step in portion)
        self._exchange(wait_seconds=0)

    def take(self, *, wait: bool) -> Sequence[Done]:
        """Return what is done, once something is."""
        while True:
            self._exchange(wait_seconds=None if wait and not self._undone else 0)
            if self._undone or not wait or not any(worker.given for worker in self._workers):
                done, self._undone = self._undone, []
                return done

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _exchange(self, *, wait_seconds: float | None) -> None:
        """Send what can be sent and receive what has come: neither side ever waits for the other to read."""
        busy = [worker for worker in self._workers if worker.given]
        if not busy:
            return
        asking = [worker.questions for worker in busy if worker.outgoing]
        ready, writable, _ = select.select([worker.answers for worker in busy], asking, [], wait_seconds)
        for worker in busy:
            try:
                if worker.questions in writable:
                    worker.send()
                if worker.answers in ready:
                    self._undone.extend(worker.receive())
            except (OSError, EOFError):
                self._workers.remove(worker)
                self._undone.extend((step, None) for portion in worker.given for step in portion)
                worker.end()


class _Worker:
    """One process and what it was asked."""

    def __init__(self, process: "subprocess.Popen[bytes]", questions: int, answers: int) -> None:
        self.given: deque[Sequence[Step]] = deque()
        self.outgoing = bytearray()
        self.questions = questions
        self.answers = answers
        self._process = process
        self._received = bytearray()
        os.set_blocking(questions, False)
        for pipe in (questions, answers):
            with suppress(OSError):  # a wish: the system may grant fewer bytes
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @classmethod
    def started(cls, root: int, *, device: int, at_once: int) -> "_Worker | None":
        """Return a worker, or None when the system starts no further process."""
        try:
            process = subprocess.Popen(  # noqa: S603  our own interpreter, alone with its standard library
                [sys.executable, "-I", "-S", _PROGRAM, str(root), str(device), str(at_once)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(root,),
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
            return None
        if process.stdin is None or process.stdout is None:
            raise AssertionError(process)
        return cls(process, process.stdin.fileno(), process.stdout.fileno())

    def ask(self, steps: Sequence[Step]) -> None:
        """Have a question sent with the next exchange."""
        asked: list[Question] = [(step.path, step.names) for step in steps]
        frame = marshal.dumps(asked, 2)
        self.outgoing += len(frame).to_bytes(LENGTH_BYTES, "big") + frame
        self.given.append(steps)

    def send(self) -> None:
        """Send as much as fits into the pipe."""
        del self.outgoing[: os.write(self.questions, self.outgoing)]

    def receive(self) -> list[Done]:
        """Return what is answered as far as it has come.

        Raises:
            EOFError: Nothing will come any more.
        """
        portion = os.read(self.answers, _READ_BYTES)
        if not portion:
            raise EOFError
        received = self._received
        received += portion
        done: list[Done] = []
        start = 0
        while len(received) - start >= LENGTH_BYTES:
            end = start + LENGTH_BYTES + int.from_bytes(received[start : start + LENGTH_BYTES], "big")
            if len(received) < end:
                break
            with memoryview(received) as view, view[start + LENGTH_BYTES : end] as frame:
                answers: list[Answer | None] = marshal.loads(frame)  # noqa: S302  our own process sent it
            done.extend(zip(self.given.popleft(), answers, strict=True))
            start = end
        del received[:start]
        return done

    def end(self) -> None:
        """End the process, whatever it is at: it changes nothing."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

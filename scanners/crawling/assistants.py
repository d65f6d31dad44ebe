"""Those who list folders ahead of the walk: processes, which hold many threads where each look is a journey.

Python's threads wait together but do not compute together: on a local disk, where listing is computing, they slow
each other down, and processes do not.
"""

import fcntl
import marshal
import os
import select
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scanners.crawling.agenda import Step
from scanners.crawling.listing import LENGTH_BYTES, Answer, Errand, Question, Stretch

_STEPS_TOGETHER = 32
_ENTRIES_TOGETHER = 2_000
_QUEUED = 2  # so that nobody waits for the next question
_WORTH_LOOKING = 2
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18
_END_SECONDS = 5.0
# Neither the user's settings nor installed packages: they would take longer to find than the work to begin.
_LISTING = "import sys; sys.path.append(sys.argv.pop(1)); from scanners.crawling.listing import serve; serve()"
_PLACE = str(Path(__file__).parents[2])

Done = tuple[Step, Answer | Stretch | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What an assistant runs, and how much of it is asked at once.

    Args:
        words: What follows the interpreter on its command line.
        steps_together: How many steps make one question.
        queued: How many questions it is asked ahead of its answers, so that it never waits for the next one.
    """

    words: tuple[str, ...]
    steps_together: int
    queued: int


def listing_alone(
    root: int, *, device: int, at_once: int, are_walking: bool = False, closed: Collection[str] = ()
) -> Program:
    """Return the program of one who lists as fast as a processor can; the arguments are those of `Lister`.

    With `are_walking` steps are of many folders each, so that one of them is enough for a question.
    """
    words = ("-I", "-S", "-c", _LISTING, _PLACE, str(root), str(device), str(at_once), *closed)
    return Program(words=words, steps_together=1 if are_walking else _STEPS_TOGETHER, queued=_QUEUED)


def listing_in_threads(root: int, *, device: int, at_once: int, threads: int, ask_always: bool) -> Program:
    """Return the program of one who waits for many answers of a far server at the same time."""
    numbers = map(str, (root, device, at_once, threads, int(ask_always)))
    words = ("-P", "-m", "scanners.crawling.journeys", *numbers)
    return Program(words=words, steps_together=1, queued=threads * _QUEUED)


class Processes:
    """Processes that list; one that is lost leaves its work to the walk itself."""

    def __init__(self, count: int, root: int, program: Program) -> None:
        started = (_Worker.started(root, program.words) for _ in range(count))
        self._workers = [worker for worker in started if worker]
        self._program = program
        self._undone: list[Done] = []

    def wants(self) -> int:
        """Return how many steps can be given now."""
        # Looking for work costs the walk time: it is worth it for several questions at once.
        room, most = self._room(), len(self._workers) * self._program.queued
        return room * self._program.steps_together if _WORTH_LOOKING * room >= most else 0

    def give(self, steps: Sequence[Step]) -> None:
        """Have the steps worked on, in portions; the first of them by those who have least to do."""
        each = min(-(-len(steps) // max(self._room(), 1)), self._program.steps_together)
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

    def _room(self) -> int:
        return sum(self._program.queued - len(worker.given) for worker in self._workers)

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
                self._undone.extend((step, None) for portion in worker.given.values() for step in portion)
                worker.end()


class _Worker:
    """One process and what it was asked."""

    def __init__(self, process: "subprocess.Popen[bytes]", questions: int, answers: int) -> None:
        self.given: dict[int, Sequence[Step]] = {}
        self.outgoing = bytearray()
        self.questions = questions
        self.answers = answers
        self._process = process
        self._received = bytearray()
        self._asked = 0
        os.set_blocking(questions, False)
        for pipe in (questions, answers):
            with suppress(OSError):  # a wish: the system may grant fewer bytes
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @classmethod
    def started(cls, root: int, words: Sequence[str]) -> "_Worker | None":
        """Return a worker, or None when the system starts no further process."""
        try:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and modules
                [sys.executable, *words],
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
        asked: list[Question | Errand] = [step.question(most=_ENTRIES_TOGETHER) for step in steps]
        self._asked += 1
        frame = marshal.dumps((self._asked, asked), 2)
        self.outgoing += len(frame).to_bytes(LENGTH_BYTES, "big") + frame
        self.given[self._asked] = steps

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
                answers: list[Answer | Stretch | None]
                number, answers = marshal.loads(frame)  # noqa: S302  our own process sent it
            done.extend(zip(self.given.pop(number), answers, strict=True))
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

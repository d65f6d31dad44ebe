"""Workers that read files below one root: processes where reading is quick, many threads where it is waiting.

On a local disk Python itself is what takes the time, and only processes share that among the cores. On a file share
nearly all of it is waiting for answers, and sixty-four threads wait for sixty-four answers at once; they live in a
few processes, as the threads of one process hinder each other whenever an answer has come.
"""

import logging
import os
import pickle
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, cast

from scanners.duplicates.glancing import glance
from scanners.duplicates.reading import Listed, plain
from scanners.opening import FileOpener, open_root

_log = logging.getLogger(__name__)

_SLOW_SECONDS: Final = 100e-6  # for one file: a local disk answers sooner, a share does not
_THREADS_WHEN_SLOW: Final = 64  # more gained nothing by measurement
_THREADS_TOGETHER: Final = 16  # in one process
_END_SECONDS: Final = 5.0
_IN_FLIGHT: Final = 3  # portions for each worker: one in work, one to go on with, one on its way back

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")
Kept = TypeVar("Kept")
Task = Callable[[FileOpener, Sequence[Unit]], list[Answer]]


def in_portions(
    items: Iterable[Kept], *, count: int, size_bytes: int, weigh: Callable[[Kept], int]
) -> Iterator[list[Kept]]:
    """Cut a stream into lists of at most `count` items and, but for the last item of each, `size_bytes`."""
    portion: list[Kept] = []
    weight_bytes = 0
    for item in items:
        portion.append(item)
        weight_bytes += weigh(item)
        if len(portion) >= count or weight_bytes >= size_bytes:
            yield portion
            portion, weight_bytes = [], 0
    if portion:
        yield portion


class WorkerKind(StrEnum):
    """What a worker is."""

    THREADS = "threads"
    PROCESSES = "processes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How many workers read at once, and of which kind."""

    kind: WorkerKind
    count: int

    @property
    def are_far(self) -> bool:
        """Whether they are many because each spends its time waiting for a distant share."""
        return self.kind is WorkerKind.THREADS and self.count > 1

    @property
    def files_at_once(self) -> int:
        """How many files to give out together: few where each one takes long, so that no worker is left waiting."""
        return 128 if self.kind is WorkerKind.THREADS else 256

    @property
    def size_factor(self) -> int:
        """How many times as many bytes to give out together: many threads share what one process is given."""
        return min(self.count, _THREADS_TOGETHER) if self.are_far else 1


def measured_workers(root: str, files: Sequence[Listed]) -> Workers:
    """Return the workers that suit the place where these files lie, by the median of what each takes.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    seconds: list[float] = []
    with FileOpener(root) as opener:
        for file in files:
            began_seconds = time.perf_counter()
            glance(opener, [plain(file)])
            seconds.append(time.perf_counter() - began_seconds)
    return workers_for(sorted(seconds)[len(seconds) // 2] if seconds else 0.0)


def workers_for(seconds_per_file: float) -> Workers:
    """Return the workers that suit a place where opening and reading a small file takes so long."""
    if seconds_per_file < _SLOW_SECONDS:
        return Workers(kind=WorkerKind.PROCESSES, count=len(os.sched_getaffinity(0)))
    return Workers(kind=WorkerKind.THREADS, count=_THREADS_WHEN_SLOW)


class Crew:
    """Workers for one root; to be closed.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """

    def __init__(self, root: str | int, workers: Workers) -> None:
        self.workers = workers
        self._hands: list[_Hand] = []
        self._idle: SimpleQueue[_Hand] = SimpleQueue()
        threads = min(workers.count, _THREADS_TOGETHER) if workers.are_far else 1
        self._count = -(-workers.count // threads)
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="duplicates")
        descriptor = os.dup(root) if isinstance(root, int) else open_root(root)
        try:
            for _ in range(self._count):
                is_apart = workers.kind is WorkerKind.PROCESSES or workers.are_far
                hand = _ProcessHand(descriptor, threads=threads) if is_apart else _OwnHand(descriptor)
                self._hands.append(hand)
                self._idle.put(hand)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what is being read, and send everybody home."""
        self._threads.shutdown(cancel_futures=True)
        for hand in self._hands:
            hand.close()
        self._hands.clear()

    def run(
        self, task: Task[Unit, Answer], portions: Iterable[tuple[Kept, Sequence[Unit]]]
    ) -> Iterator[tuple[Kept, list[Answer]]]:
        """Yield the answers to each portion, in the order given, beside what was to be kept for them.

        Only a few portions are taken ahead of the answers.
        """
        window: deque[tuple[Kept, Future[list[Answer]]]] = deque()
        for kept, units in portions:
            window.append((kept, self._threads.submit(self._do, task, units)))
            if len(window) >= self._count * _IN_FLIGHT:
                first, future = window.popleft()
                yield first, future.result()
        for kept, future in window:
            yield kept, future.result()

    def _do(self, task: Task[Unit, Answer], units: Sequence[Unit]) -> list[Answer]:
        hand = self._idle.get()
        try:
            return hand.do(task, units)
        finally:
            self._idle.put(hand)


class _Hand(Protocol):
    def do(self, task: Task[Unit, Answer], units: Sequence[Unit]) -> list[Answer]: ...

    def close(self) -> None: ...


class _OwnHand:
    """Works in the thread that asks."""

    def __init__(self, root: int) -> None:
        self._opener = FileOpener(root)

    def do(self, task: Task[Unit, Answer], units: Sequence[Unit]) -> list[Answer]:
        return task(self._opener, units)

    def close(self) -> None:
        self._opener.close()


class _ProcessHand:
    """Hands the work to a process of its own, and does it itself when that process is lost.

    What comes back is unpickled: the process runs nothing but our own reading and hashing, never a parser of
    somebody's file, so it is as trustworthy as this one.
    """

    def __init__(self, root: int, *, threads: int) -> None:
        self._own = _OwnHand(root)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            # A session of its own: Ctrl-C is for the parent. It ends when its input does, so it outlives nobody.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                (sys.executable, "-P", "-m", "scanners.duplicates.worker", str(root), str(threads)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=(root,),
                start_new_session=True,
            )
        except OSError as error:
            _log.warning("duplicates_worker_missing", extra={"detail": str(error)})

    def do(self, task: Task[Unit, Answer], units: Sequence[Unit]) -> list[Answer]:
        try:
            return cast("list[Answer]", self._ask((task, units)))
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            _log.warning("duplicates_worker_lost", extra={"detail": str(error)})
            self._dismiss()
            return self._own.do(task, units)

    def close(self) -> None:
        self._dismiss()
        self._own.close()

    def _ask(self, question: object) -> Any:  # noqa: ANN401  whatever the task answers
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        pickle.dump(question, process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()
        return pickle.load(process.stdout)  # noqa: S301  see above

    def _dismiss(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # it only reads: nothing is lost
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close_quietly(pipe)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            _log.warning("duplicates_worker_hangs", extra={"process_id": process.pid})


def _close_quietly(pipe: Any) -> None:  # noqa: ANN401  IO of a process
    try:
        pipe.close()
    except OSError:  # what was still to be written has nobody to read it
        _log.debug("duplicates_pipe_closed_unread")

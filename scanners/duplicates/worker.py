"""The process behind a worker: reads files below one root for its parent until its input ends.

Started by `scanners.duplicates.crew` as `python -P -m scanners.duplicates.worker DESCRIPTOR THREADS`.
"""

import gc
import pickle
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from scanners.opening import FileOpener

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_FOLDERS_KEPT: Final = 2_000  # equal files lie anywhere, so the last few folders are rarely the next ones
_OPEN_AT_MOST: Final = 4_096
_SHARES_EACH: Final = 4  # of a question, for each thread: files differ, and none shall wait for another
_NEW_BETWEEN_COLLECTIONS: Final = 100_000  # hardly anything here refers to itself

Task = Callable[[FileOpener, Sequence[Any]], list[Any]]


def serve(root: int, questions: BinaryIO, answers: BinaryIO, *, threads: int = 1) -> None:
    """Answer each question, a task and its units, until there are no more."""
    kept = folders_kept()
    with ExitStack() as opened:
        idle: SimpleQueue[FileOpener] = SimpleQueue()
        for _ in range(threads):
            idle.put(opened.enter_context(FileOpener(root, folders_kept=max(kept // threads, 8))))
        pool = opened.enter_context(_pool(threads)) if threads > 1 else None

        def work(task: Task, units: Sequence[Any]) -> list[Any]:
            opener = idle.get()
            try:
                return task(opener, units)
            finally:
                idle.put(opener)

        while True:
            try:
                task, units = pickle.load(questions)  # noqa: S301  from the parent, who started us
            except EOFError:
                return
            each = max(len(units) // (threads * _SHARES_EACH), 1) if pool else len(units)
            shares = [units[start : start + each] for start in range(0, len(units), max(each, 1))]
            answered = (pool.map if pool else map)(partial(work, task), shares)
            pickle.dump([answer for some in answered for answer in some], answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


def folders_kept() -> int:
    """Return how many folders this process may keep open, once it may open as many files as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_AT_MOST if hard == resource.RLIM_INFINITY else min(hard, _OPEN_AT_MOST)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(_FOLDERS_KEPT, max(most, soft) // 2)


def _pool(threads: int) -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  a third of the start, where nobody needs it

    return ThreadPoolExecutor(threads)


if __name__ == "__main__":
    gc.set_threshold(_NEW_BETWEEN_COLLECTIONS)
    serve(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer, threads=int(sys.argv[2]))

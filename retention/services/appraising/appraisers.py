"""Who applies the rules: this process, or a few others where there is enough to do.

What is handed out comes back in the order in which it was handed out, so one writer can land it as it comes. Only a
few portions are under way at a time, so memory does not grow with the catalogue. Where the others are lost, this
process goes on alone.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

ENOUGH_FOR_OTHERS = 5_000  # below this many copies, other processes are not worth their start
_UNDER_WAY_EACH = 2

_log = logging.getLogger(__name__)

Tool = TypeVar("Tool")
Portion = TypeVar("Portion")
Made = TypeVar("Made")


class Appraisers(Generic[Tool, Portion, Made]):
    """Applies `work` to portions, with a tool that everybody makes once; to be used as a context.

    Args:
        make_tool: Makes what `work` needs, such as a classifier of the schedule. It is sent to each process once.
        work: Turns a portion into what is wanted of it. Both must be something that can be sent.
        how_many: Copies there are to do in all.
        workers: The most processes to use; as many as there are processors if nothing is said.
    """

    def __init__(
        self,
        make_tool: Callable[[], Tool],
        work: Callable[[Tool, Portion], Made],
        *,
        how_many: int,
        workers: int | None = None,
    ) -> None:
        processors = workers if workers is not None else os.cpu_count() or 1
        self._work = work
        self._tool: Tool | None = None
        self._make_tool = make_tool
        self._pool: ProcessPoolExecutor | None = None
        self._under_way = 1
        if processors > 1 and how_many >= ENOUGH_FOR_OTHERS:
            self._under_way = _UNDER_WAY_EACH * processors
            self._pool = ProcessPoolExecutor(
                processors,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(make_tool, work),
            )

    def each(self, portions: Iterable[Portion]) -> Iterator[tuple[Portion, Made]]:
        """Yield every portion with what was made of it, in order; portions are asked for a little ahead."""
        waiting: deque[tuple[Portion, Future[Made] | None]] = deque()
        for portion in portions:
            waiting.append((portion, self._handed_out(portion)))
            if len(waiting) >= self._under_way:
                yield self._come_back(*waiting.popleft())
        while waiting:
            yield self._come_back(*waiting.popleft())

    def _handed_out(self, portion: Portion) -> Future[Made] | None:
        if self._pool is None:
            return None
        try:
            return self._pool.submit(_do, portion)
        except BrokenProcessPool:
            return None

    def _come_back(self, portion: Portion, made: Future[Made] | None) -> tuple[Portion, Made]:
        if made is not None:
            try:
                return portion, made.result()
            except BrokenProcessPool as error:  # somebody ended it, or the machine had no memory for it
                _log.warning("appraisers_lost", extra={"detail": str(error)})
                self._pool = None
        return portion, self._work(self.own_tool(), portion)

    def own_tool(self) -> Tool:
        """Return the tool of this process, which is made when it is first needed."""
        if self._tool is None:
            self._tool = self._make_tool()
        return self._tool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


_ours: list[tuple[Any, Callable[[Any, Any], Any]]] = []


def _begin(make_tool: Callable[[], Any], work: Callable[[Any, Any], Any]) -> None:
    """Prepare a process: it is stopped by the one that started it, also when that one is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()
    _ours.append((make_tool(), work))


def _leave_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)  # nobody waits for an answer any more, and nothing here is to be kept


def _do(portion: Portion) -> Made:  # type: ignore[type-var]  # what `work` makes, which only the caller knows
    tool, work = _ours[0]
    return cast("Made", work(tool, portion))

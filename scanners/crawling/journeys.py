"""The program behind an assistant for a far share: many threads, each waiting for the answer to one question.

Started by `scanners.crawling.assistants` as `python -P -m scanners.crawling.journeys`. Threads in the process of the
walk itself would keep it from reporting what they bring: only one thread of a process computes at a time.
"""

import marshal
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from queue import SimpleQueue
from threading import Thread

from scanners.crawling.listing import LENGTH_BYTES, Answer, Lister, Question

_FOLDERS_OPEN_EACH = 6


class Travellers:
    """Threads that ask a far server at the same time, each with its own way through the folders."""

    def __init__(self, count: int, make_lister: Callable[[], Lister]) -> None:
        self._questions: SimpleQueue[tuple[int, str, Sequence[str] | None]] = SimpleQueue()
        self._answers: SimpleQueue[tuple[int, Answer | BaseException]] = SimpleQueue()
        for _ in range(count):
            Thread(target=self._work, args=(make_lister,), daemon=True).start()

    def ask(self, number: int, path: str, names: Sequence[str] | None) -> None:
        """Have a question asked, which has a number of its own."""
        self._questions.put((number, path, names))

    def answered(self) -> tuple[int, Answer]:
        """Return the number and the answer of whatever is answered next; raises what went wrong in a thread."""
        number, answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return number, answer

    def _work(self, make_lister: Callable[[], Lister]) -> None:
        with closing(make_lister()) as lister:
            while True:
                number, path, names = self._questions.get()
                try:
                    self._answers.put((number, lister.answer(path, names)))
                except BaseException as error:  # noqa: BLE001  raised again where answers are taken
                    self._answers.put((number, error))


def serve() -> None:
    """Answer questions from standard input until it ends, whichever is answered first."""
    root, device, at_once, count, ask_always = map(int, sys.argv[1:])
    travellers = Travellers(
        count,
        lambda: Lister(
            root,
            device=device,
            at_once=at_once,
            max_open=_FOLDERS_OPEN_EACH,
            is_offline=_is_offline,
            ask_always=bool(ask_always),
        ),
    )
    Thread(target=_write, args=(travellers,), daemon=True).start()
    while head := sys.stdin.buffer.read(LENGTH_BYTES):
        asked: list[Question]
        number, asked = marshal.loads(sys.stdin.buffer.read(int.from_bytes(head, "big")))  # noqa: S302  our parent's
        for path, names in asked:
            travellers.ask(number, path, names)


def _write(travellers: Travellers) -> None:
    try:
        while True:
            number, answer = travellers.answered()
            frame = marshal.dumps((number, [answer]), 2)
            sys.stdout.buffer.write(len(frame).to_bytes(LENGTH_BYTES, "big") + frame)
            sys.stdout.buffer.flush()
    finally:
        os._exit(1)  # a mistake of our own, or a parent that is gone: the walk does the rest itself


def _is_offline(folder: int, name: str) -> bool:
    from scanners.crawling.share_facts import is_offline  # noqa: PLC0415  rarely asked, and slower to load than all this

    return is_offline(folder, name)


if __name__ == "__main__":
    serve()
    os._exit(0)  # no thread that waits for a dead server is waited for

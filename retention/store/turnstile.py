"""A turnstile before the embedded database, so that whoever asks to write gets in before those who ask again.

SQLite serves whoever asks at the right moment. A disposal asks again the moment it has let go, and somebody who
wants to place a hold sleeps between tries: without a turnstile they would wait until the very files are gone that
the hold is meant for. Who waits for the database therefore waits in the turnstile, and everybody else behind it.
It is courtesy and not safety: one that cannot be used is passed by.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TRY_EVERY_SECONDS = 0.001


class Turnstile:
    """The turnstile of one database file; `patience_seconds` is how long to stand before it."""

    def __init__(self, database: str, *, patience_seconds: float) -> None:
        self._path = f"{database}-turn"
        self._patience_seconds = patience_seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Stand in the turnstile until this ends; a process that dies in it has left it."""
        try:
            place = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError:
            yield
            return
        try:
            self._wait(place)
            yield
        finally:
            os.close(place)

    def _wait(self, place: int) -> None:
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return
                time.sleep(_TRY_EVERY_SECONDS)
            except OSError:  # a file system without locks
                return
            else:
                return

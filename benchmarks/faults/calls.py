"""Standing between the log and the operating system: every call that changes files passes through a hook."""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

# what the room changes files with; `pathlib` comes through here too
CALLS = (
    "open",
    "write",
    "pwrite",
    "fsync",
    "ftruncate",
    "truncate",
    "posix_fallocate",
    "rename",
    "replace",
    "unlink",
    "rmdir",
    "mkdir",
    "chmod",
)
SHORT_SEGMENT = 8
Call = Callable[..., Any]
Hook = Callable[[str, Call, tuple[Any, ...], dict[str, Any]], Any]


@contextmanager
def intercepted(hook: Hook, *, with_sqlite: bool = False) -> Iterator[None]:
    """Let every call pass through `hook(name, call, arguments, named)`, and on request every statement of SQLite."""
    with ExitStack() as patches:
        for name in CALLS:
            patches.enter_context(mock.patch.object(os, name, _through(hook, name, getattr(os, name))))
        if with_sqlite:
            made: list[sqlite3.Connection] = []
            patches.callback(_close, made)  # a process that ends lets go of its locks
            patches.enter_context(mock.patch.object(sqlite3, "connect", _connecting(hook, sqlite3.connect, made)))
        yield


def _through(hook: Hook, name: str, call: Call) -> Call:
    def passing(*arguments: object, **named: object) -> object:
        return hook(name, call, arguments, named)

    return passing


def _close(connections: list[sqlite3.Connection]) -> None:
    for each in connections:
        each.close()


def _connecting(hook: Hook, connect: Call, made: list[sqlite3.Connection]) -> Call:
    class Watched(sqlite3.Connection):
        """A connection whose writing statements pass through the hook."""

        def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # what SQLite takes
            found: sqlite3.Cursor = hook("sqlite", super().execute, arguments, {})
            return found

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # what SQLite takes
            found: sqlite3.Cursor = hook("sqlite", super().executemany, arguments, {})
            return found

    def connecting(*arguments: Any, **named: Any) -> object:  # noqa: ANN401  # what SQLite takes
        made.append(connect(*arguments, **named, factory=Watched))
        return made[-1]

    return connecting


@contextmanager
def short_segments() -> Iterator[None]:
    """Let a file of entries be full after 8 lines instead of 65,536, so that small logs have several."""
    with ExitStack() as patches:
        for name, module in list(sys.modules.items()):
            if name.startswith("disposal_log") and hasattr(module, "SEGMENT_LINES"):
                patches.enter_context(mock.patch.object(module, "SEGMENT_LINES", SHORT_SEGMENT))
            if name.startswith("disposal_log") and hasattr(module, "SEGMENT_LEVEL"):
                patches.enter_context(mock.patch.object(module, "SEGMENT_LEVEL", SHORT_SEGMENT.bit_length() - 1))
        yield


def site_of(depth: int = 4) -> str:
    """Name the place in the log's room that makes the present call, with its caller."""
    frame = sys._getframe(1)  # noqa: SLF001  # the documented way to ask who calls
    names: list[str] = []
    at: Any = frame
    while at is not None and len(names) < depth:
        path = at.f_code.co_filename
        if "disposal_log" in path:
            names.append(f"{os.path.basename(path)[:-3]}.{at.f_code.co_name}")  # noqa: PTH119  # asked for each call
        at = at.f_back
    return " < ".join(names)

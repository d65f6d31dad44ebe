"""The lines of a printed list, each bounded, and what one of them becomes."""

import io
from collections.abc import Callable, Iterator

from scanners.exports.tables.rows import Value

# The number of a line with its cells, or with the reason why it is refused.
Entry = tuple[int, dict[str, Value] | str]
Lines = Callable[[], Iterator[tuple[int, str]]]

NO_ENTRY = "it is no line that such a list has"
TOO_LONG = "its line is longer than any path"

_MAX_LINE_CHARS = 64 << 10


class UnsureLayoutError(Exception):
    """Where the names begin cannot be told from the list itself; what to do about that is said beside it."""

    def __init__(self, found: str, next_step: str) -> None:
        super().__init__(found)
        self.found = found
        self.next_step = next_step


def numbered_lines(stream: io.TextIOBase) -> Iterator[tuple[int, str]]:
    """Yield each line with its number and without its end; of a line that is far too long the beginning."""
    number = 0
    while line := stream.readline(_MAX_LINE_CHARS):
        number += 1
        if line[-1] not in "\r\n":
            while (rest := stream.readline(_MAX_LINE_CHARS)) and rest[-1] not in "\r\n":
                pass
        yield number, line.rstrip("\r\n")


def is_too_long(line: str) -> bool:
    """Tell whether only the beginning of a line was taken."""
    return len(line) >= _MAX_LINE_CHARS

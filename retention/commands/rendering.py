"""How things look: data on stdout, messages and progress on stderr; the only module that knows rich.

It is loaded for a table or a bar, and not for JSON: it takes a twentieth of a second.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retention.domain.naming import shown

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SCHEMA_VERSION = 1
_KILO = 1000
_NOT_ASCII = re.compile(r"[^\n -~]")


def say(words: str = "") -> None:
    """Write a line of data or an answer."""
    sys.stdout.write(words + "\n")


def tell(words: str) -> None:
    """Write a line for whoever watches, after what was said so far."""
    sys.stdout.flush()
    sys.stderr.write(words + "\n")


def write_exactly(words: str) -> None:
    """Write a line in UTF-8 whatever the console is set to: its very bytes were signed."""
    sys.stdout.flush()
    sys.stdout.buffer.write(words.encode("utf-8") + b"\n")


def write_json(value: Mapping[str, Any]) -> None:
    """Write one JSON object; names that are not UTF-8 have been spelt out by whoever made it."""
    sys.stdout.write(_as_json({"schema_version": SCHEMA_VERSION, **value}, indent=2) + "\n")


def write_json_lines(values: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line."""
    for value in values:
        sys.stdout.write(_as_json(value, indent=None) + "\n")


def write_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, figures: Sequence[str] = ()
) -> None:
    """Write a table; the columns named in `figures` are set to the right."""
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(shown(str(cell))) for cell in row))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=160)
    console.print(Text(shown(title), style="bold"))  # a title of the table's own would be as narrow as the table
    console.print(table)


def size_in_words(size_bytes: int) -> str:
    """Return a size as people say it, in decimal units."""
    if size_bytes < _KILO:
        return f"{size_bytes} bytes"
    amount, unit = size_bytes / _KILO, "kB"
    for larger in ("MB", "GB"):
        if amount >= _KILO:
            amount, unit = amount / _KILO, larger
    return f"{amount:,.1f} {unit}"


class Meter:
    """A progress bar with rate and time left on a terminal, nothing elsewhere."""

    def __init__(self, progress: "Progress | None") -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._phase = ""

    def show(self, phase: str, done: int, total: int | None) -> None:
        """Show how far `phase` is."""
        if self._progress is None:
            return
        if self._task is None or phase != self._phase:
            self._phase = phase
            self._task = self._progress.add_task(phase, total=total)
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def meter() -> Iterator[Meter]:
    """Give a meter for as long as something takes."""
    if not sys.stderr.isatty():
        yield Meter(None)
        return
    with _bar() as progress:
        yield Meter(progress)


def _bar() -> "Progress":
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text  # noqa: PLC0415

    class RateColumn(ProgressColumn):
        """Says how many there are in a second."""

        def render(self, task: Task) -> Text:
            """Return the rate, once it is known."""
            return Text("" if task.speed is None else f"{task.speed:,.0f} a second")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _as_json(value: Mapping[str, Any], *, indent: int | None) -> str:
    words = _NOT_ASCII.sub(_spelt, json.dumps(value, ensure_ascii=False, indent=indent))
    try:
        words.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # backslashes of Python's own are no JSON, so every letter is written by its number
        return json.dumps(value, ensure_ascii=True, indent=indent)
    return words


def _spelt(found: re.Match[str]) -> str:
    # a name may hold what steers a terminal or ends a line for some readers; JSON can spell all of it
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]

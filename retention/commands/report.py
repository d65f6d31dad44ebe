"""`retention report`: what is there, and what waits for whom."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

import click

from retention.assembly import Engine
from retention.commands.rendering import say, size_in_words, write_json, write_json_lines, write_table
from retention.commands.session import Session, pass_session
from retention.errors import ExitCode
from retention.services import reporting
from retention.services.listing import hold_register

LISTS = ("duplicates", "overdue", "unclassified", "conflict", "awaiting", "unreadable")


class Line(Protocol):
    """One line of a list."""

    def to_json(self) -> dict[str, object]:
        """Return the line for machines."""
        ...


@click.command("report")
@click.argument("kind", default="summary", type=click.Choice(["summary", *LISTS]))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Ask for another day than today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print a JSON object for each line of a list.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Rows of a table.")
@click.option("--fail-if-empty", is_flag=True, help="Leave with exit code 4 when there is nothing to list.")
@pass_session
def command(
    session: Session,
    *,
    kind: str,
    as_of: datetime | None,
    as_json: bool,
    as_jsonl: bool,
    limit: int,
    fail_if_empty: bool,
) -> int:
    """Report what the catalogue knows; a summary unless a list is asked for."""
    with session.engine() as engine:
        day = engine.today if as_of is None else as_of.date()
        if kind == "summary":
            _print_summary(engine, day, as_json=as_json or as_jsonl)
            return ExitCode.DONE
        lines = _lines(engine, kind, day)
        if as_jsonl:
            count = _write_lines(lines)
        elif as_json:
            found = [line.to_json() for line in lines]
            count = len(found)
            write_json({"as_of": day.isoformat(), kind: found})
        else:
            count = _print_lines(kind, lines, limit)
    return ExitCode.NOTHING_TO_DO if fail_if_empty and not count else ExitCode.DONE


def _lines(engine: Engine, kind: str, day: date) -> Iterable[Line]:
    register = hold_register(engine.catalogue)
    match kind:
        case "duplicates":
            return reporting.duplicates(engine.catalogue)
        case "overdue":
            return reporting.overdue(engine.catalogue, register, as_of=day)
        case "unclassified":
            return reporting.unclassified(engine.catalogue, register, as_of=day)
        case "conflict":
            return reporting.conflict(engine.catalogue, register, as_of=day)
        case "awaiting":
            return reporting.awaiting(engine.catalogue, register, as_of=day)
        case _:
            return reporting.unreadable(engine.catalogue)


def _print_summary(engine: Engine, day: date, *, as_json: bool) -> None:
    found = reporting.summary(engine.catalogue, hold_register(engine.catalogue), as_of=day)
    if as_json:
        write_json(found.to_json())
        return
    rows = [(str(queue), total.items, size_in_words(total.size_bytes)) for queue, total in found.queues.items()]
    rows = [row for row in rows if row[1]]
    rows.append(("all", found.whole.items, size_in_words(found.whole.size_bytes)))
    write_table(f"As of {day}: every file is in exactly one queue", ("Queue", "Files", "Size"), rows, figures=FIGURES)
    if found.beyond_reach.items:
        say(
            f"{found.beyond_reach.items} files lie on shares that are read over the network and not mounted here. They "
            "are listed, classified and dated, and nothing can be removed there from here: when their period has ended "
            "they wait in the queue `protected`. Mount such a share and register the folder to dispose of anything on "
            "it."
        )
    classes = sorted(found.classes.items(), key=lambda pair: (-pair[1].items, pair[0]))
    rows = [(name, total.items, size_in_words(total.size_bytes)) for name, total in classes]
    write_table("By disposal class", ("Class", "Files", "Size"), rows, figures=FIGURES)
    if found.personal_data:
        kinds = ", ".join(f"{kind.replace('_', ' ')} in {total.items}" for kind, total in found.personal_data.items())
        say(f"Files whose text seems to hold personal data, by shape and check digit alone: {kinds}.")


FIGURES = ("Files", "Size", "Frees", "Copies")

_COLUMNS: dict[str, Sequence[tuple[str, str]]] = {
    "duplicates": (("Frees", "reclaimable_bytes"), ("Copies", "members"), ("Keep", "master")),
    "overdue": (
        ("Since", "over_retained_since"),
        ("Class", "disposal_class"),
        ("Size", "size_bytes"),
        ("Path", "path"),
    ),
    "unclassified": (("Size", "size_bytes"), ("Type", "media_type"), ("Path", "path")),
    "conflict": (("Path", "path"), ("Reasons", "reasons")),
    "awaiting": (("Files", "items"), ("Class", "disposal_class"), ("Question", "question")),
    "unreadable": (("Path", "path"), ("Reason", "reason"), ("Detail", "detail")),
}


def _print_lines(kind: str, lines: Iterable[Line], limit: int) -> int:
    shown, count = [], 0
    for line in lines:
        count += 1
        if count <= limit:
            told = line.to_json()
            shown.append([_cell(key, told[key]) for _title, key in _COLUMNS[kind]])
    write_table(kind.capitalize(), [title for title, _key in _COLUMNS[kind]], shown, figures=FIGURES)
    if count > limit:
        say(f"{count - limit} more; --limit {count} shows all, --jsonl gives them to a program.")
    return count


def _write_lines(lines: Iterable[Line]) -> int:
    count = 0
    for line in lines:
        write_json_lines([line.to_json()])
        count += 1
    return count


def _cell(key: str, value: object) -> object:
    if isinstance(value, list):
        return len(value) if key == "members" else "; ".join(str(one) for one in value)
    if isinstance(value, int) and key.endswith("bytes"):
        return size_in_words(value)
    return value

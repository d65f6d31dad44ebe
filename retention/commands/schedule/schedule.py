"""`retention schedule`: check, test, compare, try and publish retention schedules."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from retention.commands.rendering import say, write_json, write_json_lines, write_table
from retention.commands.schedule.check import check, test
from retention.commands.schedule.files import export, import_
from retention.commands.schedule.versions import COMMANDS as VERSION_COMMANDS
from retention.commands.session import Session, pass_session
from retention.errors import InvalidInputError
from retention.services.schedules.versions import (
    classify_one,
    read_schedule,
    schedule_in_force,
    shipped_text,
)


@click.group("schedule")
def command() -> None:
    """Check, test, compare, try and publish retention schedules."""


command.add_command(check)
command.add_command(test)
command.add_command(import_)
command.add_command(export)
for version_command in VERSION_COMMANDS:
    command.add_command(version_command)


@command.command("list")
@click.option("--file", "file", type=click.Path(dir_okay=False), help="A schedule file instead of the one in force.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, file: str | None, as_json: bool) -> None:
    """List the disposal classes of the schedule in force."""
    if file is None:
        with session.engine() as engine:
            schedule = schedule_in_force(engine.catalogue)
    else:
        schedule = read_schedule(file)
    rows = [(one.id, one.title, str(one.state), one.kept_for, one.action.name.lower()) for one in schedule.classes]
    if as_json:
        keys = ("disposal_class", "title", "state", "term", "action")
        classes = [dict(zip(keys, row, strict=True)) for row in rows]
        write_json({"schedule_version": schedule.schedule_version, "classes": classes})
        return
    write_table(schedule.schedule_version, ("Class", "Title", "State", "Kept", "Then"), rows)


@command.command("show")
def show() -> None:
    """Print the shipped schedule, to be copied and edited."""
    say(shipped_text().rstrip("\n"))


@command.command("classify")
@click.option("--file", "file", type=click.Path(dir_okay=False), help="A schedule file instead of the shipped one.")
@click.option("--jsonl", is_flag=True, expose_value=False, help="JSON lines in and out; there is no other form.")
def classify(*, file: str | None) -> None:
    """Classify JSON lines from standard input: {"path": ..., "text"?: ..., "media_type"?: ...}.

    Needs no workspace. Each answer lists its cues with their weights, and the runner-up.
    """
    schedule = read_schedule(file)
    write_json_lines(classify_one(schedule, line) for line in _lines())


def _lines() -> Iterator[dict[str, Any]]:
    for number, line in enumerate(sys.stdin, start=1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _bad_line(number, str(error)) from error
        if not isinstance(value, dict) or not isinstance(value.get("path"), str):
            raise _bad_line(number, 'there is no "path"')
        yield value


def _bad_line(number: int, words: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"line {number} of the input: {words}",
        not_done="The lines before it were classified; this one and the rest were not.",
        next_step='Give one JSON object a line, such as {"path": "Finance/Invoices/2009-10/inv 12.pdf"}.',
    )

"""`retention log show`: the signed entries, one item's story in plain words, and an auditor's questions."""

import json
from datetime import datetime

import click

from retention.commands.log.log import command, place_of_log
from retention.commands.rendering import say, write_exactly, write_json_lines
from retention.commands.session import Session, pass_session
from retention.domain.naming import shown
from retention.errors import ExitCode
from retention.services.log_stories import LogFilter, LogStories, Question
from retention.services.workspace import find_workspace

_DAY = click.DateTime(["%Y-%m-%d"])
_NONE = {
    Question.NOT_DESTROYED: "None: everything that was approved has been destroyed.",
    Question.NOT_APPROVED: "None: everything that was destroyed had been approved by somebody else.",
    Question.SKIPPED: "None: nothing was left out.",
}


@command.command("show")
@click.argument("what", default=str(Question.ENTRIES), type=click.Choice([str(one) for one in Question]))
@click.option("--batch", help="Only this batch.")
@click.option("--item", metavar="BATCH/NUMBER|PATH", help="Only this item; a path, or its end, as the log has it.")
@click.option("--approver", metavar="PERSON", help="Only batches that this person approved.")
@click.option("--class", "class_id", help="Only batches of this disposal class.")
@click.option("--certificate", help="Only the batch that this certificate is about.")
@click.option("--from", "first_day", type=_DAY, help="Only what was recorded on this day (UTC) or later.")
@click.option("--to", "last_day", type=_DAY, help="Only what was recorded on this day (UTC) or earlier.")
@click.option("--log", "folder", type=click.Path(file_okay=False), help="Another log than the workspace's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with the names that are kept.")
@pass_session
def show(  # noqa: PLR0913  # one argument for each option
    session: Session,
    *,
    what: str,
    batch: str | None,
    item: str | None,
    approver: str | None,
    class_id: str | None,
    certificate: str | None,
    first_day: datetime | None,
    last_day: datetime | None,
    folder: str | None,
    as_json: bool,
) -> int:
    """Show what the log tells; WHAT is one of these, and all options narrow it.

    `entries`: the entries, one JSON object a line, exactly as they were signed. `story`: what happened to a batch, or
    to one item of it, in plain words. `not-destroyed`: approved but not destroyed. `not-approved`: destroyed but not
    approved, which must be empty (exit code 5). `skipped`: left alone, and why.
    """
    wanted = LogFilter(
        batch=batch,
        item=item,
        approver=approver,
        class_id=class_id,
        certificate=certificate,
        first_day=None if first_day is None else first_day.date(),
        last_day=None if last_day is None else last_day.date(),
    )
    sidecar = find_workspace(session.workspace or ".").sidecar if folder is None else None
    with LogStories(place_of_log(session, folder), sidecar=sidecar) as stories:
        match question := Question(what):
            case Question.ENTRIES:
                _write_entries(stories, wanted, as_json=as_json)
            case Question.STORY:
                _write_stories(stories, wanted, as_json=as_json)
            case _:
                found = _write_answers(stories, question, wanted, as_json=as_json)
                return ExitCode.INTEGRITY if found and question is Question.NOT_APPROVED else ExitCode.DONE
    return ExitCode.DONE


def _write_entries(stories: LogStories, wanted: LogFilter, *, as_json: bool) -> None:
    for stored in stories.entries(wanted):
        if not as_json:
            write_exactly(stored.raw.decode("utf-8"))
            continue
        told = {
            name: shown(value if isinstance(value, str) else value.decode("utf-8", "surrogateescape"))
            for name, value in (stored.disclosures or {}).items()
        }
        write_json_lines([{"entry": json.loads(stored.raw), "disclosures": told}])


def _write_stories(stories: LogStories, wanted: LogFilter, *, as_json: bool) -> None:
    found = False
    for story in stories.stories(wanted):
        found = True
        if as_json:
            write_json_lines([story.to_json()])
            continue
        say(story.title)
        for event in story.events:
            say(f"    {event.at}  {event.words} [entry {event.seq}]")
    if not found and not as_json:
        say("The log tells of no batch that fits.")


def _write_answers(stories: LogStories, question: Question, wanted: LogFilter, *, as_json: bool) -> int:
    count = 0
    for answer in stories.answers(question, wanted):
        count += 1
        if as_json:
            write_json_lines([answer.to_json()])
        else:
            say(answer.in_words)
    if not count and not as_json:
        say(_NONE[question])
    return count

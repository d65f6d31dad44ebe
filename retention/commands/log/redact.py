"""`retention log redact`: personal values that the log commits to, dropped for good, with the reason on record."""

import re
from collections.abc import Mapping
from datetime import date

import click

from retention.assembly import Engine
from retention.commands.log.log import command
from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.domain.people import Person
from retention.errors import ExitCode, InvalidInputError
from retention.services.redacting import (
    Choice,
    Ground,
    Reasons,
    RedactionPlan,
    check_may_redact,
    erase_again,
    kept_for,
    plan_redaction,
)
from retention.services.redacting import redact as carry_out

WHAT_STAYS = (
    "Not reached: the catalogue, which still names the paths of destroyed copies; certificates and lists already "
    "issued (PDF, CSV); bundles handed out; backups of these and of value-keys.txt. Pseudonyms stay in the log."
)
_ENTRIES = re.compile(r"(\d{1,15})(?:-(\d{1,15}))?")


@command.command("redact")
@click.option("--batch", "batch_id", metavar="BATCH", help="Values of this batch.")
@click.option("--entries", metavar="A-B", help="Values of these entries, by number.")
@click.option("--older-than", metavar="DATE", help="Values of what was over before that day.")
@click.option("--by-schedule", is_flag=True, help="What [log] drop_personal_values_after says is due.")
@click.option("--again", is_flag=True, help="Erase again what a restored backup brought back.")
@click.option("--fields", metavar="NAME,...", help="Only values of these names, e.g. path,sha256; otherwise all.")
@click.option("--ground", type=click.Choice([str(one) for one in Ground]), help="Why; needed with --do.")
@click.option("--authority", metavar="TEXT", help="Whose decision or which policy; stays in the log for good.")
@click.option("--requested-by", metavar="PSEUDONYM", help="Who asked: a case number, never a name.")
@click.option("--do", "is_meant", is_flag=True, help="Act; without it only the plan is shown and nothing is touched.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def redact(
    session: Session,
    /,
    *,
    by_schedule: bool,
    again: bool,
    is_meant: bool,
    as_json: bool,
    **asked: str | None,
) -> int:
    """Drop paths, names, reasons or digests for good; every proof still holds, and the log says who did it and why.

    Shows what would go; --do does it, for records managers who did not approve the batch. What is under a hold, or of a
    batch that is not closed, stays. Leaves with 3 when something of what was asked for was refused.
    """
    with session.engine() as engine:
        if again:
            return _again(session, engine, is_meant=is_meant)
        choice = _choice(engine, asked, by_schedule=by_schedule)
        if not is_meant:
            workspace = engine.workspace
            plan = plan_redaction(workspace.log, workspace.sidecar, engine.catalogue, choice, as_of=engine.today)
        else:
            person = session.acting_person(engine)
            check_may_redact(person)
            reasons = _reasons(choice, person, asked)
            with engine.log() as log:
                plan = carry_out(
                    log, engine.catalogue, choice, reasons, person=person, at=engine.now, as_of=engine.today
                )
    if as_json:
        write_json({"dry_run": not is_meant, **_mapping(plan)})
    else:
        _print(plan, is_done=is_meant)
    return ExitCode.SOME_SKIPPED if plan.refused else ExitCode.DONE


def _again(session: Session, engine: Engine, *, is_meant: bool) -> int:
    if not is_meant:
        say("Would erase again whatever the log calls redacted. To act: retention log redact --again --do")
        return ExitCode.DONE
    person = session.acting_person(engine)
    with engine.log() as log:
        count = erase_again(log, person=person)
    say(f"{count} values that had been redacted were here again, and were erased.")
    return ExitCode.DONE


def _choice(engine: Engine, asked: Mapping[str, str | None], *, by_schedule: bool) -> Choice:
    batch_id, entries, older_than = asked["batch_id"], asked["entries"], asked["older_than"]
    if sum(part is not None for part in (batch_id, entries, older_than)) + by_schedule != 1:
        raise _wrong(
            "which values are meant is not clear", "Give one of --batch, --entries, --older-than, --by-schedule."
        )
    period = kept_for(engine.settings.drop_personal_values_after) if by_schedule else None
    if by_schedule and period is None:
        raise _wrong(
            "there is no rule by which values would be due", 'Set [log] drop_personal_values_after = "P7Y" first.'
        )
    first, last = (None, None) if entries is None else _span(entries)
    return Choice(
        batch_id=batch_id,
        first=first,
        last=last,
        older_than=None if older_than is None else _day(older_than),
        kept_for=period,
        fields=frozenset(name.strip() for name in (asked["fields"] or "").split(",") if name.strip()),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(f"{text[:40]!a} is no day", "Write it like 2019-03-31.") from error


def _span(entries: str) -> tuple[int, int]:
    found = _ENTRIES.fullmatch(entries.strip())
    if found is None or int(found[1]) > int(found[2] or found[1]):
        raise _wrong(
            f"{entries[:40]!a} are no entries", "Give one number, or the first and the last: --entries 120-131"
        )
    return int(found[1]), int(found[2] or found[1])


def _reasons(choice: Choice, person: Person, asked: Mapping[str, str | None]) -> Reasons:
    ground, authority, requested_by = asked["ground"], asked["authority"], asked["requested_by"]
    if choice.kept_for is not None:
        ground = ground or str(Ground.SCHEDULE)
        authority = authority or f"[log] drop_personal_values_after = {choice.kept_for}"
        requested_by = requested_by or person.person_id
    if ground is None or authority is None or requested_by is None:
        raise _wrong(
            "why, on whose authority and at whose request was not said",
            "Give --ground, --authority and --requested-by.",
        )
    return Reasons(ground=Ground(ground), authority=authority, requested_by=requested_by)


def _mapping(plan: RedactionPlan) -> dict[str, object]:
    return {
        "values": plan.values,
        "entries": plan.entries,
        "by_field": dict(plan.by_field),
        "batches": list(plan.batches),
        "refused": dict(plan.refused),
        "not_reached": WHAT_STAYS,
    }


def _print(plan: RedactionPlan, *, is_done: bool) -> None:
    by_field = ", ".join(f"{count} {name}" for name, count in plan.by_field.items()) or "none"
    say(f"{plan.values} values of {plan.entries} entries {'were erased' if is_done else 'would go'}: {by_field}.")
    if plan.batches:
        say(f"Batches: {', '.join(plan.batches)}")
    for reason, count in plan.refused.items():
        say(f"  {count} values stay: {reason}")
    say(WHAT_STAYS)
    if not is_done:
        say("Nothing was touched. To act, add --do with --ground, --authority and --requested-by.")


def _wrong(what: str, next_step: str) -> InvalidInputError:
    return InvalidInputError(what=what, not_done="Nothing was redacted.", next_step=next_step)

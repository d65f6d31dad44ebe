"""`retention schedule versions`, `compare`, `preview` and `publish`: from one version of the schedule to the next."""

from collections.abc import Sequence
from pathlib import Path

import click

from retention.assembly import Engine
from retention.commands.rendering import meter, say, size_in_words, tell, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.naming import shown
from retention.errors import ExitCode, InvalidInputError, RetentionError
from retention.services.appraising.appraising import appraise_copies
from retention.services.schedules.comparing import ScheduleComparison
from retention.services.schedules.previewing import AssetPreview, Effect, Preview, preview_schedule
from retention.services.schedules.publishing import (
    compare_files,
    compare_named,
    list_versions,
    prepare_publication,
    publish,
)
from retention.services.schedules.versions import check_file, schedule_in_force

_MOST_CHANGES = 40


@click.command("versions")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def versions(session: Session, *, as_json: bool) -> None:
    """List every published version; the last one is in force."""
    with session.engine() as engine:
        found = list_versions(engine.catalogue)
    if as_json:
        told = [
            {
                "schedule_version": one.schedule_version,
                "published_at": one.published_at.isoformat(),
                "in_force": one.is_in_force,
            }
            for one in found
        ]
        write_json({"versions": told})
        return
    rows = [
        (one.schedule_version, f"{one.published_at:%Y-%m-%d %H:%M}", "in force" if one.is_in_force else "replaced")
        for one in found
    ]
    write_table("Published versions", ("Version", "Published (UTC)", "State"), rows)


@click.command("compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def compare(session: Session, *, before: str, after: str | None, as_json: bool) -> None:
    """Say in words what schedule B says otherwise than A, and what can make something due earlier.

    Each is a file, or a published version by its name or a beginning of it. Without B, the version in force is
    compared with A.
    """
    if after is not None and Path(before).is_file() and Path(after).is_file():
        found = compare_files(before, after)
    else:
        with session.engine() as engine:
            found = compare_named(engine.catalogue, before, after)
    if as_json:
        write_json(found.to_json())
        return
    _print_comparison(found, most=None)


@click.command("preview")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--asset", "asset_id", help="Only this asset.")
@click.option("--samples", type=click.IntRange(0, 1_000), default=5, show_default=True, help="Examples of each effect.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def preview(session: Session, *, file: str, asset_id: str | None, samples: int, as_json: bool) -> None:
    """Say what publishing FILE would change for the records that are there. Nothing is written.

    Holds and open batches are left out of the account: what they keep stays kept.
    """
    schedule = check_file(file)
    with session.engine() as engine, meter() as bar:
        found = preview_schedule(
            engine.catalogue,
            schedule,
            asset_id=asset_id,
            samples=samples,
            as_of=engine.today,
            on_progress=lambda told: bar.show("trying the schedule", told.done, told.total),
        )
    if as_json:
        write_json(found.to_json())
    else:
        _print_preview(found)


@click.command("publish")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask; publish.")
@click.option("--accept-template", is_flag=True, help="Publish although nobody has adopted it.")
@pass_session
def publish_(session: Session, *, file: str, yes: bool, accept_template: bool) -> int:
    """Put the schedule in FILE in force, and compare every record with it.

    Shows what it says otherwise than the one in force, and asks; --yes answers. A published version is never
    changed, and decisions go on citing theirs. Safe to interrupt: `retention scan` goes on with the records.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        told = prepare_publication(
            engine.catalogue, file, person=person, as_of=engine.today, accepts_template=accept_template
        )
        _print_comparison(told.comparison, most=_MOST_CHANGES)
        if not yes and not _agrees(session):
            say("Nothing was published.")
            return ExitCode.DONE
        version = publish(engine.catalogue, told, person=person, at=engine.now)
        say(f"{version} is in force.")
        code = _deliver(engine, version)
        with meter() as bar:
            compared = appraise_copies(
                engine.catalogue,
                schedule_in_force(engine.catalogue),
                on_progress=lambda told: bar.show("comparing with the schedule", told.done, told.total),
            )
    say(f"{compared} files were compared with it. Open batches are asked again before anything of them goes.")
    return code


COMMANDS: Sequence[click.Command] = (versions, compare, preview, publish_)


def _agrees(session: Session) -> bool:
    if not session.may_ask:
        raise InvalidInputError(
            what="publishing must be confirmed, and nothing may be asked here",
            not_done="Nothing was published.",
            next_step="Look at the changes above; then add --yes.",
        )
    return click.confirm("Put this schedule in force?", default=False, err=True)


def _deliver(engine: Engine, version: str) -> int:
    # a version is in force without the log; the log hears of it now or with the next command that opens it
    try:
        with engine.log():
            return ExitCode.DONE
    except RetentionError as error:
        tell(f"retention: schedule {version} is in force, but the log could not be told yet: {error}")
        return ExitCode.INTEGRITY if error.exit_code is ExitCode.INTEGRITY else ExitCode.SOME_SKIPPED


def _print_comparison(found: ScheduleComparison, *, most: int | None) -> None:
    say(shown(f"From {found.before} to {found.after}"))
    if found.is_empty:
        say("Both say the same.")
        return
    say(f"{found.summary[0].upper()}{found.summary[1:]}.")
    lines = [f"  {change.in_words}" for change in found.head]
    for one in found.classes:
        lines.append(f"{one.class_id} ({one.title}): {one.kind}")
        lines += [f"  {change.in_words}" for change in one.changes]
    for line in lines[:most]:
        say(shown(line))
    if most is not None and len(lines) > most:
        say(f"{len(lines) - most} lines more: retention schedule compare FILE")


def _print_preview(found: Preview) -> None:
    say(shown(f"{found.schedule_version} instead of {found.in_force}, asked on {found.as_of}; nothing was written."))
    rows = [
        (told.asset_id, told.files, *(f"{told.effects[effect]} ({_size(told, effect)})" for effect in Effect))
        for told in found.assets
    ]
    columns = ("Asset", "Files", *(effect.replace("_", " ").capitalize() for effect in Effect))
    write_table("What it would change", columns, rows, figures=columns[1:])
    for told in found.assets:
        for (before, after), count in told.moves.most_common(_MOST_CHANGES):
            say(shown(f"{told.asset_id}: {count} from {before} to {after}"))
        for effect in Effect:
            for one in told.samples(effect):
                words = f"{one.class_before}, {one.state_before} -> {one.class_after}, {one.state_after}"
                say(shown(f"  {effect.replace('_', ' ')}: {one.source_id}:{one.path}: {words}"))


def _size(told: AssetPreview, effect: Effect) -> str:
    return size_in_words(told.size_bytes[effect])

"""`retention schedule import` and `export`: schedules in the forms of others."""

from collections.abc import Sequence
from typing import Any

import click

from retention.commands.rendering import say, tell, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.naming import shown
from retention.services.schedules.exchanging import (
    ENDS,
    FORMS_IN,
    FORMS_OUT,
    STARTS,
    ImportChoices,
    export_file,
    import_file,
    save_imported,
)
from retention.services.schedules.versions import read_schedule, schedule_in_force


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--form", type=click.Choice([*FORMS_IN]), help="What the file is, instead of being recognised.")
@click.option("--with", "beside", multiple=True, type=click.Path(dir_okay=False), help="A file that belongs to it.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column holds what.")
@click.option("--default-start", type=click.Choice(STARTS), help="Assume this start where a rule names none.")
@click.option("--default-action", type=click.Choice(ENDS), help="Assume this where a rule does not say what follows.")
@click.option("--financial-year-start", metavar="MM-DD", help="Instead of the one usual for the form.")
@click.option("--id", "schedule_id", help="Id of the schedule; otherwise the file's name.")
@click.option("--title", help="Title of the schedule.")
@click.option("--jurisdiction", help="Whose law it follows.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write the schedule to this new file (YAML).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(*, file: str, beside: Sequence[str], columns: Sequence[str], out: str | None, **words: Any) -> None:  # noqa: ANN401 - click's own
    """Read a schedule in another form, and say of every row what became of it.

    Nothing is written without --out, and nothing is put into force. What cannot be computed becomes a class that
    can be read and never destroys. Needs no workspace.
    """
    as_json = bool(words.pop("as_json"))
    told = {key: str(value) for key, value in words.items() if value is not None}
    imported = import_file(file, ImportChoices(beside=tuple(beside), columns=tuple(columns), **told))
    rows = [_row(imported.schedule.by_id.get(row.class_id), row) for row in imported.rows]
    if as_json:
        write_json(
            {
                "file": file,
                "form": imported.form,
                "mapping": list(imported.mapping),
                "states": imported.states,
                "findings": list(imported.findings),
                "holds": [{"id": one.id, "title": one.title, "scope": one.scope} for one in imported.holds],
                "rows": rows,
            }
        )
    else:
        _print(file, imported, rows)
    if out is not None:
        save_imported(imported, source=file, out=out)
        tell(shown(f"Written to {out}. Check it with `retention schedule check`, then publish it."))
    elif not as_json:
        tell("Nothing was written; give --out FILE.yaml to keep it.")


def _row(entry: Any, row: Any) -> dict[str, Any]:  # noqa: ANN401 - values of the rules, which faces do not import
    return {
        "where": row.where,
        "disposal_class": row.class_id or None,
        "title": None if entry is None else entry.title,
        "state": None if row.state is None else row.state.value,
        "kept_for": None if entry is None else _kept_for(entry),
        "action": None if entry is None else entry.action.name.lower(),
        "as_written": None if entry is None else entry.as_written,
        "notes": list(row.notes),
    }


def _kept_for(entry: Any) -> str:  # noqa: ANN401 - as above
    return "until a person decides" if entry.is_descriptive else str(entry.kept_for)


def _print(file: str, imported: Any, rows: Sequence[dict[str, Any]]) -> None:  # noqa: ANN401 - as above
    say(shown(f"{file}: read as {imported.form}, {FORMS_IN[imported.form]}."))
    for words in imported.mapping:
        say(shown(f"  {words}"))
    states = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in imported.states.items())
    say(f"{len(rows)} rows: {states}.")
    for words in imported.findings:
        say(shown(f"Note: {words}."))
    for hold in imported.holds:
        say(shown(f"Hold named in the file, to be placed by a person: {hold.id}, {hold.title} ({hold.scope})."))
    cells = [
        (
            row["where"],
            row["disposal_class"] or "-",
            row["title"] or "-",
            (row["state"] or "no rule").replace("_", " "),
            row["kept_for"] or "-",
            (row["action"] or "-").replace("_", " "),
            "; ".join(row["notes"]),
        )
        for row in rows
    ]
    write_table(imported.schedule.title, ("Row", "Class", "Title", "State", "Kept", "Then", "Notes"), cells)


@click.command("export")
@click.option("--form", required=True, type=click.Choice([*FORMS_OUT]), help="What to write.")
@click.option("--file", "file", type=click.Path(dir_okay=False), help="A schedule file instead of the one in force.")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The new file to write.")
@click.option(
    "--reviewer", default="", metavar="EMAIL", help="Whom Purview asks before it deletes; else it only keeps."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def export(session: Session, *, form: str, file: str | None, out: str, reviewer: str, as_json: bool) -> None:
    """Write the schedule in force, or one in a file, in another form, and say of each class what was lost.

    A period is never written shorter than it is; what the form cannot say is written as kept.
    """
    if file is None:
        with session.engine() as engine:
            schedule = schedule_in_force(engine.catalogue)
    else:
        schedule = read_schedule(file)
    exported = export_file(schedule, form=form, reviewer=reviewer, out=out)
    lost: dict[str, list[str]] = {}
    for loss in exported.lost:
        lost.setdefault(loss.class_id, []).append(loss.what)
    if as_json:
        write_json({"form": form, "out": out, "schedule_version": schedule.schedule_version, "lost": lost})
        return
    say(shown(f"{schedule.schedule_version} was written to {out} as {form}, {FORMS_OUT[form]}."))
    say("Nothing was lost." if not lost else "Lost:")
    for class_id, whats in lost.items():
        say(shown(f"  {class_id or 'the schedule itself'}: {'; '.join(whats)}"))

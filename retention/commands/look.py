"""`retention look`: what lies twice in a folder that nobody scanned."""

import os

import click

from retention.commands.rendering import meter, say, size_in_words, tell, write_json_lines, write_table
from retention.errors import ExitCode
from retention.services.looking import LookCounts, equal_files


@click.command("look")
@click.argument("folder", type=click.Path())
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Groups in the table.")
@click.option(
    "--facts", "with_facts", is_flag=True, help="Say who owns each file, and what else the file system tells of it."
)
@click.option("--jsonl", "as_lines", is_flag=True, help="Print one JSON object for each group.")
def command(folder: str, *, limit: int, with_facts: bool, as_lines: bool) -> int:
    """List which files in FOLDER are equal, byte by byte. Needs no workspace, keeps nothing, changes nothing.

    For a first look before anything is set up; `retention report duplicates` answers the same from the catalogue.
    Leaves with 3 when something could not be read.
    """
    counts, groups, spare_bytes = LookCounts(), 0, 0
    rows: list[tuple[object, ...]] = []
    place = os.path.realpath(folder)
    with meter() as bar:
        found = equal_files(
            place,
            counts,
            on_progress=lambda told: bar.show(str(told.stage), told.done_files, told.total_files),
            with_facts=with_facts,
        )
        for group in found:
            groups += 1
            spare_bytes += group.reclaimable_bytes
            if as_lines:
                write_json_lines([group.to_json()])
            elif groups <= limit:
                owners = ", ".join(sorted({one.owner or "unknown" for one in group.facts}))
                row = (size_in_words(group.reclaimable_bytes), len(group.paths), group.paths[0])
                rows.append((*row, owners) if with_facts else row)
    if not as_lines:
        columns = ("Frees", "Copies", "First", *(("Owners",) if with_facts else ()))
        write_table("Equal files", columns, rows, figures=("Frees", "Copies"))
        say(f"{counts.files} files, {groups} groups of equal ones; {size_in_words(spare_bytes)} lie there twice.")
        if groups > limit:
            say(f"{groups - limit} more groups; --limit {groups} shows all, --jsonl gives them to a program.")
    if counts.unreadable:
        tell(f"{counts.unreadable} files or folders could not be read, so equal files may be missing above")
    return ExitCode.SOME_SKIPPED if counts.unreadable else ExitCode.DONE

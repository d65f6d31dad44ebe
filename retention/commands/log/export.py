"""`retention log export`: a bundle for a stick, which an auditor checks without us."""

from pathlib import Path

import click

from retention.commands.log.log import command
from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.services.log_exporting import AUDIENCES, Exported, export_log


@command.command("export")
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False))
@click.option(
    "--for",
    "audience",
    required=True,
    type=click.Choice(AUDIENCES),
    help="Who will hold it: an auditor sees every name and path, others only those chosen, the public none.",
)
@click.option("--asset", "assets", multiple=True, metavar="ASSET", help="Disclose only values of this asset.")
@click.option("--batch", "batches", multiple=True, metavar="BATCH", help="Disclose only values of this batch.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="Disclose only values of this name, e.g. path.")
@click.option("--tiles", "with_tiles", is_flag=True, help="Add the log in the form of C2SP tlog-tiles.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def export(
    session: Session,
    *,
    directory: str,
    audience: str,
    assets: tuple[str, ...],
    batches: tuple[str, ...],
    fields: tuple[str, ...],
    with_tiles: bool,
    as_json: bool,
) -> None:
    """Make a folder with the log, two verifiers, certificates and the chosen values; DIR must be new or empty.

    The log may be written meanwhile: the bundle ends at its newest checkpoint. Whoever gets it opens VERIFY.html in a
    browser or runs verify.pyz; give them the public key by another way. README.txt says what was left out.
    """
    with session.engine() as engine:
        done = export_log(
            engine.workspace,
            engine.catalogue,
            Path(directory),
            audience=audience,
            assets=assets,
            batches=batches,
            fields=fields,
            with_tiles=with_tiles,
        )
    if as_json:
        write_json({"bundle": directory, "for": audience, **_figures(done)})
        return
    say(f"{directory}: a bundle for {audience}, {done.entries} entries.")
    say(f"    names, paths and digests: {done.disclosed} in it, {done.withheld} withheld, {done.absent} no longer here")
    say(f"    certificate files: {done.certificate_files} in it, {done.certificate_files_left_out} left out")
    if done.certificates_not_found:
        say(f"    {done.certificates_not_found} issued certificates were not found; verifying will say so")


def _figures(done: Exported) -> dict[str, int]:
    return {
        "entries": done.entries,
        "disclosed": done.disclosed,
        "withheld": done.withheld,
        "absent": done.absent,
        "certificate_files": done.certificate_files,
        "certificate_files_left_out": done.certificate_files_left_out,
        "certificates_not_found": done.certificates_not_found,
    }

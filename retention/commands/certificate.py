"""`retention certificate`: the signed statement of a closed batch, and a page to read."""

from pathlib import Path

import click

from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.services.certifying import issue_certificate, save_certificate


@click.command("certificate")
@click.argument("batch_id", metavar="BATCH")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False),
    help="Where to; default: the workspace's certificates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(session: Session, *, batch_id: str, folder: str | None, as_json: bool) -> None:
    """Issue the certificate of destruction of a closed batch: signed JSON, and a page to read and print.

    Refused (exit code 6) while an item has no final outcome, and (exit code 5) when the sums do not come out.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        with engine.log() as log:
            issued = issue_certificate(engine.catalogue, log, batch_id, person=person, at=engine.now)
        files = save_certificate(issued, Path(folder) if folder else engine.workspace.certificates)
    if as_json:
        write_json({"batch": batch_id, "files": [str(file) for file in files], "statement": issued.statement})
        return
    say(f"Certificate {issued.certificate_id}:")
    for file in files:
        say(f"    {file}")

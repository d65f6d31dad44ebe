"""`retention certificate`: the signed statement of a batch, a page to read, and a proof of its end."""

from pathlib import Path

import click

from retention.commands.rendering import say, tell, write_json
from retention.commands.session import Session, pass_session
from retention.errors import InvalidInputError
from retention.services.certifying import expire_backups, issue_certificate, save_certificate


@click.command("certificate")
@click.argument("batch_id", metavar="BATCH")
@click.option("--provisional", is_flag=True, help="Certify what lies in quarantine, before anything is destroyed.")
@click.option(
    "--backups-expired",
    is_flag=True,
    help="State in your own name that the backups are gone too; then issue it again.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False),
    help="Where to; default: the workspace's certificates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(
    session: Session, *, batch_id: str, provisional: bool, backups_expired: bool, folder: str | None, as_json: bool
) -> None:
    """Issue the certificate of destruction of a closed batch: signed JSON, a PDF to file, and a proof.

    Issued again, beside the earlier one, when the batch has come further: provisional, final, backups expired. Refused
    (exit code 6) while an item has no final outcome or a copy is expected to be left, and (exit code 5) when the sums
    do not come out.
    """
    if provisional and backups_expired:
        raise InvalidInputError(
            what="--provisional and --backups-expired contradict each other",
            not_done="No certificate was issued.",
            next_step="Backups expire after the batch is closed; leave one of the two out.",
        )
    with session.engine() as engine:
        person, days = session.acting_person(engine), engine.settings.backup_days
        with engine.log() as log:
            if backups_expired:
                issued = expire_backups(engine.catalogue, log, batch_id, person=person, at=engine.now, backup_days=days)
            else:
                issued = issue_certificate(
                    engine.catalogue,
                    log,
                    batch_id,
                    person=person,
                    at=engine.now,
                    backup_days=days,
                    is_provisional=provisional,
                )
        files = save_certificate(issued, Path(folder) if folder else engine.workspace.certificates)
    if as_json:
        write_json({"batch": batch_id, "files": [str(file) for file in files], "statement": issued.statement})
    else:
        say(f"Certificate {issued.certificate_id}: {issued.facts['status']}")
        for file in files:
            say(f"    {file}")
    if not any(file.suffix == ".pdf" for file in files):
        tell("No PDF was made: the package typst is not installed. The signed statement is the certificate.")

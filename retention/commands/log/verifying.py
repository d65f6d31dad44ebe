"""`retention log verify`, `verifier`: whether the log is whole, and the tool for others to see it."""

from pathlib import Path

import click

from retention.commands.log.log import command, place_of_log
from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.services.auditing import verify, write_standalone_verifier


@command.command("verify")
@click.option("--key", "keys", multiple=True, metavar="VKEY", help="The log's public key, known from elsewhere.")
@click.option(
    "--seen",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Kept elsewhere: a certificate, checkpoint, printed line or timestamp.",
)
@click.option("--log", "folder", type=click.Path(file_okay=False), help="Another log than the workspace's.")
@click.option("--strict", is_flag=True, help="Leave with exit code 3 when there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def verify_(
    session: Session, *, keys: tuple[str, ...], seen: str | None, folder: str | None, strict: bool, as_json: bool
) -> int:
    """Check every byte of the log; exit code 5 and the first broken entry when anything was changed."""
    report = verify(place_of_log(session, folder), keys=keys, seen=None if seen is None else Path(seen))
    if as_json:
        write_json(report.to_mapping())
    else:
        say(report.to_text())
    return report.strict_exit_code() if strict else report.exit_code


@command.command("verifier")
@click.argument("file", type=click.Path(dir_okay=False))
def verifier(*, file: str) -> None:
    """Write the verifier as one file, which checks a log with nothing but Python: for an auditor's stick.

    `python3 verify.pyz verify DIR --key VKEY` then needs neither this program nor its database.
    """
    digest = write_standalone_verifier(file)
    say(f"{file}: written. Its SHA-256, to be published where auditors will look: {digest}")

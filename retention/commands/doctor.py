"""`retention doctor`: is this installation, and this workspace, fit to be relied on?"""

import click

from retention.assembly import Engine
from retention.clock import SystemClock
from retention.commands.rendering import say, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.errors import ExitCode, NotAWorkspaceError
from retention.services.checking import check_installation, check_workspace
from retention.services.workspace import find_workspace


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(session: Session, *, as_json: bool) -> int:
    """Check this installation, and the workspace if there is one; leaves with 1 when something is wrong."""
    findings = list(check_installation())
    try:
        with Engine(find_workspace(session.workspace or "."), clock=SystemClock()) as engine:
            findings += check_workspace(engine.workspace, engine.catalogue, at=engine.now)
    except NotAWorkspaceError as error:
        if session.workspace is not None:
            raise
        say(str(error))
    is_well = all(one.is_well for one in findings)
    if as_json:
        write_json(
            {
                "is_well": is_well,
                "findings": [{"subject": one.subject, "is_well": one.is_well, "words": one.words} for one in findings],
            }
        )
    else:
        rows = [(one.subject, "well" if one.is_well else "WRONG", one.words) for one in findings]
        write_table("Check", ("Subject", "State", "Finding"), rows)
    return ExitCode.DONE if is_well else ExitCode.ERROR

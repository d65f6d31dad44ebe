"""`retention log`: the destruction log. Each module beside this one adds its own commands."""

from pathlib import Path

import click

from retention.commands.session import Session
from retention.services.workspace import find_workspace


@click.group("log")
def command() -> None:
    """Verify, show, export and keep the destruction log; what only reads needs no key."""


def place_of_log(session: Session, folder: str | None) -> Path:
    """Return the log in `folder`, or the workspace's own."""
    return Path(folder) if folder else find_workspace(session.workspace or ".").log

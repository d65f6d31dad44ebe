"""`retention db`: the catalogue's tables."""

import click

from retention.assembly import Engine
from retention.clock import SystemClock
from retention.commands.rendering import say
from retention.commands.session import Session, pass_session
from retention.services.upkeep import check_catalogue, upgrade_catalogue
from retention.services.workspace import find_workspace


@click.group("db")
def command() -> None:
    """Check and upgrade the catalogue."""


@command.command("check")
@pass_session
def check(session: Session) -> None:
    """Say whether the catalogue fits this version of the program."""
    with Engine(find_workspace(session.workspace or "."), clock=SystemClock()) as engine:
        say(check_catalogue(engine.catalogue))


@command.command("upgrade")
@pass_session
def upgrade(session: Session) -> None:
    """Bring the catalogue's tables up to this version; make a backup of the file first."""
    with Engine(find_workspace(session.workspace or "."), clock=SystemClock()) as engine:
        say(upgrade_catalogue(engine.catalogue))

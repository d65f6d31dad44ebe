"""`retention init`: make a workspace."""

from pathlib import Path

import click

from retention.clock import SystemClock
from retention.commands.rendering import say, write_json
from retention.errors import InvalidInputError
from retention.services.creating import Creation, create_workspace


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option(
    "--origin", default="records.example/destruction", show_default=True, help="The name the log signs under."
)
@click.option("--grace-days", default=30, show_default=True, type=click.IntRange(0, 36_500), help="Days in quarantine.")
@click.option(
    "--continues",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The checkpoint of an older log that nobody can write any more, to be held by the first entry of the new one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, folder: str, origin: str, grace_days: int, continues: str | None, as_json: bool) -> None:
    """Make DIR (default: this folder) a workspace. Running it again harms nothing.

    Makes retention.toml, the catalogue, the destruction log with its signing key, and publishes the shipped
    schedule. Prints the words of the signing key, and once only the recovery key.
    """
    if not folder:
        raise InvalidInputError(
            what="the name of the folder is empty",
            not_done="Nothing was made.",
            next_step="Name a folder, or give no word at all for the current one.",
        )
    creation = create_workspace(
        Path(folder),
        origin=origin,
        grace_days=grace_days,
        at=SystemClock().now(),
        continues=None if continues is None else Path(continues),
    )
    if as_json:
        write_json(
            {
                "workspace": str(creation.workspace.folder),
                "made": list(creation.made),
                "key_words": list(creation.key_words),
                "schedule_version": creation.schedule_version,
                "recovery_key": creation.recovery_key,
            }
        )
        return
    _print(creation)


def _print(creation: Creation) -> None:
    made = ", ".join(creation.made) or "nothing: it was complete"
    say(f"Workspace {creation.workspace.folder}")
    say(f"Made: {made}.")
    say(f"Schedule in force: {creation.schedule_version} (a template: adopt your own before you rely on it).")
    say("The destruction log signs with the key of these words; publish them where auditors will look:")
    say("    " + " ".join(creation.key_words))
    if creation.recovery_key is not None:
        say("Recovery key, shown this once and kept nowhere. Print it and seal it up for the SIRO:")
        say("    " + creation.recovery_key)
    say("Next: retention users add ID --name NAME --role records_manager --os-user ACCOUNT")

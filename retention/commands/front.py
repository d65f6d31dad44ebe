"""The group of all commands, and the one place where errors become messages and exit codes."""

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from tempfile import NamedTemporaryFile

import click

from retention import __version__
from retention.commands import COMMANDS
from retention.errors import ExitCode, RetentionError

INTERRUPTED = "Interrupted. What was finished is kept; run the same command again to go on."
EPILOG = """Exit codes: 0 done, 1 error, 2 usage, 3 finished but some items were skipped or failed,
4 nothing to do (with --fail-if-empty), 5 integrity check failed, 6 refused by policy."""


class LazyGroup(click.Group):
    """Loads `retention.commands.NAME` when NAME is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command called `cmd_name`, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"retention.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="retention", message="%(prog)s %(version)s")
@click.option(
    "--workspace",
    metavar="DIR",
    envvar="RETENTION_WORKSPACE",
    help="The workspace to use; otherwise the one around the current folder.",
)
@click.option("--as", "person", metavar="PERSON", envvar="RETENTION_AS", help="Act as this registered person.")
@click.option(
    "--password-file",
    metavar="FILE",
    envvar="RETENTION_PASSWORD_FILE",
    type=click.Path(),
    help="Where the password of --as is; otherwise it is asked for.",
)
@click.option("--no-input", is_flag=True, envvar="RETENTION_NO_INPUT", help="Never ask anything.")
@click.pass_context
def retention(
    context: click.Context,
    workspace: str | None,
    person: str | None,
    password_file: str | None,
    no_input: bool,  # noqa: FBT001  # click passes options by name
) -> None:
    """Find, review and dispose of records, with a destruction log that anybody can check."""
    from retention.commands.session import Session  # noqa: PLC0415  # brings the database, which help does not need

    context.obj = Session(
        workspace=workspace,
        person=person,
        password_file=password_file,
        may_ask=not no_input and sys.stdin.isatty(),
    )


def run(words: Sequence[str]) -> int:
    """Run `words`; whatever goes wrong becomes one plain message and a documented exit code."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        result = retention.main(list(words), prog_name="retention", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  # the face renders what nobody foresaw
        return _rendered(error)
    except KeyboardInterrupt:
        return _say(INTERRUPTED, ExitCode.ERROR)
    return result if isinstance(result, int) else ExitCode.DONE


def _rendered(error: Exception) -> int:
    match error:
        case click.exceptions.Exit():
            code = error.exit_code
        case click.ClickException():
            error.show()
            code = ExitCode.USAGE
        case click.Abort():
            code = _say(INTERRUPTED, ExitCode.ERROR)
        case RetentionError():
            code = _say(str(error), error.exit_code)
        case BrokenPipeError():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nobody to tell
            code = ExitCode.ERROR
        case _:
            code = _unforeseen(error)
    return int(code)


def _say(words: str, code: ExitCode) -> int:
    click.echo(f"retention: {words}", err=True)
    return int(code)


def _unforeseen(error: Exception) -> int:
    """Keep the trace for whoever mends it, and tell the user in plain words."""
    trace = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
    try:
        with NamedTemporaryFile(prefix="retention-trace-", suffix=".txt", delete=False) as file:
            file.write(trace)
        kept = f"The details are in {file.name}."
    except OSError:
        kept = "The details could not be written down."
    words = f"something went wrong that nobody foresaw ({type(error).__name__}). "
    return _say(
        words + f"What was finished is kept; nothing else was done. {kept} Please report them.",
        ExitCode.ERROR,
    )

"""The group of all commands, and the one place where errors become messages and exit codes."""

import errno
import importlib
import logging
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from tempfile import NamedTemporaryFile

import click

from retention import __version__
from retention.commands import COMMANDS, INTERRUPTED
from retention.commands.streams import can_print
from retention.domain.naming import shown
from retention.errors import DiskFullError, ExitCode, RetentionError

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
    if workspace == "":  # an unset variable of a script must not choose another workspace
        raise click.UsageError("--workspace is empty: name the workspace's folder. Nothing was read or changed.")
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
        case OSError() if not can_print():
            code = ExitCode.ERROR  # the end of the program says that not all was printed, if anybody is there
        case OSError():
            code = _say(str(_refused_by_the_system(error)), ExitCode.ERROR)
        case _:
            code = _unforeseen(error)
    return int(code)


def _say(words: str, code: ExitCode) -> int:
    # names of files stand in many messages, and a name must not be able to steer the terminal
    lines = "\n".join(map(shown, words.split("\n")))
    with suppress(OSError):  # nobody reads the errors: the exit code still tells
        click.echo(f"retention: {lines}", err=True)
    return int(code)


def _refused_by_the_system(error: OSError) -> RetentionError:
    place = "" if error.filename is None else f" at {error.filename!r}"
    kept = "What was finished is kept; nothing else was done."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFullError(
            what=f"no room is left{place}: {error.strerror}",
            not_done=kept,
            next_step="Make room, then run the same command again.",
        )
    return RetentionError(
        what=f"the system refused a step{place}: {error.strerror or error}",
        not_done=kept,
        next_step="Mend the cause, then run the same command again.",
    )


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

"""`retention log anchor`, `print` and `witness`: outside eyes on the log, and being such eyes for another."""

import sys
from pathlib import Path

import click

from retention.clock import SystemClock
from retention.commands.log.log import command
from retention.commands.rendering import say, tell, write_json
from retention.commands.session import Session, pass_session
from retention.errors import ExitCode
from retention.services.collecting_anchors import AnchorReport, collect_anchors, keep_copy
from retention.services.printing_checkpoints import print_checkpoint
from retention.services.witnessing import make_witness, serving, sign_requests, trust_log

DEFAULT_PORT = 8713


@command.command("anchor")
@click.option("--kept", metavar="LINE", help="Say that you keep a copy: its line, a number and twelve words.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def anchor(session: Session, *, kept: str | None, as_json: bool) -> int:
    """Show the log to the witnesses and the timestamping authority of retention.toml, and keep their word.

    Leaves with 3 when one of them could not be asked or has not answered yet, and with 5 when one of them knows
    another history of this log, or a longer log. Nobody is asked whom the settings do not name.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        with engine.log() as log:
            if kept is not None:
                size = keep_copy(log, engine.workspace, kept, person=person, at=engine.now)
                say(f"On record: {person.person_id} keeps a copy of the checkpoint at {size} entries.")
                return ExitCode.DONE
            report = collect_anchors(log, engine.workspace, engine.settings, by=person.person_id, at=engine.now)
    return _print_report(report, as_json=as_json)


def _print_report(report: AnchorReport, *, as_json: bool) -> int:
    if as_json:
        write_json(
            {
                "size": report.size,
                "words": list(report.words),
                "purge_needs": str(report.requirement),
                "received": list(report.received),
                "waiting": list(report.waiting),
                "troubles": list(report.troubles),
            }
        )
    else:
        say(f"{report.size} entries; their root in twelve words:")
        say("    " + " ".join(report.words))
        for words in (*report.received, *report.waiting):
            say(words)
        if not (report.received or report.waiting or report.troubles):
            say("Nothing was to be asked: everybody named has seen it all, or nobody is named in [anchoring].")
        for trouble in report.troubles:
            tell(trouble)
    return ExitCode.SOME_SKIPPED if report.waiting or report.troubles else ExitCode.DONE


@command.command("print")
@click.option("--pdf", metavar="FILE", type=click.Path(dir_okay=False), help="One page with a QR code instead.")
@pass_session
def print_(session: Session, *, pdf: str | None) -> None:
    """Print the log's checkpoint for the minutes: how long it is, its root in twelve words, and the date.

    Whoever keeps the page can have the log compared with it decades later: `retention log verify --seen FILE`.
    """
    with session.engine() as engine:
        text = print_checkpoint(engine.workspace, at=engine.now, pdf=None if pdf is None else Path(pdf))
    say(text.rstrip("\n"))
    if pdf is not None:
        say(f"\n{pdf}: written.")


@command.group("witness")
def witness() -> None:
    """Be a witness for a log: on another machine, or in another person's hands. Needs no workspace.

    A witness keeps the last checkpoint of each log it watches, and cosigns only what provably extends it.
    """


@witness.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option("--name", required=True, metavar="NAME", help="What it signs as, such as audit.example.gov.uk/witness.")
@click.option("--log", "logs", multiple=True, required=True, metavar="VKEY", help="The public key of a log to watch.")
def init(*, folder: str, name: str, logs: tuple[str, ...]) -> None:
    """Make a witness in DIR, with a key of its own, that watches the logs of these keys."""
    vkey = make_witness(Path(folder), name=name, log_keys=logs)
    say("The witness's public key, for the log's policy file:")
    say(f"    witness NAME {vkey}")


@witness.command("trust")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, exists=True))
@click.argument("logs", metavar="VKEY...", nargs=-1, required=True)
def trust(*, folder: str, logs: tuple[str, ...]) -> None:
    """Let the witness in DIR watch further logs, or accept a log's new key after a rotation."""
    for key in trust_log(Path(folder), logs):
        say(key)


@witness.command("sign")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, exists=True))
@click.argument("requests", metavar="REQUEST...", nargs=-1, required=True, type=click.Path(exists=True))
def sign(*, folder: str, requests: tuple[str, ...]) -> int:
    """Let the witness in DIR answer requests: files, or folders in which they lie. Answers are left beside them.

    Leaves with 3 when a request was refused, and with 5 when a log is caught with two histories: both signed
    checkpoints are then printed, and are the proof.
    """
    is_all_signed = True
    for signed in sign_requests(Path(folder), map(Path, requests), at=SystemClock().now()):
        say(f"{signed.request}: {signed.words}")
        is_all_signed = is_all_signed and signed.is_signed
    return ExitCode.DONE if is_all_signed else ExitCode.SOME_SKIPPED


@witness.command("serve")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, exists=True))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; other machines need another.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65_535), help="0: any free one."
)
def serve(*, folder: str, host: str, port: int) -> None:
    """Let the witness in DIR answer on the network (POST /add-checkpoint), until it is interrupted.

    There is no encryption and no login: what comes is signed by the log, and what goes by the witness. Put a
    reverse proxy before it where the network is not your own.
    """
    with serving(Path(folder), host=host, port=port, now=SystemClock().now) as server:
        say(f"Listening on {server.url}")
        sys.stdout.flush()
        server.serve_forever()

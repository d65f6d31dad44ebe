"""`retention log verify`, `rebuild-index`, `verifier`: is the log whole, and does the catalogue agree with it?"""

from pathlib import Path

import click

from retention.commands.log.log import command, place_of_log
from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.errors import ExitCode
from retention.services.auditing import verify, write_standalone_verifier
from retention.services.comparing import Comparison, compare, rebuild


@command.command("verify")
@click.option("--key", "keys", multiple=True, metavar="VKEY", help="The log's public key, known from elsewhere.")
@click.option(
    "--seen",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Kept elsewhere: a certificate, checkpoint, printed line or timestamp.",
)
@click.option(
    "--sidecar",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The folder of names, paths and digests: compare them too, and say which are missing.",
)
@click.option("--log", "folder", type=click.Path(file_okay=False), help="Another log than the workspace's.")
@click.option("--db", "with_catalogue", is_flag=True, help="Compare the workspace's catalogue with it, both ways.")
@click.option("--strict", is_flag=True, help="Leave with exit code 3 when there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def verify_(
    session: Session,
    /,
    *,
    keys: tuple[str, ...],
    with_catalogue: bool,
    strict: bool,
    as_json: bool,
    **places: str | None,
) -> int:
    """Check every byte of the log; exit code 5 and the first broken entry when anything was changed.

    With --db, also when the catalogue differs from it: a batch, a decision, what became of an item, a certificate, or
    whether a hold is in force. What a hold covers, reasons and names are not compared. The log is the authority.
    """
    seen, sidecar = (None if places[name] is None else Path(str(places[name])) for name in ("seen", "sidecar"))
    report = verify(place_of_log(session, places["folder"]), keys=keys, seen=seen, sidecar=sidecar)
    is_compared = with_catalogue and report.exit_code == ExitCode.DONE
    compared = _compared(session, place_of_log(session, places["folder"])) if is_compared else None
    if as_json:
        write_json({**report.to_mapping(), **({"catalogue": _mapping(compared)} if with_catalogue else {})})
    else:
        say(report.to_text())
        if with_catalogue:
            _say_compared(compared)
    if compared is not None and compared.differences:
        return ExitCode.INTEGRITY
    return report.strict_exit_code() if strict else report.exit_code


def _compared(session: Session, log: Path) -> Comparison:
    with session.engine() as engine:
        return compare(engine.catalogue, log)


def _mapping(compared: Comparison | None) -> dict[str, object] | None:
    if compared is None:
        return None
    differences = [
        {"thing": each.thing, "words": each.words, "can_be_rebuilt": each.can_be_rebuilt}
        for each in compared.differences
    ]
    return {"differences": differences, "waiting": compared.waiting}


def _say_compared(compared: Comparison | None) -> None:
    if compared is None:
        say("catalogue: not compared, for the log does not hold")
        return
    for each in compared.differences:
        say(f"catalogue: {each.in_words()}")
    if not compared.differences:
        say("catalogue: it agrees with the log")
    if compared.waiting:
        say(f"catalogue: {compared.waiting} entries wait; the next command that opens the log tells it of them")


@command.command("rebuild-index")
@click.option("--write", "is_asked", is_flag=True, help="Do it; without this it is only said what would be done.")
@pass_session
def rebuild_index(session: Session, *, is_asked: bool) -> int:
    """Put the catalogue right where it differs from the log, as far as the log knows. For administrators.

    That is: decisions, where each batch stands, and what became of each item. The log does not list the files of a
    batch, and holds neither certificates nor the words of a hold: what lacks those is named and stays as it is (exit
    code 3). The log records that this was done.
    """
    with session.engine() as engine:
        if not is_asked:
            found = compare(engine.catalogue, engine.workspace.log).differences
            for each in found:
                say(f"{'would be put right' if each.can_be_rebuilt else 'stays'}: {each.in_words()}")
            say("Nothing was changed." if found else "The catalogue agrees with the log.")
            return ExitCode.DONE
        person = session.acting_person(engine)
        with engine.log() as log:
            done = rebuild(engine.catalogue, log, engine.workspace.log, person=person, at=engine.now)
    for each in done.restated:
        say(f"put right: {each.in_words()}")
    for each in done.left:
        say(f"stays: {each.in_words()}")
    return ExitCode.SOME_SKIPPED if done.left else ExitCode.DONE


@command.command("verifier")
@click.argument("file", type=click.Path(dir_okay=False))
def verifier(*, file: str) -> None:
    """Write the verifier as one file, which checks a log with nothing but Python: for an auditor's stick.

    `python3 verify.pyz verify DIR --key VKEY` then needs neither this program nor its database.
    """
    digest = write_standalone_verifier(file)
    say(f"{file}: written. Its SHA-256, to be published where auditors will look: {digest}")

"""`retention log keys`, `rotate`, `recover`, `compromised`: the keys that sign the destruction log."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from retention.commands.log.log import command, place_of_log
from retention.commands.rendering import say, tell, write_json
from retention.commands.session import Session, pass_session
from retention.errors import InvalidInputError
from retention.services.log_keys import Changed, KeyEpoch, list_epochs, recover_keys, report_compromise, rotate_keys

COPIES = (
    "The old private keys were written over and removed here. Backups and snapshots of the key folder, and what flash "
    "disks keep, still hold them: have those destroyed too."
)
_LONGEST_KEY = 4096
PUBLISH = "Publish the new words and keys where auditors will look: the policy document, the intranet."


@command.command("keys")
@click.option("--log", "folder", type=click.Path(file_okay=False), help="Another log than the workspace's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def keys(session: Session, *, folder: str | None, as_json: bool) -> None:
    """List the keys that sign the log, and those that did: since when, on whose word, and their twelve words.

    This reads what the log says of itself; `retention log verify` says whether it is true.
    """
    epochs = list_epochs(place_of_log(session, folder))
    if as_json:
        write_json({"epochs": [_mapping(epoch) for epoch in epochs]})
        return
    for epoch in epochs:
        until = "" if epoch.until is None else f" until {epoch.until:%Y-%m-%d %H:%M}"
        say(f"Epoch {epoch.number}, {epoch.state}, since {epoch.since:%Y-%m-%d %H:%M}{until} (UTC)")
        if epoch.compromised_since is not None:
            say(f"    in other hands since {epoch.compromised_since:%Y-%m-%d %H:%M} (UTC), as was reported")
        say(f"    {epoch.vouched_by}, entry {epoch.first_entry}")
        say("    " + " ".join(epoch.words))


@command.command("rotate")
@pass_session
def rotate(session: Session) -> None:
    """Replace the keys by new ones and destroy the old private keys. For administrators.

    A key that is stolen later cannot rewrite what earlier keys have signed. When it is stopped half-way, the next
    command that opens the log completes or undoes it.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        with engine.log() as log:
            changed = rotate_keys(log, person=person, at=engine.now)
    _say_changed(changed)


@command.command("recover")
@click.option("--recovery-key-file", metavar="FILE", type=click.Path(dir_okay=False), help="Where it is; - is stdin.")
@pass_session
def recover(session: Session, *, recovery_key_file: str | None) -> None:
    """Give the log new keys when its own are lost, on the word of the recovery key. For administrators.

    The recovery key was shown once, by `retention init`, and lies in the sealed envelope. Private keys that are still
    here are destroyed. Without it the log is frozen: keep its workspace as it is, and make a new one with
    `retention init DIR --continues OLD/log/checkpoint`, whose log then holds the last checkpoint of the old one.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        secret = _recovery_key(session, recovery_key_file)
        changed = recover_keys(engine.workspace, secret, person=person, at=engine.now)
    _say_changed(changed)


@command.command("compromised")
@click.option("--epoch", type=int, required=True, help="Whose keys; see retention log keys.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    required=True,
    help="When they were lost, at the earliest, in UTC.",
)
@click.option("--recovery-key-file", metavar="FILE", type=click.Path(dir_okay=False), help="Where it is; - is stdin.")
@pass_session
def compromised(session: Session, *, epoch: int, since: datetime, recovery_key_file: str | None) -> None:
    """Record that others may have held private keys, and replace the present ones. For records managers.

    What those keys signed counts from now on only as far as somebody outside had seen the log before that moment: a
    witness, a timestamp, a certificate that was kept. Where nobody had, the log fails verification from there on, for
    good. The recovery key is needed.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        changed = report_compromise(
            engine.workspace,
            epoch=epoch,
            since=since.replace(tzinfo=UTC),
            recovery_key=_recovery_key(session, recovery_key_file),
            person=person,
            at=engine.now,
        )
    _say_changed(changed)
    tell(f"Epoch {epoch} is on record as in other hands since {since:%Y-%m-%d %H:%M} (UTC).")


def _recovery_key(session: Session, file: str | None) -> str:
    if file is None and session.may_ask:
        return str(click.prompt("Recovery key", hide_input=True, err=True)).strip()
    if file is None:
        raise InvalidInputError(
            what="the recovery key is needed, and nothing may be asked here",
            not_done="No key was changed and nothing was written.",
            next_step="Give it with --recovery-key-file, and remove that file afterwards.",
        )
    try:
        text = sys.stdin.read(_LONGEST_KEY) if file == "-" else _beginning_of(Path(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            what=f"the recovery key cannot be read from {file}",
            not_done="No key was changed and nothing was written.",
            next_step="Give a text file that only you can read, with the line that begins with PRIVATE+KEY+.",
        ) from error
    return text.strip()


def _beginning_of(file: Path) -> str:
    """Read as much of a file as a key could need, whatever was named by mistake."""
    with file.open("rb") as opened:
        return opened.read(_LONGEST_KEY).decode("ascii")


def _say_changed(changed: Changed) -> None:
    epoch = changed.epoch
    say(f"Epoch {epoch.number} signs now; its keys in words:")
    say("    " + " ".join(epoch.words))
    say(PUBLISH)
    if changed.destroyed_epochs:
        tell(COPIES)


def _mapping(epoch: KeyEpoch) -> dict[str, object]:
    return {
        "epoch": epoch.number,
        "state": epoch.state,
        "since": _instant(epoch.since),
        "until": None if epoch.until is None else _instant(epoch.until),
        "first_entry": epoch.first_entry,
        "vouched_by": epoch.vouched_by,
        "compromised_since": None if epoch.compromised_since is None else _instant(epoch.compromised_since),
        "words": list(epoch.words),
        "vkeys": list(epoch.vkeys),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

"""Making a workspace. Every step is skipped when it was done before, so running it twice harms nothing."""

import errno
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from disposal_log import DisposalLog, EntryType, LogError, LogLockedError
from disposal_log.files.layout import read_small
from disposal_log.formats.checkpoints import claimed_checkpoint
from retention.errors import DiskFullError, InvalidInputError, LogDamagedError, LogUnavailableError, RetentionError
from retention.services import recording
from retention.services.log_access import open_log, our_errors, system_trouble
from retention.services.workspace import SETTINGS_TEMPLATE, Workspace
from retention.store import schedules
from retention.store.catalogue import Catalogue, catalogue_url, sqlite_url
from retention.store.upgrading import create_or_upgrade
from rules import shipped_schedule, shipped_schedule_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What `create_workspace` made; `recovery_key` is shown this once and kept nowhere."""

    workspace: Workspace
    made: tuple[str, ...]
    recovery_key: str | None
    key_words: tuple[str, ...]
    schedule_version: str


def create_workspace(
    folder: Path, *, origin: str, grace_days: int, at: datetime, continues: Path | None = None
) -> Creation:
    """Make `folder` a workspace: settings, catalogue, destruction log with its keys, shipped schedule.

    `continues` is the last checkpoint of a log whose keys and recovery key are all lost: the new log holds it.

    Raises:
        InvalidInputError: `folder` is a file or cannot be made, `origin` cannot name a log, or `continues` is no
            checkpoint.
        DiskFullError: There is no room; run it again when there is.
        CatalogueDamagedError: A catalogue is there and broken.
        LogDamagedError: A log is there and broken, or was there and is gone.
        LogUnavailableError: The making of the log was cut short; its remains must be moved away first.
    """
    workspace = Workspace(folder.absolute())
    sqlite_url(workspace.catalogue_file)  # refuses a name of the folder before anything is made in it
    made: list[str] = []
    _check_origin(origin)
    frozen = None if continues is None else _checkpoint_in(continues)
    _make_folders(workspace, made)
    _write_settings(workspace, origin, grace_days, made)
    settings = workspace.settings()
    with Catalogue(catalogue_url(settings.catalogue_url, beside=workspace.catalogue_file)) as catalogue:
        create_or_upgrade(catalogue)
        recovery_key = _make_log(workspace, settings.origin, at, made, frozen, had_one=_has_schedule(catalogue))
        version = _publish_shipped(catalogue, at, made)
        with open_log(workspace, at=at) as log:
            recording.deliver(catalogue, log)
            words = tuple(log.fingerprint_words)
    return Creation(
        workspace=workspace,
        made=tuple(made),
        recovery_key=recovery_key,
        key_words=words,
        schedule_version=version,
    )


def _make_folders(workspace: Workspace, made: list[str]) -> None:
    try:
        if not workspace.folder.exists():
            made.append("folder")
        workspace.folder.mkdir(parents=True, exist_ok=True)
        workspace.certificates.mkdir(exist_ok=True)
    except OSError as error:
        raise _cannot_write(workspace.folder, error) from error


def _check_origin(origin: str) -> None:
    if "+" in origin or not origin.isprintable() or not origin.strip() or any(map(str.isspace, origin)):
        raise InvalidInputError(
            what=f"{origin!r} cannot be the name the log signs under",
            not_done="Nothing was made.",
            next_step="Write it like an address, without spaces and plus signs: council.example/destruction",
        )


def _write_settings(workspace: Workspace, origin: str, grace_days: int, made: list[str]) -> None:
    text = SETTINGS_TEMPLATE.format(origin=json.dumps(origin, ensure_ascii=False), grace_days=grace_days)
    try:
        # an empty one is what a full disk or a kill leaves behind; it would silently mean other settings
        if workspace.settings_file.exists() and workspace.settings_file.stat().st_size:
            return
        workspace.settings_file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(workspace.settings_file, error) from error
    made.append("settings")


def _cannot_write(place: Path, error: OSError) -> RetentionError:
    kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else InvalidInputError
    return kind(
        what=f"{place} could not be written: {error.strerror}",
        not_done="The workspace is not complete yet; nothing that was there was changed.",
        next_step="Make room or name a folder this account may write to, then run `retention init` again.",
    )


def _has_schedule(catalogue: Catalogue) -> bool:
    with catalogue.reading() as tx:
        return bool(schedules.versions(tx))


def _checkpoint_in(file: Path) -> bytes:
    try:
        note = read_small(file)
        claimed_checkpoint(note)
    except (OSError, LogError) as error:
        raise InvalidInputError(
            what=f"{file} holds no checkpoint of a log: {error}",
            not_done="Nothing was made.",
            next_step="Give the file `checkpoint` out of the folder of the log that is to be continued.",
        ) from error
    return note


def _make_log(
    workspace: Workspace, origin: str, at: datetime, made: list[str], frozen: bytes | None, *, had_one: bool
) -> str | None:
    # the schedule is published after the log was made, so a catalogue with one has told a log of it
    if workspace.log.exists():
        if not had_one and _records_nothing(workspace.log):
            _check_finished(workspace, at)
        return None
    if had_one:
        raise LogDamagedError(
            what=f"the destruction log {workspace.log} is gone, although the catalogue has told it of things",
            not_done="No new log was made in its place: it would hide that one is missing.",
            next_step="Restore the folder from a backup.",
        )
    with our_errors(), system_trouble(workspace):
        created = DisposalLog.create(
            workspace.log,
            keys_directory=workspace.keys,
            sidecar_directory=workspace.sidecar,
            origin=origin,
            at=at,
            continues=frozen,
        )
    created.log.close()
    made.append("destruction log")
    return created.recovery_key


def _records_nothing(log: Path) -> bool:
    """Tell whether the making of the log was cut short: unsigned, and no entry after the opening one."""
    try:
        if (log / "checkpoint").exists():
            return False
        if not (log / "entries").is_dir():
            return True
        return sum(file.read_bytes().count(b"\n") for file in (log / "entries").iterdir()) <= 1
    except OSError:
        return False


def _check_finished(workspace: Workspace, at: datetime) -> None:
    with our_errors():
        try:
            DisposalLog.open(
                workspace.log, keys_directory=workspace.keys, sidecar_directory=workspace.sidecar, at=at
            ).close()
        except LogLockedError:
            raise  # somebody else is making it at this moment
        except LogError as error:
            raise LogUnavailableError(
                what=f"making the destruction log {workspace.log} was cut short before anything was recorded in it",
                not_done="Nothing was made in its place.",
                next_step=f"Move {workspace.log}, {workspace.keys} and {workspace.sidecar} away, "
                "then run `retention init` again.",
            ) from error


def _publish_shipped(catalogue: Catalogue, at: datetime, made: list[str]) -> str:
    schedule = shipped_schedule()
    with catalogue.transaction() as tx:
        if published := schedules.versions(tx):
            return published[-1]
        schedules.publish(tx, shipped_schedule_text(), schedule.schedule_version, at)
        body = {"schedule": schedule.schedule_version, "classes": len(schedule.classes)}
        recording.note(tx, recording.drafted(EntryType.POLICY_SET, at=at, actor=None, body=body))
    made.append("schedule")
    return schedule.schedule_version

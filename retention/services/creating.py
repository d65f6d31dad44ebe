"""Making a workspace. Every step is skipped when it was done before, so running it twice harms nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from disposal_log import DisposalLog, EntryType
from retention.errors import InvalidInputError
from retention.services import recording
from retention.services.log_access import open_log, our_errors
from retention.services.workspace import SETTINGS_TEMPLATE, Workspace
from retention.store import schedules
from retention.store.catalogue import Catalogue, sqlite_url
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


def create_workspace(folder: Path, *, origin: str, grace_days: int, at: datetime) -> Creation:
    """Make `folder` a workspace: settings, catalogue, destruction log with its keys, shipped schedule.

    Raises:
        InvalidInputError: `folder` is a file or cannot be made.
        CatalogueDamagedError: A catalogue is there and broken.
        LogDamagedError: A log is there and broken.
    """
    workspace = Workspace(folder.absolute())
    made: list[str] = []
    _make_folders(workspace, made)
    if not workspace.settings_file.exists():
        workspace.settings_file.write_text(
            SETTINGS_TEMPLATE.format(origin=origin, grace_days=grace_days), encoding="utf-8"
        )
        made.append("settings")
    settings = workspace.settings()
    with Catalogue(settings.catalogue_url or sqlite_url(workspace.catalogue_file)) as catalogue:
        create_or_upgrade(catalogue)
        recovery_key = _make_log(workspace, settings.origin, at, made)
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
        raise InvalidInputError(
            what=f"{workspace.folder} cannot be made a workspace: {error.strerror}",
            not_done="Nothing was made there.",
            next_step="Name a folder this account may write to.",
        ) from error


def _make_log(workspace: Workspace, origin: str, at: datetime, made: list[str]) -> str | None:
    if workspace.log.exists():
        return None
    with our_errors():
        created = DisposalLog.create(
            workspace.log,
            keys_directory=workspace.keys,
            sidecar_directory=workspace.sidecar,
            origin=origin,
            at=at,
        )
    created.log.close()
    made.append("destruction log")
    return created.recovery_key


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

"""The keys of the destruction log: which there are, when they are due for a change, and changing them.

Changing keys is looking after the machine, so it is the administrator's: they see no key, and approve and destroy
nothing. That a key was in other hands is a statement about the evidence, so it is the records manager's. Both stand
in the log by name. The recovery key lies in a sealed envelope with neither of them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from disposal_log import DisposalLog, KeyInvalidError, fingerprint_words
from disposal_log.files.reading import LogReader
from disposal_log.formats.entries import Actor
from disposal_log.formats.epochs import Authority, Epoch
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError
from retention.services.log_access import our_errors, system_trouble
from retention.services.workspace import Settings, Workspace

_VOUCHED_BY = {
    Authority.OPENING: "named when the log was opened",
    Authority.LOG_KEY: "vouched for by the keys before",
    Authority.RECOVERY_KEY: "vouched for by the recovery key",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEpoch:
    """One set of keys, as people are told of it."""

    number: int
    state: str
    since: datetime
    until: datetime | None
    first_entry: int
    vouched_by: str
    compromised_since: datetime | None
    words: tuple[str, ...]
    vkeys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change of keys came to."""

    epoch: KeyEpoch
    destroyed_epochs: tuple[int, ...]


def list_epochs(log: Path) -> tuple[KeyEpoch, ...]:
    """Return all sets of keys of a log, the first one first; needs no key.

    Raises:
        LogDamagedError: The log cannot be read, or tells of keys that cannot be.
        LogUnavailableError: There is no log here.
    """
    with our_errors(), LogReader(log) as reader:
        return _told(reader.key_history().epochs)


def state_of_keys(log: Path, settings: Settings, *, on: date) -> str:
    """Return the current keys in words, and whether they are due for a change; raises as `list_epochs` does."""
    with our_errors(), LogReader(log) as reader:
        current, size = reader.key_history().epochs[-1], reader.size
    state = f"epoch {current.number} signs since {current.since.date()}"
    due = _due_because(current, size, settings, on=on)
    return state if due is None else f"{state}; a change is due: {due}. Run: retention log rotate"


def _due_because(current: Epoch, size: int, settings: Settings, *, on: date) -> str | None:
    days, entries = (on - current.since.date()).days, size - current.named_at
    if days >= settings.rotate_after_days:
        return f"they have signed for {days} days, and {settings.rotate_after_days} are the limit"
    if entries >= settings.rotate_after_entries:
        return f"they have signed {entries} entries, and {settings.rotate_after_entries} are the limit"
    return None


def rotate_keys(log: DisposalLog, *, person: Person, at: datetime) -> Changed:
    """Replace the keys of an open log and destroy the old private ones.

    Raises:
        RefusedByPolicyError: `person` is no administrator.
        LogUnavailableError: It could not be written; opening the log again completes or undoes the change.
    """
    _require(person, Role.ADMINISTRATOR, "changes the keys of the destruction log")
    with our_errors():
        rotated = log.rotate(at=at, by=_actor(person))
        return Changed(epoch=_told(log.epochs())[-1], destroyed_epochs=rotated.destroyed)


def recover_keys(workspace: Workspace, recovery_key: str, *, person: Person, at: datetime) -> Changed:
    """Give a log whose keys are lost new ones, on the word of the recovery key.

    Raises:
        RefusedByPolicyError: `person` is no administrator.
        InvalidInputError: This is not the recovery key of the log.
        KeyMissingError, LogDamagedError, LogUnavailableError: The log cannot be opened or written.
    """
    _require(person, Role.ADMINISTRATOR, "recovers the destruction log")
    before = workspace.keys.exists() and any(workspace.keys.iterdir())
    with _recovered(workspace, recovery_key, person=person, at=at) as log:
        epochs = _told(log.epochs())
    destroyed = (epochs[-1].number - 1,) if before and len(epochs) > 1 else ()
    return Changed(epoch=epochs[-1], destroyed_epochs=destroyed)


def report_compromise(
    workspace: Workspace, *, epoch: int, since: datetime, recovery_key: str, person: Person, at: datetime
) -> Changed:
    """Record that others may have held an epoch's private keys; keys that still sign are replaced first.

    The recovery key is asked for even when those keys are retired: what they signed may count for nothing afterwards,
    and nobody should bring that about alone.

    Raises:
        RefusedByPolicyError: `person` is no records manager.
        InvalidInputError: There is no such epoch, `since` is in the future, or this is not the recovery key.
        KeyMissingError, LogDamagedError, LogUnavailableError: The log cannot be opened or written.
    """
    _require(person, Role.RECORDS_MANAGER, "reports that a key was in other hands")
    if since > at:
        raise _wrong(f"{since.isoformat()} is in the future", "Give when the key was lost at the earliest.")
    numbers = [each.number for each in list_epochs(workspace.log)]
    if epoch not in numbers:
        raise _wrong(f"the log has no epoch {epoch}", f"It has {numbers[0]} to {numbers[-1]}; see retention log keys.")
    with _recovered(workspace, recovery_key, person=person, at=at) as log, our_errors():
        log.declare_compromised(epoch=epoch, since=since, at=at, by=_actor(person))
        return Changed(epoch=_told(log.epochs())[-1], destroyed_epochs=(numbers[-1],))


def _recovered(workspace: Workspace, recovery_key: str, *, person: Person, at: datetime) -> DisposalLog:
    with our_errors(), system_trouble(workspace):
        try:
            return DisposalLog.recover(
                workspace.log,
                keys_directory=workspace.keys,
                sidecar_directory=workspace.sidecar,
                recovery_key=recovery_key,
                at=at,
                by=_actor(person),
            )
        except KeyInvalidError as error:
            raise _wrong(error.reason, "Copy the line that begins with PRIVATE+KEY+ from the envelope.") from error


def _told(epochs: tuple[Epoch, ...]) -> tuple[KeyEpoch, ...]:
    return tuple(
        KeyEpoch(
            number=epoch.number,
            state=_state(epoch),
            since=epoch.since,
            until=epoch.until,
            first_entry=epoch.named_at,
            vouched_by=_VOUCHED_BY[epoch.authority],
            compromised_since=epoch.compromised_since,
            words=fingerprint_words(*map(str, epoch.keys)),
            vkeys=tuple(map(str, epoch.keys)),
        )
        for epoch in epochs
    )


def _state(epoch: Epoch) -> str:
    if epoch.compromised_since is not None:
        return "compromised"
    return "signs" if epoch.retired_at is None else "retired"


def _actor(person: Person) -> Actor:
    return Actor(kind="person", ref=person.person_id)


def _require(person: Person, role: Role, deed: str) -> None:
    if not person.has(role):
        raise RefusedByPolicyError(
            what=f"{person.person_id} is no {str(role).replace('_', ' ')}, and nobody else {deed}",
            not_done="No key was changed and nothing was written.",
            next_step="Ask one, or have the role entered: retention users add",
        )


def _wrong(what: str, next_step: str) -> InvalidInputError:
    return InvalidInputError(what=what, not_done="No key was changed and nothing was written.", next_step=next_step)

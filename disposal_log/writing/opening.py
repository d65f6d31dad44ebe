"""Bringing a log to the point where it can be appended to: made new, or opened and recovered.

Stands between `recovering` and `log`. The lock is taken first and everything is let go of when a step fails.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from disposal_log.errors import KeyMissingError, LogCorruptError, LogExistsError, LogNotFoundError
from disposal_log.files import layout
from disposal_log.files.durable import (
    Reserve,
    WriterLock,
    free_bytes,
    make_directory,
    refuse_network_file_system,
    replace_durably,
)
from disposal_log.files.hashes import HashFiles
from disposal_log.files.segments import SegmentWriter
from disposal_log.files.sidecar import IdIndex, Sidecar
from disposal_log.formats.epochs import FIRST_EPOCH
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import CompactRange
from disposal_log.writing.choosing import Found, find_for_recovery, find_keys, settle
from disposal_log.writing.following import Followers
from disposal_log.writing.keyring import EpochKeys, create_keys, destroy_keys
from disposal_log.writing.mending_values import finish_redactions, seal_old_values
from disposal_log.writing.recovering import (
    CommittedEnd,
    SetAside,
    catch_up_index,
    find_end,
    mend_checkpoint_list,
    set_aside_tail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenParts:
    """Everything an open log holds on to.

    Attributes:
        release: Lets go of lock and files, in the right order.
        origin: The name of the log.
        keys: The keys that sign from here on.
        recovery: The recovery keys, when they are to vouch for new ones before anything else is written.
        is_changing: Whether the keys before `keys` must be retired before anything else is written.
        end: Where the signed log ends.
        note: The newest signed checkpoint; empty before the first.
        set_aside: What recovery moved out of the way.
    """

    directory: Path
    release: ExitStack
    origin: str
    keys_directory: Path
    keys: EpochKeys
    sidecar: Sidecar
    index: IdIndex
    hashes: HashFiles
    followers: Followers
    reserve: Reserve
    writer: SegmentWriter
    end: CommittedEnd
    note: bytes = b""
    set_aside: tuple[SetAside, ...] = ()
    recovery: tuple[SigningKey, ...] = ()
    is_changing: bool = False


def create_parts(
    directory: Path, *, keys_directory: Path, sidecar_directory: Path, origin: str, reserve_bytes: int
) -> OpenParts:
    """Lay out a new log without any entry yet; nothing counts until the first checkpoint is in place.

    Raises:
        LogExistsError: if there is a log or a key already.
        KeyInvalidError: if `origin` cannot name a log.
        NetworkFileSystemError: if the place is not local.
        LogLockedError: if another process is at work there.
    """
    make_directory(directory)
    refuse_network_file_system(directory)
    with ExitStack() as release:
        _take_lock(directory, release)
        for name in (layout.CHECKPOINT_FILE, layout.CHECKPOINT_LIST_FILE, layout.ENTRIES_DIRECTORY):
            if (directory / name).exists():
                raise LogExistsError(path=directory / name)
        keys = create_keys(keys_directory, origin=origin, epoch=FIRST_EPOCH)
        with ExitStack() as on_failure:
            # without a log the new key would only stand in the way of the next attempt
            on_failure.callback(destroy_keys, keys_directory, [FIRST_EPOCH])
            _lay_out(directory, origin, keys)
            sidecar, index = _open_sidecar(sidecar_directory, release)
            index.reset()
            sidecar.be_told()  # of a new log nothing can be missing
            # beside the sidecar and not in the log: the folder of the log is small enough to be handed over
            reserve = Reserve(sidecar_directory / layout.RESERVE_FILE, size_bytes=reserve_bytes)
            reserve.refill()
            on_failure.pop_all()
        hashes = HashFiles(directory / layout.HASHES_DIRECTORY)
        nothing = CommittedEnd(
            tree=CompactRange(),
            first_leaf=b"",
            end_bytes=0,
            last_time=datetime.min.replace(tzinfo=UTC),
        )
        return OpenParts(
            directory=directory,
            release=release.pop_all(),
            origin=origin,
            keys_directory=keys_directory,
            keys=keys,
            sidecar=sidecar,
            index=index,
            hashes=hashes,
            followers=_followers(directory, list_bytes=0, hashes=hashes, index=index),
            reserve=reserve,
            writer=SegmentWriter(directory / layout.ENTRIES_DIRECTORY, size=0, end_bytes=0),
            end=nothing,
        )


def open_parts(
    directory: Path,
    *,
    keys_directory: Path,
    sidecar_directory: Path,
    reserve_bytes: int,
    recovery: SigningKey | None = None,
) -> OpenParts:
    """Open an existing log and set aside what its last checkpoint does not sign.

    With the recovery key it is opened without its keys, for nothing but naming new ones.

    Raises:
        LogNotFoundError: if there is no log.
        LogLockedError: if another process has it open.
        NetworkFileSystemError: if it is not on a local disk.
        KeyMissingError: if its keys are absent, exposed or others.
        KeyInvalidError: if the recovery key is not this log's.
        LogCorruptError: if the entries are not those the checkpoint signs, or the log was rolled back.
        RecoveryFailedError: if the remains of a crash cannot be set aside.
        SidecarError: if the sidecar cannot be used.
    """
    if not directory.is_dir():
        raise LogNotFoundError(directory=directory, missing=directory.name)
    refuse_network_file_system(directory)
    with ExitStack() as release:
        _take_lock(directory, release)
        found = _find(directory, keys_directory, recovery)
        signed, origin = found.signed, layout.read_policy(directory).log_keys[0].name
        if signed.checkpoint.origin != origin:
            raise LogCorruptError(directory=directory, reason="the checkpoint is that of another log")
        hashes = HashFiles(directory / layout.HASHES_DIRECTORY)
        end = find_end(directory, hashes, signed)
        reserve = Reserve(sidecar_directory / layout.RESERVE_FILE, size_bytes=reserve_bytes)
        if free_bytes(directory) < reserve_bytes:
            reserve.release()  # a full disk must not keep the log from recovering
        sidecar, index = _open_sidecar(sidecar_directory, release)
        catch_up_index(directory, index, size=end.tree.size, first_leaf=end.first_leaf)
        is_changing = recovery is None and _settle(directory, keys_directory, found, end)
        list_bytes, moved_lines = mend_checkpoint_list(directory, signed, found.publics)
        moved = set_aside_tail(directory, size=end.tree.size, end_bytes=end.end_bytes)
        sidecar.drop_from(end.tree.size)
        seal_old_values(directory, sidecar, size=end.tree.size)
        finish_redactions(sidecar, index)
        with suppress(FileNotFoundError):  # a crash may leave the next checkpoint unpublished
            (directory / f"{layout.CHECKPOINT_FILE}.tmp").unlink()
        reserve.refill()
        entries = directory / layout.ENTRIES_DIRECTORY
        return OpenParts(
            directory=directory,
            release=release.pop_all(),
            origin=origin,
            keys_directory=keys_directory,
            keys=found.keys,
            sidecar=sidecar,
            index=index,
            hashes=hashes,
            followers=_followers(directory, list_bytes=list_bytes, hashes=hashes, index=index),
            reserve=reserve,
            writer=SegmentWriter(entries, size=end.tree.size, end_bytes=end.end_bytes),
            end=end,
            note=signed.note,
            set_aside=moved_lines + moved,
            recovery=found.recovery,
            is_changing=is_changing,
        )


def _take_lock(directory: Path, release: ExitStack) -> None:
    release.callback(WriterLock(directory).release)


def _lay_out(directory: Path, origin: str, keys: EpochKeys) -> None:
    for name in (layout.HASHES_DIRECTORY, layout.RECOVERY_DIRECTORY, layout.ENTRIES_DIRECTORY):
        (directory / name).mkdir(exist_ok=True)
    replace_durably(directory / layout.CHECKPOINT_LIST_FILE, b"")
    replace_durably(directory / layout.ORIGIN_FILE, f"{origin}\n".encode())
    replace_durably(directory / layout.POLICY_FILE, layout.policy_text(keys.verifiers).encode())


def _find(directory: Path, keys_directory: Path, recovery: SigningKey | None) -> Found:
    if recovery is None:
        return find_keys(directory, keys_directory)
    return find_for_recovery(directory, recovery)


def _settle(directory: Path, keys_directory: Path, found: Found, end: CommittedEnd) -> bool:
    try:
        return settle(directory, keys_directory, found, end.last_entry)
    except OSError as error:
        raise KeyMissingError(path=keys_directory, reason=f"cannot be put in order ({error})") from error


def _open_sidecar(directory: Path, release: ExitStack) -> tuple[Sidecar, IdIndex]:
    make_directory(directory, mode=0o700)
    sidecar = Sidecar(directory)
    release.callback(sidecar.close)
    index = IdIndex(directory)
    release.callback(index.close)
    return sidecar, index


def _followers(directory: Path, *, list_bytes: int, hashes: HashFiles, index: IdIndex) -> Followers:
    return Followers(
        checkpoint_list=directory / layout.CHECKPOINT_LIST_FILE,
        list_bytes=list_bytes,
        hashes=hashes,
        index=index,
    )

"""Opening the destruction log of a workspace, with the log's own errors in our words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import disposal_log
from disposal_log import DisposalLog
from retention.errors import DiskFullError, KeyMissingError, LogDamagedError, LogUnavailableError, RetentionError
from retention.services.workspace import Workspace


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn the log's errors into ours, with their exit codes.

    Raises:
        KeyMissingError: The signing key is not there.
        LogDamagedError: The log is not the one that was signed.
        LogUnavailableError: It is locked, on a network file system, or cannot be written.
    """
    try:
        yield
    except disposal_log.LogError as error:
        raise _translated(error) from error


@contextmanager
def open_log(workspace: Workspace, *, at: datetime) -> Iterator[DisposalLog]:
    """Open the log for writing, as its only writer; raises as `our_errors` does."""
    with our_errors():
        with system_trouble(workspace):
            log = DisposalLog.open(
                workspace.log, keys_directory=workspace.keys, sidecar_directory=workspace.sidecar, at=at
            )
        with log:
            yield log


@contextmanager
def system_trouble(workspace: Workspace) -> Iterator[None]:
    """Turn what the system refuses while the log is made or opened into ours.

    Raises:
        DiskFullError: There is no room.
        LogUnavailableError: A part of the log or its folders cannot be read or made.
    """
    try:
        yield
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise (DiskFullError if is_full else LogUnavailableError)(
            what=f"the destruction log {workspace.log} cannot be opened: {error}",
            not_done="Nothing more was touched on any share.",
            next_step="Make room there and run the same command again."
            if is_full
            else "Mend that, or restore the missing part from a backup, then run the same command again.",
        ) from error


def _translated(error: disposal_log.LogError) -> RetentionError:
    words = str(error)
    match error:
        case disposal_log.SidecarError() if "full" in error.reason or "I/O" in error.reason:
            return DiskFullError(
                what=f"{error.path} could not be written: {error.reason}",
                not_done="Nothing more was touched on any share, and the log itself is whole.",
                next_step="See that the disk has room and is sound, then run the same command again.",
            )
        case disposal_log.KeyMissingError():
            kind: type[RetentionError] = KeyMissingError
        case disposal_log.LogCorruptError():
            kind = LogDamagedError
        case disposal_log.LogNotFoundError() if (error.directory / "entries").is_dir():
            # a log that lost a part is no log that was never made
            kind, words = LogDamagedError, f"{error.missing} of the destruction log {error.directory} is missing"
        case _:
            kind = LogUnavailableError
    return kind(
        what=words,
        not_done="Nothing more was touched on any share.",
        next_step="See `retention log verify` and docs/exit-codes.md.",
    )

"""Opening the destruction log of a workspace, with the log's own errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import disposal_log
from disposal_log import DisposalLog
from retention.errors import KeyMissingError, LogDamagedError, LogUnavailableError, RetentionError
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
    with (
        our_errors(),
        DisposalLog.open(
            workspace.log, keys_directory=workspace.keys, sidecar_directory=workspace.sidecar, at=at
        ) as log,
    ):
        yield log


def _translated(error: disposal_log.LogError) -> RetentionError:
    words = str(error)
    match error:
        case disposal_log.KeyMissingError():
            kind: type[RetentionError] = KeyMissingError
        case disposal_log.LogCorruptError():
            kind = LogDamagedError
        case _:
            kind = LogUnavailableError
    return kind(
        what=words,
        not_done="Nothing more was touched on any share.",
        next_step="See `retention log verify` and docs/exit-codes.md.",
    )

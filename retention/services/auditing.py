"""Verifying and showing the destruction log, from its files alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from disposal_log import LogReader, VerificationReport, verify_log
from retention.services.log_access import our_errors


def verify(log: Path, *, keys: Sequence[str] = ()) -> VerificationReport:
    """Check the whole log; `keys` are public keys known from elsewhere. Never raises for a broken log."""
    return verify_log(log, trusted_keys=tuple(keys))


def show_entries(log: Path, *, batch_id: str | None = None) -> Iterator[str]:
    """Yield the entries' exact lines, of one batch if asked.

    Raises:
        LogUnavailableError: There is no log.
        LogDamagedError: It is not the one that was signed.
    """
    with our_errors():
        reader = LogReader(log)
        for stored in reader.entries():
            if batch_id is None or stored.entry.get("batch") == batch_id:
                yield stored.raw.decode("utf-8")

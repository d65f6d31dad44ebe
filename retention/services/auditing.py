"""Verifying the destruction log, from its files alone."""

from collections.abc import Sequence
from pathlib import Path

from disposal_log import VerificationReport, write_verifier
from disposal_log.bundling.checking import verify_anything
from disposal_log.formats.certificates import MAX_ENVELOPE_BYTES
from retention.errors import InvalidInputError


def verify(
    log: Path, *, keys: Sequence[str] = (), seen: Path | None = None, sidecar: Path | None = None
) -> VerificationReport:
    """Check the whole log, and what lies beside it in a bundle; never raises for a broken one.

    Args:
        log: Its folder, or a bundle's.
        keys: Public keys known from elsewhere.
        seen: A certificate or checkpoint kept elsewhere since an earlier day: the log must still extend it.
        sidecar: The folder of names, paths and digests, to compare them with what the log commits to.

    Raises:
        InvalidInputError: The file `seen` cannot be read.
    """
    try:
        kept = None if seen is None else _beginning_of(seen)
    except OSError as error:
        raise InvalidInputError(
            what=f"{seen} cannot be read: {error.strerror}",
            not_done="The log was not checked.",
            next_step="Give the certificate's .dsse.json file, or a checkpoint, that was kept outside.",
        ) from error
    return verify_anything(log, trusted_keys=tuple(keys), sidecar=sidecar, seen=kept)


def _beginning_of(file: Path) -> bytes:
    """Read no more than a certificate could need, whatever was named by mistake."""
    with file.open("rb") as opened:
        return opened.read(MAX_ENVELOPE_BYTES + 1)


def write_standalone_verifier(file: str) -> str:
    """Write the verifier as one file that Python alone can run; return its SHA-256.

    Raises:
        InvalidInputError: There is such a file already, or it cannot be written there.
    """
    try:
        return write_verifier(file)
    except OSError as error:
        raise InvalidInputError(
            what=f"{file} cannot be written: {error.strerror or error}",
            not_done="No verifier was written, and nothing was overwritten.",
            next_step="Name a new file in a folder that you may write to, such as verify.pyz.",
        ) from error

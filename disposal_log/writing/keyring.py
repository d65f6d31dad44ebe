"""Key files: one private key for each epoch, readable by its owner alone, and the recovery key.

Stands above `notes` and `durable`. Without its key a log cannot be written, so nothing can be disposed of.
"""

import stat
from pathlib import Path

from disposal_log.errors import KeyInvalidError, KeyMissingError, LogExistsError
from disposal_log.files.durable import write_new
from disposal_log.signing.notes import SigningKey, VerifierKey

KEY_MODE = 0o600
FIRST_EPOCH = 1
RECOVERY_SUFFIX = "/recovery"


def key_path(directory: Path, *, epoch: int) -> Path:
    """Give the file of an epoch's key."""
    return directory / f"epoch-{epoch:04d}.ed25519.key"


def create_key(directory: Path, *, origin: str, epoch: int) -> SigningKey:
    """Make and keep the key of an epoch; the directory is made when needed.

    Raises:
        LogExistsError: if there is such a key already: overwriting it would orphan a log.
        KeyInvalidError: if `origin` cannot name a key.
    """
    key = SigningKey.generate(origin)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = key_path(directory, epoch=epoch)
    try:
        write_new(path, f"{key.secret_text()}\n".encode(), mode=KEY_MODE)
    except FileExistsError as error:
        raise LogExistsError(path=path) from error
    return key


def create_recovery_key(origin: str) -> SigningKey:
    """Make the recovery key of a log; it is never written to disk."""
    return SigningKey.generate(origin + RECOVERY_SUFFIX)


def load_key(directory: Path, *, verifier: VerifierKey, epoch: int) -> SigningKey:
    """Read the key of an epoch, which must be the private part of `verifier`.

    Raises:
        KeyMissingError: if it is absent, readable by others, malformed or another key.
    """
    path = key_path(directory, epoch=epoch)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise KeyMissingError(path=path, reason="is not there") from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissingError(path=path, reason="cannot be read") from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyMissingError(path=path, reason=f"has mode {stat.S_IMODE(mode):04o}, so others may read it")
    try:
        key = SigningKey.parse(text)
    except KeyInvalidError as error:
        raise KeyMissingError(path=path, reason=f"is damaged ({error.reason})") from error
    if key.verifier != verifier:
        raise KeyMissingError(path=path, reason=f"belongs to {key.verifier.key_id}, not {verifier.key_id}")
    return key

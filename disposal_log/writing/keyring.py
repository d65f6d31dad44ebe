"""Key files: the private keys of each epoch, readable by their owner alone, and the recovery key.

Stands above `notes` and `durable`. Without its keys a log cannot be written, so nothing can be disposed of.
"""

import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from disposal_log.errors import KeyInvalidError, KeyMissingError, LogExistsError
from disposal_log.files.durable import destroy, fsync_directory, make_directory, write_new
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey, VerifierKey

KEY_MODE = 0o600
RECOVERY_SUFFIX = "/recovery"
MAX_KEY_FILE_BYTES = 4096
# what a retired key is overwritten with; a copy may survive in backups, snapshots and on flash disks
EPITAPH = b"This key was retired and destroyed here. Copies in backups and snapshots must be destroyed there.\n"

_WORDS = {ED25519: "ed25519", ML_DSA_44: "mldsa44"}
_KEY_FILE = re.compile(r"epoch-(\d{4,9})\.(ed25519|mldsa44)\.key")
_ROOT = 0  # the system's own account may read every file anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochKeys:
    """The private keys of one epoch: Ed25519 first, and ML-DSA-44 in every epoch but those of early logs."""

    epoch: int
    signers: tuple[SigningKey, ...]

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The public keys, in the same order."""
        return tuple(signer.verifier for signer in self.signers)


def key_path(directory: Path, *, epoch: int, algorithm: int = ED25519) -> Path:
    """Give the file of an epoch's key."""
    return directory / f"epoch-{epoch:04d}.{_WORDS[algorithm]}.key"


def create_keys(directory: Path, *, origin: str, epoch: int) -> EpochKeys:
    """Make and keep the keys of an epoch; the directory is made when needed.

    Raises:
        LogExistsError: if there is such a key already: overwriting it would orphan a log.
        KeyInvalidError: if `origin` cannot name a key.
        OSError: if they cannot be written; none is left behind.
    """
    keys = EpochKeys(
        epoch=epoch, signers=tuple(SigningKey.generate(origin, algorithm=each) for each in (ED25519, ML_DSA_44))
    )
    make_directory(directory, mode=0o700)
    written: list[Path] = []
    try:
        written.extend(_write(directory, signer, epoch=epoch) for signer in keys.signers)
    except BaseException:
        for path in written:
            with suppress(OSError):
                destroy(path, EPITAPH)
        raise
    return keys


def create_recovery_key(origin: str) -> SigningKey:
    """Make the recovery key of a log; it is never written to disk."""
    return SigningKey.generate(origin + RECOVERY_SUFFIX)


def epochs_on_disk(directory: Path) -> tuple[int, ...]:
    """Give the numbers of the epochs of which a key file is there, whatever is in it."""
    return tuple(sorted({int(match[1]) for match, _ in _key_files(directory)}))


def load_keys(directory: Path, *, epoch: int) -> EpochKeys:
    """Read the keys of an epoch: the Ed25519 key, and the ML-DSA-44 key if there is a file of one.

    Raises:
        KeyMissingError: if one is absent, exposed or malformed.
    """
    paths = [key_path(directory, epoch=epoch, algorithm=each) for each in _WORDS]
    first, *others = paths
    return EpochKeys(epoch=epoch, signers=tuple(map(_load, [first, *(path for path in others if path.exists())])))


def destroy_keys(directory: Path, epochs: Iterable[int]) -> tuple[int, ...]:
    """Overwrite and remove the private keys of epochs; give the epochs of which there was one.

    Raises:
        OSError: if the disk refuses; it is tried again when the log is next opened.
    """
    doomed = frozenset(epochs)
    found: set[int] = set()
    for match, path in _key_files(directory):
        if int(match[1]) in doomed:
            destroy(path, EPITAPH)
            found.add(int(match[1]))
    if found:
        fsync_directory(directory)
    return tuple(sorted(found))


def _write(directory: Path, signer: SigningKey, *, epoch: int) -> Path:
    path = key_path(directory, epoch=epoch, algorithm=signer.verifier.algorithm)
    try:
        write_new(path, f"{signer.secret_text()}\n".encode(), mode=KEY_MODE)
    except FileExistsError as error:
        raise LogExistsError(path=path) from error
    return path


def _key_files(directory: Path) -> list[tuple[re.Match[str], Path]]:
    try:
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeyMissingError(path=directory, reason="cannot be listed") from error
    return [(match, directory / match[0]) for match in map(_KEY_FILE.fullmatch, names) if match]


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _load(path: Path) -> SigningKey:
    try:
        # opened without waiting: a pipe of that name would have us wait for somebody to write
        with open(path, "rb", opener=_without_waiting) as file:  # `Path.open` takes no opener
            # asked of the open file: by name it could be another one by now
            _require_private(path, os.fstat(file.fileno()))
            text = file.read(MAX_KEY_FILE_BYTES).decode("ascii")
    except FileNotFoundError as error:
        raise KeyMissingError(path=path, reason="is not there") from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissingError(path=path, reason="cannot be read") from error
    try:
        return SigningKey.parse(text)
    except KeyInvalidError as error:
        raise KeyMissingError(path=path, reason=f"is damaged ({error.reason})") from error


def _require_private(path: Path, found: os.stat_result) -> None:
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyMissingError(path=path, reason=f"has mode {mode:04o}, so others may read it")
    if found.st_uid not in (os.geteuid(), _ROOT):
        raise KeyMissingError(path=path, reason=f"belongs to account {found.st_uid}, which therefore knows it")

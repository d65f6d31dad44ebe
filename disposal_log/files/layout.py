"""Where things stand in a log directory, and the two small files that name the log.

Stands above `notes`. `policy.txt` is a C2SP tlog-policy without witnesses: one `log` line for each key.
"""

from pathlib import Path

from disposal_log.errors import KeyInvalidError, LogCorruptError, LogNotFoundError
from disposal_log.files.durable import reading
from disposal_log.signing.notes import VerifierKey

ORIGIN_FILE = "origin.txt"
POLICY_FILE = "policy.txt"
CHECKPOINT_FILE = "checkpoint"
CHECKPOINT_LIST_FILE = "checkpoints.jsonl"
ENTRIES_DIRECTORY = "entries"
HASHES_DIRECTORY = "hashes"
RECOVERY_DIRECTORY = "recovery"
RESERVE_FILE = "reserve"
MAX_SMALL_FILE_BYTES = 1_000_000

FORMAT = "disposal-log/1"


def policy_text(key: VerifierKey) -> str:
    """Spell the policy of a log that has one key and no witness."""
    return f"log {key}\nquorum none\n"


def read_policy(directory: Path) -> VerifierKey:
    """Read the key that a log says is its own.

    Raises:
        LogNotFoundError: if there is no policy.
        LogCorruptError: if it is not exactly what the log wrote.
    """
    text = read_small(directory / POLICY_FILE).decode("utf-8", errors="replace")
    try:
        key = VerifierKey.parse(text.removeprefix("log ").partition("\n")[0])
    except KeyInvalidError as error:
        raise LogCorruptError(directory=directory, reason=f"{POLICY_FILE}: {error.reason}") from error
    if policy_text(key) != text:
        raise LogCorruptError(directory=directory, reason=f"{POLICY_FILE} was changed")
    return key


def read_small(path: Path) -> bytes:
    """Read a file that is small when it is ours.

    Raises:
        LogNotFoundError: if it is not there.
        LogUnreadableError: if the system refuses.
        LogCorruptError: if it is too large to be ours.
    """
    if not path.is_file():
        raise LogNotFoundError(directory=path.parent, missing=path.name)
    with reading(path), path.open("rb") as file:
        content = file.read(MAX_SMALL_FILE_BYTES + 1)
    if len(content) > MAX_SMALL_FILE_BYTES:
        raise LogCorruptError(directory=path.parent, reason=f"{path.name} is far too large")
    return content

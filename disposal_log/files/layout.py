"""Where things stand in a log directory, and the two small files that name the log.

Stands above `policy`. `policy.txt` is a C2SP tlog-policy with one `log` line for each key that signs now.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from disposal_log.errors import LogCorruptError, LogNotFoundError, PolicyInvalidError
from disposal_log.files.durable import reading
from disposal_log.formats.policy import Policy, PolicyLog
from disposal_log.signing.notes import SCHEMES, VerifierKey

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


def policy_text(keys: Iterable[VerifierKey], *, before: Policy | None = None) -> str:
    """Spell the policy of a log that has these keys, and the witnesses that it had before, if any."""
    return replace(before or Policy(), logs=tuple(PolicyLog(key=key) for key in keys)).text()


def read_policy(directory: Path) -> Policy:
    """Read whom a log says to trust: its own keys among them.

    Raises:
        LogNotFoundError: if there is no policy.
        LogCorruptError: if it is not spelled as the log spells it, or names no key that can sign a log.
    """
    content = read_small(directory / POLICY_FILE)
    try:
        policy = Policy.parse(content)
    except PolicyInvalidError as error:
        raise LogCorruptError(directory=directory, reason=f"{POLICY_FILE}: {error.reason}") from error
    if policy.text().encode("utf-8", errors="surrogateescape") != content:
        raise LogCorruptError(directory=directory, reason=f"{POLICY_FILE} was changed")
    if not policy.logs or any(key.algorithm not in SCHEMES for key in policy.log_keys):
        raise LogCorruptError(directory=directory, reason=f"{POLICY_FILE} names no key that can sign this log")
    return policy


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

"""What outside eyes have sent back, kept beside the log: cosigned checkpoints, timestamps, and their certificates.

Stands above `durable`. A witness's word stands in the log itself, and the file here is a copy to hand on. A
timestamp's token stands only here; its digest is in the log.
"""

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from disposal_log.errors import LogCorruptError, LogNotFoundError
from disposal_log.files.durable import make_directory, replace_durably
from disposal_log.files.layout import POLICY_FILE, read_policy, read_small
from disposal_log.formats.policy import Policy

ANCHORS_DIRECTORY = "anchors"
_SAFE = re.compile(r"[^A-Za-z0-9._-]")
_MAX_NAME = 80
_SHORT = 16


def store_note(log: Path, *, size: int, name: str, note: bytes) -> Path:
    """Keep a cosigned checkpoint.

    Raises:
        OSError: if the disk refuses.
    """
    return _store(log, f"{size}.{_SAFE.sub('_', name)[:_MAX_NAME]}.note", note)


def store_token(log: Path, *, size: int, token: bytes, chain: bytes) -> tuple[str, str]:
    """Keep a timestamp and the certificates it is checked with; give the digests of both, in hexadecimal.

    Raises:
        OSError: if the disk refuses.
    """
    digest, roots = sha256(token).hexdigest(), sha256(chain).hexdigest()
    _store(log, f"tsa-{roots[:_SHORT]}.pem", chain)
    _store(log, f"{size}.{digest[:_SHORT]}.tsr", token)
    return digest, roots


def read_token(log: Path, *, size: int, digest: str, roots: str) -> tuple[bytes, bytes] | None:
    """Give a timestamp and its certificates, or None when either is not there as it was kept."""
    token = _read(log, f"{size}.{digest[:_SHORT]}.tsr", digest)
    chain = _read(log, f"tsa-{roots[:_SHORT]}.pem", roots)
    return None if token is None or chain is None else (token, chain)


def store_witnesses(log: Path, policy: Policy) -> None:
    """Name the witnesses and the quorum of `policy` in the policy file, beside the log's own keys.

    Raises:
        LogCorruptError: if the policy file was changed.
        OSError: if the disk refuses.
    """
    inside = read_policy(log)
    wanted = replace(inside, witnesses=policy.witnesses, groups=policy.groups, quorum=policy.quorum)
    if wanted != inside:
        replace_durably(log / POLICY_FILE, wanted.text().encode("utf-8", errors="surrogateescape"))


def _store(log: Path, name: str, content: bytes) -> Path:
    folder = log / ANCHORS_DIRECTORY
    make_directory(folder)
    path = folder / name
    replace_durably(path, content)
    return path


def _read(log: Path, name: str, digest: str) -> bytes | None:
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        return None
    try:
        content = read_small(log / ANCHORS_DIRECTORY / name)
    except (LogNotFoundError, LogCorruptError):
        return None
    return content if sha256(content).hexdigest() == digest else None

"""What an ML-DSA-44 signature under a checkpoint is over (C2SP tlog-cosignature, signature type 0x06).

Stands beside `ed25519`. Such a signature covers origin, size and root, not the text of the note, and it names its
signer; so it can stand under a checkpoint and under nothing else. Time zero says that nothing is said of the time:
the clock of the machine that keeps the log is no evidence.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error

PUBLIC_KEY_BYTES = 1312
TIMESTAMP_BYTES = 8
SIGNATURE_BYTES = TIMESTAMP_BYTES + 2420
MAX_NAME_BYTES = 255  # the length of a name is told in one byte
LABEL = b"subtree/v1\n\x00"

_LATEST = 2**63 - 1
_ROOT_BYTES = 32
_WHOLE_TREE = 0  # where the subtree begins: a checkpoint is about all of it
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


def cosigned_message(name: str, text: bytes, *, timestamp: int) -> bytes | None:
    """Give the bytes that are signed for the checkpoint in `text`, or None when it holds none."""
    lines = text.decode("utf-8", errors="replace").split("\n")
    if len(lines) < 4 or lines[-1] != "" or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004  # origin, size, root, end
        return None
    root = _root(lines[2])
    signer, origin = name.encode("utf-8"), lines[0].encode("utf-8")
    if root is None or not 0 <= timestamp <= _LATEST:
        return None
    if not all(1 <= len(each) <= MAX_NAME_BYTES for each in (signer, origin)):
        return None
    return b"".join(
        (
            LABEL,
            len(signer).to_bytes(1) + signer,
            timestamp.to_bytes(8),
            len(origin).to_bytes(1) + origin,
            _WHOLE_TREE.to_bytes(8),
            int(lines[1]).to_bytes(8),
            root,
        )
    )


def take_apart(signature: bytes) -> tuple[int, bytes] | None:
    """Give the time and the bare signature of a signature line, or None when its length is wrong."""
    if len(signature) != SIGNATURE_BYTES:
        return None
    return int.from_bytes(signature[:TIMESTAMP_BYTES]), signature[TIMESTAMP_BYTES:]


def _root(text: str) -> bytes | None:
    try:
        root = b64decode(text, validate=True)
    except (Error, ValueError):
        return None
    return root if len(root) == _ROOT_BYTES and b64encode(root).decode("ascii") == text else None

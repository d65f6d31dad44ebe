"""Makes `verify.pyz`: this whole room in one file that Python alone can run, for an auditor's stick.

The same folder gives the same bytes, so that the digest of the file can be published beside the key.
"""

import os
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from disposal_log.files.durable import write_new

_ROOM = Path(__file__).resolve().parent.parent
_START = """\
import sys

from disposal_log.__main__ import main

sys.exit(main())
"""
_SHEBANG = b"#!/usr/bin/env python3\n"
_NO_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can write
_READABLE = 0o644


def write_verifier(path: str | os.PathLike[str]) -> str:
    """Write the verifier to `path`, which must not exist, and return its SHA-256 in hex.

    Raises:
        FileExistsError: There is such a file.
        OSError: It cannot be written; no half file is left.
    """
    content = verifier_bytes()
    write_new(Path(path), content, mode=0o755)
    return sha256(content).hexdigest()


def verifier_bytes() -> bytes:
    """Return the bytes of `verify.pyz`, the same for the same version of this room."""
    packed = BytesIO(_SHEBANG)
    packed.seek(0, os.SEEK_END)
    with zipfile.ZipFile(packed, "a") as archive:
        _add(archive, "__main__.py", _START.encode("ascii"))
        for module in sorted(_ROOM.rglob("*.py")):
            _add(archive, f"disposal_log/{module.relative_to(_ROOM).as_posix()}", module.read_bytes())
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_NO_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _READABLE << 16
    entry.create_system = 3  # Unix, wherever it is packed
    archive.writestr(entry, content, compresslevel=9)

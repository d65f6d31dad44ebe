"""`MANIFEST.txt`: the SHA-256 of each file of a bundle that is not the log, as `sha256sum -c` reads it.

Nobody signs it. It tells whether a bundle arrived as it was sent; what the log proves rests on signatures alone.
"""

import os
import re
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from disposal_log.bundling import names
from disposal_log.files.durable import reading

MAX_LINE_BYTES = 2_000_000
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\]+)")


def manifest_text(bundle: Path) -> str:
    """Spell the manifest of a folder, without the log and the manifest itself.

    Raises:
        LogUnreadableError: A file cannot be read.
    """
    return "".join(f"{_digest(bundle / path)}  {path}\n" for path in _paths(bundle))


def manifest_faults(bundle: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare a bundle with its manifest; give what is wrong, and what is merely odd.

    Raises:
        LogUnreadableError: A file cannot be read.
    """
    if not (bundle / names.MANIFEST).is_file():
        return (f"{names.MANIFEST} is missing",), ()
    faults: list[str] = []
    listed: set[str] = set()
    for number, found in enumerate(_lines(bundle / names.MANIFEST), start=1):
        if isinstance(found, str):
            return (*faults, f"{names.MANIFEST}, line {number}: {found}"), ()
        digest, path = found
        if listed and path <= max(listed):
            return (*faults, f"{names.MANIFEST}, line {number}: it is malformed"), ()
        listed.add(path)
        if not (bundle / path).is_file():
            faults.append(f"{path} is missing, which {names.MANIFEST} lists")
        elif _digest(bundle / path) != digest:
            faults.append(f"{path} is not the file that {names.MANIFEST} lists")
    strangers = [path for path in _paths(bundle) if path not in listed]
    words = f"{len(strangers)} files are not listed in {names.MANIFEST}, so nothing was said of them: "
    return tuple(faults), (words + ascii(strangers[0]),) if strangers else ()


def _lines(path: Path) -> Iterator[tuple[str, str] | str]:
    """Yield digest and path of each line, or what is wrong with it."""
    with reading(path), path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            if not line.endswith(b"\n"):
                yield "it does not end in a newline"
                return
            found = _LINE.fullmatch(line[:-1].decode("utf-8", errors="surrogateescape"))
            if found is None or not _is_plain(found[2]):
                yield "it is malformed"
                return
            yield found[1], found[2]


def _is_plain(path: str) -> bool:
    # a manifest may not send the reader out of the bundle, nor speak of the log
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or parts[0] == names.LOG:
        return False
    return not any("\udc80" <= char <= "\udcff" or char == "\0" for char in path)


def _paths(bundle: Path) -> list[str]:
    found: list[str] = []
    with reading(bundle):
        for folder, inner, files in os.walk(bundle):
            place = Path(folder).relative_to(bundle)
            if place == Path():
                inner[:] = [name for name in inner if name != names.LOG]
            found += [(place / name).as_posix() for name in files]
    return sorted(path for path in found if path != names.MANIFEST)


def _digest(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()

"""Which software did it: name, version, and one digest over the code as it is installed.

Whoever has the same version can compute the digest again, and see whether the code that signed was the published one.
"""

import hashlib
from functools import cache
from pathlib import Path

import retention
from retention import __version__

PACKAGES = ("disposal_log", "retention", "rules", "scanners")
_COMPILED = "__pycache__"


def software() -> dict[str, str]:
    """Return what the certificate says of the software."""
    return {"name": "records-retention", "version": __version__, "code_sha256": code_digest()}


@cache
def code_digest() -> str:
    """Return SHA-256 over the installed packages: for each file, in order, `sha256  path` and a newline."""
    return digest_below(Path(retention.__file__).parents[1])


def digest_below(place: Path) -> str:
    """Return the digest of the packages that lie in `place`; what Python compiled there does not count."""
    whole = hashlib.sha256()
    for path in sorted(file.relative_to(place).as_posix() for package in PACKAGES for file in _files(place / package)):
        found = hashlib.sha256((place / path).read_bytes()).hexdigest()
        whole.update(f"{found}  {path}\n".encode())
    return whole.hexdigest()


def _files(package: Path) -> list[Path]:
    return [file for file in package.rglob("*") if file.is_file() and _COMPILED not in file.parts]

"""The PRONOM identifier of a file, which archives ask for, through the optional package pygfried (siegfried).

Never asked inside the child that reads content: its Go runtime needs about 2 GB of address space and half a
millisecond a file, and ends the whole process when it gets no memory. The identifiers are an inventory for a
transfer to an archive; nothing is decided by them.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from scanners.errors import ScannerError

_UNKNOWN = "UNKNOWN"


class PronomMissingError(ScannerError):
    """The package that knows PRONOM is not installed."""

    def __init__(self, *, detail: str) -> None:
        self.detail = detail
        super().__init__(
            what=f"PRONOM identifiers cannot be given: {detail}.",
            not_done="No file was looked up in PRONOM.",
            next_step="Install the program with its extra `pronom` (the package pygfried), then ask again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PronomAnswer:
    """What PRONOM says of a file: an identifier such as "fmt/412", empty when it knows none.

    `trouble` is what kept siegfried from looking at all of it: a damaged archive, or a share that failed.
    """

    format_id: str
    trouble: str = ""


def ask_pronom(path: str) -> PronomAnswer:
    """Return what PRONOM says of the file at a path.

    The file is opened by its path, so give a name that cannot be exchanged, such as that of an open descriptor
    below /proc/self/fd; formats that PRONOM knows by their name's ending only are then not known.

    Raises:
        PronomMissingError: The optional package is not installed.
        OSError: The file cannot be opened or read.
    """
    library = _library()
    try:
        # in detail: asked in short, siegfried raises for a damaged archive what it raises for a failing disk
        (found,) = library.identify(path, detailed=True)["files"]
    except UnicodeEncodeError:  # the package takes no name that is not UTF-8
        return PronomAnswer(format_id="", trouble="its name is not UTF-8")
    if not found["matches"]:  # where the content is to blame, there is a match of its own for "unknown"
        raise OSError(str(found["errors"]))
    # of several that fit equally the first is taken, as siegfried's own short answer does
    identifiers = [str(match["id"]) for match in found["matches"] if match["id"] not in ("", _UNKNOWN)]
    return PronomAnswer(format_id=next(iter(identifiers), ""), trouble=str(found["errors"]))


def pronom_version() -> str:
    """Return what gives the identifiers and by which release of PRONOM, for the records of a scan.

    Raises:
        PronomMissingError: The optional package is not installed.
    """
    library = _library()
    stated = library.identify_many([])
    details = "; ".join(str(identifier["details"]) for identifier in stated["identifiers"])
    return f"siegfried {library.version()}, {details}"


@cache
def _library() -> Any:  # noqa: ANN401  a compiled package that may be absent
    try:
        return importlib.import_module("pygfried")
    except ImportError as error:
        raise PronomMissingError(detail="the package pygfried is not installed") from error

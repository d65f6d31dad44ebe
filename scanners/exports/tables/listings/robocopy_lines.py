r"""Reading what `robocopy SOURCE NOWHERE /L /E /V /TS /FP /BYTES` prints, in any language of Windows.

A line has a tag (left, in words), a number, with /TS a time, and after the last tab a name: of a folder when it ends
in "\", with /FP the whole path of a file, else its name below the folder printed before. Tags that begin with "*" are
anomalies: what lies at the destination only, or is of another kind there.
"""

import re
from collections.abc import Iterator

from scanners.exports.tables.listings.lines import NO_ENTRY, TOO_LONG, Entry, Lines, is_too_long
from scanners.exports.tables.rows import Value

COLUMNS = ("Path", "Type", "Size", "Modified", "Tag", "Files")

ANOMALY = "robocopy marks it with * (it lies at the destination only, or is of another kind there)"
UNREADABLE = "robocopy could not read it"
PROGRESS = "robocopy wrote its progress behind the name; make the list with /L, or with /NP"
SHORT_LIST = "robocopy was run without /V: what lay at the destination already may be missing from its list"

_LEFT = re.compile(
    r"\s*(?P<tag>(?:\*\s*)?[^\s\d*](?:[^\d]*[^\s\d])?)?\s*(?P<number>-?\d{1,19}(?:\.\d{1,2})?(?: ?[kmgt])?)"
    r"(?:\s+(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d))?\s*"
)
_ERROR = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \S+ \d+ \(0x[0-9A-Fa-f]{8}\)")
_RULE = re.compile(r"-{20,}\s*")
_USUAL_OPTIONS = frozenset({"/L", "/E", "/S", "/V", "/TS", "/FP", "/BYTES", "/MIR"})
_PERCENT = re.compile(r"(?:\s*\d{1,3}(?:\.\d)?%)+\s*")
_BEHIND_NAME = re.compile(r"\d{1,3}(?:\.\d)?%\s*$")
_MAX_LEFT_CHARS = 200


def is_printed_by(beginning: list[str]) -> bool:
    """Tell whether a list begins like one of robocopy's: with its title, or without (/NJH) with its lines."""
    if any(re.match(r"\s*ROBOCOPY\s+::", line) for line in beginning):
        return True
    first = next((line for line in beginning if line.strip()), "")
    found = _split(first) if first.startswith("\t") else None
    return found is not None and found[1].endswith("\\")


def entries(lines: Lines, noted: dict[str, None]) -> Iterator[Entry]:
    """Yield what every line of a folder or file says."""
    folder = ""
    is_frame = True  # what stands around the list: between the rules, and after an error
    is_dry = False
    for number, line in lines():
        if not line.strip() or _PERCENT.fullmatch(line):
            continue
        if _RULE.fullmatch(line):
            is_frame = True
            continue
        found = _split(line)
        if is_too_long(line):
            yield number, TOO_LONG
        elif _ERROR.match(line):
            is_frame = True
            yield number, UNREADABLE
        elif found is None:
            if is_frame:
                is_dry = _read_options(line, noted, is_dry=is_dry)
            else:
                yield number, NO_ENTRY
        else:
            is_frame = False
            left, name = found
            if (left["tag"] or "").startswith("*"):
                yield number, ANOMALY
            elif name.endswith("\\") and not left["time"]:
                folder = name
                yield number, _folder(left, name)
            else:
                yield number, PROGRESS if _has_progress(name) and not is_dry else _file(left, name, folder)


def _split(line: str) -> tuple[re.Match[str], str] | None:
    left, tab, name = line.rpartition("\t")
    if not tab or not name.strip() or len(left) > _MAX_LEFT_CHARS:
        return None
    progress = _PERCENT.match(left)
    found = _LEFT.fullmatch(left[progress.end() :] if progress else left)
    return (found, name) if found else None


def _folder(left: re.Match[str], name: str) -> dict[str, Value]:
    path = name if name.endswith(":\\") else name.rstrip("\\")
    return {
        "Path": path,
        "Type": "Folder",
        "Size": "",
        "Modified": "",
        "Tag": left["tag"] or "",
        "Files": left["number"],
    }


def _has_progress(name: str) -> bool:
    return name.rstrip().endswith("%") and _BEHIND_NAME.search(name) is not None


def _file(left: re.Match[str], name: str, folder: str) -> dict[str, Value]:
    is_whole = name.startswith("\\\\") or name[1:3] == ":\\"
    return {
        "Path": name if is_whole else folder + name,
        "Type": "File",
        "Size": left["number"],
        "Modified": left["time"] or "",
        "Tag": left["tag"] or "",
        "Files": "",
    }


def _read_options(line: str, noted: dict[str, None], *, is_dry: bool) -> bool:
    """Note what the line of options says, if this is it; return whether nothing was copied (/L)."""
    options = line.upper().split()
    if not any(option in _USUAL_OPTIONS or option.startswith(("/R:", "/W:", "/COPY:")) for option in options):
        return is_dry
    if "/V" not in options:
        noted[SHORT_LIST] = None
    return "/L" in options

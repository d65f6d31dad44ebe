"""Reading what `ls -lR --time-style=full-iso` prints; `long-iso` as well, whose times state no zone.

The shell's own form of dates ("Mar  4 10:15") leaves out the year or the time and is refused as a whole.
"""

import re
from collections.abc import Iterator

from scanners.exports.tables.listings.lines import NO_ENTRY, TOO_LONG, Entry, Lines, UnsureLayoutError, is_too_long

COLUMNS = ("Path", "Type", "Size", "Modified", "Owner", "Group", "Mode", "Points to")

NOT_A_FILE = "it is a device, a pipe or a socket, and no record"
UNREADABLE = "ls could not read it"
BROKEN_NAME = "its name goes on in the next line, so no line says what it is called"

_FRONT = r"(?: {0,20}\d{1,20} {1,20}){0,2}(?P<mode>[-a-zA-Z?][-rwxsStTlL]{9}[.+@]?) {1,20}(?P<links>\d+|\?) {1,40}"
_ENTRY = re.compile(
    _FRONT + r"(?P<people>\S.{0,200}?) {1,40}(?P<size>\d{1,20}(?:\.\d)?[KMGTPE]?|\d{1,9}, *\d{1,9}|\?) {1,40}"
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?: (?P<zone>[+-]\d{4}))? (?P<name>.+)"
)
_OTHER_DATE = re.compile(_FRONT + r"\S.{0,200}? \d[\d.]{0,20}[KMGTPE]? {1,9}\S{1,12} {1,9}\S{1,6} {1,9}\d[\d:]{3,4} .+")
_FOLDER = re.compile(r"(?P<path>.+):")
_TOTAL = re.compile(r"\S+ \d[\d.,]*[KMGTPE]?")
_ERROR = re.compile(r"(?:/\S*/)?ls: .+")
_KINDS = {"-": "File", "d": "Folder", "l": "Link"}
_NEXT_STEP = "Make the list again with ls -lR --time-style=full-iso."
_PEOPLE = 2


def is_printed_by(beginning: list[str]) -> bool:
    """Tell whether a list begins like one of ls: a folder or a total, then entries."""
    first = [line for line in beginning if line.strip() and not _ERROR.fullmatch(line)][:4]
    has_frame = any(_FOLDER.fullmatch(line) or _TOTAL.fullmatch(line) for line in first[:2])
    return has_frame and any(_ENTRY.fullmatch(line) or _OTHER_DATE.fullmatch(line) for line in beginning)


def entries(lines: Lines, _noted: dict[str, None]) -> Iterator[Entry]:
    """Yield what every line of a folder or file says.

    Raises:
        UnsureLayoutError: Its dates leave out the year or the time.
    """
    folder = ""
    waiting: Entry | None = None  # until the next line shows that the name is whole
    is_frame = True
    for number, line in lines():
        found = _ENTRY.fullmatch(line)
        if not line.strip():
            is_frame = True
            continue
        is_start, is_frame = is_frame, False
        if _ERROR.fullmatch(line):
            is_frame = is_start
            yield number, UNREADABLE
        elif (heading := _FOLDER.fullmatch(line)) and is_start and not found:
            yield from _released(waiting)
            folder, waiting, is_frame = heading["path"], None, True
        elif is_start and _TOTAL.fullmatch(line) and not found:
            continue
        elif found and not is_too_long(line):
            yield from _released(waiting)
            waiting = _entry(number, found, folder)
        elif _OTHER_DATE.fullmatch(line):
            raise UnsureLayoutError("its dates leave out the year or the time of day", _NEXT_STEP)
        else:
            if waiting is not None:
                yield waiting[0], BROKEN_NAME
            waiting = None
            yield number, TOO_LONG if is_too_long(line) else NO_ENTRY
    yield from _released(waiting)


def _released(waiting: Entry | None) -> Iterator[Entry]:
    if waiting is not None:
        yield waiting


def _entry(number: int, found: re.Match[str], folder: str) -> Entry | None:
    name, kind = found["name"], _KINDS.get(found["mode"][0])
    if name in (".", ".."):
        return None
    if kind is None:
        return number, NOT_A_FILE
    name, arrow, target = name.partition(" -> ") if kind == "Link" else (name, "", "")
    people = found["people"].split()
    is_plain = len(people) == _PEOPLE
    cells = {
        "Path": _joined(folder, name),
        "Type": kind,
        "Size": found["size"] if kind == "File" and found["size"] != "?" else "",
        "Modified": f"{found['day']} {found['clock']}{found['zone'] or ''}",
        "Owner": people[0] if is_plain else found["people"],
        "Group": people[1] if is_plain else "",
        "Mode": found["mode"],
        "Points to": target if arrow else "",
    }
    return number, dict(cells)


def _joined(folder: str, name: str) -> str:
    path = f"{folder.rstrip('/')}/{name}" if folder else name
    return path.removeprefix("./")

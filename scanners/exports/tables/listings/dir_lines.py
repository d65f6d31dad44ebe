r"""Reading what `dir /s` prints, in any language of Windows, with or without /-C, /Q, /X and /R.

With /X a short name and with /Q an owner stands before each name, in columns of fixed width. Where names begin is
shown by the line of the folder itself, whose name is "."; a listing without one is read as one without /X and /Q.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.exports.tables.listings.lines import NO_ENTRY, TOO_LONG, Entry, Lines, UnsureLayoutError, is_too_long
from scanners.exports.tables.rows import Value

COLUMNS = ("Path", "Type", "Size", "Modified", "Owner", "Short name", "Points to")

NO_NAME = "it is shorter than the place where names begin"
NO_FOLDER_ABOVE = "no line above it says which folder it lies in"
DIFFERING_COUNT = (
    "folders whose own total differs from the lines that were read: the listing is not whole, or was edited"
)

_ENTRY = re.compile(
    r"(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{2,4})\s+(?P<clock>\d{1,2}[:.]\d\d(?:\s?[AaPp]\.?[Mm]\.?)?)\s+"
    r"(?P<what><[^<>]{2,12}>|\(?\d[\d.,'\u2019\xa0\u202f]{0,30}\)?)(?P<rest>\s.*)"
)
_SELF = re.compile(r"(?P<before>\d[^<>]*)<[^<>]{2,12}>.*\s\.")
_HEADING = re.compile(r" \S.*? (?P<path>(?:[A-Za-z]:\\|\\\\[^\\]).*)")
_STREAM = re.compile(r" {5,}\d[\d.,\xa0\u202f]* .*:\$[A-Z]+")
_TOTAL = re.compile(r" {5,}(?P<count>\d[\d.,\xa0\u202f]*)\s\D.*")
_SUM_HEADING = re.compile(r" {4,}[^\s\d]\D*:")
_VOLUME = re.compile(r" \S.*")
_TARGET = re.compile(r"(?P<name>.+?) \[(?P<target>[^\[\]]*)\]")

_KIND_WIDTH = 15  # "<DIR>" and what pads it, up to a name with nothing before it
_SHORT_WIDTH, _OWNER_WIDTH = 13, 23
_OWNER_AT_LEAST = 18
_NEXT_STEP = "Make the list again without /Q and /X, or with Get-ChildItem and Export-Csv."


def is_printed_by(beginning: list[str]) -> bool:
    """Tell whether a list begins like one of dir: the heading of a folder, a blank line, and an entry."""
    for number, line in enumerate(beginning[:-2]):
        if _HEADING.fullmatch(line) and not beginning[number + 1].strip() and _ENTRY.fullmatch(beginning[number + 2]):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where names begin, and how wide the columns before them are; `names_at` is 0 when no line shows it."""

    names_at: int = 0
    extra: int = 0

    def parts(self, line: str, found: re.Match[str]) -> tuple[str, str, str]:
        """Return name, owner and short name of an entry."""
        if not self.names_at:
            return found["rest"][1:], "", ""
        between = line[max(found.end("what"), self.names_at - self.extra) : self.names_at]
        short = owner = ""
        if self.extra >= _OWNER_AT_LEAST + _SHORT_WIDTH:
            short, owner = between[:_SHORT_WIDTH], between[_SHORT_WIDTH:]
        elif self.extra >= _OWNER_AT_LEAST:
            owner = between
        else:
            short = between
        return line[self.names_at :], owner.strip(), short.strip()


def entries(lines: Lines, noted: dict[str, None]) -> Iterator[Entry]:
    """Yield what every line of a folder or file says.

    Raises:
        UnsureLayoutError: It was made with /X or /Q, and no line shows where names begin.
    """
    layout = _layout_of(lines)
    folder: str | None = None
    heading: str | None = None
    count = _Count()
    for number, line in lines():
        is_after_heading, candidate = heading is not None, heading
        heading = None
        found = _ENTRY.fullmatch(line)
        if not line.strip():
            folder = candidate if is_after_heading else folder
        elif is_too_long(line):
            yield number, TOO_LONG
        elif found:
            yield from _entry(number, line, found, folder, layout, count)
        elif heading_found := _HEADING.fullmatch(line):
            heading = heading_found["path"]
            count.begin()
        elif total := _TOTAL.fullmatch(line):
            count.compare(total["count"], noted)
        elif not (_STREAM.fullmatch(line) or _SUM_HEADING.fullmatch(line) or _VOLUME.fullmatch(line)):
            yield number, NO_ENTRY


def _entry(
    number: int, line: str, found: re.Match[str], folder: str | None, layout: _Layout, count: "_Count"
) -> Iterator[Entry]:
    name, owner, short = layout.parts(line, found)
    if name in (".", ".."):
        return
    count.add(found["what"])
    if not name.strip():
        yield number, NO_NAME
    elif folder is None:
        yield number, NO_FOLDER_ABOVE
    else:
        _check(name, layout)
        yield number, _cells(folder, name, owner, short, found)


def _cells(folder: str, name: str, owner: str, short: str, found: re.Match[str]) -> dict[str, Value]:
    what = found["what"]
    is_marked = what.startswith("<")
    target = _TARGET.fullmatch(name) if is_marked and what[1:-1] not in ("DIR", "REP") else None
    if target:
        name = target["name"]
    return {
        "Path": folder.rstrip("\\") + "\\" + name,
        "Type": "Link" if target else "Folder" if is_marked else "File",
        "Size": "" if is_marked else what.strip("()"),
        "Modified": f"{found['date']} {found['clock']}",
        "Owner": owner,
        "Short name": short,
        "Points to": target["target"] if target else "",
    }


def _layout_of(lines: Lines) -> _Layout:
    for _, line in lines():
        found = _SELF.fullmatch(line)
        if found and _ENTRY.fullmatch(line):
            names_at = len(line) - 1
            return _Layout(names_at, max(0, names_at - len(found["before"]) - _KIND_WIDTH))
    return _Layout()


def _check(name: str, layout: _Layout) -> None:
    """Refuse the whole list where a name begins with what no name begins with: columns that nobody told of.

    Raises:
        UnsureLayoutError: It does.
    """
    if not layout.names_at and (name.startswith(" ") or "\\" in name.partition("[")[0]):
        raise UnsureLayoutError(
            "it was made with /X or /Q, and no line (a folder's own, named '.') shows where names begin", _NEXT_STEP
        )


class _Count:
    """Compares what a folder states about its number of files with the lines that were read."""

    def __init__(self) -> None:
        self._files = self._links = 0
        self._is_open = False

    def begin(self) -> None:
        self._files = self._links = 0
        self._is_open = True

    def add(self, what: str) -> None:
        self._files += not what.startswith("<")
        self._links += what == "<SYMLINK>"

    def compare(self, stated: str, noted: dict[str, None]) -> None:
        """Look at the first total after a folder's entries, which is of its files; links to files may be in it."""
        total = int("".join(filter(str.isdecimal, stated)))
        if self._is_open and not self._files <= total <= self._files + self._links:
            noted[DIFFERING_COUNT] = None
        self._is_open = False

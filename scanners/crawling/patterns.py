"""Which paths a scan takes in and which it leaves out, by patterns that people know from other tools."""

import fnmatch
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from scanners.errors import ScannerError

_ANY = re.compile("")
_NOTHING_LEFT = re.compile(r"(?!)")
_DEEP = "**"


class PatternError(ScannerError):
    """A pattern cannot be understood."""

    def __init__(self, *, pattern: str, detail: str) -> None:
        self.pattern = pattern
        self.detail = detail
        super().__init__(
            what=f"The pattern {pattern!r} cannot be used: {detail}.",
            not_done="Nothing was read.",
            next_step="Write it like `*.tmp` (any such name), `Finance/Old/` (a folder) or `!keep.tmp` (an exception).",
        )


class PathPatterns:
    """Two lists of patterns: what to take in (nothing stated: everything) and what to leave out.

    A pattern is tried on paths below the root, without regard to upper and lower case:

    - without a "/" it is a name, at any depth: `Thumbs.db`, `*.tmp`;
    - with a "/" at its beginning or inside it is a path from the root: `/Old`, `Finance/Old`, `Finance/*/Drafts`;
    - with a "/" at its end it means folders only: `node_modules/`;
    - `*` stands for any characters but "/", `?` for one, `[a-f]` for one of several, `[!a-f]` for any other;
    - `**` stands for any folders, also none: `Finance/**/Drafts`, `Finance/**`;
    - with a "!" before it, it takes back what an earlier pattern of the same list said. The last one that fits
      decides. A name that begins with "!" itself is written with a "?" in its place.

    What lies in a folder that is left out is left out with it, whatever the other patterns say. What lies in a
    folder that is taken in is taken in with it.

    Raises:
        PatternError: A pattern is empty or could never fit.
    """

    def __init__(self, *, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = tuple(_compiled(pattern) for pattern in include)
        self._exclude = tuple(_compiled(pattern) for pattern in exclude)
        self._last_folder: tuple[str, bool] = ("", False)

    def __bool__(self) -> bool:
        """Whether there is any pattern at all."""
        return bool(self._include or self._exclude)

    def exclude_folder(self, path: str) -> bool:
        """Tell whether the folder `path` is left out with all that is in it."""
        return bool(self._exclude) and _verdict(self._exclude, _key(path), is_folder=True) is True

    def exclude_file(self, path: str) -> bool:
        """Tell whether the file `path` is left out; its folders are taken to be entered."""
        if not self:
            return False
        key = _key(path)
        if _verdict(self._exclude, key, is_folder=False) is True:
            return True
        if not self._include:
            return False
        taken = _verdict(self._include, key, is_folder=False)
        return not (self._is_folder_taken(key.rpartition("/")[0]) if taken is None else taken)

    def _is_folder_taken(self, key: str) -> bool:
        """Tell whether a folder, or the nearest one above it of which a pattern speaks, is taken in."""
        if key == self._last_folder[0]:
            return self._last_folder[1]
        folder, taken = key, None
        while folder and (taken := _verdict(self._include, folder, is_folder=True)) is None:
            folder = folder.rpartition("/")[0]
        self._last_folder = (key, taken is True)
        return taken is True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """One pattern; without `segments` it is a name at any depth."""

    takes_back: bool
    folders_only: bool
    name: re.Pattern[str]
    segments: tuple[re.Pattern[str] | None, ...] = ()  # None: any folders

    def fits(self, key: str) -> bool:
        if not self.segments:
            return self.name.match(key.rpartition("/")[2]) is not None
        return _fit(self.segments, key.split("/"))


def _compiled(pattern: str) -> _Pattern:
    takes_back = pattern.startswith("!")
    rest = pattern.removeprefix("!")
    folders_only = rest.endswith("/")
    is_path = "/" in rest.rstrip("/")
    rest = rest.removesuffix("/").removeprefix("/")
    parts = rest.split("/")
    if not rest:
        raise PatternError(pattern=pattern, detail="it is empty")
    if any(part in ("", ".", "..") for part in parts) or "\0" in rest:
        raise PatternError(pattern=pattern, detail="no path below the root can look like this")
    if not is_path and rest != _DEEP:
        name = re.compile(fnmatch.translate(_key(rest)))
        return _Pattern(takes_back=takes_back, folders_only=folders_only, name=name)
    segments = [None if part == _DEEP else re.compile(fnmatch.translate(_key(part))) for part in parts]
    if segments[-1] is None:
        segments.append(_ANY)  # what lies in a folder, not the folder itself
    return _Pattern(takes_back=takes_back, folders_only=folders_only, name=_ANY, segments=tuple(segments))


def _verdict(patterns: Sequence[_Pattern], key: str, *, is_folder: bool) -> bool | None:
    """Return what the last fitting pattern says, None when none fits."""
    for pattern in reversed(patterns):
        if (is_folder or not pattern.folders_only) and pattern.fits(key):
            return not pattern.takes_back
    return None


def _fit(segments: Sequence[re.Pattern[str] | None], parts: Sequence[str]) -> bool:
    """Match part by part; after "any folders" only the last one needs to be tried again, so this stays quick."""
    at = part = 0
    after_deep, retry_from = -1, 0
    while part < len(parts):
        segment = segments[at] if at < len(segments) else _NOTHING_LEFT
        if segment is None:
            after_deep, retry_from = at + 1, part
            at += 1
        elif segment.match(parts[part]):
            at += 1
            part += 1
        elif after_deep >= 0:
            retry_from += 1
            at, part = after_deep, retry_from
        else:
            return False
    return all(segment is None for segment in segments[at:])


def _key(path: str) -> str:
    return path.casefold() if path.isascii() else unicodedata.normalize("NFC", path).casefold()

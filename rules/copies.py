"""Copies and versions: which other file proves that this one is a duplicate, or was superseded.

A duplicate is rubbish only while its survivor can be named, a draft only once its successor can: without that
proof both may be the only copy of a record. Names alone never prove that a successor was approved, so what is named
here is shown to the person who decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rules.cues.matching import fold_path_part

_VERSION = re.compile(r"(?<![a-z0-9])(?:v|ver|version|rev|revision|issue)[ .]?(\d{1,3}(?:[.]\d{1,3}){0,2})(?![a-z0-9])")
_COPY = re.compile(r"(?:^copy(?: \(?\d{1,3}\)?)? of )|(?: -)? copy(?: ?\(?\d{1,3}\)?)?$|\(\d{1,3}\)$")
_EARLY = re.compile(r"(?<![a-z])(?:draft|old|superseded|prev|previous|wip|working copy)(?![a-z])")
_LATE = re.compile(r"(?<![a-z])(?:final|signed|approved|issued|published)(?![a-z])")
_SPACES = re.compile(r"[\s._-]+")
_NO_VERSION = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Another file of the same folder: its name and the day of its last write."""

    name: str
    modified_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts:
    """A file name taken apart: `stem` and `extension` are what its versions share, `rank` is which comes later."""

    stem: str
    extension: str
    rank: tuple[tuple[int, int, int], int, int]


def name_parts(name: str) -> NameParts:
    """Return `name` without the words that only say which version or copy it is, and how late a version it is."""
    folded = fold_path_part(name).folded
    body, dot, extension = folded.rpartition(".")
    if not dot or not body:
        body, extension = folded, ""
    version = _VERSION.search(body)
    numbers = _NO_VERSION if version is None else _three(version.group(1))
    stage = 0 if _EARLY.search(body) else 2 if _LATE.search(body) else 1
    bare = body
    for words in (_COPY, _VERSION, _EARLY, _LATE):
        bare = words.sub(" ", bare)
    is_copy = _COPY.search(body) is not None
    stem = _SPACES.sub(" ", bare).strip()
    # a draft of version 3 comes after the final version 2; a copy comes right before what it is a copy of
    return NameParts(stem=stem, extension=extension, rank=(numbers, stage, 0 if is_copy else 1))


def successor_of(own: Sibling, siblings: Iterable[Sibling]) -> Sibling | None:
    """Return the file of the same folder that took the place of `own` by its name and its time, if there is one.

    A successor has the same name but for version words, a later version or a later stage, and was not written
    before `own`. Of several it is the last version.
    """
    mine = name_parts(own.name)
    if not mine.stem:
        return None
    later = [
        (parts.rank, other.modified_on, other.name, other)
        for other in siblings
        if other.name != own.name and other.modified_on >= own.modified_on
        for parts in (name_parts(other.name),)
        if (parts.stem, parts.extension) == (mine.stem, mine.extension) and parts.rank > mine.rank
    ]
    return max(later, key=lambda found: found[:3])[3] if later else None


def _three(text: str) -> tuple[int, int, int]:
    numbers = [int(part) for part in text.split(".")]
    first, second, third = [*numbers, 0, 0][:3]
    return first, second, third

"""What the sample drive promises: the values its builder returns and the one error it raises.

Stands below every other module of the sample drive and knows none of them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PlantedKind(StrEnum):
    """Why a file was planted, which is what a demonstration or a test expects to find again."""

    OVER_RETAINED = "over_retained"  # its period has run out, its date is stated, nobody holds it
    RECENT = "recent"  # well dated and still within its period
    DUPLICATE_MASTER = "duplicate_master"  # others on the drive have the same bytes
    DUPLICATE_COPY = "duplicate_copy"  # the same bytes as a master
    HARD_LINK = "hard_link"  # a second name of a master: one file, not two
    UNDATED = "undated"  # a clear class, and no date but that of a server move
    HELD = "held"  # part of the dispute in `SampleDrive.hold_paths`
    BROKEN = "broken"  # cannot be opened
    ENCRYPTED = "encrypted"  # cannot be opened without a password nobody has
    EMPTY = "empty"  # no bytes at all
    TRIVIAL = "trivial"  # residue of programs: thumbnails, lock files, installers
    PERMANENT = "permanent"  # never to be destroyed
    FOR_ARCHIVE = "for_archive"  # its period has run out, and it is offered to the record office
    CASE_FILE = "case_file"  # about a person; the date that starts its clock is nowhere on the drive
    UNCLASSIFIABLE = "unclassifiable"  # no cue of any class
    CONFLICT = "conflict"  # strong cues of two classes
    HOSTILE_NAME = "hostile_name"  # a name that breaks careless programs
    SYMBOLIC_LINK = "symbolic_link"  # not a file
    PIPE = "pipe"  # not a file; reading it would wait for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedItem:
    """One thing on the sample drive and the truth about it.

    `path` is below the root with `/` between parts; bytes that are not UTF-8 are surrogate escapes.
    `class_id` is what it truly is in the shipped schedule, `trigger_on` the day its clock truly starts:
    both are None when nobody could tell from the drive (or when the class has no clock).
    """

    path: str
    kind: PlantedKind
    class_id: str | None
    trigger_on: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDrive:
    """A drive that was built, with everything planted on it in the order of its paths' bytes.

    `folders` counts the folders below the root. `files` counts regular files: each name of a hard link,
    but neither symbolic links nor pipes, which are among `items` all the same.
    `hold_paths` are what the legal hold of the story covers: each a file or a folder with all below it.
    """

    root: str
    items: tuple[PlantedItem, ...]
    folders: int
    files: int
    hold_paths: tuple[str, ...]

    def of_kind(self, kind: PlantedKind) -> tuple[PlantedItem, ...]:
        """Return the items planted as `kind`, in order."""
        return tuple(item for item in self.items if item.kind is kind)


class SampleDriveError(Exception):
    """The sample drive was not built; the message says what is on the disk now."""

    def __init__(self, *, root: str, what: str, not_done: str, next_step: str) -> None:
        super().__init__(root, what, not_done, next_step)
        self.root = root
        self.what = what
        self.not_done = not_done
        self.next_step = next_step

    def __str__(self) -> str:
        """Return what happened, what was not done and what to do next, in one line."""
        return f"{self.what}. {self.not_done} {self.next_step}"

"""Building the sample drive: plan everything, refuse if the place is not empty, then write."""

import os
from collections.abc import Iterator
from datetime import date
from os import PathLike
from pathlib import Path

from retention.services.sample_drive.copies import plan_copies
from retention.services.sample_drive.democratic_services import plan_democratic_services
from retention.services.sample_drive.finance import HELD_FOLDERS, plan_finance
from retention.services.sample_drive.housing import plan_housing
from retention.services.sample_drive.human_resources import plan_human_resources
from retention.services.sample_drive.ict import plan_ict
from retention.services.sample_drive.oddities import plan_oddities
from retention.services.sample_drive.planning import plan_planning
from retention.services.sample_drive.plans import Planned, PlannedCopy, PlannedFile, PlannedLink, PlannedPipe
from retention.services.sample_drive.planting import PlantedItem, PlantedKind, SampleDrive, SampleDriveError
from retention.services.sample_drive.setting import Chance, Setting
from retention.services.sample_drive.shared_drives import plan_shared_drives
from retention.services.sample_drive.social_care import plan_adult_social_care, plan_childrens_services
from retention.services.sample_drive.writing import DriveWriter, folders_of

EARLIEST_AS_OF = date(2024, 4, 1)

_MASTERS = {PlantedKind.OVER_RETAINED, PlantedKind.RECENT}


def plan_drive(setting: Setting) -> tuple[Planned, ...]:
    """Return everything to write, originals before their copies."""
    records = (
        *plan_finance(setting),
        *plan_human_resources(setting),
        *plan_housing(setting),
        *plan_planning(setting),
        *plan_childrens_services(setting),
        *plan_adult_social_care(setting),
        *plan_democratic_services(setting),
        *plan_ict(setting),
        *plan_shared_drives(setting),
    )
    return (*records, *plan_oddities(setting), *plan_copies(setting, records))


def build_sample_drive(root: str | PathLike[str], *, as_of: date, seed: int = 1998) -> SampleDrive:
    """Build a realistic council drive below `root` and return what was planted on it.

    The same `seed` and `as_of` give the same paths, bytes and file times. Nothing on it is dated after
    `as_of`; what is over-retained is so on every day from 1 April 2024 on. Writes about 2 MB.

    Args:
        root: A folder that does not exist yet, or is empty.
        as_of: The day on which the drive will be looked at.
        seed: Which of the many such drives.

    Raises:
        SampleDriveError: `root` is not empty or not a folder, or `as_of` is before 1 April 2024 (nothing
            was written); or the disk refused (what was written by then stays, and the message says so).
    """
    place = os.fspath(root)
    _check_day(place, as_of)
    planned = plan_drive(Setting(as_of=as_of, chance=Chance(seed=seed)))
    folders = folders_of(thing.path for thing in planned)
    _take_empty_folder(place)
    writer = DriveWriter(place, chance=Chance(seed=seed))
    try:
        writer.make_folders(folders)
        for thing in planned:
            writer.write(thing)
        writer.date_folders(folders)
    except OSError as error:
        raise SampleDriveError(
            root=place,
            what=f"the disk refused while the sample drive was being written: {error}",
            not_done=f"The drive is not complete; {writer.file_count} files of it are in {place!r}.",
            next_step="Delete that folder and build the drive again, in another place if this one is full.",
        ) from error
    items = sorted(_items(planned), key=lambda item: os.fsencode(item.path))
    return SampleDrive(
        root=place, items=tuple(items), folders=len(folders), files=writer.file_count, hold_paths=HELD_FOLDERS
    )


def _check_day(root: str, as_of: date) -> None:
    if as_of < EARLIEST_AS_OF:
        raise SampleDriveError(
            root=root,
            what=f"on {as_of.isoformat()} the sample drive's old papers were not old enough",
            not_done="Nothing was written.",
            next_step=f"Give a day from {EARLIEST_AS_OF.isoformat()} on.",
        )


def _take_empty_folder(root: str) -> None:
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
        is_empty = not any(Path(root).iterdir())
    except OSError as error:
        raise SampleDriveError(
            root=root,
            what=f"{root!r} cannot be used as a folder: {error}",
            not_done="Nothing was written.",
            next_step="Name a folder that does not exist yet, in a place you may write to.",
        ) from error
    if not is_empty:
        raise SampleDriveError(
            root=root,
            what=f"{root!r} is not empty",
            not_done="Nothing was written.",
            next_step="Name a folder that does not exist yet, or an empty one.",
        )


def _items(planned: tuple[Planned, ...]) -> Iterator[PlantedItem]:
    originals = {thing.path: thing for thing in planned if isinstance(thing, PlannedFile)}
    copied = {thing.of for thing in planned if isinstance(thing, PlannedCopy)}
    for thing in planned:
        match thing:
            case PlannedFile():
                yield _item_of(thing, is_copied=thing.path in copied)
            case PlannedCopy():
                yield _copy_of(thing, originals[thing.of])
            case PlannedLink():
                yield _no_file(thing.path, PlantedKind.SYMBOLIC_LINK, thing.note)
            case PlannedPipe():
                yield _no_file(thing.path, PlantedKind.PIPE, thing.note)


def _item_of(file: PlannedFile, *, is_copied: bool) -> PlantedItem:
    # what is held, permanent or a case file stays that, however often it was copied
    kind = PlantedKind.DUPLICATE_MASTER if is_copied and file.kind in _MASTERS else file.kind
    return PlantedItem(path=file.path, kind=kind, class_id=file.class_id, trigger_on=file.trigger_on, note=file.note)


def _copy_of(copy: PlannedCopy, original: PlannedFile) -> PlantedItem:
    return PlantedItem(
        path=copy.path,
        kind=PlantedKind.HARD_LINK if copy.is_hard_link else PlantedKind.DUPLICATE_COPY,
        class_id=original.class_id,
        trigger_on=original.trigger_on,
        note=copy.note,
    )


def _no_file(path: str, kind: PlantedKind, note: str) -> PlantedItem:
    return PlantedItem(path=path, kind=kind, class_id=None, trigger_on=None, note=note)

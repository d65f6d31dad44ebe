"""Exact copies: the ones people make to be safe, and then keep in every place they ever worked."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from retention.services.sample_drive.plans import PlannedCopy, PlannedFile
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting

_BESIDE = 18
_SCANNED = 6
_ELSEWHERE = (
    # where the original lies, how many are copied, and the folder of another department that has them
    ("HR/Health and Safety/Risk Assessments/", 4, "Housing/Health and Safety/Risk Assessments"),
    ("HR/Health and Safety/Accidents/", 1, "Adult Social Care/Health and Safety/Accidents"),
    ("Housing/Repairs/Invoices/", 3, "Finance/Invoices/From Housing"),
    ("Finance/Purchase Orders/", 4, "ICT/Purchase Orders"),
    ("Democratic Services/Cabinet Minutes/", 3, "Planning/Cabinet Minutes"),
    ("ICT/Service Desk/Call Logs/", 2, "Democratic Services/Service Desk/Call Logs"),
)
_SWEPT_UP = (
    ("Finance/Invoices/", 8, "Old Shared Drive/Invoices"),
    ("Finance/Budgets/", 3, "Old Shared Drive/Budgets"),
    ("Planning/Planning Applications/", 2, "Old Shared Drive/Planning Applications"),
    ("Children's Services/Looked After Children/", 1, "Old Shared Drive/LAC"),
    ("Adult Social Care/Older People/", 1, "Old Shared Drive/Older People"),
)
_HELD_COPIES = 2


def plan_copies(setting: Setting, planned: Sequence[PlannedFile]) -> Iterator[PlannedCopy]:
    """Yield copies of some of the `planned` files; the same plan gives the same copies."""
    yield from _beside_the_original(planned)
    for prefix, count, folder in _ELSEWHERE:
        for original in _spread(_copied(planned, prefix), count):
            yield PlannedCopy(
                path=f"{folder}/{_name(original)}",
                of=original.path,
                note=f"another department's copy of {original.path}",
            )
    for prefix, count, folder in _SWEPT_UP:
        # one off, so that what is swept up is not what was copied above
        for original in _spread(_copied(planned, prefix)[1:], count):
            yield PlannedCopy(
                path=f"{folder}/{_name(original)}",
                of=original.path,
                note=f"copy of {original.path}, dated by the server move",
                modified_on=setting.server_move_on,
            )
    yield from _of_the_held(planned)
    yield _second_name(planned)


def _copied(planned: Iterable[PlannedFile], prefix: str) -> tuple[PlannedFile, ...]:
    """Return the well dated and readable files below `prefix`, in the order of the plan."""
    fit = {PlantedKind.OVER_RETAINED, PlantedKind.PERMANENT, PlantedKind.CASE_FILE}
    return tuple(file for file in planned if file.path.startswith(prefix) and file.kind in fit)


def _spread(files: tuple[PlannedFile, ...], count: int) -> tuple[PlannedFile, ...]:
    """Return `count` of `files`, evenly spread."""
    return tuple(files[position * len(files) // count] for position in range(count))


def _name(file: PlannedFile) -> str:
    return PurePosixPath(file.path).name


def _beside_the_original(planned: Sequence[PlannedFile]) -> Iterator[PlannedCopy]:
    for number, original in enumerate(_spread(_copied(planned, "Finance/Invoices/"), _BESIDE)):
        place = PurePosixPath(original.path)
        if number < _SCANNED:
            name = f"Scanned/{place.name}"
        else:
            name = f"Copy of {place.name}" if number % 2 else f"{place.stem} (1){place.suffix}"
        yield PlannedCopy(path=f"{place.parent}/{name}", of=original.path, note=f"copy of {original.path}")


def _of_the_held(planned: Sequence[PlannedFile]) -> Iterator[PlannedCopy]:
    held = tuple(file for file in planned if file.kind is PlantedKind.HELD)
    for original in held[:_HELD_COPIES]:
        yield PlannedCopy(
            path=f"Office Move/Invoices/{_name(original)}",
            of=original.path,
            note=f"outside the held folders, but a copy of {original.path}: held with it",
        )


def _second_name(planned: Sequence[PlannedFile]) -> PlannedCopy:
    original = _copied(planned, "Finance/Reconciliations/")[3]
    return PlannedCopy(
        path=f"Office Move/Reconciliations/{_name(original)}",
        of=original.path,
        note=f"a second name (hard link) of {original.path}: one file",
        is_hard_link=True,
    )

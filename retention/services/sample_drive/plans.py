"""What each department hands to the builder: files, copies, links and pipes, planned and not yet written."""

from dataclasses import dataclass
from datetime import date

from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file to write: a paper (its form follows from the name's suffix) or plain bytes."""

    path: str
    kind: PlantedKind
    content: Paper | bytes
    modified_on: date
    note: str
    class_id: str | None = None
    trigger_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCopy:
    """A file with the same bytes as the one planned at `of`, and its date unless `modified_on` is given."""

    path: str
    of: str
    note: str
    modified_on: date | None = None
    is_hard_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLink:
    """A symbolic link whose text is `target`."""

    path: str
    target: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPipe:
    """A named pipe."""

    path: str
    note: str


Planned = PlannedFile | PlannedCopy | PlannedLink | PlannedPipe


def filed(
    setting: Setting,
    path: str,
    paper: Paper,
    *,
    kind: PlantedKind,
    note: str,
    class_id: str | None = None,
    trigger_on: date | None = None,
) -> PlannedFile:
    """Return `paper` filed at `path`, saved soon after its own date, or on the server move if it has none."""
    saved_on = setting.server_move_on if paper.dated_on is None else setting.saved_after(paper.dated_on, path)
    return PlannedFile(
        path=path,
        kind=kind,
        content=paper,
        modified_on=saved_on,
        class_id=class_id,
        trigger_on=trigger_on,
        note=note,
    )

"""Schedules: the one in force, the versions before it, and files that may become one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retention.errors import InvalidInputError
from retention.store import schedules
from retention.store.catalogue import Catalogue
from rules import (
    Classifier,
    DisposalSchedule,
    ScheduleError,
    load_schedule,
    parse_schedule,
    shipped_schedule,
    shipped_schedule_text,
)


def schedule_in_force(catalogue: Catalogue) -> DisposalSchedule:
    """Return the version that was published last.

    Raises:
        UnknownThingError: None was ever published.
    """
    with catalogue.reading() as tx:
        version, text = schedules.current(tx)
    return parse_schedule(text, name=version, published_as=version)


def schedule_of(catalogue: Catalogue, schedule_version: str) -> DisposalSchedule:
    """Return a published version, as it was.

    Raises:
        UnknownThingError: There is no such version.
    """
    with catalogue.reading() as tx:
        text = schedules.text_of(tx, schedule_version)
    return parse_schedule(text, name=schedule_version, published_as=schedule_version)


def read_schedule(file: str | None) -> DisposalSchedule:
    """Return the schedule in `file`, or the shipped one.

    Raises:
        InvalidInputError: The file has faults, all of which are listed.
    """
    return shipped_schedule() if file is None else check_file(file)


def shipped_text() -> str:
    """Return the shipped schedule as it is edited."""
    return shipped_schedule_text()


def check_file(file: str) -> DisposalSchedule:
    """Return the schedule in `file` if nothing is wrong with it.

    Raises:
        InvalidInputError: It has faults, all of which are listed with their lines.
    """
    try:
        if not Path(file).is_file():  # opening a pipe would wait for somebody to write
            raise _unreadable(file, "it is not a file")
        return load_schedule(file)
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    except ScheduleError as error:
        raise InvalidInputError(
            what=str(error),
            not_done="The schedule was not used; nothing was changed.",
            next_step="Correct the lines named above.",
        ) from error


def read_file(file: str) -> tuple[str, DisposalSchedule]:
    """Return the text of a schedule file and what it says, if nothing is wrong with it.

    Raises:
        InvalidInputError: It has faults, all of which are listed with their lines, or it changed meanwhile.
    """
    schedule = check_file(file)
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
        is_same = parse_schedule(text, name=file).digest == schedule.digest
    except (OSError, UnicodeDecodeError, ScheduleError):
        is_same, text = False, ""
    if not is_same:
        raise _unreadable(file, "it was changed while it was read")
    return text, schedule


def _unreadable(file: str, words: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"the schedule {file} cannot be read: {words}",
        not_done="The schedule was not used; nothing was changed.",
        next_step="Give a YAML file; `retention schedule show` prints one to start from.",
    )


def classify_one(schedule: DisposalSchedule, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the classification of one described file, in the keys of `explain`."""
    facts = _ToldFacts(
        path=str(told["path"]),
        text=str(told.get("text") or ""),
        media_type=str(told.get("media_type") or ""),
        properties={},
    )
    return {"path": facts.path, **_classifier(schedule).classify(facts).to_json()}


_SAYS_NOTHING = datetime.max.replace(tzinfo=UTC)  # an upper bound of everything


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToldFacts:
    """A file that was described, not read."""

    path: str
    text: str
    media_type: str
    properties: Mapping[str, str]
    size_bytes: int = 0
    modified_at: datetime = _SAYS_NOTHING


_compiled: dict[str, Classifier] = {}


def _classifier(schedule: DisposalSchedule) -> Classifier:
    if schedule.schedule_version not in _compiled:
        _compiled[schedule.schedule_version] = Classifier(schedule)
    return _compiled[schedule.schedule_version]

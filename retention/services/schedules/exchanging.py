"""Schedules in other people's forms: read with an account of every row, written with an account of every loss.

Nothing here puts a schedule into force. A file that is there already is never changed, so that no export and no
import can take the place of a record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from retention.errors import InvalidInputError
from rules import (
    EXPORT_FORMS,
    IMPORT_FORMS,
    DisposalAction,
    DisposalSchedule,
    Exported,
    ImportDefaults,
    ImportedSchedule,
    ScheduleError,
    Trigger,
    YearStart,
    export_schedule,
    import_schedule,
)

FORMS_IN, FORMS_OUT = IMPORT_FORMS, EXPORT_FORMS
STARTS = tuple(
    trigger.value for trigger in Trigger if trigger not in (Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT)
)
ENDS = ("destroy", "review", "transfer")
_MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", re.ASCII)
_MOST_FILE_BYTES = 16_000_000
_MOST_FINDINGS = 100
_NOT_IMPORTED = "Nothing was imported; no file was written."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChoices:
    """What a person says of a file: its form, what stands beside it, and what may be assumed; empty is not said."""

    form: str = ""
    beside: Sequence[str] = ()
    columns: Sequence[str] = ()
    default_start: str = ""
    default_action: str = ""
    schedule_id: str = ""
    title: str = ""
    version: str = ""
    jurisdiction: str = ""
    financial_year_start: str = ""


def import_file(file: str, choices: ImportChoices) -> ImportedSchedule:
    """Return the schedule in `file`, of any form, with the account of its rows. Nothing is written.

    Raises:
        InvalidInputError: A file cannot be read, or is of no known form, or something in it is wrong; every fault
            that was found is listed with its row and column.
    """
    defaults = ImportDefaults(
        schedule_id=choices.schedule_id or Path(file).stem,
        title=choices.title,
        version=choices.version or ImportDefaults().version,
        jurisdiction=choices.jurisdiction,
        financial_year_start=_year_start(choices.financial_year_start),
        default_start=Trigger(choices.default_start) if choices.default_start else None,
        default_action=DisposalAction[choices.default_action.upper()] if choices.default_action else None,
        columns=tuple(_column(words) for words in choices.columns),
    )
    content, beside = _content(file), tuple(_content(one) for one in choices.beside)
    try:
        return import_schedule(content, name=file, defaults=defaults, form=choices.form or None, beside=beside)
    except ScheduleError as error:
        raise InvalidInputError(
            what=_listed(error),
            not_done=_NOT_IMPORTED,
            next_step="Correct the places named above, or name the file's form with --form.",
        ) from error


def save_imported(imported: ImportedSchedule, *, source: str, out: str) -> None:
    """Write an imported schedule in the house form to `out`, which must not be there yet.

    Raises:
        InvalidInputError: `out` is there already, or cannot be written.
    """
    head = f"# Imported from {' '.join(Path(source).name.split())}, read as {imported.form}.\n"
    advice = "# No class has cues yet. Check every rule against `as_written` before you publish this.\n"
    text = export_schedule(imported.schedule, form="yaml").content
    _save_new((head + advice).encode("utf-8", errors="replace") + text, out)


def export_file(schedule: DisposalSchedule, *, form: str, reviewer: str, out: str) -> Exported:
    """Write `schedule` in `form` to `out`, which must not be there yet, and return what the form could not hold.

    Raises:
        InvalidInputError: `out` is there already, or cannot be written.
    """
    exported = export_schedule(schedule, form=form, reviewer=reviewer)
    _save_new(exported.content, out)
    return exported


def _listed(error: ScheduleError) -> str:
    """Return the findings, one a line; a file that is wrong throughout is not told throughout."""
    shown = [str(finding) for finding in error.findings[:_MOST_FINDINGS]]
    left = len(error.findings) - len(shown)
    return "\n".join([*shown, f"and {left} more" if left else ""]).rstrip("\n")


def _content(file: str) -> bytes:
    place = Path(file)
    try:
        if not place.is_file():  # opening a pipe would wait for somebody to write
            raise _unreadable(file, "it is not a file")
        if place.stat().st_size > _MOST_FILE_BYTES:
            raise _unreadable(file, f"it is larger than the {_MOST_FILE_BYTES} bytes of a schedule")
        return place.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, getattr(error, "strerror", None) or str(error)) from error


def _unreadable(file: str, words: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"{file} cannot be read: {words}",
        not_done=_NOT_IMPORTED,
        next_step="Give the file of a schedule; docs/schedule-exchange.md lists the forms.",
    )


def _save_new(content: bytes, out: str) -> None:
    try:
        with Path(out).open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise InvalidInputError(
            what=f"{out} is there already",
            not_done="It was not changed, and nothing was written.",
            next_step="Give another name with --out, or move the file away.",
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            what=f"{out} cannot be written: {getattr(error, 'strerror', None) or error}",
            not_done="The schedule was not written.",
            next_step="Give a name in a folder that you may write to.",
        ) from error


def _year_start(text: str) -> YearStart | None:
    if not text:
        return None
    found = _MONTH_AND_DAY.fullmatch(text)
    if found is None:
        raise InvalidInputError(
            what=f"{text!r} is no first day of a year",
            not_done=_NOT_IMPORTED,
            next_step="Write month and day, as in 04-01; a day from 01 to 28.",
        )
    return YearStart(month=int(found.group(1)), day=int(found.group(2)))


def _column(words: str) -> tuple[str, str]:
    field, sign, heading = words.partition("=")
    if not sign:
        raise InvalidInputError(
            what=f"{words!r} names no column",
            not_done=_NOT_IMPORTED,
            next_step="Write field and heading, as in --column 'retention=Keep for'.",
        )
    return field.strip(), heading.strip()

"""What the tests of all forms ask: import these bytes, or be refused."""

import pytest

from rules import DisposalClass, ImportDefaults, ImportedSchedule, ScheduleError, import_schedule

NO_DEFAULTS = ImportDefaults()


def imported(content: bytes, *, defaults: ImportDefaults = NO_DEFAULTS, form: str | None = None) -> ImportedSchedule:
    return import_schedule(content, name="theirs", defaults=defaults, form=form)


def only_class(content: bytes, *, defaults: ImportDefaults = NO_DEFAULTS, form: str | None = None) -> DisposalClass:
    """Return the one class of the file; the default that every import adds stands after it."""
    found, default = imported(content, defaults=defaults, form=form).schedule.classes
    assert default.id == "DEFAULT"
    return found


def refused(content: bytes, *, form: str | None = None) -> str:
    with pytest.raises(ScheduleError) as refusal:
        imported(content, form=form)
    return str(refusal.value)

"""ICT: call logs, access logs and working files, kept because disks were cheap."""

from collections.abc import Iterator

from retention.services.sample_drive.invented import person
from retention.services.sample_drive.papers import Paper, Row
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_figures, in_words

_FAULTS = ("Password reset", "Printer jam", "Slow screen", "Mouse missing", "No sound", "Locked account")
_OLD_CALL_YEARS = range(2006, 2018)
_OLD_LOG_YEARS = range(2009, 2017)
_DRAFTS = (
    "Notes on cabling",
    "Draft newsletter layout",
    "Draft floor plan names",
    "Extract of extension numbers",
    "Scratch list of monitors",
    "Notes for the away day",
    "Draft names for servers",
    "Extract of door numbers",
)


def plan_ict(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under ICT."""
    yield from _call_logs(setting)
    yield from _access_logs(setting)
    yield from _recent_logs(setting)
    yield from _working_files(setting)


def _call_logs(setting: Setting) -> Iterator[PlannedFile]:
    for year in _OLD_CALL_YEARS:
        day = setting.chance.weekday_of(f"calls {year}", year)
        lines: list[Row] = [("Service desk call", "Logged on", "Caller", "Fault", "State")]
        for number in range(12):
            caller = person(setting, f"caller {year} {number}")
            fault = setting.chance.choice(f"fault {year} {number}", _FAULTS)
            lines.append((f"INC{year}{number:03}", in_figures(day), caller, fault, "Resolved"))
        yield filed(
            setting,
            f"ICT/Service Desk/Call Logs/{year}/Service desk calls {day.isoformat()}.csv",
            Paper(title="Service desk calls", rows=tuple(lines), dated_on=day),
            kind=PlantedKind.OVER_RETAINED,
            class_id="ICT-01",
            trigger_on=day,
            note=f"calls of {in_words(day)}; one year at most",
        )


def _access_logs(setting: Setting) -> Iterator[PlannedFile]:
    for year in _OLD_LOG_YEARS:
        day = setting.chance.weekday_of(f"access log {year}", year)
        hits = tuple(
            f"{day.isoformat()} 09:{minute:02}:07 {_caller(setting, day.year, minute)} GET / 200"
            for minute in range(0, 60, 5)
        )
        yield filed(
            setting,
            f"ICT/Logs/{year}/intranet-{day.isoformat()}.log",
            Paper(title=f"access log of the intranet, {day.isoformat()}", lines=hits, dated_on=day),
            kind=PlantedKind.OVER_RETAINED,
            class_id="ICT-01",
            trigger_on=day,
            note=f"access log of {in_words(day)}; one year at most",
        )


def _caller(setting: Setting, year: int, minute: int) -> str:
    # RFC 5737: 192.0.2.0/24 belongs to nobody
    return f"192.0.2.{setting.chance.number(f'caller {year} {minute}', 1, 250)}"


def _recent_logs(setting: Setting) -> Iterator[PlannedFile]:
    for days in (20, 70, 150, 240):
        day = setting.days_ago(days)
        yield filed(
            setting,
            f"ICT/Logs/{day.year}/intranet-{day.isoformat()}.log",
            Paper(title=f"access log of the intranet, {day.isoformat()}", lines=("no requests",), dated_on=day),
            kind=PlantedKind.RECENT,
            class_id="ICT-01",
            trigger_on=day,
            note="access log of less than a year ago",
        )


def _working_files(setting: Setting) -> Iterator[PlannedFile]:
    for number, name in enumerate(_DRAFTS):
        day = setting.chance.weekday_of(name, 2007 + number)
        saved_on = setting.saved_after(day, name)
        yield PlannedFile(
            path=f"ICT/Working Files/{day.year}/{name}{'.docx' if number % 2 else '.txt'}",
            kind=PlantedKind.OVER_RETAINED,
            content=Paper(title=name, lines=("Draft for comment. Work in progress.", in_words(day)), dated_on=day),
            modified_on=saved_on,
            class_id="TRN-01",
            trigger_on=saved_on,
            note="a working file, last used years ago",
        )

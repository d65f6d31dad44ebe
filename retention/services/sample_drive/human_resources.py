"""HR: timesheets by tax year, unsuccessful candidates, leavers and staff, and health and safety."""

from collections.abc import Iterator

from retention.services.sample_drive.invented import SITES, person
from retention.services.sample_drive.papers import OFFICE_SINCE, Paper, Row
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_figures, in_words, years

_POSTS = (
    ("Post 1123 Caretaker", 2009),
    ("Post 1188 Rent Assistant", 2011),
    ("Post 1240 Support Clerk", 2013),
    ("Post 1302 Driver", 2015),
)
_LEAVERS = (2006, 2008, 2010, 2012)
_STAFF = 5
_HAZARDS = (
    "Manual handling of archive boxes",
    "Lone working at reception",
    "Use of ladders",
    "Wet floors by the pool",
    "Violence at the front counter",
    "Moving vehicles in the yard",
    "Hot surfaces in the kitchen",
    "Cash in transit",
)
_INJURIES = (
    "slipped on wet steps",
    "trapped a finger in a drawer",
    "cut a hand on a paper knife",
    "strained a back",
)


def plan_human_resources(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under HR."""
    yield from _timesheets(setting)
    yield from _recruitment(setting)
    yield from _leavers(setting)
    yield from _staff(setting)
    yield from _risk_assessments(setting)
    yield from _accidents(setting)
    yield from _asbestos(setting)


def _timesheets(setting: Setting) -> Iterator[PlannedFile]:
    for year in years(2007, 2014):
        day = setting.chance.weekday_in(f"timesheet {year.name}", year)
        lines: list[Row] = [("Employee", "Week ending", "Hours", "Overtime", "Gross pay")]
        for number in range(6):
            hours = setting.chance.number(f"hours {year.name} {number}", 20, 37)
            worker = person(setting, f"worker {year.start} {number}")
            lines.append((worker, in_figures(day), float(hours), number / 2, hours * 9.75))
        yield filed(
            setting,
            f"HR/Payroll/Timesheets/{year.name}/Timesheet week ending {day.isoformat()}.xlsx",
            Paper(
                title="Timesheet return to payroll",
                lines=(
                    "Gross pay before tax and National Insurance contributions",
                    f"Week ending {in_words(day)}",
                ),
                rows=tuple(lines),
                dated_on=day,
            ),
            kind=PlantedKind.OVER_RETAINED,
            class_id="PAY-01",
            trigger_on=day,
            note="timesheet, six years after the tax year long gone",
        )


def _recruitment(setting: Setting) -> Iterator[PlannedFile]:
    for post, year in _POSTS:
        day = setting.chance.weekday_of(post, year)
        candidate = person(setting, post)
        told = (f"Decision date: {in_words(day)}", "The candidate was unsuccessful on this occasion.")
        papers = (
            (
                f"Application form {candidate}.docx",
                ("Application form for employment", f"Name: {candidate}", *told),
            ),
            (f"Shortlist {post}.xlsx", ("Shortlisting matrix: essential and desirable criteria", *told)),
            (
                f"Interview notes {candidate}.docx",
                ("Interview score: 14 out of 30", f"Candidate: {candidate}", *told),
            ),
        )
        for name, lines in papers:
            yield filed(
                setting,
                f"HR/Recruitment/{year}/{post}/{name}",
                Paper(title=post, lines=lines, dated_on=day),
                kind=PlantedKind.OVER_RETAINED,
                class_id="HR-03",
                trigger_on=day,
                note=f"candidate not appointed, told on {in_words(day)}: six months at most",
            )


def _leavers(setting: Setting) -> Iterator[PlannedFile]:
    for year in _LEAVERS:
        name = person(setting, f"leaver {year}")
        left_on = setting.chance.weekday_of(f"leaver {year}", year)
        started_on = setting.chance.weekday_of(f"starter {year}", year - 5)
        ended = f"Employment ended on: {in_words(left_on)}"
        papers = (
            (
                "Contract of employment",
                started_on,
                (f"Contract of employment between the Council and {name}",),
            ),
            ("Leaver form", left_on, (f"Leaver form for {name}", "Notice of resignation received", ended)),
        )
        for title, day, lines in papers:
            suffix = ".docx" if day.year >= OFFICE_SINCE else ".pdf"
            yield filed(
                setting,
                f"HR/Personnel/Leavers/{year}/{name}/{title}{suffix}",
                Paper(title=title, lines=lines, dated_on=day),
                kind=PlantedKind.OVER_RETAINED,
                class_id="HR-01",
                trigger_on=left_on,
                note=f"left on {in_words(left_on)}; the whole file is over seven years old",
            )


def _staff(setting: Setting) -> Iterator[PlannedFile]:
    for number in range(_STAFF):
        name = person(setting, f"staff {number}")
        day = setting.days_ago(900 + 400 * number)
        yield filed(
            setting,
            f"HR/Personnel/Staff Files/{name}/Appraisal {day.year}.docx",
            Paper(
                title=f"Appraisal {day.year}",
                lines=(f"Performance appraisal of {name}", f"Appraisal meeting held on {in_words(day)}"),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="HR-01",
            note="nothing says that this person has left",
        )


def _risk_assessments(setting: Setting) -> Iterator[PlannedFile]:
    for number, hazard in enumerate(_HAZARDS):
        day = setting.chance.weekday_of(hazard, 2006 + number)
        suffix = ".docx" if number > 0 else ".pdf"
        yield filed(
            setting,
            f"HR/Health and Safety/Risk Assessments/{day.year}/RA-{number + 11:03} {hazard}{suffix}",
            Paper(
                title=f"Risk assessment: {hazard}",
                lines=(
                    f"Assessment date: {in_words(day)}",
                    "Risk assessment of the task, to be looked at again each year",
                ),
                rows=(
                    ("Hazard", "Likelihood", "Severity", "Controls"),
                    (hazard, "Possible", "Moderate", "Briefing, signs, monthly walk round"),
                ),
                dated_on=day,
            ),
            kind=PlantedKind.OVER_RETAINED,
            class_id="HS-01",
            trigger_on=day,
            note=f"risk assessment of {in_words(day)}, kept over seven years",
        )


def _accidents(setting: Setting) -> Iterator[PlannedFile]:
    for number, injury in enumerate(_INJURIES):
        day = setting.chance.weekday_of(injury, 2007 + number)
        yield filed(
            setting,
            f"HR/Health and Safety/Accidents/{day.year}/Accident report {day.isoformat()}.pdf",
            Paper(
                title="Accident report form",
                lines=(
                    f"Date of accident: {in_words(day)}",
                    f"Place: {SITES[number]}",
                    f"Person injured: {person(setting, injury)}, adult, employee",
                    f"What happened: the employee {injury}. First aid given. Not reportable under RIDDOR.",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.OVER_RETAINED,
            class_id="HS-01",
            trigger_on=day,
            note=f"accident to an adult on {in_words(day)}, no claim on file",
        )


def _asbestos(setting: Setting) -> Iterator[PlannedFile]:
    for site, day in zip(SITES[:2], (setting.days_ago(12 * 365), setting.days_ago(7 * 365)), strict=True):
        yield filed(
            setting,
            f"HR/Occupational Health/Asbestos/{day.year}/Asbestos survey {site}.pdf",
            Paper(
                title=f"Asbestos survey: {site}",
                lines=(
                    f"Survey date: {in_words(day)}",
                    "Asbestos register updated. No person exposed to fibres.",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.RECENT,
            class_id="HS-02",
            trigger_on=day,
            note="old, and still far within its forty years",
        )

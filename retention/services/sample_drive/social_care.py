"""Children's Services and Adult Social Care: files about people, whose clocks start outside the drive.

A date of birth, a last contact or the end of a service stands in the case system, not here. Nothing in these
folders may ever become due by guessing, however old the papers look. The papers' own dates follow `as_of`, so
that even the narrowest honest bound (nobody is born after their first record) leaves the question open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from retention.services.sample_drive.invented import SCHOOLS, person
from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words
from retention.services.sample_drive.team_meetings import team_meetings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """A kind of case: where it is filed, what each paper is called and says, and how many cases there are."""

    folder: str
    prefix: str
    name: str
    lines: tuple[str, ...]
    class_id: str
    cases: int


_CHILDREN = (
    _Series(
        folder="Looked After Children",
        prefix="LAC",
        name="LAC review",
        lines=(
            "Review of the care of a looked after child",
            "The independent reviewing officer agreed the pathway plan.",
        ),
        class_id="CSC-01",
        cases=6,
    ),
    _Series(
        folder="Adoptions",
        prefix="AD",
        name="Prospective adopter report",
        lines=("Report on a prospective adopter", "To be considered by the adoption panel."),
        class_id="CSC-02",
        cases=2,
    ),
    _Series(
        folder="Child Protection",
        prefix="CP",
        name="Core group",
        lines=("Meeting of the core group", "The child protection plan continues."),
        class_id="CSC-03",
        cases=5,
    ),
    _Series(
        folder="Early Help",
        prefix="EH",
        name="Early help assessment",
        lines=("Early help assessment", "A team around the family will meet each month."),
        class_id="CSC-04",
        cases=5,
    ),
    _Series(
        folder="SEND",
        prefix="EHC",
        name="EHCP",
        lines=("Education health and care plan", "With the educational psychologist advice attached."),
        class_id="EDU-01",
        cases=5,
    ),
)
_ADULTS = (
    _Series(
        folder="Older People",
        prefix="OP",
        name="Care and support plan",
        lines=("Care and support plan", "Following a Care Act assessment, two calls a day."),
        class_id="ASC-01",
        cases=7,
    ),
    _Series(
        folder="Learning Disabilities",
        prefix="LD",
        name="Needs assessment",
        lines=("Care Act assessment of needs", "A mental capacity assessment was made for this decision."),
        class_id="ASC-01",
        cases=5,
    ),
    _Series(
        folder="Safeguarding Adults",
        prefix="SA",
        name="Section 42 enquiry",
        lines=("Section 42 enquiry", "The person asked for their daughter to be told."),
        class_id="ASC-01",
        cases=4,
    ),
    _Series(
        folder="Deputyship",
        prefix="DP",
        name="Financial assessment",
        lines=("Financial assessment for care", "Savings held by the council as deputy."),
        class_id="ASC-01",
        cases=3,
    ),
)


def plan_childrens_services(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Children's Services."""
    for series in _CHILDREN:
        yield from _cases(setting, "Children's Services", series)
    yield from _exclusions(setting)
    yield from team_meetings(setting, "Children's Services", range(2008, 2012))


def plan_adult_social_care(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Adult Social Care."""
    for series in _ADULTS:
        yield from _cases(setting, "Adult Social Care", series)
    yield from team_meetings(setting, "Adult Social Care", range(2009, 2012))


def _cases(setting: Setting, department: str, series: _Series) -> Iterator[PlannedFile]:
    for number in range(series.cases):
        reference = f"{series.prefix}-{setting.chance.number(f'{series.prefix} {number}', 200, 399)}{number:02}"
        day = setting.days_ago(1000 + 800 * number)
        suffix = ".docx" if number % 2 else ".pdf"
        yield filed(
            setting,
            f"{department}/{series.folder}/{reference}/{series.name} {day.isoformat()}{suffix}",
            Paper(
                title=f"{series.name} {reference}",
                lines=(*series.lines, f"Written by {person(setting, reference)} on {in_words(day)}"),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id=series.class_id,
            note="about a person; the date that starts the clock is in the case system only",
        )


def _exclusions(setting: Setting) -> Iterator[PlannedFile]:
    for number, school in enumerate(SCHOOLS):
        day = setting.days_ago(1400 + 700 * number)
        yield filed(
            setting,
            f"Children's Services/Exclusions/EX-{71 + number}/Exclusion letter {school}.docx",
            Paper(
                title="Exclusion letter",
                lines=(f"Permanent exclusion from {school}", f"The letter was sent on {in_words(day)}"),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="EDU-02",
            note="about a pupil whose date of birth is not on the drive",
        )

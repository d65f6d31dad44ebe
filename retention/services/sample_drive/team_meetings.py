"""Team meetings: every department has them, and keeps their notes for ever."""

from collections.abc import Iterator

from retention.services.sample_drive.invented import person
from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words


def team_meetings(setting: Setting, department: str, kept: range) -> Iterator[PlannedFile]:
    """Yield the minutes of one team meeting in each of the years `kept`, all past their six years."""
    for year in kept:
        day = setting.chance.weekday_of(f"team meeting {department} {year}", year)
        saved_on = setting.saved_after(day, f"team meeting {department} {year}")
        present = ", ".join(person(setting, f"{department} {year} {seat}") for seat in range(3))
        yield PlannedFile(
            path=f"{department}/Team Meetings/{year}/Team meeting notes {day.isoformat()}.docx",
            kind=PlantedKind.OVER_RETAINED,
            content=Paper(
                title=f"Team meeting, {in_words(day)}",
                lines=(
                    f"Present: {present}",
                    "1. Action log from the last team meeting: all actions done.",
                    "2. Leave over the summer. Cover is agreed.",
                    "3. The photocopier on the second floor will be replaced.",
                ),
                dated_on=day,
            ),
            modified_on=saved_on,
            class_id="COR-02",
            trigger_on=saved_on,
            note="team meeting, six years after the financial year it was last saved in",
        )

"""Planning: the public register, letters from neighbours, enforcement and land charges."""

from collections.abc import Iterator

from retention.services.sample_drive.invented import STREETS, WARDS, person
from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words
from retention.services.sample_drive.team_meetings import team_meetings

_DECIDED_YEARS = range(1999, 2016)
_OBJECTION_YEARS = range(2006, 2015)
_BREACHES = (
    "Shed over the height allowed",
    "Fence at the highway",
    "Dwelling let as offices",
    "Sign without consent",
)
_WORKS = ("single storey rear extension", "change of a shop front", "dormer to the front", "detached garage")


def plan_planning(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Planning."""
    yield from _decisions(setting)
    yield from _objections(setting)
    yield from _enforcement(setting)
    yield from _land_charges(setting)
    yield from team_meetings(setting, "Planning", range(2010, 2012))


def _decisions(setting: Setting) -> Iterator[PlannedFile]:
    for year in _DECIDED_YEARS:
        label = f"application {year}"
        day = setting.chance.weekday_of(label, year)
        number = f"{year % 100:02}-{setting.chance.number(label, 100, 1999):05}-FUL"
        works = setting.chance.choice(label, _WORKS)
        address = f"{year % 40 + 1} {setting.chance.choice(f'address {label}', STREETS)}"
        yield filed(
            setting,
            f"Planning/Planning Applications/{year}/{number}/{number} Decision Notice.pdf",
            Paper(
                title="NOTICE OF DECISION",
                lines=(
                    "Town and Country Planning Act 1990",
                    f"Application {number}: {works} at {address}, Larkmere",
                    "Planning permission is hereby granted, subject to two conditions.",
                    f"Decision date: {in_words(day)}",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.PERMANENT,
            class_id="PLN-01",
            note="part of the public planning register",
        )


def _objections(setting: Setting) -> Iterator[PlannedFile]:
    for year in _OBJECTION_YEARS:
        label = f"objection {year}"
        decided_on = setting.chance.weekday_of(label, year)
        number = f"{year % 100:02}/{setting.chance.number(label, 100, 1999):05}"
        suffix = ".docx" if setting.chance.number(f"typed {label}", 0, 1) else ".pdf"
        neighbour = person(setting, label)
        yield filed(
            setting,
            f"Planning/Representations/{year}/Letter of objection {neighbour}{suffix}",
            Paper(
                title="Letter of objection",
                author=neighbour,
                lines=(
                    f"Case {number}. Decision date: {in_words(decided_on)}. Delegated, no appeal.",
                    "I wish to object to the application. It would take the light from our kitchen",
                    "and there is nowhere to park as it is.",
                ),
                dated_on=decided_on,
            ),
            kind=PlantedKind.OVER_RETAINED,
            class_id="PLN-02",
            trigger_on=decided_on,
            note=f"letter about a case decided on {in_words(decided_on)}",
        )


def _enforcement(setting: Setting) -> Iterator[PlannedFile]:
    for number, breach in enumerate(_BREACHES):
        day = setting.chance.weekday_of(breach, 2008 + number)
        yield filed(
            setting,
            f"Planning/Planning Enforcement/ENF-{210 + 7 * number}/Enforcement case {breach}.docx",
            Paper(
                title=f"Enforcement case: {breach}",
                lines=(
                    f"Alleged breach of planning control, reported on {in_words(day)}",
                    "Planning contravention notice served on the owner.",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="PLN-03",
            note="nothing says that the notice was complied with",
        )


def _land_charges(setting: Setting) -> Iterator[PlannedFile]:
    for number, ward in enumerate(WARDS[:3]):
        day = setting.chance.weekday_of(f"land charge {ward}", 2000 + 4 * number)
        yield filed(
            setting,
            f"Planning/Statutory Registers/Land Charges/LLC1 part {number + 1} {ward}.pdf",
            Paper(
                title=f"Local land charges register, part {number + 1}",
                lines=(f"Entries for {ward} in the local land charges register, printed on {in_words(day)}",),
                dated_on=day,
            ),
            kind=PlantedKind.PERMANENT,
            class_id="PLN-05",
            note="a statutory register",
        )

"""Democratic Services: signed minutes for ever, agendas for the archive, elections, information requests."""

from collections.abc import Iterator
from datetime import date

from retention.services.sample_drive.invented import COUNCIL, WARDS, person
from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words

_MINUTED_YEARS = range(1998, 2016)
_AGENDA_YEARS = range(2003, 2013)
_ELECTIONS = (date(2007, 5, 3), date(2011, 5, 5), date(2015, 5, 7))
_REQUESTS = ("Potholes repaired", "Agency spend", "Empty shops", "Cost of hanging baskets", "Noise wardens")


def plan_democratic_services(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Democratic Services."""
    yield from _minutes(setting)
    yield from _agendas(setting)
    yield from _elections(setting)
    yield from _requests(setting)
    yield from _interests(setting)
    yield from _disposal_register(setting)


def _minutes(setting: Setting) -> Iterator[PlannedFile]:
    for year in _MINUTED_YEARS:
        day = setting.chance.weekday_of(f"cabinet {year}", year)
        yield filed(
            setting,
            f"Democratic Services/Cabinet Minutes/{year}/Signed minutes {day.isoformat()} Cabinet.pdf",
            Paper(
                title="Minutes of the Cabinet",
                lines=(
                    f"Meeting held on {in_words(day)} at Civic Hall, Larkmere",
                    f"Present: Councillors {person(setting, f'a {year}')} and {person(setting, f'b {year}')}",
                    "RESOLVED: that the recommendations be agreed.",
                    "Signed as a correct record by the Leader of the Council.",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.PERMANENT,
            class_id="DEM-01",
            note="signed minutes: permanent, for the record office",
        )


def _agendas(setting: Setting) -> Iterator[PlannedFile]:
    for year in _AGENDA_YEARS:
        day = setting.chance.weekday_of(f"agenda {year}", year)
        yield filed(
            setting,
            f"Democratic Services/Agenda Packs/{year}/Agenda {day.isoformat()} Scrutiny.pdf",
            Paper(
                title="Agenda of the Overview and Scrutiny meeting",
                lines=(
                    f"Meeting date: {in_words(day)}",
                    "1. Apologies  2. Petition to the council about the bandstand  3. Background papers",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.FOR_ARCHIVE,
            class_id="DEM-02",
            trigger_on=day,
            note="agenda past its six years: offered to the record office, not destroyed",
        )


def _elections(setting: Setting) -> Iterator[PlannedFile]:
    for polled_on in _ELECTIONS:
        received_on = setting.chance.weekday_between(
            f"election {polled_on.year}", polled_on, polled_on.replace(day=polled_on.day + 7)
        )
        for ward in WARDS[:2]:
            yield filed(
                setting,
                f"Democratic Services/Elections/{polled_on.year}/Ballot paper account {ward}.docx"
                if polled_on.year > _ELECTIONS[0].year
                else f"Democratic Services/Elections/{polled_on.year}/Ballot paper account {ward}.pdf",
                Paper(
                    title=f"Ballot paper account, {ward} ward",
                    lines=(
                        f"Poll held on {in_words(polled_on)}",
                        f"Received by the registration officer on: {in_words(received_on)}",
                        "Ballot paper account and corresponding number list, sealed.",
                    ),
                    dated_on=received_on,
                ),
                kind=PlantedKind.OVER_RETAINED,
                class_id="ELE-01",
                trigger_on=received_on,
                note="one year and then a legal duty to destroy: keeping it is itself a breach",
            )


def _requests(setting: Setting) -> Iterator[PlannedFile]:
    for number, subject in enumerate(_REQUESTS):
        closed_on = setting.chance.weekday_of(subject, 2010 + number)
        reference = f"FOI-{1200 + 131 * number}"
        yield filed(
            setting,
            f"Democratic Services/FOI/Closed/{closed_on.year}/{reference} response {subject}.docx",
            Paper(
                title=f"{reference}: {subject}",
                lines=(
                    "Your request under the Freedom of Information Act 2000",
                    "The information you asked for is attached, in full.",
                    f"Final response sent on: {in_words(closed_on)}",
                    f"Case closed on: {in_words(closed_on)}",
                ),
                dated_on=closed_on,
            ),
            kind=PlantedKind.OVER_RETAINED,
            class_id="IG-01",
            trigger_on=closed_on,
            note=f"request answered in full on {in_words(closed_on)}: three years",
        )


def _interests(setting: Setting) -> Iterator[PlannedFile]:
    for number, ward in enumerate(WARDS[2:5]):
        member = person(setting, f"member {ward}")
        day = setting.chance.weekday_of(f"interests {ward}", 2007 + 4 * number)
        yield filed(
            setting,
            f"Democratic Services/Register of Interests/Register of interests {ward} {member}.pdf",
            Paper(
                title="Register of interests",
                lines=(
                    f"Councillor {member}, {ward}",
                    "Disclosable pecuniary interest: none.",
                    f"Signed {in_words(day)}",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="DEM-03",
            note="nothing says when this councillor left office",
        )


def _disposal_register(setting: Setting) -> Iterator[PlannedFile]:
    for year in (2005, 2009, 2013):
        day = setting.chance.weekday_of(f"certificate {year}", year)
        yield filed(
            setting,
            f"Democratic Services/Destruction Certificates/Destruction certificate {day.isoformat()}.pdf",
            Paper(
                title="Certificate of destruction",
                lines=(
                    f"{COUNCIL}: 41 boxes of paper shredded on {in_words(day)}",
                    f"Disposal authorised by {person(setting, f'certificate {year}')}",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.PERMANENT,
            class_id="IG-03",
            note="proof of an earlier destruction outlives what was destroyed",
        )

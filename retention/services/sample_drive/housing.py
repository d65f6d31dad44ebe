"""Housing: tenancies closed and open, homelessness, adaptations, repairs and the team's own papers."""

from collections.abc import Iterator
from datetime import date

from retention.services.sample_drive.finance import FIN, invoice
from retention.services.sample_drive.invented import STREETS, SUPPLIERS, person
from retention.services.sample_drive.papers import Paper
from retention.services.sample_drive.plans import PlannedFile, filed
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import Setting, in_words, years
from retention.services.sample_drive.team_meetings import team_meetings

_CLOSED_YEARS = range(2007, 2014)
_LIVE_TENANCIES = 6
_APPLICANTS = 4


def plan_housing(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Housing."""
    yield from _closed_tenancies(setting)
    yield from _live_tenancies(setting)
    yield from _homelessness(setting)
    yield from _adaptations(setting)
    yield from _repairs(setting)
    yield from team_meetings(setting, "Housing", range(2009, 2014))


def _closed_tenancies(setting: Setting) -> Iterator[PlannedFile]:
    for year in _CLOSED_YEARS:
        tenant = person(setting, f"closed tenancy {year}")
        number = f"T-{setting.chance.number(f'closed tenancy {year}', 10_000, 19_999)}"
        let_on = setting.chance.weekday_of(f"let {year}", year - 4)
        closed_on = setting.chance.weekday_of(f"closed {year}", year)
        address = f"{year % 60 + 1} {setting.chance.choice(f'street {year}', STREETS)}"
        papers = (
            (
                "Tenancy agreement.pdf",
                let_on,
                ("Secure tenancy agreement", f"Tenancy starts: {in_words(let_on)}"),
            ),
            (
                "Tenancy closing form.pdf",
                closed_on,
                (
                    "The tenancy agreement has ended. Rent paid in full, no debt.",
                    f"Case closed on: {in_words(closed_on)}",
                ),
            ),
        )
        for name, day, lines in papers:
            yield filed(
                setting,
                f"Housing/Tenancies/Closed/{year}/{number} {tenant}/{name}",
                Paper(title=f"Tenancy {number}", lines=(f"Tenant: {tenant}, {address}", *lines), dated_on=day),
                kind=PlantedKind.OVER_RETAINED,
                class_id="HOU-01",
                trigger_on=closed_on,
                note=f"tenancy closed on {in_words(closed_on)} with no debt",
            )


def _live_tenancies(setting: Setting) -> Iterator[PlannedFile]:
    for number in range(_LIVE_TENANCIES):
        tenant = person(setting, f"live tenancy {number}")
        day = setting.chance.weekday_of(f"live tenancy {number}", 2001 + 2 * number)
        yield filed(
            setting,
            f"Housing/Tenancies/T-{20_100 + 37 * number} {tenant}/Tenancy agreement.pdf",
            Paper(
                title="Secure tenancy agreement",
                lines=(f"This tenancy agreement is made with {tenant}", f"Signed on {in_words(day)}"),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="HOU-01",
            note="nothing says that the tenancy has ended",
        )


def _homelessness(setting: Setting) -> Iterator[PlannedFile]:
    for number in range(_APPLICANTS):
        day = setting.chance.weekday_of(f"homeless {number}", 2012 + number)
        applicant = person(setting, f"homeless {number}")
        yield filed(
            setting,
            f"Housing/Homelessness/HL-{3300 + 11 * number}/Homelessness application {applicant}.docx",
            Paper(
                title="Homelessness application",
                lines=(
                    f"Applicant: {applicant}",
                    f"Application taken on {in_words(day)}",
                    "Personal housing plan agreed.",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="HOU-01",
            note="no decision and no closure on file",
        )


def _adaptations(setting: Setting) -> Iterator[PlannedFile]:
    for number in range(2):
        day = setting.chance.weekday_of(f"adaptation {number}", 2011 + number)
        yield filed(
            setting,
            f"Housing/Disabled Facilities/DFG-{410 + number}/DFG approval {day.isoformat()}.docx",
            Paper(
                title="Grant approval certificate",
                lines=(
                    f"Disabled Facilities Grant approved on {in_words(day)}",
                    f"For a level access shower at {14 + number} {STREETS[number]}",
                ),
                dated_on=day,
            ),
            kind=PlantedKind.CASE_FILE,
            class_id="HOU-02",
            note="grant approved, closure of the case not on file",
        )


def _repairs(setting: Setting) -> Iterator[PlannedFile]:
    for year in years(2005, 2010):
        supplier = SUPPLIERS[5 + year.start % 2]
        day: date = setting.chance.weekday_in(f"repair {year.name}", year)
        number = f"{supplier.letters}R{year.start % 100:02}{setting.chance.number(f'repair {year.name}', 10, 99)}"
        yield filed(
            setting,
            f"Housing/Repairs/Invoices/{year.name}/INV {number} {supplier.name}.pdf",
            invoice(supplier, number, day, quantity=3, order=f"PO-{4_103_000 + year.start}"),
            kind=PlantedKind.OVER_RETAINED,
            class_id=FIN,
            trigger_on=day,
            note=f"invoice for repairs with tax point {in_words(day)}, kept by the department",
        )

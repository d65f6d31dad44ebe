from datetime import date

import pytest
from sqlalchemy import text

from retention.domain.assets import Source
from retention.domain.eligibility import EligibilityState
from retention.domain.people import Person, PersonId, Role
from retention.errors import UnknownThingError
from retention.services.asking.attesting import Said, attest
from retention.services.schedules.previewing import AssetPreview, Effect, preview_schedule
from retention.services.schedules.versions import schedule_in_force
from retention.store.catalogue import Catalogue
from rules import parse_schedule
from tests.integration.services.small_drive import NOON, add_files, appraise, put_in_force, state
from tests.integration.services.small_schedule import schedule_text

RITA = Person(person_id=PersonId("rita"), name="Rita Rees", roles=frozenset({Role.RECORDS_MANAGER}))
INVOICES = tuple(f"Finance/Invoices/2009-10/inv {number}.txt" for number in range(12))
CASE = "Housing/Tenancy files/12 High Street"
ODD = "Finance/Invoices/caf\udce9\n.txt"
GARDENS = """
  - id: GAR-01
    title: Gardens
    function: Parks
    description: Gardens
    clock: {trigger: record_date, period: P1Y}
    action: destroy
    period_kind: minimum
    authority: [policy]
    cues: {folders: [gardens]}
    level: item
    accepts: D
    confidence: high
    evidence: seen
"""


@pytest.fixture
def drive(catalogue: Catalogue, source: Source) -> Catalogue:
    add_files(catalogue, (*INVOICES, ODD, f"{CASE}/a.txt", "Gardens/roses.txt"), source_id=source.source_id)
    put_in_force(catalogue, schedule_text("1"))
    return catalogue


def previewed(catalogue: Catalogue, new: str, *, asset_id: str | None = None, samples: int = 3) -> AssetPreview:
    (told,) = preview_schedule(
        catalogue,
        parse_schedule(new, name="new"),
        asset_id=asset_id,
        samples=samples,
        as_of=NOON.date(),
        on_progress=lambda _told: None,
    ).assets
    return told


def rows(catalogue: Catalogue) -> list[object]:
    with catalogue.reading() as tx:
        return [
            tx.connection.execute(text(f"SELECT * FROM {name} ORDER BY 1")).all()  # noqa: S608  # names of a test
            for name in ("appraisal", "schedule", "log_outbox", "counter")
        ]


def test_what_stops_being_due_is_counted_with_samples_and_nothing_is_written(drive: Catalogue) -> None:
    before = rows(drive)

    told = previewed(drive, schedule_text("2", action="review"))

    assert (told.files, told.effects[Effect.STOPS_BEING_DUE], told.effects[Effect.CHANGES_CLASS]) == (15, 13, 0)
    assert told.size_bytes[Effect.STOPS_BEING_DUE] == 130
    samples = told.samples(Effect.STOPS_BEING_DUE)
    assert len(samples) == 3
    assert {(one.state_before, one.state_after) for one in samples} == {("eligible", "review_due")}
    assert samples == previewed(drive, schedule_text("2", action="review")).samples(Effect.STOPS_BEING_DUE)
    assert rows(drive) == before


def test_what_changes_its_class_and_becomes_due_is_counted(drive: Catalogue) -> None:
    told = previewed(drive, schedule_text("2", more=GARDENS))

    assert dict(told.moves) == {("unclassified", "GAR-01"): 1}
    assert told.effects[Effect.CHANGES_CLASS] == told.effects[Effect.BECOMES_DUE] == 1
    assert told.samples(Effect.BECOMES_DUE)[0].due_after == date(2012, 3, 13)


def test_what_people_said_counts_in_a_preview(drive: Catalogue) -> None:
    for key, on in (("case_closed", date(2012, 1, 1)), ("arrears_outstanding", None), ("was_eviction", None)):
        said = Said(place=f"drive:{CASE}", key=key, on=on, holds=None if on else False, basis="register")
        attest(drive, said, person=RITA, at=NOON)
    appraise(drive, schedule_in_force(drive))
    assert state(drive, f"{CASE}/a.txt") is EligibilityState.ELIGIBLE

    told = previewed(drive, schedule_text("2", period="P20Y"))

    assert [one.path for one in told.samples(Effect.STOPS_BEING_DUE)] == [f"{CASE}/a.txt"]


def test_a_preview_of_what_is_in_force_finds_nothing(drive: Catalogue) -> None:
    told = previewed(drive, schedule_text("1"), asset_id="finance")

    assert told.files == 15
    assert not +told.effects
    with pytest.raises(UnknownThingError):
        previewed(drive, schedule_text("1"), asset_id="none")


def test_what_was_never_compared_is_counted_apart(drive: Catalogue) -> None:
    add_files(drive, ["Finance/Invoices/new.txt"])

    told = previewed(drive, schedule_text("2"), samples=0)

    assert told.effects[Effect.NOT_COMPARED_BEFORE] == 1
    assert told.samples(Effect.NOT_COMPARED_BEFORE) == ()


def test_names_that_are_no_text_can_be_samples(drive: Catalogue) -> None:
    told = previewed(drive, schedule_text("2", action="review"), samples=20).to_json()

    samples = told["samples"]
    assert isinstance(samples, dict)
    assert [one for one in samples[Effect.STOPS_BEING_DUE] if "path_b64" in one]

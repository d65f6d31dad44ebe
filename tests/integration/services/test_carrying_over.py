import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from retention.services.appraising.appraisers import ENOUGH_FOR_OTHERS, Appraisers
from retention.services.appraising.appraising import AppraisalProgress, appraise_copies
from retention.store import appraisals, carrying, records, schedules
from retention.store.catalogue import Catalogue
from retention.store.schema import appraisal
from rules import DisposalSchedule, parse_schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HEAD = """\
schedule:
  id: test-council
  title: A schedule for tests
  version: "{version}"
  jurisdiction: England
  default_class: DEF-01
sources:
  ACT: {{name: An Act}}
classes:
"""
CLASS = """\
  - id: {class_id}
    title: Records of {class_id}
    function: Any
    description: Some records.
    clock: {{trigger: record_date, subject: date of the record, period: {period}}}
    action: {action}
    period_kind: guidance
    authority: [Limitation Act 1980]
    confidence: high
    evidence: seen
    accepts: D
    cues: {{names: [{name}], phrases: [{phrase}]}}
"""
PAPERS = {
    "A/invoice 1.txt": "INVOICE\nTax point: 14/06/2012\n",
    "A/note.txt": "About the boiler. Invoice date: 3 May 2013\n",
    "B/tenancy.txt": "Tenancy agreement dated 1/2/2003, weekly rent\n",
    "B/plain.txt": "Nothing that anybody looks for\n",
    "B/garden.txt": "The garden is overgrown\n",
    "B/photo.jpg": "",
}


def a_version(version: str, *, rent: str = "weekly rent", period: str = "P6Y", phrase: str = "tax point") -> str:
    classes = [
        CLASS.format(
            class_id="DEF-01", action="review", period="P6Y", name="nobody calls it so", phrase="nor writes so"
        ),
        CLASS.format(class_id="FIN-01", action="destroy", period=period, name="invoice*", phrase=phrase),
        CLASS.format(class_id="HOU-01", action="destroy", period="P7Y", name="tenanc*", phrase=rent),
    ]
    return HEAD.format(version=version) + "".join(classes)


@pytest.fixture
def in_force(catalogue: Catalogue, share: Path, scan_share: Callable[[], None]) -> None:
    """Scan some papers and appraise them under the first version."""
    for path, words in PAPERS.items():
        (share / path).parent.mkdir(exist_ok=True)
        (share / path).write_text(words)
    scan_share()
    apply(catalogue, publish(catalogue, a_version("1")))


def publish(catalogue: Catalogue, text: str) -> DisposalSchedule:
    found = parse_schedule(text, name="the test's")
    with catalogue.transaction() as tx:
        schedules.publish(tx, text, found.schedule_version, NOON)
    return found


def apply(catalogue: Catalogue, schedule: DisposalSchedule) -> list[AppraisalProgress]:
    told: list[AppraisalProgress] = []
    appraise_copies(catalogue, schedule, on_progress=told.append)
    return told


def stored(catalogue: Catalogue) -> dict[str, Any]:
    with catalogue.reading() as tx:
        return {item.path: (item, appraisals.explanation(tx, item.copy.copy_id)) for item in records.appraised(tx)}


def forget(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        tx.connection.execute(update(appraisal).values(is_stale=True))


@pytest.mark.usefixtures("in_force")
@pytest.mark.parametrize(
    "later",
    [
        a_version("2"),
        a_version("2", period="P9Y"),
        a_version("2", phrase="garden"),
        a_version("2", phrase="garden", rent="boiler"),
        a_version("2").replace("status: template", "status: adopted"),
        a_version("2").replace("A schedule for tests", "Another title"),
        a_version("2").replace("id: HOU-01", "id: HOU-02"),
        a_version("2").replace("jurisdiction: England", "jurisdiction: England\n  generic_words: [invoice]"),
    ],
    ids=["as before", "period", "phrase", "phrases", "status", "title", "another class", "generic words"],
)
def test_what_is_carried_over_is_what_would_have_been_worked_out_anew(catalogue: Catalogue, later: str) -> None:
    schedule = publish(catalogue, later)

    apply(catalogue, schedule)
    carried = stored(catalogue)
    forget(catalogue)
    apply(catalogue, schedule)

    assert carried == stored(catalogue)
    assert {item.schedule_version for item, _ in carried.values()} == {schedule.schedule_version}


@pytest.mark.usefixtures("in_force")
def test_only_what_a_new_version_concerns_is_left_to_be_worked_out(catalogue: Catalogue) -> None:
    schedule = publish(catalogue, a_version("2", period="P9Y"))

    told = apply(catalogue, schedule)

    assert told[0].total == told[-1].done == len(PAPERS)
    assert told[0].done == len(PAPERS) - 1  # all but the invoice


@pytest.mark.usefixtures("in_force")
def test_what_is_no_longer_there_is_not_counted(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    (share / "B/plain.txt").unlink()
    scan_share()

    told = apply(catalogue, publish(catalogue, a_version("2")))

    assert told[-1].total == told[-1].done == len(PAPERS) - 1


@pytest.mark.usefixtures("in_force")
def test_what_somebody_spoke_about_since_is_not_carried_over(catalogue: Catalogue) -> None:
    forget(catalogue)
    schedule = publish(catalogue, a_version("2"))

    told = apply(catalogue, schedule)

    assert [one.done for one in told if one.done] == [len(PAPERS)]


@pytest.mark.usefixtures("in_force")
def test_a_version_of_which_nothing_is_known_to_be_carried_over_is_worked_out_anew(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        tx.connection.execute(update(appraisal).values(seen=None))

    schedule = publish(catalogue, a_version("2"))
    apply(catalogue, schedule)

    with catalogue.reading() as tx:
        assert carrying.older_version(tx, schedule.schedule_version, beside=()) is None
    assert all(item.outcome for item, _ in stored(catalogue).values())


@pytest.mark.usefixtures("in_force")
def test_a_run_that_was_stopped_while_carrying_over_goes_on(catalogue: Catalogue) -> None:
    schedule = publish(catalogue, a_version("2", phrase="garden"))

    class StoppedError(Exception):
        pass

    def stop(_told: AppraisalProgress) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        appraise_copies(catalogue, schedule, on_progress=stop)
    apply(catalogue, schedule)

    carried = stored(catalogue)
    forget(catalogue)
    apply(catalogue, schedule)
    assert carried == stored(catalogue)


def a_thousand_more() -> int:
    return 1_000


def added(tool: int, portion: int) -> int:
    return tool + portion


@pytest.mark.parametrize("how_many", [1, ENOUGH_FOR_OTHERS], ids=["in this process", "in others"])
def test_what_was_handed_out_comes_back_in_order(how_many: int) -> None:
    with Appraisers(a_thousand_more, added, how_many=how_many, workers=2) as appraisers:
        assert list(appraisers.each(range(40))) == [(number, 1_000 + number) for number in range(40)]


def ended_unless_here(here: int, portion: int) -> int:
    if os.getpid() != here:
        os._exit(1)
    return portion


def test_when_the_others_are_lost_this_process_goes_on_alone() -> None:
    own = partial(int, os.getpid())

    with Appraisers(own, ended_unless_here, how_many=ENOUGH_FOR_OTHERS, workers=2) as appraisers:
        assert [made for _, made in appraisers.each(range(9))] == list(range(9))

"""What the log tells an auditor in plain words: nothing destroyed without approval stays unseen."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from disposal_log import EntryType, StoredEntry
from retention.commands.log import command
from retention.commands.session import Session
from retention.domain.holds import HoldScope
from retention.errors import LogDamagedError, LogUnavailableError, UnknownThingError
from retention.services import recording
from retention.services.certifying import issue_certificate
from retention.services.log_stories import Answer, LogFilter, LogStories, Question, Story
from tests.integration.disposing.world import RITA, World, build_world


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Leave one item out, hold one, destroy two, certify."""
    world = build_world(tmp_path_factory.mktemp("office"), files=4)
    batch = world.approved(excluded=[0])
    world.hold(HoldScope(path="Invoices/invoice 1.txt"))
    world.dispose(batch.batch_id)
    with world.catalogue() as catalogue, world.log() as log:
        issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())
    return world


def told_by(world: World, wanted: LogFilter, *, with_names: bool = True) -> list[Story]:
    with LogStories(world.workspace.log, sidecar=world.workspace.sidecar if with_names else None) as stories:
        return list(stories.stories(wanted))


def answered(world: World, question: Question, wanted: LogFilter | None = None) -> list[Answer]:
    with LogStories(world.workspace.log, sidecar=world.workspace.sidecar) as stories:
        return list(stories.answers(question, wanted or LogFilter()))


def entries(world: World, wanted: LogFilter) -> list[StoredEntry]:
    with LogStories(world.workspace.log, sidecar=world.workspace.sidecar) as stories:
        return list(stories.entries(wanted))


def test_one_items_story_is_told_from_proposal_to_certificate(told: World) -> None:
    (story,) = told_by(told, LogFilter(item="Invoices/invoice 2.txt"))

    assert story.title == "B-0001/2, class FIN-01: Invoices/invoice 2.txt"
    words = [event.words for event in story.events]
    for start, found in zip(
        (
            "proposed by Rita Rees (rita) with 4 items",
            "approved by Ian Owusu (ian) as IAO: checked",
            "holds asked before the move to quarantine: 1 item held",
            "announced that it was to be moved to quarantine",
            "moved to quarantine, where it can be restored",
            "holds asked before destruction: none held",
            "announced that it was to be destroyed",
            "destroyed by unlink, assurance L1",
            "batch closed",
            "certified: C-B-0001, final",
        ),
        words,
        strict=True,
    ):
        assert found.startswith(start)
    assert story.result == "destroyed"


def test_an_item_that_was_left_out_is_told_so(told: World) -> None:
    (story,) = told_by(told, LogFilter(item="B-0001/0"))

    assert any(event.words.endswith("leaving this item out: checked") for event in story.events)
    assert story.result == "excluded"


def test_a_story_without_names_says_that_they_are_not_there(told: World) -> None:
    (story,) = told_by(told, LogFilter(item="B-0001/2"), with_names=False)

    assert story.title.endswith("its path is no longer kept")
    assert story.events[0].words.startswith("proposed by rita with")


def test_a_batch_is_told_in_runs_of_equal_outcomes(told: World) -> None:
    (story,) = told_by(told, LogFilter(batch="B-0001"))

    outcomes = [event.words for event in story.events if event.kind == EntryType.ITEM_OUTCOME]
    assert sorted(outcomes) == ["1 item excluded", "1 item held", "2 items destroyed", "2 items quarantined"]
    assert story.to_json()["class"] == "FIN-01"


def test_what_was_approved_and_not_destroyed_is_listed_with_why(told: World) -> None:
    (held,) = answered(told, Question.NOT_DESTROYED)

    assert (held.item, held.result) == (1, "held")
    assert held.in_words.startswith("B-0001/1 Invoices/invoice 1.txt: held; a hold is in force; ")


def test_what_was_skipped_is_listed_with_why(told: World) -> None:
    found = answered(told, Question.SKIPPED)

    assert [(answer.item, answer.result) for answer in found] == [(0, "excluded"), (1, "held")]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (LogFilter(approver="ian"), 2),
        (LogFilter(approver="rita"), 0),
        (LogFilter(approver="ian", class_id="FIN-01", certificate="C-B-0001", batch="B-0001"), 2),
        (LogFilter(class_id="FIN-02"), 0),
        (LogFilter(item="invoice 1.txt"), 1),
        (LogFilter(first_day=date(2026, 3, 3)), 0),
        (LogFilter(first_day=date(2026, 3, 2), last_day=date(2026, 3, 2)), 2),
    ],
)
def test_filters_combine(told: World, wanted: LogFilter, count: int) -> None:
    assert len(answered(told, Question.SKIPPED, wanted)) == count
    assert bool(entries(told, wanted)) == bool(count)


def test_entries_of_one_item_are_its_own_and_its_batchs(told: World) -> None:
    found = entries(told, LogFilter(item="B-0001/3"))

    outcomes = [stored.entry["item"] for stored in found if stored.entry["type"] == EntryType.ITEM_OUTCOME]
    assert set(outcomes) == {3}
    assert found[0].entry["type"] == EntryType.BATCH_PROPOSED


def test_what_waits_and_what_nobody_touched_is_not_destroyed(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=30)
    world.approved()
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
    untouched = answered(world, Question.NOT_DESTROYED)
    world.dispose("B-0001")
    waiting = answered(world, Question.NOT_DESTROYED)

    assert [answer.words for answer in untouched] == ["approved, and nothing was done yet"] * 2
    assert [answer.result for answer in waiting] == ["quarantined"] * 2
    assert answered(world, Question.SKIPPED) == []
    assert answered(world, Question.NOT_APPROVED) == []

    body = {"batch": "B-0001", "item": 1, "result": "destroyed", "reason": "", "size": 0}
    forged = {**body, "item": 7, "batch": "B-9999"}
    with world.log() as log:
        drafts = [
            recording.drafted(EntryType.ITEM_OUTCOME, at=world.clock.now(), actor=None, body=one)
            for one in (body, forged)
        ]
        log.append(drafts)
    found = answered(world, Question.NOT_APPROVED)
    assert [(answer.batch, answer.item) for answer in found] == [("B-0001", 1), ("B-9999", 7)]
    assert "without an intent that names it" in found[0].words
    ended = CliRunner().invoke(command, ["show", "not-approved"], obj=session(world), standalone_mode=False)
    assert ended.return_value == 5
    assert "B-9999/7" in ended.output


def session(world: World) -> Session:
    return Session(workspace=str(world.workspace.folder), person=None, password_file=None, may_ask=False)


def shown(world: World, *words: str) -> str:
    ended = CliRunner().invoke(command, ["show", *words], obj=session(world), standalone_mode=False)
    assert ended.exception is None, ended.exception
    return ended.output


def test_the_command_shows_the_exact_lines_unless_asked_otherwise(told: World) -> None:
    lines = shown(told).splitlines()
    signed = (told.workspace.log / "entries" / "00000.jsonl").read_text().splitlines()
    with_names = [json.loads(line) for line in shown(told, "--json", "--item", "B-0001/2").splitlines()]

    assert lines == signed
    assert {"path": "Invoices/invoice 2.txt"}.items() <= with_names[-3]["disclosures"].items()


def test_the_command_answers_in_words_and_in_json(told: World) -> None:
    assert shown(told, "not-approved") == "None: everything that was destroyed had been approved by somebody else.\n"
    assert "[entry" in shown(told, "story", "--item", "invoice 3.txt")
    (story,) = [json.loads(line) for line in shown(told, "story", "--batch", "B-0001", "--json").splitlines()]
    assert story["events"][0]["type"] == "batch.proposed"
    (answer,) = [json.loads(line) for line in shown(told, "not-destroyed", "--json").splitlines()]
    assert answer["path"] == "Invoices/invoice 1.txt"
    assert shown(told, "story", "--class", "NONE") == "The log tells of no batch that fits.\n"


def test_nothing_is_told_of_what_is_not_there_or_not_signed(told: World, tmp_path: Path) -> None:
    with pytest.raises(UnknownThingError):
        told_by(told, LogFilter(item="no such.txt"))
    with pytest.raises(LogUnavailableError):
        LogStories(tmp_path)
    world = build_world(tmp_path / "other", files=1)
    world.dispose(world.approved().batch_id)
    (segment,) = (path for path in (world.workspace.log / "entries").iterdir() if path.is_file())
    segment.write_bytes(segment.read_bytes().replace(b'"result":"destroyed"', b'"result":"restored_"'))

    with pytest.raises(LogDamagedError):
        told_by(world, LogFilter(batch="B-0001"))

"""What is kept of sums is what a recount comes to, whatever was changed since, and by whom."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, Update, delete, func, insert, select, text, update

from retention.domain.assets import Source
from retention.domain.holds import HoldRegister
from retention.services import reporting
from retention.services.summing_up import duplicates_together, keep_sums, over_retained, summary
from retention.store import upgrading
from retention.store.catalogue import Catalogue
from retention.store.duplicates import DuplicateTotal
from retention.store.schema import (
    appraisal,
    batch,
    batch_item,
    changed_content,
    changed_part,
    claim,
    content,
    duplicate,
    export_import,
    record_copy,
    schedule,
    tally,
)
from retention.store.sums_tables import COPIES_IN_PART

TODAY = date(2026, 3, 2)
NOON = "2026-03-02T12:00:00.000000+00:00"
Step = Callable[[Connection], None]
DIGESTS = tuple(letter * 64 for letter in "abcd")
# copies at both ends of two parts
NUMBERS = (1, 2, COPIES_IN_PART - 1, COPIES_IN_PART, COPIES_IN_PART + 1, 2 * COPIES_IN_PART)
NOBODY = HoldRegister(version=0, holds=(), held_digests={})

CHOSEN = st.sampled_from(NUMBERS)
COPY: Mapping[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["present", "present", "present", "skipped", "unreadable", "missing", "destroyed"]),
    "finding": st.sampled_from(["", "", "too_large"]),
    "sha256": st.sampled_from([None, *DIGESTS]),
    "size_bytes": st.just(7),
    "link_count": st.sampled_from([1, 2]),
    "inode": st.integers(1, 3),
    "device": st.integers(1, 2),
}
RULED: Mapping[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from(["classified", "classified", "unclassified"]),
    "class_id": st.sampled_from([None, "FIN-01", "COR-01"]),
    "action": st.sampled_from([None, 2, 4, 4]),
    "due_earliest": st.sampled_from([None, "2019-04-01", "2031-04-01"]),
    "due_latest": st.sampled_from([None, "2019-04-01", "2026-03-02", "2031-04-01"]),
    "flags": st.sampled_from(["[]", '["personal_data_seen:postcode=1"]', '["no_longer_than:2020-01-01"]']),
    "is_stale": st.booleans(),
}


def changed(
    table: Table, values: Mapping[str, st.SearchStrategy[Any]], key: str, keys: st.SearchStrategy[Any]
) -> st.SearchStrategy[Step]:
    """Draw an update of one column of one row, as any statement of the program might be."""
    one = st.sampled_from(sorted(values)).flatmap(lambda name: st.tuples(st.just(name), values[name]))
    return st.tuples(keys, one).map(
        lambda drawn: told(update(table).where(table.c[key] == drawn[0]).values({drawn[1][0]: drawn[1][1]}))
    )


def added(number: int, copy: Mapping[str, Any], ruled: Mapping[str, Any]) -> Step:
    def run(connection: Connection) -> None:
        path = f"folder/{number}.txt"
        named = {
            "source_id": "drive",
            "path": path.encode(),
            "path_text": path,
            "first_seen_at": NOON,
            "last_scan_id": "",
        }
        rest = {"schedule_version": "v1", "explanation": b"", "reasons": "[]", "questions": "[]"}
        if not connection.execute(select(record_copy.c.copy_id).where(record_copy.c.copy_id == number)).first():
            connection.execute(insert(record_copy).values(copy_id=number, **named, **copy))
            connection.execute(insert(appraisal).values(copy_id=number, **rest, **ruled))

    return run


def claimed(number: int) -> Step:
    def run(connection: Connection) -> None:
        is_there = connection.execute(select(record_copy.c.copy_id).where(record_copy.c.copy_id == number)).first()
        if is_there and not connection.execute(delete(claim).where(claim.c.copy_id == number)).rowcount:
            rest = {"kind": "file", "media_type": "message/rfc822", "properties": "{}", "statement": b""}
            connection.execute(insert(claim).values(copy_id=number, import_id="I-1", protections="[]", **rest))

    return run


def proposed(number: int) -> Step:
    def run(connection: Connection) -> None:
        is_there = connection.execute(select(record_copy.c.copy_id).where(record_copy.c.copy_id == number)).first()
        if is_there and not connection.execute(delete(batch_item).where(batch_item.c.copy_id == number)).rowcount:
            words = ("source_id", "sha256", "media_type", "class_id", "schedule_version", "due_on", "evidence", "state")
            numbers = ("size_bytes", "modified_ns", "inode", "device")
            row = {**dict.fromkeys(words, ""), **dict.fromkeys(numbers, 0), "path": b""}
            connection.execute(insert(batch_item).values(batch_id="B-1", number=number, copy_id=number, **row))

    return run


def removed(number: int) -> Step:
    def run(connection: Connection) -> None:
        for table in (batch_item, claim, appraisal, record_copy):
            connection.execute(delete(table).where(table.c.copy_id == number))

    return run


def told(statement: Update) -> Step:
    def run(connection: Connection) -> None:
        connection.execute(statement)

    return run


IN_CONTENT = {"is_unread": st.booleans(), "media_type": st.sampled_from(["text/plain", "image/png"])}
CHANGES = st.one_of(
    st.builds(added, CHOSEN, st.fixed_dictionaries(dict(COPY)), st.fixed_dictionaries(dict(RULED))),
    changed(record_copy, COPY, "copy_id", CHOSEN),
    changed(appraisal, RULED, "copy_id", CHOSEN),
    changed(content, IN_CONTENT, "sha256", st.sampled_from(DIGESTS)),
    changed(batch_item, {"is_open": st.booleans()}, "copy_id", CHOSEN),
    CHOSEN.map(claimed),
    CHOSEN.map(proposed),
    CHOSEN.map(removed),
)
KEEPING = "keep"


@pytest.fixture
def shelves(catalogue: Catalogue, source: Source) -> Catalogue:
    """Give a catalogue with what the rows of these tests refer to."""
    with catalogue.transaction() as tx:
        run = tx.connection.execute
        run(insert(schedule).values(schedule_version="v1", content="", published_at="", position=1))
        told_of = {"imported_at": "", "imported_by": "rita", "description": "{}", "account": "{}"}
        run(insert(export_import).values(import_id="I-1", source_id=source.source_id, **told_of))
        names = {"asset_id": "finance", "class_id": "", "schedule_version": "v1", "proposer_id": "rita"}
        rest = {"proposed_at": "", "manifest_root": "", "items": 0, "size_bytes": 0, "state": "proposed"}
        run(insert(batch).values(batch_id="B-1", **names, **rest))
        for digest in DIGESTS:
            read = {"media_type": "text/plain", "text_read": True, "is_unread": False, "properties": "{}"}
            run(insert(content).values(sha256=digest, size_bytes=7, problems="[]", **read))
    return catalogue


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(CHANGES | st.just(KEEPING), min_size=5, max_size=40))
def test_kept_sums_are_those_of_a_recount_after_any_changes(shelves: Catalogue, steps: list[Step | str]) -> None:
    with shelves.transaction() as tx:
        for number in NUMBERS:
            removed(number)(tx.connection)
    for step in steps:
        if isinstance(step, str):
            keep_sums(shelves)
        else:
            with shelves.transaction() as tx:
                step(tx.connection)

    before = asked(shelves)
    keep_sums(shelves)
    kept = asked(shelves)
    recounted = recount(shelves)

    assert before == kept == recounted
    assert kept[1:] == listed_one_by_one(shelves)


def asked(catalogue: Catalogue) -> tuple[Any, ...]:
    return (
        summary(catalogue, NOBODY, as_of=TODAY),
        {(one.class_id, one.total) for one in over_retained(catalogue, NOBODY, as_of=TODAY)},
        duplicates_together(catalogue),
    )


def recount(catalogue: Catalogue) -> tuple[Any, ...]:
    """Throw away everything that is kept, and ask."""
    with catalogue.transaction() as tx:
        run = tx.connection.execute
        for table in (tally, duplicate, changed_part, changed_content):
            run(delete(table))
        run(text("UPDATE duplicate_total SET groups = 0, spare_files = 0, spare_bytes = 0"))
        for part in range(max(NUMBERS) // COPIES_IN_PART + 1):
            run(insert(changed_part).values(part=part))
        for digest in DIGESTS:
            run(insert(changed_content).values(sha256=digest))
    return asked(catalogue)


def listed_one_by_one(catalogue: Catalogue) -> tuple[Any, ...]:
    due: dict[str, reporting.Total] = {}
    for one in reporting.overdue(catalogue, NOBODY, as_of=TODAY):
        more = reporting.Total(items=1, size_bytes=one.size_bytes)
        due[one.class_id] = due[one.class_id].plus(more) if one.class_id in due else more
    groups = list(reporting.duplicates(catalogue))
    together = DuplicateTotal(
        len(groups), sum(len(one.members) - 1 for one in groups), sum(one.reclaimable_bytes for one in groups)
    )
    return set(due.items()), together


def test_every_trigger_is_there_on_a_catalogue_of_this_version(catalogue: Catalogue) -> None:
    # a later migration that copies a table, as Alembic does on SQLite, would lose those of that table
    named = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if catalogue.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )

    with catalogue.reading() as tx:
        found = set(tx.connection.execute(text(named)).scalars())

    counted = {f"count_{t}_{event}" for t in TABLES for event in ("insert", "update", "delete")}
    same = {"same_record_copy_update"}
    if not catalogue.is_sqlite:  # where one trigger makes both notes
        same |= {
            f"same_{named}" for named in ("record_copy_insert", "record_copy_delete", "claim_insert", "claim_delete")
        }
    assert found == {*counted, *same, "count_content_update"}


TABLES = ("record_copy", "appraisal", "claim", "batch_item")


def test_what_was_there_before_sums_were_kept_is_counted(shelves: Catalogue) -> None:
    ruled = {"outcome": "classified", "class_id": "FIN-01", "action": 4, "flags": "[]", "is_stale": False}
    days = {"due_earliest": "2019-04-01", "due_latest": "2019-04-01"}
    seen = {"state": "present", "size_bytes": 7, "sha256": DIGESTS[0], "device": 1}
    with shelves.transaction() as tx:
        for number in NUMBERS:
            added(number, {**seen, "inode": number}, {**ruled, **days})(tx.connection)
    keep_sums(shelves)
    before = asked(shelves)

    downgraded_and_upgraded(shelves)

    assert asked(shelves) == before
    assert before[2] == DuplicateTotal(1, len(NUMBERS) - 1, 7 * (len(NUMBERS) - 1))
    with shelves.reading() as tx:
        assert tx.connection.execute(select(func.count()).select_from(tally)).scalar_one() == 0


def downgraded_and_upgraded(catalogue: Catalogue) -> None:
    from alembic import command  # noqa: PLC0415  # as the program loads it

    with catalogue.transaction() as tx, upgrading._configured(tx.connection) as config:
        command.downgrade(config, "0009")
    upgrading.create_or_upgrade(catalogue)


def test_two_that_add_the_same_content_at_once_are_both_counted(shelves: Catalogue) -> None:
    if shelves.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    seen = {"state": "present", "size_bytes": 7, "sha256": DIGESTS[0], "device": 1}
    ruled = {"outcome": "unclassified", "flags": "[]", "is_stale": False}
    with shelves.transaction() as one, shelves.transaction() as other:
        added(1, {**seen, "inode": 1}, ruled)(one.connection)
        added(2, {**seen, "inode": 2}, ruled)(other.connection)

    keep_sums(shelves)

    assert duplicates_together(shelves) == DuplicateTotal(1, 1, 7)
    assert summary(shelves, NOBODY, as_of=TODAY).whole.items == 2


def test_a_change_that_is_not_finished_while_sums_are_kept_is_not_forgotten(shelves: Catalogue) -> None:
    if shelves.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    seen = {"state": "present", "size_bytes": 7, "sha256": DIGESTS[0], "device": 1}
    ruled = {"outcome": "unclassified", "flags": "[]", "is_stale": False}
    with shelves.transaction() as tx:
        added(1, {**seen, "inode": 1}, ruled)(tx.connection)
    with shelves.transaction() as tx:  # noted again, as it was not counted yet
        added(2, {**seen, "inode": 2}, ruled)(tx.connection)
        keep_sums(shelves)

    assert summary(shelves, NOBODY, as_of=TODAY).whole.items == 2
    assert duplicates_together(shelves) == DuplicateTotal(1, 1, 7)

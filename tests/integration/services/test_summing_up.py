"""The database counts and one copy of each kind is judged: that must come to what judging every copy comes to."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from retention.domain.assets import AssetId, Source, SourceId, SourceKind
from retention.domain.eligibility import Outcome, Queue
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldRegister, HoldScope, register_of
from retention.domain.people import PersonId
from retention.domain.records import CopyState
from retention.services.reporting import duplicates, overdue
from retention.services.summing_up import NOTHING, Total, eligibility, summary
from retention.store import assets, records
from retention.store.catalogue import Catalogue
from retention.store.schema import appraisal, batch, batch_item, claim, content, export_import, record_copy, schedule
from rules import DisposalAction

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DIGESTS = {"a" * 64: (False, "text/plain"), "b" * 64: (True, "application/pdf"), "c" * 64: (False, "image/png")}
DAYS = st.sampled_from([None, "2019-04-01", "2026-03-01", "2026-03-02", "2026-03-03", "2031-04-01"])
FLAGS = (
    "personal_data_seen:nhs_number=2",
    "personal_data_seen:nhs_number=3",
    "personal_data_seen:postcode=1",
    "no_longer_than:2020-01-01",
    "no_longer_than:2030-01-01",
    "duty_to_destroy",
    "needs_archivist",
    "retired_class",
    "descriptive_rule",
    "max_before_min_conflict",
    "schedule_valid_from:2026-03-02",
    "schedule_valid_from:2027-01-01",
    "schedule_valid_to:2026-03-02",
    "schedule_valid_to:2026-03-01",
    "schedule_valid_to:soon",
)
APPRAISALS = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from([Outcome.CLASSIFIED] * 3 + list(Outcome)).map(str),
        "class_id": st.sampled_from([None, "FIN-01", "FIN-01", "COR-01"]),
        "action": st.sampled_from([None, *(int(action) for action in DisposalAction), 4, 4, 4]),
        "due_earliest": DAYS,
        "due_latest": DAYS,
        "flags": st.lists(st.sampled_from(FLAGS), max_size=2, unique=True),
        "is_stale": st.sampled_from([False, False, False, True]),
    }
)
COPIES: st.SearchStrategy[Mapping[str, Any]] = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(["drive", "drive", "drive", "far"]),
        "state": st.sampled_from([CopyState.PRESENT] * 6 + list(CopyState)).map(str),
        "finding": st.sampled_from(["", "", "", "claimed", "changed_silently", "too_large"]),
        "sha256": st.sampled_from([None, *DIGESTS, *DIGESTS]),
        "link_count": st.sampled_from([0, 1, 1, 1, 2, 3]),
        "size_bytes": st.integers(0, 1_000),
        "is_claimed": st.sampled_from([False] * 7 + [True]),
        "is_in_batch": st.sampled_from([False] * 7 + [True]),
        "appraisal": st.none() | APPRAISALS | APPRAISALS | APPRAISALS,
    }
)
DUE: Mapping[str, Any] = {
    "source_id": "drive",
    "state": "present",
    "finding": "",
    "sha256": "a" * 64,
    "link_count": 1,
    "size_bytes": 9,
    "is_claimed": False,
    "is_in_batch": False,
    "appraisal": {
        "outcome": "classified",
        "class_id": "FIN-01",
        "action": 4,
        "due_earliest": "2019-04-01",
        "due_latest": "2019-04-01",
        "flags": [],
        "is_stale": False,
    },
}
RULED = ("outcome", "class_id", "action", "due_earliest", "due_latest", "flags", "is_stale")
SEEN = ("source_id", "state", "finding", "sha256", "link_count", "is_claimed", "is_in_batch", "appraisal")


CHANGES = st.tuples(st.sampled_from((*SEEN, *RULED)), COPIES)


@st.composite
def much_alike(draw: st.DrawFn) -> list[Mapping[str, Any]]:
    """Draw copies that differ from one of them in one thing each: what must not be counted together almost is."""
    first = draw(st.just(DUE) | COPIES)
    copies: list[Mapping[str, Any]] = [first]
    for name, other in draw(st.lists(CHANGES, min_size=15, max_size=40)):
        if name in SEEN:
            copies.append({**first, name: other[name]})
        elif first["appraisal"] and other["appraisal"]:
            copies.append({**first, "appraisal": {**first["appraisal"], name: other["appraisal"][name]}})
    return copies


SCOPES = st.sampled_from(
    [
        HoldScope(asset_id=AssetId("finance"), class_id="COR-01"),
        HoldScope(class_id="FIN-01"),
        HoldScope(path="folder 1"),
        HoldScope(path="*7.txt"),
        HoldScope(digest="A" * 64),
    ]
)


@pytest.fixture
def shelves(catalogue: Catalogue, source: Source) -> Catalogue:
    """Give a catalogue with a share here, one far away, and what the rows of these tests refer to."""
    far = Source(
        source_id=SourceId("far"),
        root="smb://server/share",
        root_inode=0,
        asset_id=source.asset_id,
        added_at=NOON,
        kind=SourceKind.REMOTE,
    )
    with catalogue.transaction() as tx:
        assets.add_source(tx, far)
        run = tx.connection.execute
        run(schedule.insert().values(schedule_version="v1", content="", published_at="", position=1))
        run(
            export_import.insert().values(
                import_id="I-1", source_id="drive", imported_at="", imported_by="rita", description="{}", account="{}"
            )
        )
        run(
            batch.insert().values(
                batch_id="B-1",
                asset_id="finance",
                class_id="FIN-01",
                schedule_version="v1",
                proposer_id="rita",
                proposed_at="",
                manifest_root="",
                items=0,
                size_bytes=0,
                state="proposed",
            )
        )
        for digest, (is_unread, media_type) in DIGESTS.items():
            run(
                content.insert().values(
                    sha256=digest,
                    size_bytes=1,
                    media_type=media_type,
                    text_read=True,
                    is_unread=is_unread,
                    properties="{}",
                    problems="[]",
                )
            )
    return catalogue


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=much_alike() | st.lists(COPIES, min_size=1, max_size=30), scopes=st.lists(SCOPES, max_size=2))
def test_the_summary_is_that_of_judging_every_copy(
    shelves: Catalogue, copies: list[Mapping[str, Any]], scopes: list[HoldScope]
) -> None:
    fill(shelves, copies)
    register = holds_on(shelves, scopes)

    found = summary(shelves, register, as_of=TODAY)

    assert found.to_json() == judged_one_by_one(shelves, register)


def fill(catalogue: Catalogue, copies: list[Mapping[str, Any]]) -> None:
    with catalogue.transaction() as tx:
        for table in (batch_item, claim, appraisal, record_copy):
            tx.connection.execute(table.delete())
        for number, copy in enumerate(copies, 1):
            columns = ("source_id", "state", "finding", "sha256", "link_count", "size_bytes")
            path = f"folder {number % 3}/{number}.txt"
            tx.connection.execute(
                record_copy.insert().values(
                    copy_id=number,
                    path=path.encode(),
                    path_text=path,
                    first_seen_at=NOON.isoformat(),
                    last_scan_id="",
                    **{name: copy[name] for name in columns},
                )
            )
            add_more(tx.connection, number, copy)


def add_more(connection: Connection, number: int, copy: Mapping[str, Any]) -> None:
    run = connection.execute
    if (rules := copy["appraisal"]) is not None:
        said = {**rules, "flags": str(rules["flags"]).replace("'", '"')}
        rest = {"schedule_version": "v1", "explanation": b"", "reasons": "[]", "questions": "[]"}
        run(appraisal.insert().values(copy_id=number, **rest, **said))
    if copy["is_claimed"]:
        rest = {"kind": "file", "media_type": "message/rfc822", "properties": "{}", "statement": b""}
        run(claim.insert().values(copy_id=number, import_id="I-1", protections="[]", **rest))
    if copy["is_in_batch"]:
        texts = ("source_id", "sha256", "media_type", "class_id", "schedule_version", "due_on", "evidence", "state")
        numbers = dict.fromkeys(("size_bytes", "modified_ns", "inode", "device"), 0)
        run(
            batch_item.insert().values(
                batch_id="B-1", number=number, copy_id=number, path=b"", **dict.fromkeys(texts, ""), **numbers
            )
        )


def holds_on(catalogue: Catalogue, scopes: list[HoldScope]) -> HoldRegister:
    holds = [
        DisposalHold(
            hold_id=HoldId(f"H-{number}"),
            kind=HoldKind.LITIGATION,
            reason="claim 7",
            mandate="solicitor",
            owner_id=PersonId("rita"),
            scope=scope,
            placed_at=NOON,
            reassess_on=TODAY,
        )
        for number, scope in enumerate(scopes)
    ]
    with catalogue.reading() as tx:
        return register_of(1, holds, records.hold_subjects(tx))


def judged_one_by_one(catalogue: Catalogue, register: HoldRegister) -> dict[str, object]:
    whole, beyond, queues = NOTHING, NOTHING, dict.fromkeys(Queue, NOTHING)
    by: dict[str, dict[str, Total]] = {"classes": {}, "media_types": {}, "personal_data_seen": {}}
    with catalogue.reading() as tx, closing(records.appraised(tx)) as items:
        for item in items:
            one = Total(items=1, size_bytes=item.copy.size_bytes)
            queue = eligibility(item, register, as_of=TODAY).queue
            whole, queues[queue] = whole.plus(one), queues[queue].plus(one)
            if item.copy.is_beyond_reach and queue not in (Queue.MISSING, Queue.DESTROYED):
                beyond = beyond.plus(one)
            seen = [flag.split(":")[1].split("=")[0] for flag in item.flags if flag.startswith("personal_data_seen:")]
            named = [("classes", item.class_id), ("media_types", item.copy.media_type)]
            for table, name in (*named, *(("personal_data_seen", kind) for kind in seen)):
                if name is not None:
                    by[table][name] = by[table].get(name, NOTHING).plus(one)
    return {
        "schema_version": 1,
        "as_of": TODAY.isoformat(),
        "files": whole.items,
        "bytes": whole.size_bytes,
        "queues": {str(queue): total.to_json() for queue, total in queues.items()},
        "beyond_reach": beyond.to_json(),
        **{table: {name: total.to_json() for name, total in found.items()} for table, found in by.items()},
        "over_retained": over_retained_one_by_one(catalogue, register),
        "duplicates": duplicates_one_by_one(catalogue),
    }


def over_retained_one_by_one(catalogue: Catalogue, register: HoldRegister) -> list[dict[str, object]]:
    found: dict[tuple[str, str], Total] = {}
    for one in overdue(catalogue, register, as_of=TODAY):
        key = (one.class_id, one.source_id)
        found[key] = found.get(key, NOTHING).plus(Total(items=1, size_bytes=one.size_bytes))
    return [
        {"disposal_class": class_id, "source": source_id, "owner": "ingrid", **total.to_json()}
        for (class_id, source_id), total in sorted(found.items(), key=lambda one: (-one[1].size_bytes, one[0]))
    ]


def duplicates_one_by_one(catalogue: Catalogue) -> dict[str, int]:
    groups = list(duplicates(catalogue))
    spare = [len(group.members) - 1 for group in groups]
    return {"groups": len(groups), "items": sum(spare), "bytes": sum(group.reclaimable_bytes for group in groups)}

"""The database leaves out only what a hold surely does not cover: however a path is written, a held file is held."""

import os
from datetime import UTC, date, datetime

from sqlalchemy import insert

from retention.domain.assets import AssetId, Source
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldScope, register_of
from retention.domain.naming import shown
from retention.domain.people import PersonId
from retention.store import records
from retention.store.catalogue import Catalogue
from retention.store.schema import appraisal, content, record_copy, schedule

PATHS = (
    b"Kitchen/plan.txt",
    b"kitchen/PLAN.TXT",
    "\N{KELVIN SIGN}itchen/plan.txt".encode(),
    "kitchen/\N{LATIN SMALL LETTER LONG S}ink.txt".encode(),
    "Cafe\N{COMBINING ACUTE ACCENT}/bill.txt".encode(),
    "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE}/bill.txt".encode(),
    b"Kitchen\nold/plan.txt",
    "Ki\n\N{LATIN SMALL LETTER E WITH ACUTE}/plan.txt".encode(),  # as many bytes as its text has letters
    b"kitchen\xff/plan.txt",
    b"100%_/plan.txt",
    b"100xx/plan.txt",
    b"back\\slash/plan.txt",
    b"kitchens/plan.txt",
    b"Accounts [final]/sum.txt",
)
PATTERNS = (
    "kitchen",
    "KITCHEN/",
    "kitchen/sink.txt",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "kitchen?old",
    "ki*",
    "*plan*",
    "100%_",
    "back\\slash",
    "accounts [final]",
    "kitchen\udcff",
    "/",
)
SCOPES = (
    *(HoldScope(path=pattern) for pattern in PATTERNS),
    HoldScope(path="kitchen", class_id="FIN-01"),
    HoldScope(asset_id=AssetId("finance")),
    HoldScope(asset_id=AssetId("legal")),
    HoldScope(class_id="FIN-01"),
    HoldScope(digest="A" * 64),
)


def test_nothing_that_a_hold_covers_is_left_out(catalogue: Catalogue, source: Source) -> None:
    put_copies(catalogue, source)

    with catalogue.reading() as tx:
        everything = list(records.hold_subjects(tx))
        for scope in SCOPES:
            one = hold(scope)
            looked_at = list(records.hold_subjects(tx, [one]))
            assert register_of(1, [one], looked_at) == register_of(1, [one], everything), scope
            assert [s.path for s in looked_at if one.covers(s)] == [s.path for s in everything if one.covers(s)]
        assert len(list(records.hold_subjects(tx, [hold(HoldScope(path="kitchens"))]))) < len(everything)
        assert list(records.hold_subjects(tx, [])) == []


def put_copies(catalogue: Catalogue, source: Source) -> None:
    with catalogue.transaction() as tx:
        run = tx.connection.execute
        run(insert(schedule).values(schedule_version="v1", content="", published_at="", position=1))
        for number, path in enumerate(PATHS):
            digest = f"{number:x}" * 64
            read = {"media_type": "text/plain", "text_read": True, "is_unread": False, "properties": "{}"}
            run(insert(content).values(sha256=digest, size_bytes=1, problems="[]", **read))
            run(
                insert(record_copy).values(
                    copy_id=number,
                    source_id=source.source_id,
                    path=path,
                    path_text=shown(os.fsdecode(path)),
                    state="present",
                    sha256=digest,
                    first_seen_at="",
                    last_scan_id="",
                )
            )
            if number % 2:
                words = {"reasons": "[]", "questions": "[]", "flags": "[]", "explanation": b""}
                named = {"schedule_version": "v1", "outcome": "classified", "class_id": "FIN-01"}
                run(insert(appraisal).values(copy_id=number, **named, **words))


def hold(scope: HoldScope) -> DisposalHold:
    return DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("rita"),
        scope=scope,
        placed_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        reassess_on=date(2026, 6, 1),
    )

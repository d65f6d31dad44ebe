"""A drive as a scan would leave it in the catalogue, without files: quick, where what is read plays no part."""

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime

from retention.domain.eligibility import AppraisedCopy, EligibilityState
from retention.domain.holds import HoldRegister
from retention.services.appraising.appraising import appraise_copies
from retention.services.reporting import eligibility
from retention.store import records, schedules
from retention.store.catalogue import Catalogue
from retention.store.instants import stored
from retention.store.schema import content, record_copy
from rules import DisposalSchedule, parse_schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WRITTEN = datetime(2011, 3, 13, tzinfo=UTC)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})


def add_files(catalogue: Catalogue, paths: Iterable[str], *, source_id: str = "drive") -> None:
    """Put files into the catalogue, each with content of its own, last written in 2011."""
    rows = [(path, hashlib.sha256(os.fsencode(path)).hexdigest()) for path in paths]
    with catalogue.transaction() as tx:
        for number, (path, digest) in enumerate(rows, start=1):
            tx.connection.execute(
                content.insert().values(
                    sha256=digest,
                    size_bytes=10,
                    media_type="text/plain",
                    text_read=True,
                    is_unread=False,
                    words=None,
                    properties="{}",
                    problems="[]",
                )
            )
            tx.connection.execute(
                record_copy.insert().values(
                    source_id=source_id,
                    path=os.fsencode(path),
                    path_text=ascii(path),
                    state="present",
                    size_bytes=10,
                    modified_ns=int(WRITTEN.timestamp()) * 10**9,
                    inode=number,
                    device=1,
                    link_count=1,
                    sha256=digest,
                    first_seen_at=stored(NOON),
                    last_scan_id="scan",
                )
            )


def put_in_force(catalogue: Catalogue, text: str) -> DisposalSchedule:
    """Publish a schedule without asking anybody, and appraise everything under it."""
    schedule = parse_schedule(text, name="small")
    with catalogue.transaction() as tx:
        schedules.publish(tx, text, schedule.schedule_version, NOON)
    appraise(catalogue, schedule)
    return schedule


def appraise(catalogue: Catalogue, schedule: DisposalSchedule) -> int:
    """Appraise what waits; return how many copies that was."""
    return appraise_copies(catalogue, schedule, on_progress=lambda _told: None, workers=1)


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    """Return every known copy by its path."""
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


def state(catalogue: Catalogue, path: str) -> EligibilityState:
    """Return what may be done with a copy today."""
    return eligibility(copies(catalogue)[path], NO_HOLDS, as_of=NOON.date()).state

"""What was in a batch: its classes with title and authority, and between which days its records were last changed.

Read from the catalogue, and believed only because the list adds up to the manifest that was proposed and approved.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from disposal_log import manifest_root
from retention.domain.batches import BatchItem, ItemState
from retention.errors import CatalogueDamagedError
from retention.services.certifying.account import BatchAccount
from retention.services.proposing import item_record
from retention.store import batches, schedules
from retention.store.catalogue import Transaction
from rules import DisposalSchedule, parse_schedule

_NS_A_SECOND = 1_000_000_000
_OF_RECORDS = (ItemState.DESTROYED, ItemState.QUARANTINED)


@dataclass(slots=True)
class Contents:
    """What the items of a batch have in common; `earliest` and `latest` are of those destroyed or in quarantine."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    sizes_bytes: dict[str, Counter[str]] = field(default_factory=dict)
    earliest: date | None = None
    latest: date | None = None

    def take_in(self, item: BatchItem, state: ItemState) -> None:
        """Count one item."""
        self.counts.setdefault(item.class_id, Counter())[state] += 1
        self.sizes_bytes.setdefault(item.class_id, Counter())[state] += item.size_bytes
        day = _day(item.modified_ns)
        if state in _OF_RECORDS and day is not None:
            self.earliest = min(day, self.earliest or day)
            self.latest = max(day, self.latest or day)

    def span(self) -> dict[str, str]:
        """Return the days of the records as they are signed; nothing when none was destroyed."""
        if self.earliest is None or self.latest is None:
            return {}
        return {"earliest": self.earliest.isoformat(), "latest": self.latest.isoformat(), "of": "last change"}


def read_contents(tx: Transaction, account: BatchAccount) -> Contents:
    """Read the batch's list once; memory stays flat.

    Raises:
        CatalogueDamagedError: The catalogue's list is not the one that was proposed.
    """
    contents = Contents()
    if manifest_root(_records(tx, account, contents)) != account.proposal["manifest"]:
        raise CatalogueDamagedError(
            what=f"the catalogue's list of batch {account.batch_id} is not the list in the destruction log",
            not_done="No certificate was issued.",
            next_step="Find out who changed the catalogue, or restore a backup of it.",
        )
    return contents


def class_entries(tx: Transaction, account: BatchAccount, contents: Contents) -> list[dict[str, Any]]:
    """Return each class as it is signed: title and legal authority as the schedule of the day had them.

    Raises:
        UnknownThingError: The schedule was never published here.
        CatalogueDamagedError: The log says that it said something else.
    """
    version = str(account.proposal["schedule"])
    schedule = _schedule(version, schedules.text_of(tx, version))
    if account.schedule_digests.get(version, schedule.digest) != schedule.digest:
        raise CatalogueDamagedError(
            what=f"schedule {version} in the catalogue is not the one that the destruction log says was published",
            not_done="No certificate was issued.",
            next_step="Find out who changed the catalogue, or restore a backup of it.",
        )
    titles = {one.id: (one.title, one.authority) for one in schedule.classes}
    return [
        {
            "id": class_id,
            "title": titles.get(class_id, ("", ()))[0],
            "authority": list(titles.get(class_id, ("", ()))[1]),
            "rule": {"schedule": version, "digest": schedule.digest},
            "counts": dict(sorted(counts.items())),
            "bytes": dict(sorted(contents.sizes_bytes[class_id].items())),
        }
        for class_id, counts in sorted(contents.counts.items())
    ]


def _records(tx: Transaction, account: BatchAccount, contents: Contents) -> Iterator[bytes]:
    for item in batches.items(tx, account.batch_id, asset_id=account.proposal["asset"]):
        if (end := account.ends.get(item.number)) is not None:
            contents.take_in(item, end.state)
        yield item_record(item)


@lru_cache(maxsize=4)
def _schedule(version: str, text: str) -> DisposalSchedule:
    return parse_schedule(text, name=version, published_as=version)


def _day(modified_ns: int) -> date | None:
    try:
        return datetime.fromtimestamp(modified_ns // _NS_A_SECOND, UTC).date()
    except (ValueError, OverflowError, OSError):  # a share may carry any number as a time
        return None

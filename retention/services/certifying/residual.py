"""Copies that are left, as far as anybody knows: what stands between "deleted here" and "gone".

Each block says what it is, how much of it, and until when; a block with a day to come stands in the way of saying that
the backups have expired.
"""

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from disposal_log import Result
from retention.services.certifying.account import BatchAccount
from retention.store.certificates import CopiesElsewhere

QUARANTINE, OTHER_NAMES, LEFT_BEHIND, ELSEWHERE, BACKUPS = (
    "quarantine",
    "other names",
    "left in quarantine",
    "elsewhere",
    "backups",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualCopies:
    """Copies of one kind; `until` is the day from which they are gone, None when no such day is known."""

    kind: str
    items: int
    size_bytes: int
    words: str
    until: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the block as it is signed."""
        day = {} if self.until is None else {"until": self.until.isoformat()}
        return {"kind": self.kind, "items": self.items, "bytes": self.size_bytes, "words": self.words, **day}


def residual_copies(
    account: BatchAccount, elsewhere: CopiesElsewhere, *, backup_days: int | None
) -> tuple[ResidualCopies, ...]:
    """Return every kind of copy that is or may be left of what the batch destroyed or is about to destroy."""
    found = (
        _in_quarantine(account),
        _of_result(account, OTHER_NAMES, "another name of the same content is left on the share", Result.NAME_REMOVED),
        _left_behind(account),
        _elsewhere(elsewhere),
        _backups(account, backup_days),
    )
    return tuple(one for one in found if one is not None and (one.items or one.kind == BACKUPS))


def _in_quarantine(account: BatchAccount) -> ResidualCopies:
    items, size_bytes = account.totals(Result.QUARANTINED)
    until = account.restorable_until
    return ResidualCopies(
        kind=QUARANTINE,
        items=items,
        size_bytes=size_bytes,
        words="in quarantine on the same volume, and can be restored; destroyed afterwards, unless put back",
        until=None if until is None else until.astimezone(UTC).date(),
    )


def _of_result(account: BatchAccount, kind: str, words: str, result: Result) -> ResidualCopies:
    items, size_bytes = account.totals(result)
    return ResidualCopies(kind=kind, items=items, size_bytes=size_bytes, words=words)


def _left_behind(account: BatchAccount) -> ResidualCopies:
    left = [
        end.size_bytes
        for end in account.ends.values()
        if end.was_quarantined and end.result in (Result.FAILED, Result.ANOMALY)
    ]
    return ResidualCopies(
        kind=LEFT_BEHIND,
        items=len(left),
        size_bytes=sum(left),
        words="not destroyed; may still lie in quarantine",
    )


def _elsewhere(known: CopiesElsewhere) -> ResidualCopies:
    words = f"{known.copies} known copies of the same content lie elsewhere, under their own rules"
    return ResidualCopies(kind=ELSEWHERE, items=known.items, size_bytes=known.size_bytes, words=words)


def _backups(account: BatchAccount, backup_days: int | None) -> ResidualCopies | None:
    items, size_bytes = account.totals(Result.DESTROYED, Result.NAME_REMOVED)
    if account.last_destroyed_at is None:
        return None
    until = None
    if account.backups_expired:
        words = "stated to have expired; see who stated it, and when"
    elif backup_days is None:
        words = "may hold copies; nobody has said how long they are kept"
    else:
        until = account.last_destroyed_at.astimezone(UTC).date() + timedelta(days=backup_days)
        words = f"may hold copies; kept for {backup_days} days"
    return ResidualCopies(kind=BACKUPS, items=items, size_bytes=size_bytes, words=words, until=until)

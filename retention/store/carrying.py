"""Carrying appraisals over: those that a new version of the schedule cannot change are said to be of that version."""

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, func, not_, null, select, update

from retention.domain.records import CopyId, CopyState
from retention.store.appraisals import told_properties
from retention.store.catalogue import Transaction
from retention.store.contents import decompressed
from retention.store.in_bulk import BulkWrite
from retention.store.schema import appraisal, claim, content, record_copy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """As much of an appraised copy as tells whether it must be appraised again; `words` are compressed.

    Without `words` it seems to have no text, and without `told` no properties.
    """

    copy_id: CopyId
    path: str
    media_type: str
    size_bytes: int
    modified_ns: int
    seen: str
    words: bytes | None
    told: tuple[str | None, str | None, str | None, int | None] | None

    @property
    def classes_seen(self) -> tuple[str, ...]:
        """Return the classes that something spoke for when it was appraised."""
        return tuple(json.loads(self.seen))

    @property
    def text(self) -> str:
        """Return the text that was read in the content."""
        return decompressed(self.words)

    @property
    def properties(self) -> Mapping[str, str]:
        """Return what is stated about it, as the rules were told."""
        return {} if self.told is None else told_properties(*self.told)

    @property
    def modified_at(self) -> datetime:
        """Return the file system's time of the last write."""
        return _EPOCH + timedelta(microseconds=self.modified_ns // 1000)


def older_version(tx: Transaction, version: str, *, beside: Collection[str]) -> str | None:
    """Return a version under which copies were appraised, other than `version` and those in `beside`."""
    known = (version, *beside)
    statement = select(appraisal.c.schedule_version).where(appraisal.c.schedule_version.not_in(known)).limit(1)
    found = tx.connection.execute(statement).scalar()
    return None if found is None else str(found)


def last_number(tx: Transaction) -> int:
    """Return the greatest number of a copy that was appraised."""
    return int(tx.connection.execute(select(func.max(appraisal.c.copy_id))).scalar() or 0)


def carry_unseen(
    tx: Transaction, before: str, version: str, classes: Iterable[str], *, after: int, upto: int, with_words: bool
) -> int:
    """Say that the appraisals of a range of present copies are of `version`, where none of `classes` was seen.

    Not `with_words`: only those of copies that have no text.
    """
    present = select(record_copy.c.copy_id).where(
        record_copy.c.copy_id > after, record_copy.c.copy_id <= upto, record_copy.c.state == CopyState.PRESENT
    )
    if not with_words:
        present = present.outerjoin(content, content.c.sha256 == record_copy.c.sha256).where(content.c.words.is_(None))
    statement = (
        update(appraisal)
        .where(appraisal.c.copy_id.in_(present), _may_stand(before), *_unseen(classes))
        .values(schedule_version=version)
    )
    return tx.connection.execute(statement).rowcount


def glimpses(
    tx: Transaction,
    before: str,
    classes: Iterable[str],
    *,
    after: int,
    limit: int,
    with_words: bool,
    with_properties: bool,
) -> tuple[Glimpse, ...]:
    """Return the next present copies whose appraisals under `before` may stand, by number, greater than `after`.

    They do not where one of `classes` was seen.
    """
    told = (content.c.properties, claim.c.properties, record_copy.c.file_owner, record_copy.c.file_created_ns)
    statement = (
        select(
            record_copy.c.copy_id,
            record_copy.c.path,
            func.coalesce(content.c.media_type, claim.c.media_type),
            record_copy.c.size_bytes,
            record_copy.c.modified_ns,
            appraisal.c.seen,
            content.c.words if with_words else null(),
            *(told if with_properties else ()),
        )
        .select_from(
            appraisal.join(record_copy, record_copy.c.copy_id == appraisal.c.copy_id)
            .outerjoin(content, content.c.sha256 == record_copy.c.sha256)
            .outerjoin(claim, claim.c.copy_id == record_copy.c.copy_id)
        )
        .where(
            appraisal.c.copy_id > after,
            _may_stand(before),
            *_unseen(classes),
            record_copy.c.state == CopyState.PRESENT,
        )
        .order_by(appraisal.c.copy_id)
        .limit(limit)
    )
    return tuple(
        Glimpse(copy_id, os.fsdecode(path), media_type, size_bytes, modified_ns, seen, words, tuple(rest) or None)
        for copy_id, path, media_type, size_bytes, modified_ns, seen, words, *rest in tx.connection.execute(statement)
    )


def carry(tx: Transaction, before: str, version: str, copy_ids: Sequence[CopyId]) -> None:
    """Say that the appraisals of these copies are of `version`, unless they were made again or set aside meanwhile."""
    _CARRY.run(tx, [(copy_id, before, version) for copy_id in copy_ids])


def _unseen(classes: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return that none of `classes` was seen."""
    return [not_(appraisal.c.seen.contains(json.dumps(one), autoescape=True)) for one in sorted(classes)]


def _may_stand(before: str) -> ColumnElement[bool]:
    return and_(appraisal.c.schedule_version == before, not_(appraisal.c.is_stale), appraisal.c.seen.is_not(None))


_CARRY = BulkWrite(
    update(appraisal)
    .where(
        appraisal.c.copy_id == bindparam("of_copy"),
        appraisal.c.schedule_version == bindparam("before"),
        not_(appraisal.c.is_stale),
    )
    .values(schedule_version=bindparam("version")),
    ("of_copy", "before", "version"),
)

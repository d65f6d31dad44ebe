"""Copies counted in kinds: how many there are, and how many bytes they have, of those that are alike.

Counts are kept for parts of the copies, some hundred with following numbers. A part that changed since it was counted
is noted by the database itself, and is counted while it is asked for, until `settle` keeps its counts anew. So
nothing is ever out of date, and what is kept can be thrown away at any time.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
)

from retention.domain.assets import SourceKind
from retention.domain.kinds import Judged, Kind, Standing, flags_that_matter, personal_data_seen
from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import AnyRow, BulkWrite
from retention.store.records import NOTHING_AMISS, located
from retention.store.schema import (
    appraisal,
    batch_item,
    changed_part,
    claim,
    content,
    record_copy,
    source,
    tally,
    tally_kind,
)
from retention.store.sums_tables import COPIES_IN_PART

_PARTS_TOGETHER = 32
_QUEUE, _MEDIA, _SEEN = "queue", "media", "seen"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many copies there are of one kind whose periods stand alike on the day of asking."""

    kind: Kind
    standing: Standing
    items: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """Every known copy, counted by kind, by type, and by the personal data that its text seems to hold.

    The last two give items and bytes by name; a copy without a type is not in them.
    """

    kinds: tuple[Tally, ...]
    media_types: Mapping[str, tuple[int, int]]
    personal_data: Mapping[str, tuple[int, int]]


# a facet, and in which words a copy is of one kind there
_Sort = tuple[str, str]
# what copies of a part are counted as: the part, a sort, and the latest and earliest day, empty where there is none
_Counted = tuple[int, _Sort, str, str]


class _Sums:
    """Items and bytes: of all, of those whose period lasts, and of those whose period has an open end."""

    __slots__ = ("all", "lasting", "open")

    def __init__(self) -> None:
        self.all, self.lasting, self.open = (0, 0), (0, 0), (0, 0)

    def add(self, *figures: int) -> None:
        self.all = (self.all[0] + figures[0], self.all[1] + figures[1])
        self.lasting = (self.lasting[0] + figures[2], self.lasting[1] + figures[3])
        self.open = (self.open[0] + figures[4], self.open[1] + figures[5])

    def by_standing(self) -> Iterator[tuple[Standing, tuple[int, int]]]:
        ended = tuple(total - one - other for total, one, other in zip(self.all, self.lasting, self.open, strict=True))
        for standing, (items, size_bytes) in (
            (Standing.LASTING, self.lasting),
            (Standing.OPEN, self.open),
            (Standing.ENDED, (ended[0], ended[1])),
        ):
            if items:
                yield standing, (items, size_bytes)


def tallies(tx: Transaction, *, as_of: date) -> Tallies:
    """Return every known copy once, in a tally of those that are like it on `as_of`; memory grows with the kinds."""
    day = as_of.isoformat()
    sums: defaultdict[_Sort, _Sums] = defaultdict(_Sums)
    changed = _changed(tx)
    sorts = {row.kind_id: (row.facet, row.words) for row in tx.connection.execute(select(tally_kind))}
    for kind_id, *figures in tx.connection.execute(_kept(day, is_any_changed=bool(changed))):
        sums[sorts[kind_id]].add(*map(int, figures))
    for (_, sort, latest, earliest), (items, size_bytes) in _counted(tx, changed):
        standing = _standing(latest, earliest, day)
        lasting = (items, size_bytes) if standing is Standing.LASTING else (0, 0)
        is_open = (items, size_bytes) if standing is Standing.OPEN else (0, 0)
        sums[sort].add(items, size_bytes, *lasting, *is_open)
    return Tallies(
        kinds=tuple(
            Tally(_kind(words), standing, *figures)
            for (facet, words), found in sums.items()
            if facet == _QUEUE
            for standing, figures in found.by_standing()
        ),
        media_types={words: found.all for (facet, words), found in sums.items() if facet == _MEDIA},
        personal_data={words: found.all for (facet, words), found in sums.items() if facet == _SEEN},
    )


def ended(tx: Transaction, *, as_of: date) -> tuple[Tally, ...]:
    """Return the copies whose period has ended by `as_of`, of the kinds that are eligible then, holds apart."""
    day = as_of.isoformat()
    sums: defaultdict[str, _Sums] = defaultdict(_Sums)
    changed = _changed(tx)
    has_ended = and_(tally.c.due_latest > "", tally.c.due_latest <= day, tally.c.due_earliest <= day)
    kept = (
        select(tally_kind.c.words, _sum(tally.c.copies), _sum(tally.c.size_bytes))
        .join(tally, tally.c.kind_id == tally_kind.c.kind_id)
        .where(tally_kind.c.facet == _QUEUE, tally_kind.c.may_be_due, has_ended, *_settled(bool(changed)))
        .group_by(tally_kind.c.kind_id, tally_kind.c.words)
    )
    for words, *figures in tx.connection.execute(kept):
        sums[words].add(*map(int, figures), 0, 0, 0, 0)
    for (_, (facet, words), latest, earliest), (items, size_bytes) in _counted(tx, changed):
        is_ended = facet == _QUEUE and _standing(latest, earliest, day) is Standing.ENDED
        if is_ended and _kind(words).judged.may_be_due:
            sums[words].add(items, size_bytes, 0, 0, 0, 0)
    return tuple(Tally(_kind(words), Standing.ENDED, *found.all) for words, found in sums.items())


def is_settled(tx: Transaction) -> bool:
    """Tell whether no part has changed since it was counted."""
    return not tx.connection.execute(select(exists(select(changed_part.c.part)))).scalar_one()


class KindNumbers:
    """Which number each kind has: known kinds are read once, and kinds that are new get one. For one run only."""

    def __init__(self) -> None:
        self._numbers: dict[_Sort, int] | None = None

    def of(self, tx: Transaction, sort: _Sort) -> int:
        """Return the number of a kind."""
        if self._numbers is None:
            found = tx.connection.execute(select(tally_kind.c.facet, tally_kind.c.words, tally_kind.c.kind_id)).all()
            self._numbers = {(facet, words): kind_id for facet, words, kind_id in found}
        if (number := self._numbers.get(sort)) is None:
            number = self._numbers[sort] = _new_number(tx, *sort)
        return number


def settle(tx: Transaction, kinds: KindNumbers) -> int:
    """Count some of the parts that changed, and keep the counts; return how many. The transaction should be short."""
    if not tx.is_sqlite:  # SQLite has one writer at a time anyway
        tx.connection.execute(text("LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE"))
    # Only the notes that are seen here are taken away: whoever changes a part meanwhile makes a note of their own.
    notes = tx.connection.execute(
        select(changed_part.c.part, changed_part.c.made_by)
        .order_by(changed_part.c.part, changed_part.c.made_by)
        .limit(_PARTS_TOGETHER)
    ).all()
    if not notes:
        return 0
    note = tuple_(changed_part.c.part, changed_part.c.made_by)
    tx.connection.execute(delete(changed_part).where(note.in_([tuple(row) for row in notes])))
    numbers = sorted({row.part for row in notes})
    tx.connection.execute(delete(tally).where(tally.c.part.in_(numbers)))
    _KEEP.run(
        tx,
        [
            (kinds.of(tx, sort), latest, earliest, part, items, size_bytes)
            for (part, sort, latest, earliest), (items, size_bytes) in _counted(tx, numbers)
        ],
    )
    return len(numbers)


def _kept(day: str, *, is_any_changed: bool) -> Select[Any]:
    is_lasting = tally.c.due_earliest > day
    is_open = and_(tally.c.due_earliest <= day, or_(tally.c.due_latest == "", tally.c.due_latest > day))
    figures = (
        _sum(case((condition, figure), else_=0)) if condition is not None else _sum(figure)
        for condition in (None, is_lasting, is_open)
        for figure in (tally.c.copies, tally.c.size_bytes)
    )
    return select(tally.c.kind_id, *figures).where(*_settled(is_any_changed)).group_by(tally.c.kind_id)


def _sum(figure: ColumnElement[int]) -> ColumnElement[Any]:
    return func.sum(figure)


def _settled(is_any_changed: bool) -> tuple[ColumnElement[bool], ...]:  # noqa: FBT001  # its only argument
    return (tally.c.part.not_in(select(changed_part.c.part)),) if is_any_changed else ()


def _standing(latest: str, earliest: str, day: str) -> Standing:
    if earliest > day:
        return Standing.LASTING
    return Standing.OPEN if not latest or latest > day else Standing.ENDED


def _changed(tx: Transaction) -> list[int]:
    return list(tx.connection.execute(select(changed_part.c.part).distinct().order_by(changed_part.c.part)).scalars())


def _counted(tx: Transaction, numbers: Sequence[int]) -> Iterator[tuple[_Counted, list[int]]]:
    """Yield what parts come to, in copies and bytes, counted now; memory holds some thousand copies' worth."""
    for first, last in _runs(numbers):
        found: dict[_Counted, list[int]] = {}
        asked = {"first_copy": first * COPIES_IN_PART, "last_copy": last * COPIES_IN_PART + COPIES_IN_PART - 1}
        for row in tx.connection.execute(_COPIES, asked).all():
            for counted in _counted_as(row):
                if (figures := found.get(counted)) is None:
                    figures = found[counted] = [0, 0]
                figures[0] += 1
                figures[1] += row[1]
        yield from found.items()


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of the runs of following numbers, none of them long."""
    first = last = None
    for number in numbers:
        if first is None or last is None or number != last + 1 or number - first >= _PARTS_TOGETHER:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def _counted_as(row: AnyRow) -> list[_Counted]:
    copy_id, _, latest, earliest, media_type, *of_kind = row
    part = copy_id // COPIES_IN_PART
    words, seen = _words(tuple(of_kind))
    counted: list[_Counted] = [(part, (_QUEUE, words), latest or "", earliest or "")]
    if media_type is not None:
        counted.append((part, (_MEDIA, media_type), "", ""))
    counted.extend((part, (_SEEN, kind), "", "") for kind in seen)
    return counted


@lru_cache(maxsize=10_000)
def _words(found: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the words for a kind of copy, and the personal data that was seen in its text."""
    (
        source_id,
        class_id,
        source_kind,
        state,
        finding,
        has_digest,
        has_other_names,
        content_unread,
        is_claimed,
        is_in_batch,
        outcome,
        has_version,
        action,
        is_stale,
        flags,
        has_latest,
    ) = found
    said = tuple(json.loads(flags)) if flags else ()
    judged = Judged(
        state=state,
        has_digest=bool(has_digest),
        has_other_names=bool(has_other_names),
        is_unread=bool(content_unread) or (state == CopyState.PRESENT and finding not in NOTHING_AMISS),
        is_claimed=bool(is_claimed),
        is_beyond_reach=source_kind == SourceKind.REMOTE,
        is_in_batch=bool(is_in_batch),
        outcome=outcome,
        has_class=class_id is not None,
        has_version=bool(has_version),
        action=action,
        is_stale=bool(is_stale),
        flags=flags_that_matter(said),
        has_latest=bool(has_latest),
    )
    return json.dumps([source_id, class_id, *judged]), personal_data_seen(said)


@lru_cache(maxsize=20_000)
def _kind(words: str) -> Kind:
    source_id, class_id, *rest = json.loads(words)
    judged = Judged(*rest)
    return Kind(source_id, class_id, judged._replace(flags=tuple(judged.flags)))


def _new_number(tx: Transaction, facet: str, words: str) -> int:
    may_be_due = facet == _QUEUE and _kind(words).judged.may_be_due
    made = insert(tally_kind).values(facet=facet, words=words, may_be_due=may_be_due)
    return int(tx.connection.execute(made.returning(tally_kind.c.kind_id)).scalar_one())


def _copies() -> Select[Any]:
    open_item = and_(batch_item.c.copy_id == record_copy.c.copy_id, batch_item.c.is_open)
    of_kind = (
        record_copy.c.source_id,
        appraisal.c.class_id,
        source.c.kind,
        record_copy.c.state,
        record_copy.c.finding,
        record_copy.c.sha256.is_not(None).label("has_digest"),
        (record_copy.c.link_count > 1).label("has_other_names"),
        content.c.is_unread,
        claim.c.copy_id.is_not(None).label("is_claimed"),
        batch_item.c.batch_id.is_not(None).label("is_in_batch"),
        appraisal.c.outcome,
        appraisal.c.schedule_version.is_not(None).label("has_version"),
        appraisal.c.action,
        appraisal.c.is_stale,
        appraisal.c.flags,
        appraisal.c.due_latest.is_not(None).label("has_latest"),
    )
    return (
        select(
            record_copy.c.copy_id,
            record_copy.c.size_bytes,
            appraisal.c.due_latest,
            appraisal.c.due_earliest,
            func.coalesce(content.c.media_type, claim.c.media_type).label("media_type"),
            *of_kind,
        )
        .select_from(
            located()
            .outerjoin(content, content.c.sha256 == record_copy.c.sha256)
            .outerjoin(claim, claim.c.copy_id == record_copy.c.copy_id)
            .outerjoin(batch_item, open_item)
        )
        .where(record_copy.c.copy_id.between(bindparam("first_copy"), bindparam("last_copy")))
    )


_COPIES = _copies()
_KEEP = BulkWrite(insert(tally), [column.name for column in tally.columns])

"""Reporting: how much waits in which queue, what is over-retained, duplicated, doubtful or unreadable.

Lists are streams: they can be written out line by line for a share of any size. Everything is asked as of one
day, and every copy is in exactly one queue, so the queues sum to the whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from retention.domain.eligibility import AppraisedCopy, Eligibility, Queue, evaluate
from retention.domain.holds import HoldRegister
from retention.domain.naming import path_fields
from retention.domain.records import CopyState
from retention.store import records
from retention.store.catalogue import Catalogue
from retention.store.records import ContentMember

MASTER_RULE = "oldest modified, then source and path"
_UNSETTLED = "On which date did the period start?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many copies, and how many bytes they have together."""

    items: int
    size_bytes: int

    def plus(self, size_bytes: int) -> "Total":
        """Return this total with one more copy."""
        return Total(items=self.items + 1, size_bytes=self.size_bytes + size_bytes)

    def to_json(self) -> dict[str, int]:
        """Return the figures under the names of the command line's contract."""
        return {"items": self.items, "bytes": self.size_bytes}


NOTHING = Total(items=0, size_bytes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Every known copy, by the queue it waits in, by its class and by its type; the queues sum to the whole."""

    as_of: date
    whole: Total
    queues: dict[Queue, Total]
    classes: dict[str, Total]
    media_types: dict[str, Total]

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "schema_version": 1,
            "as_of": self.as_of.isoformat(),
            "files": self.whole.items,
            "bytes": self.whole.size_bytes,
            "queues": {str(queue): total.to_json() for queue, total in self.queues.items()},
            "classes": {class_id: total.to_json() for class_id, total in self.classes.items()},
            "media_types": {media_type: total.to_json() for media_type, total in self.media_types.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRecord:
    """A copy that is past its period and may be proposed for disposal."""

    source_id: str
    path: str
    class_id: str
    size_bytes: int
    over_retained_since: date
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "disposal_class": self.class_id,
            "size_bytes": self.size_bytes,
            "due": self.over_retained_since.isoformat(),
            "over_retained_since": self.over_retained_since.isoformat(),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulRecord:
    """A copy that a person must classify, or choose a class for; until then it is kept."""

    source_id: str
    path: str
    media_type: str | None
    size_bytes: int
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "media_type": self.media_type,
            "size_bytes": self.size_bytes,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What somebody must answer before the copies that wait for it can become due."""

    question: str
    class_id: str | None
    waiting: Total
    example_source_id: str
    example_path: str

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "question": self.question,
            "disposal_class": self.class_id,
            **self.waiting.to_json(),
            "example": {"source": self.example_source_id, **path_fields(self.example_path)},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRecord:
    """A file that could not be read, one whose content could not be examined, or an unlisted folder."""

    source_id: str
    path: str
    reason: str
    detail: str

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "reason": self.reason,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """Files with the same content; hard links to one inode count as one member.

    The master is the member to keep when the others go: the one modified first, and of those the first by
    source and path. Empty files have no content to be the same, so their group is flagged.
    """

    sha256: str
    size_bytes: int
    members: tuple[ContentMember, ...]

    @property
    def master(self) -> ContentMember:
        """Return the member to keep."""
        return self.members[0]

    @property
    def is_empty(self) -> bool:
        """Tell whether these are the empty files."""
        return self.size_bytes == 0

    @property
    def reclaimable_bytes(self) -> int:
        """Return the bytes that go when only the master stays."""
        return self.size_bytes * (len(self.members) - 1)

    def to_json(self) -> dict[str, object]:
        """Return the line of the report; `members_b64` names what `members` cannot say in UTF-8."""
        named = [path_fields(member.path) for member in self.members]
        encoded = {str(place): name["path_b64"] for place, name in enumerate(named) if "path_b64" in name}
        return {
            "digest": self.sha256,
            "size_bytes": self.size_bytes,
            "master": named[0]["path"],
            "master_rule": MASTER_RULE,
            "members": [name["path"] for name in named],
            "sources": [member.source_id for member in self.members],
            **({"members_b64": encoded} if encoded else {}),
            "reclaimable_bytes": self.reclaimable_bytes,
            "empty": self.is_empty,
        }


def eligibility(item: AppraisedCopy, register: HoldRegister, *, as_of: date) -> Eligibility:
    """Return the answer for one copy under the holds of `register`."""
    return evaluate(item, holds=register.holds_on(item), hold_reasons=register.reasons(item), as_of=as_of)


def summary(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Summary:
    """Return how many copies wait in which queue on `as_of`."""
    whole, queues = NOTHING, dict.fromkeys(Queue, NOTHING)
    classes: dict[str, Total] = {}
    media_types: dict[str, Total] = {}
    for item, answer in _answered(catalogue, register, as_of):
        size_bytes = item.copy.size_bytes
        whole = whole.plus(size_bytes)
        queues[answer.queue] = queues[answer.queue].plus(size_bytes)
        if item.class_id is not None:
            classes[item.class_id] = classes.get(item.class_id, NOTHING).plus(size_bytes)
        if item.copy.media_type is not None:
            media_types[item.copy.media_type] = media_types.get(item.copy.media_type, NOTHING).plus(size_bytes)
    return Summary(
        as_of=as_of,
        whole=whole,
        queues=queues,
        classes=dict(sorted(classes.items())),
        media_types=dict(sorted(media_types.items())),
    )


def overdue(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Iterator[DueRecord]:
    """Yield what may be proposed for disposal on `as_of`: surely past its period, and not held."""
    for item, answer in _answered(catalogue, register, as_of):
        if answer.queue is Queue.ELIGIBLE and item.class_id is not None and item.due_latest is not None:
            yield DueRecord(
                source_id=item.copy.source_id,
                path=item.path,
                class_id=item.class_id,
                size_bytes=item.copy.size_bytes,
                over_retained_since=item.due_latest,
                reasons=answer.reasons,
            )


def unclassified(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Iterator[DoubtfulRecord]:
    """Yield what no class fits."""
    return _doubtful(catalogue, register, as_of, Queue.UNCLASSIFIED)


def conflict(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Iterator[DoubtfulRecord]:
    """Yield what two classes fit."""
    return _doubtful(catalogue, register, as_of, Queue.CONFLICT)


def awaiting(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> tuple[OpenQuestion, ...]:
    """Return the open questions, those that most copies wait for first; memory grows with the questions only."""
    asked: dict[tuple[str, str | None], OpenQuestion] = {}
    for item, answer in _answered(catalogue, register, as_of):
        if answer.queue is not Queue.AWAITING_TRIGGER:
            continue
        for question in item.questions or (_UNSETTLED,):
            key = (question, item.class_id)
            before = asked.get(key)
            asked[key] = OpenQuestion(
                question=question,
                class_id=item.class_id,
                waiting=(before.waiting if before else NOTHING).plus(item.copy.size_bytes),
                example_source_id=before.example_source_id if before else item.copy.source_id,
                example_path=before.example_path if before else item.path,
            )
    return tuple(sorted(asked.values(), key=lambda one: (-one.waiting.items, one.question, one.class_id or "")))


def unreadable(catalogue: Catalogue) -> Iterator[UnreadableRecord]:
    """Yield what could not be read or examined, and every folder that could not be listed."""
    with (
        catalogue.reading() as tx,
        closing(records.unlisted_folders(tx)) as folders,
        closing(records.appraised(tx)) as items,
    ):
        for folder in folders:
            yield UnreadableRecord(
                source_id=folder.source_id,
                path=folder.path,
                reason=folder.reason,
                detail=f"folder: {folder.detail}; what lies below it is unknown",
            )
        for item in items:
            copy = item.copy
            if copy.state is CopyState.UNREADABLE or (copy.is_present and copy.content_unread):
                yield UnreadableRecord(
                    source_id=copy.source_id,
                    path=copy.path,
                    reason=copy.finding or "content_unread",
                    detail=copy.detail,
                )


def count_unread(catalogue: Catalogue, source_ids: Iterable[str]) -> int:
    """Return how many lines `unreadable` would have for these sources, without making them."""
    with catalogue.reading() as tx:
        return sum(records.count_unread(tx, source_id) for source_id in source_ids)


def duplicates(catalogue: Catalogue) -> Iterator[DuplicateGroup]:
    """Yield the groups of files with the same content, those with most to gain first.

    Memory holds one group at a time.
    """
    with catalogue.reading() as tx, closing(records.shared_contents(tx)) as shared:
        for sha256, sharing in groupby(shared, key=lambda member: member.sha256):
            members = _one_per_inode(sharing)
            if len(members) > 1:
                yield DuplicateGroup(sha256=sha256, size_bytes=members[0].size_bytes, members=members)


def _one_per_inode(sharing: Iterator[ContentMember]) -> tuple[ContentMember, ...]:
    first: dict[tuple[int, int], ContentMember] = {}
    for member in sharing:
        first.setdefault((member.device, member.inode), member)
    return tuple(first.values())


def _doubtful(catalogue: Catalogue, register: HoldRegister, as_of: date, queue: Queue) -> Iterator[DoubtfulRecord]:
    for item, answer in _answered(catalogue, register, as_of):
        if answer.queue is queue:
            yield DoubtfulRecord(
                source_id=item.copy.source_id,
                path=item.path,
                media_type=item.copy.media_type,
                size_bytes=item.copy.size_bytes,
                reasons=answer.reasons,
            )


def _answered(catalogue: Catalogue, register: HoldRegister, as_of: date) -> Iterator[tuple[AppraisedCopy, Eligibility]]:
    # closed while the transaction lasts, also when nobody reads on
    with catalogue.reading() as tx, closing(records.appraised(tx)) as items:
        for item in items:
            yield item, eligibility(item, register, as_of=as_of)

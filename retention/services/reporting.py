"""Reporting: how much waits in which queue, what is over-retained, duplicated, doubtful or unreadable.

Lists are streams: they can be written out line by line for a share of any size. Everything is asked as of one
day, and every copy is in exactly one queue, so the queues sum to the whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from retention.domain.eligibility import AppraisedCopy, Eligibility, Queue
from retention.domain.holds import HoldRegister
from retention.domain.naming import path_fields
from retention.domain.records import NOTHING_SAID, CopyState, FileFacts
from retention.services.file_facts import fields_of
from retention.services.summing_up import (
    NOTHING,
    OverRetained,
    Summary,
    Total,
    duplicates_together,
    eligibility,
    over_retained,
    summary,
)
from retention.store import records
from retention.store.catalogue import Catalogue
from retention.store.records import ContentMember

__all__ = [
    "DoubtfulRecord",
    "DueRecord",
    "DuplicateGroup",
    "OpenQuestion",
    "OverRetained",
    "Summary",
    "Total",
    "UnreadableRecord",
    "awaiting",
    "conflict",
    "count_unread",
    "duplicates",
    "duplicates_together",
    "eligibility",
    "over_retained",
    "overdue",
    "summary",
    "unclassified",
    "unreadable",
]

MASTER_RULE = "oldest modified, then source and path"
_UNSETTLED = "On which date did the period start?"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRecord:
    """A copy that is past its period and may be proposed for disposal."""

    source_id: str
    path: str
    class_id: str
    size_bytes: int
    over_retained_since: date
    reasons: tuple[str, ...]
    facts: FileFacts = NOTHING_SAID

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
            **fields_of(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulRecord:
    """A copy that a person must classify, or choose a class for; until then it is kept."""

    source_id: str
    path: str
    media_type: str | None
    size_bytes: int
    reasons: tuple[str, ...]
    facts: FileFacts = NOTHING_SAID

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "media_type": self.media_type,
            "size_bytes": self.size_bytes,
            "reasons": list(self.reasons),
            **fields_of(self.facts),
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
    facts: FileFacts = NOTHING_SAID

    def to_json(self) -> dict[str, object]:
        """Return the line of the report."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "reason": self.reason,
            "detail": self.detail,
            **fields_of(self.facts),
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
                facts=item.copy.facts,
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
        one = Total(items=1, size_bytes=item.copy.size_bytes)
        for question in item.questions or (_UNSETTLED,):
            key = (question, item.class_id)
            before = asked.get(key)
            asked[key] = OpenQuestion(
                question=question,
                class_id=item.class_id,
                waiting=(before.waiting if before else NOTHING).plus(one),
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
                    facts=copy.facts,
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
                facts=item.copy.facts,
            )


def _answered(catalogue: Catalogue, register: HoldRegister, as_of: date) -> Iterator[tuple[AppraisedCopy, Eligibility]]:
    # closed while the transaction lasts, also when nobody reads on
    with catalogue.reading() as tx, closing(records.appraised(tx)) as items:
        for item in items:
            yield item, eligibility(item, register, as_of=as_of)

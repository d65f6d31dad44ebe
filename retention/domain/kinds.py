"""Kinds of copies: of two copies of one kind, the same is true on a day that both their periods stand alike to.

Holds apart, the queue in which a copy waits rests on few things, each with few values. Copies that have them all in
common are counted together, and one example answers for all of them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

from retention.domain.assets import AssetId, SourceId
from retention.domain.eligibility import AppraisedCopy, Outcome, Queue, evaluate
from retention.domain.records import CopyId, CopyState, RecordCopy
from rules import DisposalAction

_SEEN = "personal_data_seen:"
# what says nothing of the queue: what was seen in the text, and a deadline, which only adds a flag
_NO_MATTER = (_SEEN, "no_longer_than:")
_OF_ONE_DAY = ("schedule_valid_from:", "schedule_valid_to:")
_SOME_DIGEST = "0" * 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(StrEnum):
    """How the period of a copy stands on a day: it surely lasts, nobody can tell, or it surely has ended."""

    LASTING = "lasting"
    OPEN = "open"
    ENDED = "ended"


class Judged(NamedTuple):
    """All that the queue of a copy rests on, but for the day, the holds, and which class it is that it has."""

    state: str
    has_digest: bool
    has_other_names: bool
    is_unread: bool
    is_claimed: bool
    is_beyond_reach: bool
    is_in_batch: bool
    outcome: str | None
    has_class: bool
    has_version: bool
    action: int | None
    is_stale: bool
    flags: tuple[str, ...]
    has_latest: bool

    @property
    def may_be_due(self) -> bool:
        """Tell whether such a copy is eligible on some day after its period."""
        flags = tuple(flag for flag in self.flags if not flag.startswith(_OF_ONE_DAY))
        return self.has_latest and self._replace(flags=flags).queue(Standing.ENDED, as_of=_EPOCH.date()) == (
            Queue.ELIGIBLE
        )

    def queue(self, standing: Standing, *, as_of: date) -> Queue:
        """Return the queue of such a copy, as if nothing were held."""
        return evaluate(self._example(standing), holds=(), hold_reasons=(), as_of=as_of).queue

    def _example(self, standing: Standing) -> AppraisedCopy:
        earliest = date.max if standing is Standing.LASTING else date.min
        latest = date.min if standing is Standing.ENDED else date.max
        return AppraisedCopy(
            copy=self._copy(),
            outcome=None if self.outcome is None else Outcome(self.outcome),
            class_id="any" if self.has_class else None,
            schedule_version="any" if self.has_version else None,
            action=None if self.action is None else DisposalAction(self.action),
            due_earliest=earliest,
            due_latest=latest if self.has_latest else None,
            reasons=(),
            questions=(),
            flags=self.flags,
            in_batch="any" if self.is_in_batch else None,
            is_stale=self.is_stale,
        )

    def _copy(self) -> RecordCopy:
        return RecordCopy(
            copy_id=CopyId(0),
            source_id=SourceId(""),
            asset_id=AssetId(""),
            path="",
            state=CopyState(self.state),
            size_bytes=0,
            modified_ns=0,
            inode=0,
            device=0,
            link_count=2 if self.has_other_names else 1,
            sha256=_SOME_DIGEST if self.has_digest else None,
            media_type=None,
            finding="",
            detail="",
            content_unread=self.is_unread,
            first_seen_at=_EPOCH,
            protections=() if self.is_claimed else None,
            is_beyond_reach=self.is_beyond_reach,
        )


class Kind(NamedTuple):
    """What copies have in common that are counted together."""

    source_id: str
    class_id: str | None
    judged: Judged


def flags_that_matter(flags: Sequence[str]) -> tuple[str, ...]:
    """Return those of the rules' flags that a queue may rest on."""
    return tuple(flag for flag in flags if not flag.startswith(_NO_MATTER))


def personal_data_seen(flags: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of personal data that a copy's text seems to hold, by its flags; each as often as it is said."""
    return tuple(flag.removeprefix(_SEEN).partition("=")[0] for flag in flags if flag.startswith(_SEEN))

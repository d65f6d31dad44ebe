"""Disposal batches as type-state: proposed, then approved by somebody else, and only then disposable.

`ApprovedBatch` cannot be built except by `ProposedBatch.approve`, which enforces the law: two different
people, the approver accountable for the asset, and the very list that was proposed; and by `approved_by`,
which reads such an approval back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from retention.domain.assets import AssetId, InformationAsset, SourceId
from retention.domain.people import Person, PersonId, Role
from retention.domain.records import CopyId
from retention.errors import ConflictOfInterestError, RefusedByPolicyError

BatchId = NewType("BatchId", str)


class BatchState(StrEnum):
    """Where a batch stands; CLOSED means every item has its final outcome."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    KEPT = "kept"
    CLOSED = "closed"


class ItemState(StrEnum):
    """What became of one item; all but the first two are final."""

    PENDING = "pending"
    QUARANTINED = "quarantined"
    DESTROYED = "destroyed"
    EXCLUDED = "excluded"
    HELD = "held"
    CHANGED = "changed"
    MISSING = "missing"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more will happen to the item in this batch."""
        return self not in (ItemState.PENDING, ItemState.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One copy as it was when proposed: place, size, content, rule, due date and its evidence."""

    number: int
    copy_id: CopyId
    source_id: SourceId
    asset_id: AssetId
    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    sha256: str
    media_type: str
    class_id: str
    schedule_version: str
    due_on: date
    evidence: tuple[str, ...]
    state: ItemState = ItemState.PENDING
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedBatch:
    """A frozen list put forward by one person; `manifest_root` pins it (RFC 6962 root over the items)."""

    batch_id: BatchId
    asset: InformationAsset
    class_id: str
    schedule_version: str
    proposer_id: PersonId
    proposed_at: datetime
    items: tuple[BatchItem, ...]
    manifest_root: str
    revision: int = 0

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all items together."""
        return sum(item.size_bytes for item in self.items)

    def check_decider(self, person: Person) -> None:
        """Raise unless `person` may decide this batch: not its proposer, and accountable for its asset.

        Raises:
            ConflictOfInterestError: They proposed it themselves.
            RefusedByPolicyError: They are not the asset's owner (IAO).
        """
        self._check_another(person.person_id)
        if person.person_id != self.asset.owner_id or not person.has(Role.IAO):
            raise RefusedByPolicyError(
                what=f"{person.person_id} may not decide batch {self.batch_id}: "
                f"asset {self.asset.asset_id} is owned by {self.asset.owner_id}",
                not_done="Nothing was decided.",
                next_step=f"Ask {self.asset.owner_id}, or have the register changed.",
            )

    def approve(
        self, person: Person, *, at: datetime, manifest_root: str, excluded: Iterable[int] = ()
    ) -> "ApprovedBatch":
        """Return this batch approved by `person`, less the item numbers `excluded`.

        Args:
            person: Who approves; see `check_decider`.
            at: When.
            manifest_root: The root of the list that was shown to them; it must be this very list.
            excluded: Numbers of items to keep.

        Raises:
            ConflictOfInterestError: `person` proposed the batch.
            RefusedByPolicyError: Not theirs to approve, another list was shown, or an unknown item excluded.
        """
        self.check_decider(person)
        return self._approved(person.person_id, at=at, manifest_root=manifest_root, excluded=frozenset(excluded))

    def approved_by(self, decision: "Decision") -> "ApprovedBatch":
        """Return this batch as a stored `decision` approved it.

        An approval is an act of its day: it stands when its author changes post or the asset its owner, so that
        nothing is ever caught half disposed of. A hold, or restoring, is how it is stopped. What does not
        depend on the day is checked again; whether the log knows of the decision is for the caller to ask.

        Raises:
            ConflictOfInterestError: Its author proposed the batch.
            RefusedByPolicyError: Another list was approved, or an unknown item excluded.
        """
        self._check_another(decision.decider_id)
        return self._approved(
            decision.decider_id,
            at=decision.decided_at,
            manifest_root=decision.manifest_root,
            excluded=decision.excluded,
        )

    def check_numbers(self, numbers: frozenset[int]) -> None:
        """Raise unless the batch has an item of each of `numbers`.

        Raises:
            RefusedByPolicyError: One is unknown.
        """
        if unknown := numbers - {item.number for item in self.items}:
            raise RefusedByPolicyError(
                what=f"batch {self.batch_id} has no item {min(unknown)}",
                not_done="Nothing was approved.",
                next_step=f"See the numbers with: retention batch show {self.batch_id}",
            )

    def _check_another(self, person_id: PersonId) -> None:
        if person_id == self.proposer_id:
            raise ConflictOfInterestError(batch_id=self.batch_id, person=person_id)

    def _approved(
        self, person_id: PersonId, *, at: datetime, manifest_root: str, excluded: frozenset[int]
    ) -> "ApprovedBatch":
        if manifest_root != self.manifest_root:
            raise RefusedByPolicyError(
                what=f"the list that was approved is not the list of batch {self.batch_id}",
                not_done="Nothing was approved.",
                next_step=f"Look at the batch again: retention batch show {self.batch_id}",
            )
        self.check_numbers(excluded)
        return ApprovedBatch(
            proposal=self, approver_id=person_id, approved_at=at, excluded=excluded, _made_by=_APPROVAL
        )


_APPROVAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBatch:
    """A batch that somebody else approved: the only thing a disposal can be carried out on."""

    proposal: ProposedBatch
    approver_id: PersonId
    approved_at: datetime
    excluded: frozenset[int]
    _made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._made_by is not _APPROVAL:
            message = "an ApprovedBatch is made by ProposedBatch.approve alone, and read back by approved_by"
            raise RuntimeError(message)

    @property
    def batch_id(self) -> BatchId:
        """Return the batch's name."""
        return self.proposal.batch_id

    @property
    def manifest_root(self) -> str:
        """Return the root that pins the approved list."""
        return self.proposal.manifest_root

    @property
    def items(self) -> tuple[BatchItem, ...]:
        """Return every item that was proposed, excluded ones too."""
        return self.proposal.items


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """One line of the list of batches."""

    batch_id: BatchId
    asset_id: AssetId
    class_id: str
    proposer_id: PersonId
    proposed_at: datetime
    items: int
    size_bytes: int
    manifest_root: str
    state: BatchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided on a batch, and of which list."""

    decision_id: str
    batch_id: BatchId
    decider_id: PersonId
    decision: str
    reason: str
    manifest_root: str
    excluded: frozenset[int]
    decided_at: datetime

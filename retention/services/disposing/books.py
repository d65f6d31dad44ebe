"""Book-keeping of one run: the log first, then the catalogue; and the closing of the batch."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from disposal_log import EntryType, Phase, Result
from retention.domain.batches import ApprovedBatch, BatchId, BatchItem, BatchState, ItemState
from retention.domain.holds import HoldRegister
from retention.domain.people import PersonId
from retention.domain.reconciliation import Reconciliation, reconcile
from retention.services import recording
from retention.services.disposing.disposer import DisposalReport, Disposer, Step
from retention.services.disposing.journal import (
    BatchTrail,
    ItemOutcome,
    ItemTrail,
    announce,
    record_hold_check,
    record_outcomes,
)
from retention.store import batches, holds
from retention.store.catalogue import Transaction


class Books:
    """What is known and written of one batch while a run lasts."""

    def __init__(self, disposer: Disposer, approved: ApprovedBatch, trail: BatchTrail, by: PersonId) -> None:
        self.disposer = disposer
        self.approved = approved
        self.trail = trail
        self.by = by

    @property
    def batch_id(self) -> BatchId:
        """Return the batch's name."""
        return self.approved.batch_id

    def of(self, item: BatchItem) -> ItemTrail:
        """Return the last word of the log on `item`."""
        return self.trail.of(item.number)

    def untouched(self) -> list[BatchItem]:
        """Return the items that nothing has happened to yet."""
        return [item for item in self.approved.items if self.of(item).result is None]

    def quarantined(self) -> list[BatchItem]:
        """Return the items that wait in quarantine."""
        return [item for item in self.approved.items if self.of(item).result is Result.QUARANTINED]

    def past_grace(self) -> list[BatchItem]:
        """Return the quarantined items whose grace period is over."""
        now = self.now()
        return [
            item
            for item in self.quarantined()
            if (until := self._kept_until(item)) is not None
            and until <= now
            and self.of(item).open_intent is not Phase.RESTORE
        ]

    def to_go_back(self) -> list[BatchItem]:
        """Return the quarantined items that an earlier run had begun to put back: nobody has changed that."""
        return [item for item in self.quarantined() if self.of(item).open_intent is Phase.RESTORE]

    def moved(self) -> list[BatchItem]:
        """Return the items that lie in quarantine, or were about to leave it when a run was interrupted."""
        leaving = (Phase.PURGE, Phase.RESTORE)
        return [
            item
            for item in self.approved.items
            if self.of(item).result is Result.QUARANTINED or self.of(item).open_intent in leaving
        ]

    def ask_holds(self, phase: Phase, items: Sequence[BatchItem]) -> HoldRegister:
        """Ask for the holds now (gate 3 of 4), and put on record that they were asked."""
        with self.disposer.catalogue.reading() as tx:
            register = holds.active_register(tx)
        if items:
            record_hold_check(
                self.disposer.log,
                self.batch_id,
                phase,
                register_version=register.version,
                held=sum(1 for item in items if register.holds_on(item)),
                by=self.by,
                at=self.now(),
            )
        return register

    def announce(self, phase: Phase, items: Sequence[BatchItem]) -> None:
        """Put the intent on disk before anything is touched."""
        announce(self.disposer.log, self.batch_id, phase, items, by=self.by, at=self.now())
        self.tell(Step.INTENT_LOGGED, len(items))

    def conclude(self, outcomes: Sequence[ItemOutcome]) -> None:
        """Put what happened on disk, then bring the catalogue level with it."""
        self.record(outcomes)
        self.tell(Step.OUTCOMES_LOGGED, len(outcomes))
        with self.disposer.catalogue.transaction() as tx:
            for outcome in outcomes:
                self.store(tx, outcome)
        self.tell(Step.OUTCOMES_STORED, len(outcomes))

    def record(self, outcomes: Sequence[ItemOutcome]) -> None:
        """Put what happened on disk."""
        now, grace = self.now(), self.disposer.grace
        record_outcomes(self.disposer.log, self.batch_id, outcomes, grace=grace, by=self.by, at=now)
        if any(outcome.result is Result.QUARANTINED for outcome in outcomes):
            self.trail.anchors.must_see(self.batch_id, self.disposer.log.size - 1)
        for outcome in outcomes:
            trail = self.of(outcome.item)
            trail.open_intent, trail.result, trail.reason = None, outcome.result, outcome.reason
            if outcome.result is Result.QUARANTINED:
                trail.quarantined_at, trail.grace = now, grace

    def store(self, tx: Transaction, outcome: ItemOutcome) -> None:
        """Store what became of one item, in the transaction in which it happens or after it."""
        item = outcome.item
        batches.set_item_state(tx, self.batch_id, item.number, state=outcome.state, reason=outcome.in_words)
        if outcome.state is ItemState.DESTROYED:
            batches.mark_destroyed(tx, item.copy_id, item.sha256, inode=item.inode)

    def level(self) -> None:
        """Bring the catalogue level with the log, which is the authority."""
        with self.disposer.catalogue.transaction() as tx:
            for item in self.approved.items:
                trail = self.of(item)
                if trail.result is None:
                    continue
                outcome = ItemOutcome(item=item, result=trail.result, reason=trail.reason)
                if outcome.state is not item.state:
                    self.store(tx, outcome)

    def close(self) -> bool:
        """Close the batch in log and catalogue if every item is final; tell whether it is closed."""
        if not all(self.of(item).is_final for item in self.approved.items):
            return False
        if not self.trail.is_closed:
            self._log_closing()
            self.trail.is_closed = True
            self.tell(Step.CLOSING_LOGGED, 1)
        with self.disposer.catalogue.transaction() as tx:
            if batches.summary(tx, self.batch_id).state is not BatchState.CLOSED:
                batches.close(tx, self.batch_id)
        return True

    def report(self, *, is_closed: bool, troubles: Sequence[str], waiting_for: str = "") -> DisposalReport:
        """Return where the batch stands."""
        moments = [self._kept_until(item) for item in self.quarantined()]
        return DisposalReport(
            batch_id=self.batch_id,
            reconciliation=self._reconciliation(),
            is_closed=is_closed,
            purge_not_before=max((moment for moment in moments if moment is not None), default=None),
            troubles=tuple(troubles),
            waiting_for=waiting_for,
        )

    def now(self) -> datetime:
        """Return the present instant."""
        return self.disposer.clock.now()

    def tell(self, step: Step, items: int) -> None:
        """Tell whoever watches how far the run is."""
        self.disposer.tell(step, items)

    def _kept_until(self, item: BatchItem) -> datetime | None:
        trail = self.of(item)
        grace = max(trail.grace, self.disposer.grace)
        return None if trail.quarantined_at is None else trail.quarantined_at + grace

    def _log_closing(self) -> None:
        counts: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for item in self.approved.items:
            result = str(self.of(item).result)
            counts[result] += 1
            sizes[result] += item.size_bytes
        body = {"batch": self.batch_id, "counts": dict(counts), "bytes": dict(sizes)}
        entry = recording.drafted(EntryType.BATCH_CLOSED, at=self.now(), actor=self.by, body=body)
        self.disposer.log.append([entry])

    def _reconciliation(self) -> Reconciliation:
        with self.disposer.catalogue.reading() as tx:
            return reconcile(batches.items(tx, self.batch_id, asset_id=self.approved.proposal.asset.asset_id))

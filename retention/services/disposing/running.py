"""The order of steps of a disposal: gates, intent, act, outcome. Killed anywhere, it can be run again.

For every group of items: find and prove each file; intent in the log; then one transaction for each item in
which the holds are asked again and the file is moved; outcomes in the log. After the grace period the same
once more, with removal instead of the move.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Self

from disposal_log import Phase, Result
from retention.clock import civil_date
from retention.domain.batches import ApprovedBatch, BatchItem
from retention.domain.people import Person
from retention.errors import StoppedError
from retention.services import recording
from retention.services.disposing.books import Books
from retention.services.disposing.disposer import DisposalReport, Disposer, Step
from retention.services.disposing.gates import HoldGate, check_approval, check_limits, check_person
from retention.services.disposing.journal import GROUP, ItemOutcome, read_trail
from retention.services.disposing.location import (
    DeniedError,
    DriftError,
    GoneError,
    OpenFile,
    Root,
    open_approved,
)
from retention.services.disposing.quarantine import Quarantine, close_empty, open_quarantine
from retention.services.disposing.resuming import left_out, settle
from retention.store import assets

STOP_FILE = "STOP"

_Trouble = GoneError | DriftError | DeniedError


def carry_out(disposer: Disposer, approved: ApprovedBatch, *, person: Person) -> DisposalReport:
    """Dispose of an approved batch as far as may be done now; safe to run again at any time.

    Raises:
        RefusedByPolicyError: `person` may not destroy, or the batch is larger than the brake allows.
        NotApprovedError: The log has no valid approval of this very list, or it has lapsed.
        LogDamagedError: Catalogue and log tell different stories about the list.
        SourceVanishedError: A root is gone; nothing more was touched.
        StoppedError: A brake or the stop file ended the run between two groups.
        disposal_log.LogError: The log could not be written; nothing more was touched.
    """
    check_person(person, approved, destroys=True)
    books = _open_books(disposer, approved, person)
    if not books.trail.is_closed:
        check_limits(approved, books.trail, disposer)
    with _in_doubt_otherwise(books), _Run(books) as run:
        run.quarantine()
        run.purge()
        return run.finish()


def restore_batch(disposer: Disposer, approved: ApprovedBatch, *, person: Person) -> DisposalReport:
    """Put everything of the batch that is still in quarantine back in its place, and keep the rest of it.

    Anybody in the chain of the approval may restore, without a reason.

    Raises:
        As `carry_out`.
    """
    check_person(person, approved, destroys=False)
    books = _open_books(disposer, approved, person)
    with _in_doubt_otherwise(books), _Run(books) as run:
        run.keep_untouched()
        run.put_back(books.quarantined(), result=Result.RESTORED, reason=f"restored by {person.person_id}")
        return run.finish()


def _open_books(disposer: Disposer, approved: ApprovedBatch, person: Person) -> Books:
    recording.deliver(disposer.catalogue, disposer.log)
    trail = read_trail(disposer.log, approved.batch_id)
    check_approval(approved, trail)
    return Books(disposer, approved, trail, person.person_id)


class _Run(ExitStack):
    """One run over one batch: holds roots and quarantines open while it lasts."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self.books = books
        self.roots: dict[str, Root] = {}
        self.quarantines: dict[str, Quarantine] = {}
        self.troubles: list[str] = []
        self.troubles_in_a_row = 0

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            if not self.books.trail.is_closed:
                self._open()
                self._settle()
            self.books.level()
        except BaseException:
            self.close()
            raise
        return self

    def quarantine(self) -> None:
        """Move what is still as approved, and not held, into quarantine."""
        todo = self.books.untouched()
        gate = HoldGate(self.books.ask_holds(Phase.QUARANTINE, todo))
        for group in _groups(todo):
            self._check_brakes(group)
            outcomes: list[ItemOutcome] = []
            with ExitStack() as opened:
                proved = list(self._prove(group, gate, outcomes, opened))
                self.books.tell(Step.PROVED, len(proved))
                if proved:
                    self.books.announce(Phase.QUARANTINE, [item for item, _found in proved])
                outcomes += [self._move(item, found, gate) for item, found in proved]
            self.books.conclude(outcomes)

    def purge(self) -> None:
        """Destroy what waited in quarantine long enough; put back what is held or was changed there."""
        ready = self.books.past_grace()
        gate = HoldGate(self.books.ask_holds(Phase.PURGE, ready))
        held = [item for item in ready if gate.register.holds_on(item)]
        self.put_back(held, result=Result.HELD, reason="held while in quarantine: put back")
        held_numbers = {item.number for item in held}
        for group in _groups([item for item in ready if item.number not in held_numbers]):
            self._check_brakes(group)
            self._purge_group(group, gate)

    def keep_untouched(self) -> None:
        """Give every item that nothing happened to yet its final word: it stays."""
        self.books.conclude(
            [
                ItemOutcome(item=item, result=Result.EXCLUDED, reason="the batch was restored before it was moved")
                for item in self.books.untouched()
            ]
        )

    def put_back(self, items: Sequence[BatchItem], *, result: Result, reason: str) -> None:
        """Move `items` from quarantine to their old places."""
        for group in _groups(items):
            self.books.announce(Phase.RESTORE, group)
            outcomes: list[ItemOutcome] = []
            for item in group:
                try:
                    place = self.quarantines[item.source_id].put_back(item)
                except GoneError as trouble:
                    outcomes.append(self._trouble(item, trouble))
                    continue
                except (DriftError, DeniedError) as trouble:
                    self._trouble(item, trouble)  # it stays in quarantine, and the batch stays open
                    continue
                self.books.tell(Step.ACTED, 1)
                moved = "" if place == item.path else f"put back as {place}, because its old place was taken"
                outcomes.append(ItemOutcome(item=item, result=result, reason=reason, detail=moved))
            self.books.conclude(outcomes)

    def finish(self) -> DisposalReport:
        """Close the batch if it can be closed, and say where it stands."""
        is_closed = self.books.close()
        if is_closed:
            for root in self.roots.values():
                close_empty(root, self.books.batch_id)
        return self.books.report(is_closed=is_closed, troubles=self.troubles)

    def _open(self) -> None:
        approved = self.books.approved
        with self.books.disposer.catalogue.reading() as tx:
            wanted = sorted({item.source_id for item in approved.items})
            sources = [assets.source(tx, source_id) for source_id in wanted]
        for source in sources:
            root = self.roots[source.source_id] = Root(source.root, inode=source.root_inode)
            self.callback(root.close)
            quarantine = self.quarantines[source.source_id] = open_quarantine(root, self.books.batch_id)
            self.callback(quarantine.close)
        self.books.tell(Step.CHECKED, len(approved.items))

    def _settle(self) -> None:
        """Give the log what an interrupted run still owes it, and the items left out their final word."""
        owed: list[ItemOutcome] = []
        for item in self.books.approved.items:
            trail = self.books.of(item)
            if (outcome := settle(item, trail, self.quarantines[item.source_id])) is not None:
                owed.append(outcome)
            elif trail.result is None and item.number in self.books.approved.excluded:
                owed.append(left_out(item))
        self.books.record(owed)
        self.books.tell(Step.SETTLED, len(owed))

    def _prove(
        self, group: Sequence[BatchItem], gate: HoldGate, outcomes: list[ItemOutcome], opened: ExitStack
    ) -> Iterator[tuple[BatchItem, OpenFile]]:
        for item in group:
            if reasons := gate.register.reasons(item):
                outcomes.append(_held(item, reasons))
                continue
            if item.due_on > civil_date(self.books.now()):
                outcomes.append(ItemOutcome(item=item, result=Result.CHANGED, reason=f"not due before {item.due_on}"))
                continue
            try:
                found = open_approved(self.roots[item.source_id], item)
            except (GoneError, DriftError, DeniedError) as trouble:
                outcomes.append(self._trouble(item, trouble))
                continue
            opened.callback(found.close)
            self.troubles_in_a_row = 0
            yield item, found

    def _move(self, item: BatchItem, found: OpenFile, gate: HoldGate) -> ItemOutcome:
        with self.books.disposer.catalogue.transaction() as tx:
            if reasons := gate.reasons(tx, item):
                outcome = _held(item, reasons)
            else:
                try:
                    self.quarantines[item.source_id].take(found, item)
                    outcome = ItemOutcome(item=item, result=Result.QUARANTINED, reason="as approved")
                except (GoneError, DriftError, DeniedError) as trouble:
                    outcome = self._trouble(item, trouble)
                self.books.tell(Step.ACTED, 1)
            self.books.store(tx, outcome)
        self.books.tell(Step.STORED, 1)
        return outcome

    def _purge_group(self, group: Sequence[BatchItem], gate: HoldGate) -> None:
        outcomes: list[ItemOutcome] = []
        spared: list[BatchItem] = []
        with ExitStack() as opened:
            proved: list[tuple[BatchItem, int]] = []
            for item in group:
                try:
                    descriptor = self.quarantines[item.source_id].open_proved(item)
                except (GoneError, DriftError, DeniedError) as trouble:
                    self._trouble(item, trouble)
                    spared.append(item)
                    continue
                opened.callback(os.close, descriptor)
                proved.append((item, descriptor))
            self.books.tell(Step.PROVED, len(proved))
            if proved:
                self.books.announce(Phase.PURGE, [item for item, _descriptor in proved])
            for item, descriptor in proved:
                if (outcome := self._remove(item, descriptor, gate)) is None:
                    spared.append(item)
                else:
                    outcomes.append(outcome)
        self.books.conclude(outcomes)
        self.put_back(spared, result=Result.CHANGED, reason="changed or held while in quarantine: put back")

    def _remove(self, item: BatchItem, descriptor: int, gate: HoldGate) -> ItemOutcome | None:
        """Destroy one file; None when it must go back instead."""
        with self.books.disposer.catalogue.transaction() as tx:
            if gate.reasons(tx, item):
                return None
            try:
                links = self.quarantines[item.source_id].destroy(descriptor, item, proved=os.fstat(descriptor))
            except (GoneError, DriftError, DeniedError) as trouble:
                self._trouble(item, trouble)
                return None
            self.books.tell(Step.ACTED, 1)
            outcome = ItemOutcome(
                item=item,
                result=Result.DESTROYED if links == 0 else Result.NAME_REMOVED,
                reason="as approved" if links == 0 else "another name of the same content is left",
                links_left=links,
            )
            self.books.store(tx, outcome)
        self.books.tell(Step.STORED, 1)
        return outcome

    def _trouble(self, item: BatchItem, trouble: _Trouble) -> ItemOutcome:
        self.troubles_in_a_row += 1
        outcome = self._outcome_of(item, trouble)
        self.troubles.append(f"item {item.number}: {outcome.reason}")
        return outcome

    @staticmethod
    def _outcome_of(item: BatchItem, trouble: _Trouble) -> ItemOutcome:
        match trouble:
            case GoneError():
                return ItemOutcome(
                    item=item, result=Result.MISSING, reason="nothing lies there any more; not our doing"
                )
            case DriftError():
                return ItemOutcome(item=item, result=Result.CHANGED, reason=trouble.reason)
            case DeniedError():
                return ItemOutcome(item=item, result=Result.FAILED, reason=trouble.reason)

    def _check_brakes(self, group: Sequence[BatchItem]) -> None:
        disposer = self.books.disposer
        for source_id in {item.source_id for item in group}:
            self.roots[source_id].check_alive()
        if (disposer.folder / STOP_FILE).exists():
            raise StoppedError(batch_id=self.books.batch_id, detail=f"the file {STOP_FILE} lies in the workspace")
        if self.troubles_in_a_row > disposer.settings.stop_after_consecutive_troubles:
            words = f"{self.troubles_in_a_row} items in a row had a trouble"
            raise StoppedError(batch_id=self.books.batch_id, detail=words)


@contextmanager
def _in_doubt_otherwise(books: Books) -> Iterator[None]:
    """Stop at any error after which a file server may or may not have acted: the next run finds out."""
    try:
        yield
    except OSError as error:
        raise StoppedError(
            batch_id=books.batch_id,
            detail=f"the share answered: {error.strerror or error}; what became of the last file comes out "
            "of the log and the disk when the disposal is run again",
        ) from error


def _held(item: BatchItem, reasons: Sequence[str]) -> ItemOutcome:
    return ItemOutcome(item=item, result=Result.HELD, reason="a hold is in force", detail="; ".join(reasons))


def _groups(items: Sequence[BatchItem]) -> Iterator[Sequence[BatchItem]]:
    for start in range(0, len(items), GROUP):
        yield items[start : start + GROUP]

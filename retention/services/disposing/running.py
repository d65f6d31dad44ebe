"""The order of steps of a disposal: gates, intent, act, outcome. Killed anywhere, it can be run again.

For every group of items: find and prove each file; intent in the log; then one transaction for each item in
which the holds are asked again and the file is moved; outcomes in the log. After the grace period the same
once more, with removal instead of the move.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Self, TypeVar

from disposal_log import Phase, Result
from disposal_log.formats.anchoring import AnchorLedger
from retention.clock import civil_date
from retention.domain.batches import ApprovedBatch, BatchItem
from retention.domain.naming import shown
from retention.domain.people import Person
from retention.errors import StoppedError
from retention.services import recording
from retention.services.collecting_anchors import HoldingTokens
from retention.services.disposing.books import Books
from retention.services.disposing.disposer import DisposalReport, Disposer, Step
from retention.services.disposing.gates import (
    HoldGate,
    check_approval,
    check_holds,
    check_limits,
    check_person,
    check_schedule,
    keep_anchor_rule,
    waiting_for_anchor,
)
from retention.services.disposing.journal import GROUP, ItemOutcome, read_trail
from retention.services.disposing.location import (
    DeniedError,
    DriftError,
    GoneError,
    OpenFile,
    Root,
    StrandedError,
    open_approved,
)
from retention.services.disposing.quarantine import ProvedFile, Quarantine, close_empty, open_quarantine
from retention.services.disposing.resuming import left_out, no_longer_here, settle
from retention.services.disposing.still_due import NO_LONGER_DUE, DueGate
from retention.services.workspace import Workspace
from retention.store import assets

STOP_FILE = "STOP"
_AS_APPROVED = "as approved"

_REMOVED = (Result.DESTROYED, Result.NAME_REMOVED)
_Trouble = GoneError | DriftError | DeniedError
_T = TypeVar("_T")


def carry_out(disposer: Disposer, approved: ApprovedBatch, *, person: Person) -> DisposalReport:
    """Dispose of an approved batch as far as may be done now; safe to run again at any time.

    Raises:
        RefusedByPolicyError: `person` may not destroy, the batch is larger than the brake allows, another
            schedule is in force, or the quarantine is not as it was left.
        NotApprovedError: The log has no valid approval of this very list, or it has lapsed.
        InvalidInputError: What the settings say of anchoring cannot be understood.
        LogDamagedError: Catalogue and log tell different stories about the list, or the log was changed.
        CatalogueDamagedError: The catalogue has lost a hold that the log says is in force.
        SourceVanishedError: A root is gone; nothing more was touched.
        StoppedError: A brake or the stop file ended the run between two groups.
        disposal_log.LogError: The log could not be written; nothing more was touched.
    """
    check_person(person, approved, destroys=True)
    books = _open_books(disposer, approved, person)
    if not books.trail.is_closed:
        check_limits(approved, books.trail, disposer)
        with disposer.catalogue.reading() as tx:
            check_holds(tx, books.trail)
            check_schedule(tx, approved)
        keep_anchor_rule(books.trail, disposer, by=person.person_id)
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
        words = f"restored by {person.person_id}"
        run.put_back([ItemOutcome(item=item, result=Result.RESTORED, reason=words) for item in books.quarantined()])
        return run.finish()


def _open_books(disposer: Disposer, approved: ApprovedBatch, person: Person) -> Books:
    recording.deliver(disposer.catalogue, disposer.log)
    tokens = HoldingTokens(Workspace(disposer.folder).log, origin=disposer.log.origin)
    trail = read_trail(disposer.log, approved.batch_id, AnchorLedger(accepts=tokens))
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
        self.waiting_for = ""

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
        due = self._ask_due(todo)
        for group in _groups(todo):
            self._check_brakes(group)
            outcomes: list[ItemOutcome] = []
            with ExitStack() as opened:
                proved = list(self._prove(group, gate, outcomes, opened))
                self.books.tell(Step.PROVED, len(proved))
                if proved:
                    self.books.announce(Phase.QUARANTINE, [item for item, _found in proved])
                outcomes += [self._move(item, found, gate, due) for item, found in proved]
            self.books.conclude(outcomes)

    def purge(self) -> None:
        """Destroy what waited in quarantine long enough; put back what is held or was changed there.

        While nobody outside has seen the approval and the quarantine, what is ready goes on waiting.
        """
        returning, ready = self.books.to_go_back(), self.books.past_grace()
        if ready:
            self.waiting_for = waiting_for_anchor(self.books.approved, self.books.trail, by=self.books.by)
        if self.waiting_for:
            ready = []
        gate = HoldGate(self.books.ask_holds(Phase.PURGE, returning + ready))
        held = [item for item in returning + ready if gate.register.holds_on(item)]
        self.put_back([_held_in_quarantine(item, gate.register.reasons(item)) for item in held])
        held_numbers = {item.number for item in held}
        due = self._ask_due(ready)
        self.put_back([_begun(item) for item in returning if item.number not in held_numbers])
        for group in _groups([item for item in ready if item.number not in held_numbers]):
            self._check_brakes(group)
            self._purge_group(group, gate, due)

    def _ask_due(self, items: Sequence[BatchItem]) -> DueGate:
        catalogue, as_of = self.books.disposer.catalogue, civil_date(self.books.now())
        return DueGate(catalogue, self.books.approved.items if items else (), as_of=as_of)

    def keep_untouched(self) -> None:
        """Give every item that nothing happened to yet its final word: it stays."""
        self.books.conclude(
            [
                ItemOutcome(item=item, result=Result.EXCLUDED, reason="the batch was restored before it was moved")
                for item in self.books.untouched()
            ]
        )

    def put_back(self, wanted: Sequence[ItemOutcome]) -> None:
        """Move items from quarantine to their old places; `wanted` is what each then came to."""
        for group in _groups(wanted):
            self.books.announce(Phase.RESTORE, [outcome.item for outcome in group])
            outcomes: list[ItemOutcome] = []
            for outcome in group:
                item = outcome.item
                try:
                    place = self.quarantines[item.source_id].put_back(item)
                except GoneError:
                    outcomes.append(no_longer_here(item, self.quarantines[item.source_id]))
                    self.troubles.append(f"item {item.number}: {outcomes[-1].reason}")
                    continue
                except (DriftError, DeniedError) as trouble:
                    self._trouble(item, trouble)  # it stays in quarantine, and the batch stays open
                    continue
                self.books.tell(Step.ACTED, 1)
                moved = "" if place == item.path else f"put back as {shown(place)}, because its old place was taken"
                outcomes.append(replace(outcome, detail="; ".join(filter(None, (outcome.detail, moved)))))
            self.books.conclude(outcomes)

    def finish(self) -> DisposalReport:
        """Close the batch if it can be closed, and say where it stands."""
        is_closed = self.books.close()
        if is_closed:
            for root in self.roots.values():
                close_empty(root, self.books.batch_id)
        return self.books.report(is_closed=is_closed, troubles=self.troubles, waiting_for=self.waiting_for)

    def _open(self) -> None:
        approved = self.books.approved
        with self.books.disposer.catalogue.reading() as tx:
            wanted = sorted({item.source_id for item in approved.items})
            sources = [assets.source(tx, source_id) for source_id in wanted]
        for source in sources:
            root = self.roots[source.source_id] = Root(source.root, inode=source.root_inode)
            self.callback(root.close)
            is_used = any(item.source_id == source.source_id for item in self.books.moved())
            quarantine = open_quarantine(root, self.books.batch_id, is_used=is_used)
            self.quarantines[source.source_id] = quarantine
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

    def _move(self, item: BatchItem, found: OpenFile, gate: HoldGate, due: DueGate) -> ItemOutcome:
        with self.books.disposer.catalogue.transaction() as tx:
            if reasons := gate.reasons(tx, item):
                outcome = _held(item, reasons)
            elif reasons := due.last_reasons(tx, item):
                outcome = _no_longer_due(item, reasons)
            else:
                try:
                    self.quarantines[item.source_id].take(found, item)
                    outcome = ItemOutcome(item=item, result=Result.QUARANTINED, reason=_AS_APPROVED)
                except (GoneError, DriftError, DeniedError) as trouble:
                    outcome = self._trouble(item, trouble)
                self.books.tell(Step.ACTED, 1)
            # a final state frees the copy for another batch, so it is stored only after the log has it
            if outcome.result is Result.QUARANTINED:
                self.books.store(tx, outcome)
        self.books.tell(Step.STORED, 1)
        return outcome

    def _purge_group(self, group: Sequence[BatchItem], gate: HoldGate, due: DueGate) -> None:
        outcomes: list[ItemOutcome] = []
        with ExitStack() as opened:
            proved: list[tuple[BatchItem, ProvedFile]] = []
            for item in group:
                try:
                    file = self.quarantines[item.source_id].open_proved(item)
                except (GoneError, DriftError, DeniedError) as trouble:
                    outcomes.append(self._trouble(item, trouble))
                    continue
                opened.callback(file.close)
                proved.append((item, file))
            self.books.tell(Step.PROVED, len(proved))
            if proved:
                self.books.announce(Phase.PURGE, [item for item, _file in proved])
            outcomes += [self._remove(item, file, gate, due) for item, file in proved]
        self.books.conclude([one for one in outcomes if one.result in _REMOVED])
        self.put_back([one for one in outcomes if one.result not in _REMOVED])

    def _remove(self, item: BatchItem, file: ProvedFile, gate: HoldGate, due: DueGate) -> ItemOutcome:
        """Destroy one file; any outcome but destruction is why it must go back instead."""
        with self.books.disposer.catalogue.transaction() as tx:
            if reasons := gate.reasons(tx, item):
                return _held_in_quarantine(item, reasons)
            if reasons := due.last_reasons(tx, item, is_in_quarantine=True):
                return _no_longer_due(item, reasons)
            try:
                links = self.quarantines[item.source_id].destroy(file, item)
            except (GoneError, DriftError, DeniedError) as trouble:
                return self._trouble(item, trouble)
            self.books.tell(Step.ACTED, 1)
            outcome = ItemOutcome(
                item=item,
                result=Result.DESTROYED if links == 0 else Result.NAME_REMOVED,
                reason=_AS_APPROVED if links == 0 else "another name of the same content is left",
                links_left=links,
            )
            if outcome.result is Result.DESTROYED:
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
    except StrandedError as error:
        raise StoppedError(batch_id=books.batch_id, detail=str(error)) from error
    except OSError as error:
        raise StoppedError(
            batch_id=books.batch_id,
            detail=f"the share answered: {error.strerror or error}; what became of the last file comes out "
            "of the log and the disk when the disposal is run again",
        ) from error


def _held(item: BatchItem, reasons: Sequence[str]) -> ItemOutcome:
    return ItemOutcome(item=item, result=Result.HELD, reason="a hold is in force", detail="; ".join(reasons))


def _held_in_quarantine(item: BatchItem, reasons: Sequence[str]) -> ItemOutcome:
    words = "held while in quarantine: put back"
    return ItemOutcome(item=item, result=Result.HELD, reason=words, detail="; ".join(reasons))


def _no_longer_due(item: BatchItem, reasons: Sequence[str]) -> ItemOutcome:
    return ItemOutcome(item=item, result=Result.CHANGED, reason=NO_LONGER_DUE, detail="; ".join(reasons))


def _begun(item: BatchItem) -> ItemOutcome:
    return ItemOutcome(item=item, result=Result.RESTORED, reason="an earlier run had begun to put it back")


def _groups(things: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(things), GROUP):
        yield things[start : start + GROUP]

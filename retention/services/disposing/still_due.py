"""Whether approved items are still due: asked again at the moment of destruction (Slipcase Records Profile 8.5).

An event may have been corrected since the approval, a case joined by a new paper, a schedule published this minute.
What is not surely due any more, falls under another class, or was approved under another schedule stays, with the
reason.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date

from retention.domain.batches import BatchItem
from retention.domain.eligibility import AppraisedCopy, EligibilityState, evaluate
from retention.domain.records import CopyState
from retention.services.appraising.reappraising import PresentView
from retention.services.keeping_together import WaitingCases, goes_as_a_whole
from retention.store import attestations, papers, records, schedules
from retention.store.catalogue import Catalogue, Transaction

NO_LONGER_DUE = "no longer surely due under the schedule in force"
_ASKED_IN_VAIN = "another file lies at its old place by now, so it cannot be asked whether it is still due"


class DueGate:
    """Asks of every single item, in the transaction in which it goes, whether it may still go. Holds are not asked.

    The cases are asked for once, when a phase begins, for all items of the batch.
    """

    def __init__(self, catalogue: Catalogue, items: Sequence[BatchItem], *, as_of: date) -> None:
        self._as_of = as_of
        self._view = PresentView()
        with catalogue.reading() as tx:
            self._version = schedules.current_version(tx)
            self._waiting = self._waiting_for_their_case(tx, items)

    def last_reasons(self, tx: Transaction, item: BatchItem, *, is_in_quarantine: bool = False) -> tuple[str, ...]:
        """Return `reasons`; nobody can state anything else until `tx`, in which the item goes, ends."""
        attestations.lock(tx)
        return self.reasons(tx, item, is_in_quarantine=is_in_quarantine)

    def reasons(self, tx: Transaction, item: BatchItem, *, is_in_quarantine: bool = False) -> tuple[str, ...]:
        """Return why `item` may not go any more; empty when it may.

        While it lies in quarantine, a scan may know another file at its old place: then nobody can say any more what
        the schedule in force makes of the approved one, and it goes back.
        """
        if (version := schedules.current_version(tx)) != item.schedule_version:
            return (f"approved under schedule {item.schedule_version}, and {version} is in force",)
        if (waits := self._waiting.get(item.number)) is not None:
            return (waits,)
        known = next(records.appraised(tx, copy_id=item.copy_id), None)
        if known is None or known.sha256 != item.sha256:
            return (_ASKED_IN_VAIN if is_in_quarantine else "a scan has found other content at its place since",)
        if is_in_quarantine:
            known = replace(known, copy=replace(known.copy, state=CopyState.PRESENT))
        return tuple(self._obstacles(tx, known, item))

    def _waiting_for_their_case(self, tx: Transaction, items: Sequence[BatchItem]) -> dict[int, str]:
        """Return which items must wait, because a paper of their case, or year, may not go, and for which.

        A hold that was placed after the approval keeps what it covers, and the others proceed.
        """
        in_batch = {item.copy_id: item for item in items}
        wholes: dict[int, AppraisedCopy] = {}
        cases = WaitingCases()
        for source_id, class_id in self._where_cases_are(tx, items):
            with closing(papers.papers_of_cases(tx, source_id, class_id, self._version)) as copies:
                for copy in copies:
                    item = in_batch.get(copy.copy.copy_id)
                    if item is None and (copy.is_stale or copy.schedule_version != self._version):
                        cases.add(copy, is_compared=False)
                        continue
                    now = self._view.of(tx, copy)
                    if item is not None:
                        wholes[item.number] = now
                    if any(self._obstacles(tx, now, item)):
                        cases.add(now)
        found = ((number, cases.reason(copy)) for number, copy in wholes.items())
        return {number: reason for number, reason in found if reason is not None}

    def _where_cases_are(self, tx: Transaction, items: Sequence[BatchItem]) -> tuple[tuple[str, str], ...]:
        """Return the sources and the class to go through: a batch is of one class, and one item tells of all."""
        first = {(item.source_id, item.class_id): item.copy_id for item in reversed(items)}
        known = ((place, next(records.appraised(tx, copy_id=copy_id), None)) for place, copy_id in first.items())
        return tuple(place for place, copy in known if copy is not None and goes_as_a_whole(self._view.of(tx, copy)))

    def _obstacles(self, tx: Transaction, known: AppraisedCopy, item: BatchItem | None) -> Iterator[str]:
        now = self._view.of(tx, known)
        if item is not None and now.class_id != item.class_id:
            yield f"it falls under {now.class_id or 'no class'} now"
        answer = evaluate(replace(now, in_batch=None), holds=(), hold_reasons=(), as_of=self._as_of)
        if answer.state is not EligibilityState.ELIGIBLE:
            yield from answer.reasons[len(now.reasons) :]

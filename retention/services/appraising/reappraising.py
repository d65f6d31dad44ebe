"""Seeing copies as they are under the schedule in force now, whether they were compared with it yet or not.

Right before something is destroyed nothing older counts: a version may have come into force, something may have been
said, a scan may have found other facts. Nothing is written here.
"""

from dataclasses import replace

from retention.domain.eligibility import AppraisedCopy
from retention.services.appraising.appraising import appraise_one
from retention.services.appraising.case_folders import CaseFolders
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.hearing import Said
from retention.store import appraisals, schedules
from retention.store.appraisals import StoredAppraisal
from retention.store.catalogue import Transaction
from retention.store.write_days import TIME_OF_COPYING
from rules import Classifier, parse_schedule


class PresentView:
    """Gives copies as they are now. It keeps a compiled schedule once it has needed one."""

    def __init__(self) -> None:
        self._classifier: Classifier | None = None
        self._said: Said | None = None
        self._places = CopiedPlaces()
        self._folders = CaseFolders(self._places)

    def of(self, tx: Transaction, copy: AppraisedCopy) -> AppraisedCopy:
        """Return `copy` as the schedule in force and all that was said make it; what cannot be told stays as it was."""
        version = schedules.current_version(tx)
        is_compared = copy.outcome is not None and copy.schedule_version == version and not copy.is_stale
        is_around_the_same = not self._is_found_copied(tx, copy) and self._folders.obstacle(tx, copy) is None
        if is_compared and is_around_the_same:
            return copy
        facts = appraisals.of_copies(tx, [copy.copy.copy_id])
        if not facts:
            return copy
        copied = self._places.why(tx, facts[0].source_id, facts[0].path, facts[0].modified_ns)
        said = self._what_was_said(tx)
        made = appraise_one(tx, self._rules(tx, version), facts[0], said, copied=copied, folders=self._folders)
        return as_if(copy, made, version)

    def _is_found_copied(self, tx: Transaction, copy: AppraisedCopy) -> bool:
        """Tell whether its last write is that of a copying which was not recognised when it was appraised."""
        if copy.due_latest is None or TIME_OF_COPYING in copy.flags:
            return False
        return bool(self._places.why(tx, copy.copy.source_id, copy.path, copy.copy.modified_ns))

    def _rules(self, tx: Transaction, version: str) -> Classifier:
        if self._classifier is None or self._classifier.schedule.schedule_version != version:
            text = schedules.text_of(tx, version)
            self._classifier = Classifier(parse_schedule(text, name=version, published_as=version))
        return self._classifier

    def _what_was_said(self, tx: Transaction) -> Said:
        if self._said is None or not self._said.is_current(tx):
            self._said = Said(tx)
        return self._said


def as_if(before: AppraisedCopy, made: StoredAppraisal, schedule_version: str) -> AppraisedCopy:
    """Return a copy as it would be known once `made` were stored."""
    return replace(
        before,
        outcome=made.outcome,
        class_id=made.class_id,
        schedule_version=schedule_version,
        action=made.action,
        due_earliest=made.due_earliest,
        due_latest=made.due_latest,
        reasons=made.reasons,
        questions=made.questions,
        flags=made.flags,
        case_path=made.case_path,
        is_stale=False,
    )

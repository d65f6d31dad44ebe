"""Appraising: the schedule in force is applied to every present copy that it was not applied to yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from retention.domain.eligibility import Outcome
from retention.store import appraisals, schedules
from retention.store.appraisals import StoredAppraisal, Unappraised
from retention.store.catalogue import Catalogue
from rules import Appraisal, Classifier, DisposalSchedule, appraise

_CHUNK = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraisalProgress:
    """How many copies were appraised, of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What the rules are told of one copy; the same content in two folders is two records."""

    path: str
    media_type: str
    size_bytes: int
    text: str
    properties: Mapping[str, str]
    modified_at: datetime


def appraise_copies(
    catalogue: Catalogue,
    schedule: DisposalSchedule,
    *,
    on_progress: Callable[[AppraisalProgress], None],
) -> int:
    """Appraise every present copy that has no appraisal under this version of `schedule`; return how many.

    Each chunk of 500 copies is one transaction, so a run that is killed goes on where it stopped. A copy whose
    content changes meanwhile is left for the next run.

    Raises:
        UnknownThingError: This version of the schedule was never published.
    """
    version = schedule.schedule_version
    with catalogue.reading() as tx:
        schedules.text_of(tx, version)
        total = appraisals.count_waiting(tx, version)
    classifier = Classifier(schedule)
    done, after = 0, 0
    while True:
        with catalogue.reading() as tx:
            chunk = appraisals.waiting(tx, version, after=after, limit=_CHUNK)
        if not chunk:
            return done
        made = [_stored(copy, appraise(classifier, _facts(copy))) for copy in chunk]
        with catalogue.transaction() as tx:
            done += appraisals.put(tx, version, chunk, made)
        after = chunk[-1].copy_id
        on_progress(AppraisalProgress(done=done, total=total))


def _facts(copy: Unappraised) -> CopyFacts:
    return CopyFacts(
        path=copy.path,
        media_type=copy.media_type,
        size_bytes=copy.size_bytes,
        text=copy.text(),
        properties=copy.properties,
        modified_at=_EPOCH + timedelta(microseconds=copy.modified_ns // 1000),
    )


def _stored(copy: Unappraised, made: Appraisal) -> StoredAppraisal:
    classification, due = made.classification, made.due
    return StoredAppraisal(
        copy_id=copy.copy_id,
        outcome=Outcome(classification.outcome),
        # the class that rules, which a clause may have changed from the one classified
        class_id=None if made.disposal_class is None else made.disposal_class.id,
        action=made.action,
        due_earliest=None if due is None else due.earliest,
        due_latest=None if due is None else due.latest,
        reasons=made.reasons,
        questions=made.questions,
        flags=made.flags,
        explanation={
            **classification.to_json(),
            "trigger": None if made.trigger is None else made.trigger.to_json(),
            "due": None if due is None else due.to_json(),
        },
    )

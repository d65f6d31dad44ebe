"""Appraising: the schedule in force is applied to every present copy that it was not applied to yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from retention.domain.eligibility import Outcome
from retention.services.appraising.appraisers import Appraisers
from retention.services.appraising.carrying_over import carry_over
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.hearing import Said, SaidOfCopy
from retention.services.summing_up import keep_sums
from retention.store import appraisals, attestations, schedules
from retention.store.appraisals import EncodedAppraisal, StoredAppraisal, Unappraised
from retention.store.catalogue import Catalogue
from rules import NOTHING_AROUND, CaseAppraisal, Classifier, DisposalSchedule, Surroundings, appraise_in_case

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


@dataclass(frozen=True, slots=True)
class _Portion:
    """Some copies, what was said about each, and why the time of its last write proves nothing."""

    copies: tuple[Unappraised, ...]
    said: tuple[SaidOfCopy, ...]
    copied: tuple[str, ...]


def appraise_copies(
    catalogue: Catalogue,
    schedule: DisposalSchedule,
    *,
    on_progress: Callable[[AppraisalProgress], None],
    workers: int | None = None,
) -> int:
    """Appraise every present copy that has no appraisal under this version of `schedule`; return how many.

    Copies that the difference to the version before cannot concern keep their appraisal, and count. Each chunk of
    500 copies is one transaction, so a run that is killed goes on where it stopped. A copy whose content changes
    meanwhile is left for the next run; what people say meanwhile is heard before anything is stored.

    Args:
        catalogue: The catalogue.
        schedule: The published version to apply.
        on_progress: Told after each chunk.
        workers: The most processes to use where there is much to do; as many as there are processors by default.

    Raises:
        UnknownThingError: This version of the schedule was never published.
    """
    version = schedule.schedule_version
    with catalogue.reading() as tx:
        schedules.text_of(tx, version)
        total = appraisals.count_waiting(tx, version)
    if not total:
        keep_sums(catalogue)
        return 0

    def tell(done: int) -> None:
        on_progress(AppraisalProgress(done=done, total=total))

    done = carry_over(catalogue, schedule, total=total, workers=workers, on_progress=tell)
    make_tool = partial(Classifier, schedule)
    with Appraisers(make_tool, _appraised, how_many=total - done, workers=workers) as appraisers:
        after, places = 0, CopiedPlaces()
        while True:
            with catalogue.reading() as tx:
                said = Said(tx)
            for portion, made in appraisers.each(_portions(catalogue, version, said, places, after=after)):
                with catalogue.transaction() as tx:
                    attestations.lock(tx)
                    if not said.is_current(tx):
                        break  # somebody said something about these copies: hear it first
                    done += appraisals.put_encoded(tx, portion.copies, made)
                after = portion.copies[-1].copy_id
                tell(done)
            else:
                keep_sums(catalogue)
                return done


def _portions(
    catalogue: Catalogue, version: str, said: Said, places: CopiedPlaces, *, after: int
) -> Iterator[_Portion]:
    while True:
        with catalogue.reading() as tx:
            chunk = appraisals.waiting(tx, version, after=after, limit=_CHUNK)
            copied = tuple(places.why(tx, copy.source_id, copy.path, copy.modified_ns) for copy in chunk)
        if not chunk:
            return
        yield _Portion(chunk, tuple(said.about(copy) for copy in chunk), copied)
        after = chunk[-1].copy_id


def _appraised(classifier: Classifier, portion: _Portion) -> Sequence[EncodedAppraisal]:
    version = classifier.schedule.schedule_version
    return [
        appraisals.encoded(version, _one(classifier, copy, said, copied))
        for copy, said, copied in zip(portion.copies, portion.said, portion.copied, strict=True)
    ]


def appraise_one(classifier: Classifier, copy: Unappraised, said: Said, *, copied: str) -> StoredAppraisal:
    """Return what the rules make of one copy with what people said about it; stores nothing.

    `copied` says why the time of its last write proves nothing (`CopiedPlaces.why`), and is empty when it does.
    """
    return _one(classifier, copy, said.about(copy), copied)


def _one(classifier: Classifier, copy: Unappraised, said: SaidOfCopy, copied: str) -> StoredAppraisal:
    around = Surroundings(copying=copied) if copied else NOTHING_AROUND
    in_case = appraise_in_case(classifier, _facts(copy), said.since, earlier=said.earlier, around=around)
    return _stored(copy, in_case, classifier.schedule)


def _facts(copy: Unappraised) -> CopyFacts:
    return CopyFacts(
        path=copy.path,
        media_type=copy.media_type,
        size_bytes=copy.size_bytes,
        text=copy.text(),
        properties=copy.properties,
        modified_at=_EPOCH + timedelta(microseconds=copy.modified_ns // 1000),
    )


def _stored(copy: Unappraised, in_case: CaseAppraisal, schedule: DisposalSchedule) -> StoredAppraisal:
    made = in_case.appraisal
    classification, due = made.classification, made.due
    return StoredAppraisal(
        copy_id=copy.copy_id,
        outcome=Outcome(classification.outcome),
        # the class that rules, which a clause may have changed from the one classified
        class_id=None if made.disposal_class is None else made.disposal_class.id,
        action=made.action,
        due_earliest=None if due is None else due.earliest,
        due_latest=None if due is None else due.latest,
        reasons=(*made.reasons, *_what_was_said(in_case), *_what_was_retired(copy, in_case, schedule)),
        questions=made.questions,
        flags=made.flags,
        explanation={
            **classification.to_json(),
            "trigger": None if made.trigger is None else made.trigger.to_json(),
            "due": None if due is None else due.to_json(),
        },
        case_path=in_case.case,
        asked=tuple(one.to_json() for one in in_case.asked),
        seen=classification.seen,
    )


def _what_was_said(in_case: CaseAppraisal) -> Iterator[str]:
    for one in in_case.heard:
        if one.holds is not None:
            answer = "it is so" if one.holds else "it is not so"
            yield f"{one.key.replace('_', ' ')}: {answer}, attested by {one.attested_by}: {one.basis}"
    yield from in_case.notes


def _what_was_retired(copy: Unappraised, in_case: CaseAppraisal, schedule: DisposalSchedule) -> Iterator[str]:
    """Yield what became of the class that the copy had: nothing new is classified under a retired one."""
    before = schedule.by_id.get(copy.class_before or "")
    now = in_case.appraisal.disposal_class
    if before is None or before.retired is None or (now is not None and now.id == before.id):
        return
    since = "" if before.retired.on is None else f" on {before.retired.on}"
    successor = f"; its successor is {before.retired.successor}" if before.retired.successor else ""
    yield f"it was classified {before.id}, which was retired{since}{successor}"

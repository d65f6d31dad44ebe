"""Appraising: the schedule in force is applied to every present copy that it was not applied to yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from retention.domain.eligibility import Outcome
from retention.services.appraising.appraisers import Appraisers
from retention.services.appraising.carrying_over import carry_over
from retention.services.appraising.case_folders import CaseFolders, own_surroundings
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.hearing import Said, SaidOfCopy
from retention.services.summing_up import keep_sums
from retention.store import appraisals, attestations, schedules
from retention.store.appraisals import EncodedAppraisal, StoredAppraisal, Unappraised
from retention.store.catalogue import Catalogue, Transaction
from rules import CaseAppraisal, Classifier, DisposalSchedule, Surroundings, appraise_in_case

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


@dataclass(frozen=True, slots=True)
class _OfCase:
    """A copy that must go by the newest day of the case folder `case`."""

    case: str


_Made = EncodedAppraisal | _OfCase


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
        folders = CaseFolders(places)
        while True:
            with catalogue.reading() as tx:
                said = Said(tx)
            for portion, first in appraisers.each(_portions(catalogue, version, said, places, after=after)):
                made = _with_newest(catalogue, appraisers, folders, portion, first)
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


def _appraised(classifier: Classifier, portion: _Portion) -> Sequence[_Made]:
    version = classifier.schedule.schedule_version
    made: list[_Made] = []
    for copy, said, copied in zip(portion.copies, portion.said, portion.copied, strict=True):
        in_case = _in_case(classifier, copy, said, own_surroundings(copied))
        if in_case.asks_newest and in_case.case is not None:
            made.append(_OfCase(in_case.case))
        else:
            made.append(appraisals.encoded(version, _stored(copy, in_case, classifier.schedule)))
    return made


def _with_newest(
    catalogue: Catalogue,
    appraisers: Appraisers[Classifier, _Portion, Sequence[_Made]],
    folders: CaseFolders,
    portion: _Portion,
    first: Sequence[_Made],
) -> list[EncodedAppraisal]:
    """Appraise those of a portion again that go by the newest day of their case: only here is the catalogue seen."""
    made = {number: one for number, one in enumerate(first) if isinstance(one, EncodedAppraisal)}
    asking = {number: one.case for number, one in enumerate(first) if isinstance(one, _OfCase)}
    if asking:
        classifier = appraisers.own_tool()
        with catalogue.reading() as tx:
            around = {
                number: folders.around(tx, portion.copies[number].source_id, case, copied=portion.copied[number])
                for number, case in asking.items()
            }
        for number, known in around.items():
            copy = portion.copies[number]
            stored = _stored(copy, _in_case(classifier, copy, portion.said[number], known), classifier.schedule)
            made[number] = appraisals.encoded(classifier.schedule.schedule_version, stored)
    return [made[number] for number in range(len(first))]


def appraise_one(
    tx: Transaction, classifier: Classifier, copy: Unappraised, said: Said, *, copied: str, folders: CaseFolders
) -> StoredAppraisal:
    """Return what the rules make of one copy with what people said about it; stores nothing.

    `copied` says why the time of its last write proves nothing (`CopiedPlaces.why`), and is empty when it does.
    """
    about = said.about(copy)
    in_case = _in_case(classifier, copy, about, own_surroundings(copied))
    if in_case.asks_newest and in_case.case is not None:
        around = folders.around(tx, copy.source_id, in_case.case, copied=copied)
        in_case = _in_case(classifier, copy, about, around)
    return _stored(copy, in_case, classifier.schedule)


def _in_case(classifier: Classifier, copy: Unappraised, said: SaidOfCopy, around: Surroundings) -> CaseAppraisal:
    return appraise_in_case(classifier, _facts(copy), said.since, earlier=said.earlier, around=around)


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

"""Carrying over: what a new version of the schedule cannot change for a record is not worked out again.

Most changes of a schedule are about one class or two. A record in which nothing of those was seen, nor is now, keeps
its appraisal, to the letter; only the version it is said to be of becomes the new one.
"""

from collections.abc import Callable, Iterator
from functools import partial

from retention.domain.records import CopyId
from retention.services.appraising.appraisers import Appraisers
from retention.store import carrying, schedules
from retention.store.carrying import Glimpse
from retention.store.catalogue import Catalogue
from rules import DisposalSchedule, ScheduleError, VersionChange, parse_schedule

_RANGE = 20_000
_CHUNK = 2_000


def carry_over(
    catalogue: Catalogue,
    schedule: DisposalSchedule,
    *,
    total: int,
    workers: int | None,
    on_progress: Callable[[int], None],
) -> int:
    """Carry over every appraisal that `schedule` cannot change; return how many copies need no more than that.

    Each chunk is one transaction, so a run that is killed goes on where it stopped.
    """
    version, done = schedule.schedule_version, 0
    compared: list[str] = []
    while True:
        with catalogue.reading() as tx:
            before = carrying.older_version(tx, version, beside=compared)
            text = "" if before is None else schedules.text_of(tx, before)
        if before is None:
            return done
        compared.append(before)
        try:
            older = parse_schedule(text, name=before, published_as=before)
        except ScheduleError:  # what it changes cannot be told, so everything is worked out again
            continue
        change = VersionChange(older, schedule)
        if change.is_everything:
            continue
        if not change.looks_beside_text:
            for count in _not_looked_at(catalogue, (before, version), change):
                done += count
                on_progress(min(done, total))
        if change.looks_at_files:
            for count in _looked_at(catalogue, (older, schedule), change, total=total - done, workers=workers):
                done += count
                on_progress(min(done, total))


def _not_looked_at(catalogue: Catalogue, versions: tuple[str, str], change: VersionChange) -> Iterator[int]:
    """Carry over by what is known to have been seen: no class is looked for anew, or only in texts."""
    with catalogue.reading() as tx:
        last = carrying.last_number(tx)
    for after in range(0, last, _RANGE):
        with catalogue.transaction() as tx:
            yield carrying.carry_unseen(
                tx, *versions, change.classes, after=after, upto=after + _RANGE, with_words=not change.reads_text
            )


def _looked_at(
    catalogue: Catalogue,
    schedules_: tuple[DisposalSchedule, DisposalSchedule],
    change: VersionChange,
    *,
    total: int,
    workers: int | None,
) -> Iterator[int]:
    """Carry over what nothing new was found in either."""
    before, version = (schedule.schedule_version for schedule in schedules_)
    make_tool = partial(VersionChange, *schedules_)
    with Appraisers(make_tool, _unconcerned, how_many=total, workers=workers) as appraisers:
        for _, copy_ids in appraisers.each(_glimpses(catalogue, before, change)):
            with catalogue.transaction() as tx:
                carrying.carry(tx, before, version, copy_ids)
            yield len(copy_ids)


def _glimpses(catalogue: Catalogue, before: str, change: VersionChange) -> Iterator[tuple[Glimpse, ...]]:
    after = 0
    while True:
        with catalogue.reading() as tx:
            chunk = carrying.glimpses(
                tx,
                before,
                change.classes,
                after=after,
                limit=_CHUNK,
                with_words=change.reads_text,
                with_properties=change.reads_properties,
            )
        if not chunk:
            return
        yield chunk
        after = chunk[-1].copy_id


def _unconcerned(change: VersionChange, chunk: tuple[Glimpse, ...]) -> list[CopyId]:
    return [one.copy_id for one in chunk if not change.concerns(one.classes_seen, one)]

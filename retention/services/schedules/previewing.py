"""Previewing: what a new schedule would change for the records that are there, before it is published.

Every present copy is appraised under the new version, with what people said about it, and compared with what is stored.
Nothing is written; memory holds some hundred copies, the figures and the samples.
"""

import heapq
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from retention.domain.eligibility import AppraisedCopy, EligibilityState, evaluate
from retention.domain.naming import path_fields
from retention.services.appraising.appraising import AppraisalProgress, appraise_one
from retention.services.appraising.case_folders import CaseFolders
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.hearing import Said
from retention.services.appraising.reappraising import as_if
from retention.store import appraisals, assets, papers, schedules
from retention.store.appraisals import StoredAppraisal, Unappraised
from retention.store.catalogue import Catalogue
from rules import Classifier, DisposalSchedule

_CHUNK = 500
_NONE = "none"


class Effect(StrEnum):
    """What the new version does to one record. A record may show several."""

    CHANGES_CLASS = "changes_class"
    BECOMES_DUE = "becomes_due"
    STOPS_BEING_DUE = "stops_being_due"
    ASKS_SOMETHING_NEW = "asks_something_new"
    NOT_COMPARED_BEFORE = "not_compared_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSample:
    """One record that the new version treats otherwise."""

    source_id: str
    path: str
    class_before: str
    class_after: str
    state_before: str
    state_after: str
    due_before: date | None
    due_after: date | None

    def to_json(self) -> dict[str, object]:
        """Return the sample as one object."""
        return {
            "source": self.source_id,
            **path_fields(self.path),
            "class": {"before": self.class_before, "after": self.class_after},
            "state": {"before": self.state_before, "after": self.state_after},
            "due": {"before": _day(self.due_before), "after": _day(self.due_after)},
        }


@dataclass(slots=True, kw_only=True)
class AssetPreview:
    """The figures of one information asset; `moves` counts records by their class before and after."""

    asset_id: str
    files: int = 0
    effects: Counter[Effect] = field(default_factory=Counter)
    size_bytes: Counter[Effect] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    _samples: dict[Effect, list[tuple[int, int, PreviewSample]]] = field(default_factory=dict)

    def count(self, effect: Effect, sample: PreviewSample, *, size_bytes: int, limit: int) -> None:
        """Count one record, and keep it as a sample if it is drawn: the same ones every time, from all over."""
        self.effects[effect] += 1
        self.size_bytes[effect] += size_bytes
        drawn = self._samples.setdefault(effect, [])
        rank = (-zlib.crc32(os.fsencode(f"{sample.source_id}:{sample.path}")), self.effects[effect], sample)
        if len(drawn) < limit:
            heapq.heappush(drawn, rank)
        elif drawn and rank[:2] > drawn[0][:2]:
            heapq.heapreplace(drawn, rank)

    def samples(self, effect: Effect) -> tuple[PreviewSample, ...]:
        """Return the samples of one effect, by place."""
        found = (sample for _rank, _number, sample in self._samples.get(effect, ()))
        return tuple(sorted(found, key=lambda one: (one.source_id, one.path)))

    def to_json(self) -> dict[str, object]:
        """Return the figures as one object."""
        return {
            "asset": self.asset_id,
            "files": self.files,
            "effects": {
                str(effect): {"items": self.effects[effect], "bytes": self.size_bytes[effect]} for effect in Effect
            },
            "moves": [
                {"before": before, "after": after, "items": count}
                for (before, after), count in sorted(self.moves.items(), key=lambda one: (-one[1], one[0]))
            ],
            "samples": {str(effect): [one.to_json() for one in self.samples(effect)] for effect in Effect},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What publishing `schedule_version` would change on `as_of`; holds and batches are left out of the account."""

    schedule_version: str
    in_force: str
    as_of: date
    assets: tuple[AssetPreview, ...]

    def to_json(self) -> dict[str, object]:
        """Return the preview as one object."""
        return {
            "schedule_version": self.schedule_version,
            "in_force": self.in_force,
            "as_of": self.as_of.isoformat(),
            "assets": [one.to_json() for one in self.assets],
        }


def preview_schedule(
    catalogue: Catalogue,
    schedule: DisposalSchedule,
    *,
    asset_id: str | None,
    samples: int,
    as_of: date,
    on_progress: Callable[[AppraisalProgress], None],
) -> Preview:
    """Return what `schedule` would change for the present records. Writes nothing.

    Raises:
        UnknownThingError: There is no such asset, or no schedule was ever published.
    """
    classifier = Classifier(schedule)
    figures: dict[str, AssetPreview] = {}
    with catalogue.reading() as tx:
        in_force = schedules.current_version(tx)
        if asset_id is not None:
            assets.asset(tx, asset_id)
        total = appraisals.count_present(tx, asset_id=asset_id)
    done = 0
    for chunk, known, made_of in _chunks(catalogue, classifier, asset_id):
        for copy, made in zip(chunk, made_of, strict=True):
            before = known.get(copy.copy_id)
            if before is None:  # it went while we looked
                continue
            told = figures.setdefault(before.asset_id, AssetPreview(asset_id=before.asset_id))
            _count(
                told,
                before,
                as_if(before, made, schedule.schedule_version),
                in_force=in_force,
                as_of=as_of,
                samples=samples,
            )
        done += len(chunk)
        on_progress(AppraisalProgress(done=done, total=total))
    return Preview(
        schedule_version=schedule.schedule_version,
        in_force=in_force,
        as_of=as_of,
        assets=tuple(figures[name] for name in sorted(figures)),
    )


def _chunks(
    catalogue: Catalogue, classifier: Classifier, asset_id: str | None
) -> Iterator[tuple[tuple[Unappraised, ...], Mapping[int, AppraisedCopy], tuple[StoredAppraisal, ...]]]:
    after, places = 0, CopiedPlaces()
    folders = CaseFolders(places)
    said: Said | None = None
    while True:
        with catalogue.reading() as tx:
            said = said if said is not None and said.is_current(tx) else Said(tx)
            chunk = appraisals.present(tx, asset_id=asset_id, after=after, limit=_CHUNK)
            known = papers.appraised_of(tx, [copy.copy_id for copy in chunk])
            copied = tuple(places.why(tx, copy.source_id, copy.path, copy.modified_ns) for copy in chunk)
            made = tuple(
                appraise_one(tx, classifier, copy, said, copied=why_copied, folders=folders)
                for copy, why_copied in zip(chunk, copied, strict=True)
            )
        if not chunk:
            return
        yield chunk, known, made
        after = chunk[-1].copy_id


def _count(
    told: AssetPreview, before: AppraisedCopy, after: AppraisedCopy, *, in_force: str, as_of: date, samples: int
) -> None:
    told.files += 1
    was, now = _state(before, as_of), _state(after, as_of)
    effects = []
    if before.schedule_version != in_force or before.is_stale:
        effects.append(Effect.NOT_COMPARED_BEFORE)
    else:
        if _class(before) != _class(after):
            told.moves[_class(before), _class(after)] += 1
            effects.append(Effect.CHANGES_CLASS)
        if was is not EligibilityState.ELIGIBLE and now is EligibilityState.ELIGIBLE:
            effects.append(Effect.BECOMES_DUE)
        if was is EligibilityState.ELIGIBLE and now is not EligibilityState.ELIGIBLE:
            effects.append(Effect.STOPS_BEING_DUE)
        if now is EligibilityState.AWAITING_TRIGGER and was is not EligibilityState.AWAITING_TRIGGER:
            effects.append(Effect.ASKS_SOMETHING_NEW)
    if not effects:
        return
    sample = PreviewSample(
        source_id=before.copy.source_id,
        path=before.path,
        class_before=_class(before),
        class_after=_class(after),
        state_before=was,
        state_after=now,
        due_before=before.due_latest,
        due_after=after.due_latest,
    )
    for effect in effects:
        told.count(effect, sample, size_bytes=before.copy.size_bytes, limit=samples)


def _state(item: AppraisedCopy, as_of: date) -> EligibilityState:
    return evaluate(replace(item, in_batch=None), holds=(), hold_reasons=(), as_of=as_of).state


def _class(item: AppraisedCopy) -> str:
    return item.class_id or (_NONE if item.outcome is None else item.outcome.value)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

"""Advice on cues: those that can never speak for their class, and those that two classes share."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.classifying.classifier import Classifier
from rules.cues.language import GAP, REGEX_PREFIX, expand, fold_cue
from rules.model import DisposalClass, DisposalSchedule

_SAYS_NOTHING = datetime.max.replace(tzinfo=UTC)
_KINDS = ("folders", "names", "phrases", "extensions", "media_types", "labels", "properties", "residue")
_SEARCHED = ("folders", "names", "phrases")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """A file that shows one cue and nothing else."""

    path: str
    text: str
    properties: Mapping[str, str]
    media_type: str = ""
    size_bytes: int = 0
    modified_at: datetime = _SAYS_NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class CueDoubt:
    """What is odd about a cue of a class, and what to write instead."""

    class_id: str
    what: str
    instead: str


def doubtful_cues(schedule: DisposalSchedule) -> Iterator[CueDoubt]:
    """Yield every cue that cannot do what it was written for, by trying each on a file that shows it alone."""
    classifier = Classifier(schedule)
    for entry in schedule.classes:
        if entry.retired is None:
            yield from _silent(entry, classifier)
    yield from _shared(schedule)


def _silent(entry: DisposalClass, classifier: Classifier) -> Iterator[CueDoubt]:
    """Yield the cues whose own words are removed by the class's `except`."""
    for kind in _SEARCHED:
        for cue in getattr(entry.cues, kind):
            words = _sample_words(cue)
            if words is None or _is_heard(entry, kind, words, classifier):
                continue
            yield CueDoubt(
                class_id=entry.id,
                what=f"cue {cue!r} in {kind!r} can never speak for {entry.id}: `except` removes its own words",
                instead="write a narrower `except`, or remove the cue",
            )


def _is_heard(entry: DisposalClass, kind: str, words: str, classifier: Classifier) -> bool:
    path = f"{words}/x" if kind == "folders" else words if kind == "names" else "x"
    made = classifier.classify(_Sample(path=path, text=words if kind == "phrases" else "", properties={}))
    # a word so generic that it decides nothing alone is heard all the same: it then comes nearest, or is a rival
    told = [*made.cues, *(made.runner_up.cues if made.runner_up is not None else ())]
    spoken = {cue.class_id for cue in told}
    return entry.id in spoken or len(spoken) > 1 or not _is_excluded(entry, words)


def _is_excluded(entry: DisposalClass, words: str) -> bool:
    alone = [reading for cue in entry.exclusions for reading in _readings(cue)]
    return any(reading in words for reading in alone)


def _readings(cue: str) -> tuple[str, ...]:
    if cue.startswith(REGEX_PREFIX):
        return ()
    return tuple(reading.replace("*", "").replace(GAP, " ") for reading in expand(fold_cue(cue)) if GAP not in reading)


def _sample_words(cue: str) -> str | None:
    """Return words that `cue` finds: its longest reading, any digit for `#`."""
    readings = _readings(cue.removeprefix("^"))
    return max(readings, key=len).replace("#", "1") if readings else None


def _shared(schedule: DisposalSchedule) -> Iterator[CueDoubt]:
    """Yield the cues that two classes write alike: a file that shows only them is always a conflict."""
    for kind in _KINDS:
        owners: dict[str, list[DisposalClass]] = defaultdict(list)
        for entry in schedule.classes:
            if entry.retired is not None:
                continue
            own = {reading for cue in getattr(entry.cues, kind) for reading in _comparable(cue)}
            for reading in sorted(own):
                owners[reading].append(entry)
        for reading, entries in owners.items():
            firm = [entry for entry in entries if not entry.gives_way]
            for entry in firm[1:]:
                yield CueDoubt(
                    class_id=entry.id,
                    what=f"{firm[0].id} and {entry.id} both have the cue {reading!r} in {kind!r}",
                    instead="give it to one of them, or add the words that tell them apart",
                )


def _comparable(cue: str) -> tuple[str, ...]:
    return (cue,) if cue.startswith(REGEX_PREFIX) else expand(fold_cue(cue.removeprefix("^")))

"""Cues that are not words of a path or text: document properties, a system's columns and labels, and age.

What a person or a policy stated about a record counts as much as a folder somebody made on purpose: a property or
column 2, a retention or sensitivity label 4. Age alone says nothing about what a record is, so it counts 0.5: it
can tip a balance and never decide.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from rules.classifying.classification import CueKind, MatchedCue, RecordFacts
from rules.cues.language import parse_cue
from rules.cues.matching import CueMatcher, fold_path_part
from rules.model import DisposalClass, DisposalSchedule

_PROPERTY, _LABEL, _AGE = 2.0, 4.0, 0.5
_LABELS = ("retention_label", "sensitivity_label")
_COLUMN = "column:"  # how an export's own columns are told apart from properties that every system has
# earlier times of writing are clocks that were never set
_FIRST_BELIEVED_WRITE = date(1990, 1, 1)
_Key = tuple[str, str]  # a class, and its cue as it is written


class StatedCues:
    """Finds the cues of all classes in what is stated about a file."""

    def __init__(self, schedule: DisposalSchedule) -> None:
        by_name: dict[str, list[tuple[_Key, str]]] = defaultdict(list)
        self._labels: dict[str, list[_Key]] = defaultdict(list)
        self._ages: list[tuple[date, DisposalClass]] = []
        for entry in schedule.classes:
            if entry.retired is not None:
                continue
            for written in entry.cues.properties:
                name, _, cue = written.partition("=")
                by_name[_folded(name)].append(((entry.id, written), cue.strip()))
            for label in entry.cues.labels:
                self._labels[_folded(label)].append((entry.id, label))
            if entry.cues.made_before is not None:
                self._ages.append((entry.cues.made_before, entry))
        self._properties = {
            name: CueMatcher((key, parse_cue(cue, kind="name")) for key, cue in cues) for name, cues in by_name.items()
        }

        self.is_silent = not (self._properties or self._labels or self._ages)
        """Whether no class has such cues."""

    def find(self, facts: RecordFacts) -> Iterator[MatchedCue]:
        """Yield every cue that speaks in the properties, labels and age of a file, each once, in a fixed order."""
        if self._properties:
            yield from self._in_properties(facts)
        if self._labels:
            yield from self._in_labels(facts)
        if self._ages:
            yield from self._in_age(facts)

    def _in_properties(self, facts: RecordFacts) -> Iterator[MatchedCue]:
        for name, value in sorted(facts.properties.items()):
            matcher = self._properties.get(_folded(name.removeprefix(_COLUMN)))
            if matcher is None:
                continue
            folded = fold_path_part(value)
            for found in sorted(matcher.find(folded.folded), key=lambda one: (one.key, one.start, one.end)):
                class_id, written = found.key
                yield MatchedCue(
                    class_id=class_id,
                    kind=CueKind.PROPERTY,
                    cue=written,
                    where=f"property '{name.removeprefix(_COLUMN)}'",
                    text=folded.quote(found.start, found.end),
                    weight=_PROPERTY,
                )

    def _in_labels(self, facts: RecordFacts) -> Iterator[MatchedCue]:
        for name in _LABELS:
            value = facts.properties.get(name, "")
            for class_id, label in self._labels.get(_folded(value), ()):
                where = name.replace("_", " ")
                yield MatchedCue(
                    class_id=class_id, kind=CueKind.LABEL, cue=label, where=where, text=value, weight=_LABEL
                )

    def _in_age(self, facts: RecordFacts) -> Iterator[MatchedCue]:
        written_on = facts.modified_at.date()
        for before, entry in self._ages:
            if _FIRST_BELIEVED_WRITE <= written_on < before:
                yield MatchedCue(
                    class_id=entry.id,
                    kind=CueKind.AGE,
                    cue=f"made before {before}",
                    where="the time of the last write",
                    text=written_on.isoformat(),
                    weight=_AGE,
                )


def _folded(text: str) -> str:
    return " ".join(fold_path_part(text).folded.split())

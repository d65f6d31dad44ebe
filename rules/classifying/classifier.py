"""Classification: which disposal class a file belongs to, by cues that a person can read and check.

Weights, in one unit. What counts most is what people chose on purpose, and what is hardest to have by chance:

* a file name of two words or more (`tenancy agreement`) counts 2, of one word 1.5;
* a folder of two words or more counts 2, of one word 1.5; folders above the last
  named one (`2011-12` is no name) count four fifths;
* a folder's cue found in the file name counts half; a name's cue found in the last folder counts four fifths;
* a phrase of two words or more in the text counts 1.25, a single word 0.5, all phrases of a class at most 5;
* a file extension or a media type counts 1.5;
* a generic word alone (the schedule lists them) counts half of all this;
* residue (`Thumbs.db`) is certain: it counts 10.

The same cue counts once, where it counts most, and one stretch of a name or folder counts once for a class:
`invoices` is not two arguments because two cues of FIN-01 see it. A class needs 1.5 to be considered. Two
classes of which the weaker has three quarters of the stronger are a conflict, and so is a tie: a person
chooses. A class that gives way (drafts, copies, residue) never wins against one that does not, because the
price of that error is a record destroyed as rubbish. Nothing depends on the order of classes or cues.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from rules.classifying.classification import Candidate, Classification, CueKind, MatchedCue, Outcome, RecordFacts
from rules.classifying.sightings import SEVERAL_IN_TEXT, Observer, Sighting
from rules.classifying.stated import StatedCues
from rules.model import DisposalSchedule

ENOUGH = 1.5
CONFLICT_SHARE = 0.75
_MOST_IN_TEXT = 5.0
_ClassIds = tuple[str, ...]


class _Fit:
    """A class with everything that speaks for it, the heaviest first, in words only when somebody asks."""

    __slots__ = ("_sightings", "class_id", "in_text", "is_certain", "weight")

    def __init__(self, class_id: str, sightings: Sequence[Sighting]) -> None:
        self.class_id = class_id
        self._sightings = sightings
        self.is_certain = False
        """Whether its name is that of residue."""
        self.in_text = elsewhere = 0.0
        for one in sightings:
            if one.kind is CueKind.PHRASE:
                self.in_text += one.weight
            else:
                elsewhere += one.weight
                self.is_certain = self.is_certain or one.kind is CueKind.RESIDUE
        self.weight = round(elsewhere + min(self.in_text, _MOST_IN_TEXT), 3)

    @property
    def cues(self) -> tuple[MatchedCue, ...]:
        """Return what speaks for it."""
        return tuple([one.matched for one in self._sightings])

    @property
    def reasons(self) -> list[str]:
        """Return what speaks for it in sentences."""
        return [one.reason for one in self._sightings]

    @property
    def candidate(self) -> Candidate:
        """Return it as classifications tell of it."""
        return Candidate(self.class_id, self.weight, self.cues)


class Classifier:
    """Classifies files under one schedule. Building one compiles every cue (about 0.1 s); keep it."""

    def __init__(self, schedule: DisposalSchedule) -> None:
        self.schedule = schedule
        self._observer = Observer(schedule)
        self._stated = StatedCues(schedule)
        self._names = {entry.id: f"class {entry.id} ({entry.title})" for entry in schedule.classes}
        self._gives_way = frozenset(entry.id for entry in schedule.classes if entry.gives_way)
        self._successors = {
            entry.id: entry.retired.successor for entry in schedule.classes if entry.retired is not None
        }

    def classify(self, facts: RecordFacts) -> Classification:
        """Return the class of a file with every cue and reason. Reads nothing but `facts`."""
        sightings = self._observer.see(facts)
        if not self._stated.is_silent:
            sightings += map(Sighting.stated, self._stated.find(facts))
        candidates = sorted(_fits(sightings), key=_strongest)
        seen = tuple(sorted([one.class_id for one in candidates]))
        if self._successors:
            candidates = self._without_succeeded(candidates)
        fit = [one for one in candidates if one.weight >= ENOUGH]
        return self._decide(fit, candidates, seen) if fit else self._unclassified(candidates, seen)

    def _decide(self, fit: list[_Fit], candidates: list[_Fit], seen: _ClassIds) -> Classification:
        winner, rivals = self._winner(fit, candidates)
        if rivals:
            return self._conflict(winner, rivals, seen)
        if winner.class_id in self._successors:
            return self._retired(winner, seen)
        runner_up = next((candidate for candidate in candidates if candidate is not winner), None)
        share = winner.weight / (winner.weight + (runner_up.weight if runner_up else 0.0))
        reasons = [self._names[winner.class_id], *winner.reasons]
        if runner_up is not None:
            gave_way = runner_up.class_id in self._gives_way and runner_up.weight >= ENOUGH
            reasons.append(
                f"{runner_up.class_id} fits too, and gives way to any other class"
                if gave_way
                else f"next is {runner_up.class_id} with {runner_up.weight:g} against {winner.weight:g}"
            )
        return Classification(
            outcome=Outcome.CLASSIFIED,
            class_id=winner.class_id,
            confidence=round(share * winner.weight / (winner.weight + 1), 2),
            cues=winner.cues,
            runner_up=None if runner_up is None else runner_up.candidate,
            schedule_version=self.schedule.schedule_version,
            reasons=tuple(reasons),
            seen=seen,
        )

    def _winner(self, fit: list[_Fit], candidates: list[_Fit]) -> tuple[_Fit, list[_Fit]]:
        """Return the strongest that may win, and those too near to it."""
        certain = [one for one in fit if one.is_certain]
        if certain:
            # a record behind a residue's name would show in its text
            return certain[0], [*_speaking_in_text(candidates, besides=certain), *certain[1:]]
        firm = [candidate for candidate in fit if candidate.class_id not in self._gives_way] or fit
        winner = firm[0]
        near = [one for one in candidates if one.class_id not in self._gives_way or winner.class_id in self._gives_way]
        rivals = [one for one in near if one is not winner and one.weight >= CONFLICT_SHARE * winner.weight]
        if winner.class_id in self._gives_way:
            # too little to be classified by, and enough not to be thrown away for its name
            firm_in_text = _speaking_in_text(near, besides=[winner, *rivals])
            rivals += [one for one in firm_in_text if one.class_id not in self._gives_way]
        return winner, rivals

    def _without_succeeded(self, candidates: list[_Fit]) -> list[_Fit]:
        """Leave out retired classes whose successor fits as well: it was given their records."""
        fit = {one.class_id for one in candidates if one.weight >= ENOUGH}
        return [one for one in candidates if self._successors.get(one.class_id) not in fit]

    def _retired(self, nearest: _Fit, seen: _ClassIds) -> Classification:
        retired, successor = nearest.class_id, self._successors[nearest.class_id]
        return Classification(
            outcome=Outcome.UNCLASSIFIED,
            class_id=None,
            confidence=0.0,
            cues=(),
            runner_up=nearest.candidate,
            schedule_version=self.schedule.schedule_version,
            reasons=(
                f"{retired} comes nearest, and is retired: nothing new is classified so",
                *nearest.reasons,
                f"kept until a person classifies it{f'; {successor} took over' if successor else ''}",
            ),
            seen=seen,
        )

    def _conflict(self, first: _Fit, rivals: list[_Fit], seen: _ClassIds) -> Classification:
        names = " and ".join(f"{one.class_id} ({one.weight:g})" for one in (first, *rivals))
        return Classification(
            outcome=Outcome.CONFLICT,
            class_id=None,
            confidence=0.0,
            cues=first.cues,
            runner_up=rivals[0].candidate,
            schedule_version=self.schedule.schedule_version,
            reasons=(
                f"{names} fit about equally well: kept until a person chooses",
                *(f"{one.class_id}: {reason}" for one in (first, *rivals) for reason in one.reasons),
            ),
            seen=seen,
        )

    def _unclassified(self, candidates: list[_Fit], seen: _ClassIds) -> Classification:
        runner_up = candidates[0] if candidates else None
        nearest = (
            "no cue of any class was found"
            if runner_up is None
            else f"{runner_up.class_id} comes nearest with {runner_up.weight:g}; {ENOUGH:g} is needed"
        )
        return Classification(
            outcome=Outcome.UNCLASSIFIED,
            class_id=None,
            confidence=0.0,
            cues=(),
            runner_up=None if runner_up is None else runner_up.candidate,
            schedule_version=self.schedule.schedule_version,
            reasons=(f"no disposal class fits: {nearest}", "kept until a person classifies it"),
            seen=seen,
        )


def _speaking_in_text(candidates: list[_Fit], *, besides: list[_Fit]) -> list[_Fit]:
    """Return the candidates that a phrase of their own speaks for in the text."""
    return [one for one in candidates if one not in besides and one.in_text >= SEVERAL_IN_TEXT]


def _fits(sightings: Iterable[Sighting]) -> list[_Fit]:
    by_class: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        by_class.setdefault(sighting.class_id, []).append(sighting)
    return [_Fit(class_id, found if len(found) == 1 else _counted(found)) for class_id, found in by_class.items()]


def _strongest(one: _Fit) -> tuple[float, str]:
    return (-one.weight, one.class_id)


def _counted(sightings: list[Sighting]) -> list[Sighting]:
    """Return the cues that count: the heaviest first, each once, none on a stretch already counted."""
    counted: list[Sighting] = []
    for one in sorted(sightings, key=_rank):
        for other in counted:
            if other.place is one.place and (other.cue == one.cue or (one.start < other.end and other.start < one.end)):
                break
        else:
            counted.append(one)
    return counted


_rank = attrgetter("rank")

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

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rules.classifying.classification import Candidate, Classification, CueKind, MatchedCue, Outcome, RecordFacts
from rules.cues.language import expand, fold_cue, parse_cue
from rules.cues.matching import CueMatcher, FoldedText, Found, fold_path_part, fold_text
from rules.model import DisposalClass, DisposalSchedule

ENOUGH = 1.5
CONFLICT_SHARE = 0.75
_SEVERAL_WORDS, _ONE_WORD = 2.0, 1.5
_SEVERAL_IN_TEXT, _ONE_IN_TEXT, _MOST_IN_TEXT = 1.25, 0.5, 5.0
_TYPE, _RESIDUE = 1.5, 10.0
_HIGHER_FOLDER, _FOLDER_CUE_IN_NAME, _NAME_CUE_IN_FOLDER, _GENERIC = 0.8, 0.5, 0.8, 0.5
_LONGEST_PATH = 4096
_NAME = re.compile(r"[^\W\d]{3}")
_ENDS_OF_LINE = (".", "\n", ";", "!", "?")
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A cue of a class, or one of its exclusions."""

    class_id: str
    cue: str
    kind: CueKind
    word_count: int
    is_exclusion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sighting:
    """A cue that counts, with the stretch it covers, so that no stretch counts twice for a class."""

    matched: MatchedCue
    stretch: tuple[CueKind, int, int]


class Classifier:
    """Classifies files under one schedule. Building one compiles every cue (about 0.1 s); keep it."""

    def __init__(self, schedule: DisposalSchedule) -> None:
        self.schedule = schedule
        self._folders = _matcher(schedule, (CueKind.PATH,), kind="folder")
        self._last_folder = _matcher(schedule, (CueKind.NAME,), kind="folder")
        self._names = _matcher(schedule, (CueKind.NAME, CueKind.RESIDUE, CueKind.PATH), kind="name")
        self._phrases = _matcher(schedule, (CueKind.PHRASE,), kind="text")
        self._extensions = _index(schedule, lambda entry: entry.cues.extensions)
        self._media_types = _index(schedule, lambda entry: entry.cues.media_types)
        generic = [reading for word in schedule.generic_words for reading in expand(fold_cue(word))]
        self._generic_words = frozenset(word for word in generic if not word.endswith(("*", "#")))
        self._generic_beginnings = tuple(sorted(word.removesuffix("*") for word in generic if word.endswith("*")))
        self._gives_way = frozenset(entry.id for entry in schedule.classes if entry.gives_way)

    def classify(self, facts: RecordFacts) -> Classification:
        """Return the class of a file with every cue and reason. Reads nothing but `facts`."""
        path = facts.path[-_LONGEST_PATH:].replace("\\", "/")
        folder, _, name = path.rpartition("/")
        sightings = [*self._in_path(folder, name), *self._in_text(facts.text), *self._by_type(name, facts.media_type)]
        candidates = sorted(_candidates(sightings), key=lambda candidate: (-candidate.weight, candidate.class_id))
        return self._decide([candidate for candidate in candidates if candidate.weight >= ENOUGH], candidates)

    def _in_path(self, folder: str, name: str) -> Iterator[_Sighting]:
        parts = folder.split("/") if folder else []
        folded = [fold_path_part(part) for part in parts]
        whole = "/".join(part.folded for part in folded)
        folded_name = fold_path_part(name)
        found = [(CueKind.PATH, entry) for entry in self._folders.find(whole)] if whole else []
        if folded:
            before = len(whole) - len(folded[-1].folded)
            found += [
                (CueKind.PATH, replace(entry, start=entry.start + before, end=entry.end + before))
                for entry in self._last_folder.find(folded[-1].folded)
            ]
        found += [(CueKind.NAME, entry) for entry in self._names.find(folded_name.folded)]
        excluded = {entry.key.class_id for _, entry in found if entry.key.is_exclusion}
        for place, entry in found:
            if entry.key.is_exclusion or entry.key.class_id in excluded:
                continue
            if place is CueKind.PATH:
                yield self._in_folder(entry, folded, whole)
            else:
                yield self._in_name(entry, folded_name)

    def _in_folder(self, found: Found[_Key], parts: list[FoldedText], whole: str) -> _Sighting:
        number = whole.count("/", 0, found.end)
        weight = self._path_weight(found, whole) * (1 if number >= _last_named(parts) else _HIGHER_FOLDER)
        weight *= _NAME_CUE_IN_FOLDER if found.key.kind is CueKind.NAME else 1
        where = "folder '" + "/".join(part.original for part in parts[: number + 1]) + "'"
        start = whole.rfind("/", 0, found.end) + 1
        words = whole[found.start : found.end]
        if found.start >= start:
            words = parts[number].quote(found.start - start, found.end - start)
        return _sighting(found, CueKind.PATH, where=where, words=words, weight=weight)

    def _in_name(self, found: Found[_Key], name: FoldedText) -> _Sighting:
        weight, kind = self._path_weight(found, name.folded), CueKind.NAME
        if found.key.kind is CueKind.RESIDUE:
            weight, kind = _RESIDUE, CueKind.RESIDUE
        elif found.key.kind is CueKind.PATH:
            weight *= _FOLDER_CUE_IN_NAME
        words = name.quote(found.start, found.end)
        return _sighting(found, kind, where=f"file name '{name.original}'", words=words, weight=weight)

    def _path_weight(self, found: Found[_Key], folded: str) -> float:
        weight = _SEVERAL_WORDS if found.key.word_count > 1 else _ONE_WORD
        return weight * self._generic_share(found, folded)

    def _generic_share(self, found: Found[_Key], folded: str) -> float:
        words = folded[found.start : found.end]
        is_generic = found.key.word_count == 1 and (
            words in self._generic_words or words.startswith(self._generic_beginnings)
        )
        return _GENERIC if is_generic else 1.0

    def _in_text(self, text: str) -> Iterator[_Sighting]:
        if not text:
            return
        folded = fold_text(text)
        found = list(self._phrases.find(folded.folded))
        exclusions: dict[str, list[Found[_Key]]] = {}
        for entry in found:
            if entry.key.is_exclusion:
                exclusions.setdefault(entry.key.class_id, []).append(entry)
        for entry in found:
            others = exclusions.get(entry.key.class_id, [])
            if entry.key.is_exclusion or any(_on_one_line(folded.folded, entry, other) for other in others):
                continue
            weight = _SEVERAL_IN_TEXT if entry.key.word_count > 1 else _ONE_IN_TEXT
            weight *= self._generic_share(entry, folded.folded)
            where, words = f"text, character {entry.start + 1}", folded.quote(entry.start, entry.end)
            yield _sighting(entry, CueKind.PHRASE, where=where, words=words, weight=weight)

    def _by_type(self, name: str, media_type: str) -> Iterator[_Sighting]:
        _, dot, extension = name.rpartition(".")
        kinds = (
            (CueKind.EXTENSION, self._extensions, extension.casefold() if dot else "", f"file name '{name}'"),
            (CueKind.MEDIA_TYPE, self._media_types, media_type.partition(";")[0].strip().casefold(), "media type"),
        )
        for kind, index, value, where in kinds:
            for class_id in index.get(value, ()):
                matched = MatchedCue(class_id=class_id, kind=kind, cue=value, where=where, text=value, weight=_TYPE)
                yield _Sighting(matched=matched, stretch=(kind, 0, len(value)))

    def _decide(self, fit: list[Candidate], candidates: list[Candidate]) -> Classification:
        if not fit:
            return self._unclassified(candidates)
        winner, rivals = self._winner(fit, candidates)
        others = [candidate for candidate in candidates if candidate is not winner]
        if rivals:
            return self._conflict(winner, rivals)
        runner_up = others[0] if others else None
        share = winner.weight / (winner.weight + (runner_up.weight if runner_up else 0.0))
        title = self.schedule.by_id[winner.class_id].title
        reasons = [f"class {winner.class_id} ({title})", *(_reason(cue) for cue in winner.cues)]
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
            runner_up=runner_up,
            schedule_version=self.schedule.schedule_version,
            reasons=tuple(reasons),
        )

    def _winner(self, fit: list[Candidate], candidates: list[Candidate]) -> tuple[Candidate, list[Candidate]]:
        """Return the strongest that may win, and those too near to it."""
        certain = [candidate for candidate in fit if any(cue.kind is CueKind.RESIDUE for cue in candidate.cues)]
        if certain:
            # a record behind a residue's name would show in its text
            rivals = [one for one in fit if one is not certain[0] and _speaks_in_text(one)]
            return certain[0], [*rivals, *certain[1:]]
        firm = [candidate for candidate in fit if candidate.class_id not in self._gives_way] or fit
        winner = firm[0]
        near = [one for one in candidates if one.class_id not in self._gives_way or winner.class_id in self._gives_way]
        return winner, [one for one in near if one is not winner and one.weight >= CONFLICT_SHARE * winner.weight]

    def _conflict(self, first: Candidate, rivals: list[Candidate]) -> Classification:
        names = " and ".join(f"{one.class_id} ({one.weight:g})" for one in (first, *rivals))
        return Classification(
            outcome=Outcome.CONFLICT,
            class_id=None,
            confidence=0.0,
            cues=first.cues,
            runner_up=rivals[0],
            schedule_version=self.schedule.schedule_version,
            reasons=(
                f"{names} fit about equally well: kept until a person chooses",
                *(f"{cue.class_id}: {_reason(cue)}" for one in (first, *rivals) for cue in one.cues),
            ),
        )

    def _unclassified(self, candidates: list[Candidate]) -> Classification:
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
            runner_up=runner_up,
            schedule_version=self.schedule.schedule_version,
            reasons=(f"no disposal class fits: {nearest}", "kept until a person classifies it"),
        )


def _matcher(schedule: DisposalSchedule, kinds: tuple[CueKind, ...], *, kind: str) -> CueMatcher[_Key]:
    def cues() -> Iterator[tuple[_Key, bool]]:
        for entry in schedule.classes:
            for cue_kind in kinds:
                for cue in _written(entry, cue_kind):
                    yield _key(entry, cue, cue_kind, kind=kind), False
            for cue in entry.exclusions:
                yield _key(entry, cue, kinds[0], kind=kind, is_exclusion=True), True

    return CueMatcher((key, parse_cue(key.cue, kind=kind)) for key, _ in cues())


def _key(entry: DisposalClass, cue: str, cue_kind: CueKind, *, kind: str, is_exclusion: bool = False) -> _Key:
    word_count = parse_cue(cue, kind=kind).word_count
    return _Key(class_id=entry.id, cue=cue, kind=cue_kind, word_count=word_count, is_exclusion=is_exclusion)


def _written(entry: DisposalClass, kind: CueKind) -> tuple[str, ...]:
    cues = {
        CueKind.PATH: entry.cues.folders,
        CueKind.NAME: entry.cues.names,
        CueKind.PHRASE: entry.cues.phrases,
        CueKind.RESIDUE: entry.cues.residue,
    }
    return cues[kind]


def _index(schedule: DisposalSchedule, read: Callable[[DisposalClass], tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for entry in schedule.classes:
        for value in read(entry):
            index[value] = (*index.get(value, ()), entry.id)
    return index


def _sighting(found: Found[_Key], kind: CueKind, *, where: str, words: str, weight: float) -> _Sighting:
    matched = MatchedCue(
        class_id=found.key.class_id, kind=kind, cue=found.key.cue, where=where, text=words, weight=round(weight, 3)
    )
    place = CueKind.NAME if kind is CueKind.RESIDUE else kind
    return _Sighting(matched=matched, stretch=(place, found.start, found.end))


def _last_named(parts: list[FoldedText]) -> int:
    """Return the number of the deepest folder with a name, not only a date or a number."""
    named = (number for number in range(len(parts) - 1, -1, -1) if _NAME.search(parts[number].folded))
    return next(named, 0)


def _candidates(sightings: Iterable[_Sighting]) -> Iterator[Candidate]:
    by_class: dict[str, list[_Sighting]] = {}
    for sighting in sightings:
        by_class.setdefault(sighting.matched.class_id, []).append(sighting)
    for class_id, found in by_class.items():
        cues = _counted(found)
        in_text = sum(cue.weight for cue in cues if cue.kind is CueKind.PHRASE)
        elsewhere = sum(cue.weight for cue in cues if cue.kind is not CueKind.PHRASE)
        yield Candidate(class_id=class_id, weight=round(elsewhere + min(in_text, _MOST_IN_TEXT), 3), cues=cues)


def _counted(sightings: list[_Sighting]) -> tuple[MatchedCue, ...]:
    """Return the cues that count: the heaviest first, each once, none on a stretch already counted."""
    ordered = sorted(
        sightings,
        key=lambda one: (-one.matched.weight, one.stretch[0], one.stretch[1], -one.stretch[2], one.matched.cue),
    )
    counted: list[_Sighting] = []
    for sighting in ordered:
        kind, start, end = sighting.stretch
        is_repeated = any(one.matched.cue == sighting.matched.cue and one.stretch[0] is kind for one in counted)
        if not is_repeated and not any(
            one.stretch[0] is kind and start < one.stretch[2] and one.stretch[1] < end for one in counted
        ):
            counted.append(sighting)
    return tuple(one.matched for one in counted)


def _heaviest_first(one: _Sighting) -> tuple[float, str, int, int, str]:
    kind, start, end = one.stretch
    return (-one.matched.weight, kind, start, -end, one.matched.cue)


def _on_one_line(folded: str, one: Found[_Key], other: Found[_Key]) -> bool:
    if max(one.end, other.end) - min(one.start, other.start) > _LONGEST_LINE:
        return False
    between = folded[min(one.end, other.end) : max(one.start, other.start)]
    return not any(end in between for end in _ENDS_OF_LINE)


def _speaks_in_text(candidate: Candidate) -> bool:
    return sum(cue.weight for cue in candidate.cues if cue.kind is CueKind.PHRASE) >= _SEVERAL_IN_TEXT


def _reason(cue: MatchedCue) -> str:
    return f"'{cue.text}' in {cue.where} (cue '{cue.cue}', weight {cue.weight:g})"

"""Sightings: the cues of all classes that were seen in a file's folders, name, text and type, each with its weight.

What it takes to say a sighting in words (`Sighting.matched`) is only done for those that come to be told.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rules.classifying.classification import CueKind, MatchedCue, RecordFacts
from rules.cues.language import expand, fold_cue, parse_cue
from rules.cues.matching import CueMatcher, FoldedText, fold_path_part, fold_text
from rules.model import DisposalClass, DisposalSchedule

_SEVERAL_WORDS, _ONE_WORD = 2.0, 1.5
SEVERAL_IN_TEXT, _ONE_IN_TEXT = 1.25, 0.5
_TYPE, _RESIDUE = 1.5, 10.0
_HIGHER_FOLDER, _FOLDER_CUE_IN_NAME, _NAME_CUE_IN_FOLDER, _GENERIC = 0.8, 0.5, 0.8, 0.5
_NAME = re.compile(r"[^\W\d]{3}")
_ENDS_OF_LINE = (".", "\n", ";", "!", "?")
_LONGEST_LINE = 200
_FOLDERS_KEPT, _MEDIA_TYPES_KEPT = 4096, 1024
_LONGEST_PATH = 4096


class Key(NamedTuple):
    """A cue of a class, or one of its exclusions."""

    class_id: str
    cue: str
    kind: CueKind
    word_count: int
    is_exclusion: bool


class Sighting:
    """A cue that counts, with the stretch it covers, so that no stretch counts twice for a class.

    `kind` is where the cue is said to have been seen, `place` whose stretch it covers. What was seen in a folder is
    told of all its files, so that what has been said in words is kept.
    """

    __slots__ = (
        "_matched", "_quoted_from", "_reason", "_where", "class_id", "cue", "end", "kind", "place", "start", "weight",
    )  # fmt: skip

    def __init__(
        self,
        key: Key,
        kind: CueKind,
        span: tuple[int, int],
        weight: float,
        quoted_from: FoldedText | str,
        where: str = "",
    ) -> None:
        self.class_id = key.class_id
        self.cue = key.cue
        self.kind = kind
        self.place = CueKind.NAME if kind is CueKind.RESIDUE else kind
        self.start, self.end = span
        self.weight = round(weight, 3)
        self._quoted_from = quoted_from
        self._where = where
        self._matched: MatchedCue | None = None
        self._reason = ""

    @classmethod
    def stated(cls, cue: MatchedCue) -> "Sighting":
        """Return a cue that stands by itself, beside no stretch of any text."""
        key = Key(class_id=cue.class_id, cue=cue.cue, kind=cue.kind, word_count=1, is_exclusion=False)
        return cls(key, cue.kind, (0, 0), cue.weight, cue.text, cue.where)

    @property
    def matched(self) -> MatchedCue:
        """Return the sighting for people: where it was, and in which words."""
        if self._matched is None:
            source = self._quoted_from
            text = source if isinstance(source, str) else source.quote(self.start, self.end)
            where = self._where or f"text, character {self.start + 1}"
            self._matched = MatchedCue(self.class_id, self.kind, self.cue, where, text, self.weight)
        return self._matched

    @property
    def reason(self) -> str:
        """Return it in one sentence."""
        if not self._reason:
            cue = self.matched
            self._reason = f"'{cue.text}' in {cue.where} (cue '{cue.cue}', weight {cue.weight:g})"
        return self._reason

    @property
    def rank(self) -> tuple[float, str, int, int, str]:
        """Return what sorts the heaviest first, and never leaves an order to chance."""
        return (-self.weight, self.place, self.start, -self.end, self.cue)


class _Seen(NamedTuple):
    """What was seen in one folder or name: sightings, and the classes that something there speaks against."""

    sightings: tuple[Sighting, ...]
    excluded: frozenset[str]


_NOTHING_SEEN = _Seen((), frozenset())


class Observer:
    """Sees the cues of one schedule. Building one compiles every cue (about 0.1 s); keep it."""

    def __init__(self, schedule: DisposalSchedule) -> None:
        self._folders = _matcher(schedule, (CueKind.PATH,), kind="folder")
        self._last_folder = _matcher(schedule, (CueKind.NAME,), kind="folder")
        self._names = _matcher(schedule, (CueKind.NAME, CueKind.RESIDUE, CueKind.PATH), kind="name")
        self._phrases = _matcher(schedule, (CueKind.PHRASE,), kind="text")
        self._extensions = _index(schedule, CueKind.EXTENSION, lambda entry: entry.cues.extensions)
        self._media_types = _index(schedule, CueKind.MEDIA_TYPE, lambda entry: entry.cues.media_types)
        generic = [reading for word in schedule.generic_words for reading in expand(fold_cue(word))]
        self._generic_words = frozenset(word for word in generic if not word.endswith(("*", "#")))
        self._generic_beginnings = tuple(sorted(word.removesuffix("*") for word in generic if word.endswith("*")))
        # a drive has far fewer folders than files
        self._in_folder = lru_cache(maxsize=_FOLDERS_KEPT)(self._look_in_folder)
        self._by_media_type = lru_cache(maxsize=_MEDIA_TYPES_KEPT)(self._look_at_media_type)

    def see(self, facts: RecordFacts) -> list[Sighting]:
        """Return every sighting in a file's path, text and type."""
        seen = self._outside_text(facts)
        if text := facts.text:
            seen += self._in_text(text)
        return seen

    def sees_outside_text(self, facts: RecordFacts) -> bool:
        """Tell whether `see` would return anything of a file's path and type."""
        return bool(self._outside_text(facts))

    def sees_in_text(self, text: str) -> bool:
        """Tell whether `see` would return anything of a text."""
        return bool(text) and bool(self._in_text(text))

    def _outside_text(self, facts: RecordFacts) -> list[Sighting]:
        folder, name = _folder_and_name(facts)
        above, own = self._in_folder(folder), self._look_in_name(name)
        # what the path speaks against, a mere file type cannot speak for: an oral history is no music
        seen = [*above.sightings, *own.sightings, *self._by_extension(name), *self._by_media_type(facts.media_type)]
        if above.excluded or own.excluded:
            excluded = above.excluded | own.excluded
            seen = [one for one in seen if one.class_id not in excluded]
        return seen

    def _look_in_folder(self, folder: str) -> _Seen:
        if not folder:
            return _NOTHING_SEEN
        parts = [fold_path_part(part) for part in folder.split("/")]
        whole = "/".join(part.folded for part in parts)
        before = len(whole) - len(parts[-1].folded)
        found = [(key, span) for key, *span in _each(self._folders, whole)]
        found += [
            (key, [start + before, end + before]) for key, start, end in _each(self._last_folder, parts[-1].folded)
        ]
        return _Seen(
            tuple(self._above(key, (start, end), parts, whole) for key, (start, end) in found if not key.is_exclusion),
            frozenset(key.class_id for key, _ in found if key.is_exclusion),
        )

    def _above(self, key: Key, span: tuple[int, int], parts: list[FoldedText], whole: str) -> Sighting:
        start, end = span
        number = whole.count("/", 0, end)
        weight = self._path_weight(key, whole[start:end]) * (1 if number >= _last_named(parts) else _HIGHER_FOLDER)
        weight *= _NAME_CUE_IN_FOLDER if key.kind is CueKind.NAME else 1
        where = "folder '" + "/".join(part.original for part in parts[: number + 1]) + "'"
        begins = whole.rfind("/", 0, end) + 1
        words = parts[number].quote(start - begins, end - begins) if start >= begins else whole[start:end]
        return Sighting(key, CueKind.PATH, span, weight, words, where)

    def _look_in_name(self, name: str) -> _Seen:
        folded = fold_path_part(name)
        found = self._names.spans(folded.folded)
        if not found:
            return _NOTHING_SEEN
        where = f"file name '{name}'"
        sightings: list[Sighting] = []
        excluded: list[str] = []
        for search, start, end in found:
            for key in search.keys:
                if key.is_exclusion:
                    excluded.append(key.class_id)
                    continue
                kind, weight = CueKind.RESIDUE, _RESIDUE
                if key.kind is not CueKind.RESIDUE:
                    kind, weight = CueKind.NAME, self._path_weight(key, folded.folded[start:end])
                    weight *= _FOLDER_CUE_IN_NAME if key.kind is CueKind.PATH else 1
                sightings.append(Sighting(key, kind, (start, end), weight, folded, where))
        return _Seen(tuple(sightings), frozenset(excluded))

    def _in_text(self, text: str) -> list[Sighting]:
        source = fold_text(text)
        folded = source.folded
        found = self._phrases.spans(folded)
        if not any(key.is_exclusion for search, _, _ in found for key in search.keys):
            return [self._phrase(key, (start, end), source) for search, start, end in found for key in search.keys]
        exclusions: dict[str, list[tuple[int, int]]] = {}
        for search, start, end in found:
            for key in search.keys:
                if key.is_exclusion:
                    exclusions.setdefault(key.class_id, []).append((start, end))
        seen = []
        for search, start, end in found:
            for key in search.keys:
                others = exclusions.get(key.class_id, ())
                if key.is_exclusion or any(_on_one_line(folded, (start, end), other) for other in others):
                    continue
                seen.append(self._phrase(key, (start, end), source))
        return seen

    def _phrase(self, key: Key, span: tuple[int, int], source: FoldedText) -> Sighting:
        is_several = key.word_count > 1
        weight = SEVERAL_IN_TEXT if is_several else _ONE_IN_TEXT * self._share(source.folded[span[0] : span[1]])
        return Sighting(key, CueKind.PHRASE, span, weight, source)

    def _by_extension(self, name: str) -> list[Sighting]:
        _, dot, extension = name.rpartition(".")
        extension = extension.casefold() if dot else ""
        keys = self._extensions.get(extension)
        if keys is None:
            return []
        where = f"file name '{name}'"
        return [Sighting(key, CueKind.EXTENSION, (0, len(extension)), _TYPE, extension, where) for key in keys]

    def _look_at_media_type(self, media_type: str) -> tuple[Sighting, ...]:
        media_type = media_type.partition(";")[0].strip().casefold()
        keys = self._media_types.get(media_type, ())
        span = (0, len(media_type))
        return tuple(Sighting(key, CueKind.MEDIA_TYPE, span, _TYPE, media_type, "media type") for key in keys)

    def _path_weight(self, key: Key, words: str) -> float:
        return _SEVERAL_WORDS if key.word_count > 1 else _ONE_WORD * self._share(words)

    def _share(self, word: str) -> float:
        """Return how much of its weight a single word has."""
        is_generic = word in self._generic_words or word.startswith(self._generic_beginnings)
        return _GENERIC if is_generic else 1.0


def _folder_and_name(facts: RecordFacts) -> tuple[str, str]:
    folder, _, name = facts.path[-_LONGEST_PATH:].replace("\\", "/").rpartition("/")
    return folder, name


def _each(matcher: CueMatcher[Key], folded: str) -> Iterator[tuple[Key, int, int]]:
    for search, start, end in matcher.spans(folded):
        for key in search.keys:
            yield key, start, end


def _matcher(schedule: DisposalSchedule, kinds: tuple[CueKind, ...], *, kind: str) -> CueMatcher[Key]:
    def keys() -> Iterator[Key]:
        for entry in schedule.classes:
            for cue_kind in kinds:
                for cue in _written(entry, cue_kind):
                    yield _key(entry, cue, cue_kind, kind=kind)
            for cue in entry.exclusions:
                yield _key(entry, cue, kinds[0], kind=kind, is_exclusion=True)

    return CueMatcher((key, parse_cue(key.cue, kind=kind)) for key in keys())


def _key(entry: DisposalClass, cue: str, cue_kind: CueKind, *, kind: str, is_exclusion: bool = False) -> Key:
    word_count = parse_cue(cue, kind=kind).word_count
    return Key(class_id=entry.id, cue=cue, kind=cue_kind, word_count=word_count, is_exclusion=is_exclusion)


def _written(entry: DisposalClass, kind: CueKind) -> tuple[str, ...]:
    cues = {
        CueKind.PATH: entry.cues.folders,
        CueKind.NAME: entry.cues.names,
        CueKind.PHRASE: entry.cues.phrases,
        CueKind.RESIDUE: entry.cues.residue,
    }
    return cues[kind]


def _index(
    schedule: DisposalSchedule, kind: CueKind, read: Callable[[DisposalClass], Iterable[str]]
) -> dict[str, tuple[Key, ...]]:
    index: dict[str, tuple[Key, ...]] = {}
    for entry in schedule.classes:
        for value in read(entry):
            key = Key(class_id=entry.id, cue=value, kind=kind, word_count=1, is_exclusion=False)
            index[value] = (*index.get(value, ()), key)
    return index


def _last_named(parts: list[FoldedText]) -> int:
    """Return the number of the deepest folder with a name, not only a date or a number."""
    named = (number for number in range(len(parts) - 1, -1, -1) if _NAME.search(parts[number].folded))
    return next(named, 0)


def _on_one_line(folded: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    if max(one[1], other[1]) - min(one[0], other[0]) > _LONGEST_LINE:
        return False
    between = folded[min(one[1], other[1]) : max(one[0], other[0])]
    return not any(end in between for end in _ENDS_OF_LINE)

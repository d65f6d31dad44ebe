"""Precedents: a ruling that rests on nothing but the folder of a file stands for the next file of that folder too.

Most rules start at an event outside the file, and where neither a text nor a property nor a person says anything, the
papers of one case are told the same in the same words. Such a ruling is worked out once. Whether it may stand for
others is not guessed from the rule: it is noted what the rule asked of the file while it was worked out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from rules.classifying.changes import with_referring
from rules.classifying.classification import RecordFacts
from rules.dates.clues import is_telling_name
from rules.dates.due import DueInterval
from rules.dates.evidence import TriggerDate
from rules.dates.surroundings import Surroundings
from rules.model import DisposalAction, DisposalClass, DisposalSchedule
from rules.ruling.matter import Matter
from rules.ruling.questions import Question

_MOST_KEPT = 4096
_COLUMN = "column:"
_DATED = frozenset(("created_at", "modified_at", "sent_at"))


class Told(NamedTuple):
    """What a ruling comes to, as an appraisal tells of it. `reasons` follow those of the classification."""

    entry: DisposalClass
    trigger: TriggerDate
    due: DueInterval | None
    action: DisposalAction
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    asked: tuple[Question, ...]


class _Watched:
    """The facts of a file without a text, which note whether its size or the time of its last write was asked for."""

    __slots__ = ("_facts", "is_more_read")

    def __init__(self, facts: RecordFacts) -> None:
        self._facts = facts
        self.is_more_read = False

    @property
    def path(self) -> str:
        return self._facts.path

    @property
    def media_type(self) -> str:
        return self._facts.media_type

    @property
    def size_bytes(self) -> int:
        self.is_more_read = True
        return self._facts.size_bytes

    @property
    def text(self) -> str:
        return ""

    @property
    def properties(self) -> Mapping[str, str]:
        return self._facts.properties

    @property
    def modified_at(self) -> datetime:
        self.is_more_read = True
        return self._facts.modified_at


_Classes = tuple[str, str]
_Key = tuple[_Classes, str, str, str, Surroundings]


class Precedents:
    """The precedents of one version of a schedule, a few thousand of them. Nothing of another version is ever seen."""

    def __init__(self, schedule: DisposalSchedule) -> None:
        signed = {entry.id for entry in schedule.classes if any(clause.signs for clause in entry.clauses)}
        self._by_name = with_referring(frozenset(signed), schedule.classes)
        """The classes whose rulings may rest on words of the file's name."""
        self._by_more: set[_Classes] = set()
        """The classes, each with that which came second, whose rulings rest on size or time."""
        self._told: dict[_Key, Told] = {}

    def tell(self, matter: Matter, classes: _Classes, apart: str, work_out: Callable[[Matter], Told]) -> Told:
        """Return what `work_out` makes of a matter, from an earlier one if that is sure to be the same.

        Args:
            matter: The file, and what is known about it.
            classes: The class that the file was classified as, and the one that came second.
            apart: Why it stands out from its folder, or nothing.
            work_out: Works out a matter by its classes and by why it stands out, and by nothing else.
        """
        facts = matter.facts
        if classes in self._by_more or facts.text or matter.events or matter.answers or _is_dated(facts.properties):
            return work_out(matter)
        if not self._by_name.isdisjoint(classes):
            return work_out(matter)
        folder, _, name = facts.path.rpartition("/")
        if is_telling_name(name):
            return work_out(matter)
        key = (classes, apart, folder, facts.media_type, matter.around)
        told = self._told.get(key)
        return self._first(key, matter, work_out, name) if told is None else told

    def _first(self, key: _Key, matter: Matter, work_out: Callable[[Matter], Told], name: str) -> Told:
        watched = _Watched(matter.facts)
        told = work_out(matter._replace(facts=watched, dated={}))
        if watched.is_more_read:
            self._by_more.add(key[0])
        elif not any(name in words for words in _all_words(told)):
            if len(self._told) >= _MOST_KEPT:
                self._told.clear()
            self._told[key] = told
        return told


def _is_dated(properties: Mapping[str, str]) -> bool:
    """Tell whether a property is one that dates may be read from."""
    return any(name in _DATED or name.startswith(_COLUMN) for name in properties)


def _all_words(told: Told) -> tuple[str, ...]:
    asked = (told.trigger.question or "", *(one.words for one in told.asked))
    return (*told.flags, *told.reasons, *asked, *(one.where for one in told.trigger.evidence))

"""Cases: which folder is the case of a file, what must be asked about it, and what people have said of it.

Half of all rules start at an event outside the file, and one answer serves every paper of the case. The case is the
folder right below the deepest folder that a cue of the class matched ("Tenancy files/12 High Street"), passing over
folders that only sort: years, letters, "Closed". A file that lies loose in such a folder, or in the matched one, is a
case of its own, because the papers of other cases lie beside it. Where no folder was matched, it is the file's own
folder; a class whose unit is the file has no other case than the file itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from rules.classifying.classification import CueKind, MatchedCue, RecordFacts
from rules.classifying.classifier import Classifier
from rules.dates.keeping import Kept, kept
from rules.dates.surroundings import NOTHING_AROUND, Surroundings
from rules.model import Clock, DisposalClass, DisposalSchedule, Level, Strength, Trigger, clocks_of
from rules.ruling.appraising import Appraisal, appraise
from rules.ruling.policies import PERMISSION
from rules.ruling.questions import Question, when, whether
from rules.ruling.rivals import APPLIES
from rules.ruling.terms import RESTARTED_BY
from rules.statements import NOTHING_HEARD, Hearing, Statement, hear, words_of

_IN_FOLDER = "folder '"
_WORDS = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?:fy)?(?:\d{4}|\d{2})")
# folders of such names alone sort cases by their state; beside a year they do as well
_STATES = frozenset(
    ("closed", "open", "current", "live", "old", "older", "completed", "archive", "archived", "inactive", "dead",
     "leavers", "former", "cases", "files", "year", "years", "to")
)  # fmt: skip
_MOST_LETTERS = 2  # A, A-F
_LOOSE = "it lies loose in a folder of many cases: it is taken for a case of its own"
_OF_LAST_WORK = frozenset((Trigger.LAST_CONTACT, Trigger.LAST_MODIFIED))
_CLASSES_KEPT = 4096
_OF_SOMEBODY = frozenset((Trigger.DATE_OF_BIRTH.value, Trigger.DATE_OF_DEATH.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAppraisal:
    """The appraisal of a file in its case. `case` is None for a file without a class; `heard` is what was said.

    `notes` say in words what of it was not heard, and why. `asks_newest` tells that the newest day of the folder `case`
    might settle the ruling: whoever knows it appraises again with it.
    """

    appraisal: Appraisal
    case: str | None
    asked: tuple[Question, ...]
    heard: tuple[Statement, ...]
    notes: tuple[str, ...] = ()
    asks_newest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An attested event as dating takes it."""

    trigger: str
    on: date
    attested_by: str
    basis: str


def appraise_in_case(
    classifier: Classifier,
    facts: RecordFacts,
    statements: Sequence[Statement] = (),
    *,
    earlier: Sequence[Statement] = (),
    around: Surroundings = NOTHING_AROUND,
) -> CaseAppraisal:
    """Return the appraisal of a file with what people said about it or its case.

    `statements` may be about the file or any folder above it: those about another case than the file's are passed
    over. `earlier` are those that were made before the file was there: they settle nothing about it, but what would
    keep it longer is asked again. `around` is what is known of its place.
    """
    matter = _Matter(classifier=classifier, facts=facts, around=around)
    hearing = matter.hear_out(statements)
    doubts = [*matter.disputes(hearing), *matter.said_before(hearing, statements, earlier)]
    made = _in_doubt(matter.made, [doubt.question for doubt in doubts if doubt.is_open])
    flags = [f"statements_disagree:{ones[0].key}" for ones in hearing.disputed]
    made = replace(made, flags=tuple(dict.fromkeys((*made.flags, *flags)))) if flags else made
    case = matter.case(made)
    before = {one.key: one for doubt in doubts for one in doubt.before}
    loose = (_LOOSE,) if case == facts.path and made.disposal_class and made.disposal_class.level is Level.CASE else ()
    return CaseAppraisal(
        appraisal=made,
        case=case,
        asked=tuple(_asked(made, facts, case, before)),
        heard=hearing.heard,
        notes=(*loose, *hearing.in_words(), *(note for doubt in doubts for note in doubt.notes)),
        asks_newest=_is_known_folder(case, facts.path, made.classification.cues) and _may_go_by_newest(made),
    )


def _is_known_folder(case: str | None, path: str, cues: Iterable[MatchedCue]) -> bool:
    """Tell whether the case is a folder that stands below one which was matched.

    A loose file is no folder; and the folder of a file that only its own words placed may be one of several of a case,
    of which the newest paper lies in another.
    """
    return case not in (None, path) and any(cue.kind is CueKind.PATH and _matched_folder(cue, path) for cue in cues)


def _may_go_by_newest(made: Appraisal) -> bool:
    """Tell whether the newest day of its case might settle what is not settled; what people said is left as it is."""
    is_unsettled = made.due is not None and made.due.latest is None
    return is_unsettled and made.disposal_class is not None and _goes_by_newest(kept(made.disposal_class))


@lru_cache(maxsize=_CLASSES_KEPT)
def _goes_by_newest(of: Kept[DisposalClass]) -> bool:
    """Tell whether a class is kept by the case, and lets the times of its files tell when that was last worked on."""
    entry = of.value
    terms = (entry.clock, *(clause.clock for clause in entry.clauses if clause.clock is not None))
    is_by_case = entry.level is Level.CASE and entry.accepts is Strength.D
    return is_by_case and any(clock.trigger in _OF_LAST_WORK for term in terms for clock in clocks_of(term))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """Something that was said and does not count. It is open where it might keep the file longer."""

    question: Question
    is_open: bool
    before: tuple[Statement, ...] = ()

    @property
    def notes(self) -> Iterator[str]:
        for one in self.before:
            yield f"not heard, because the file was not there yet: {words_of(one)}"


class _Matter:
    """One file, while it is appraised with what was said; `made` is the last appraisal of it."""

    def __init__(self, *, classifier: Classifier, facts: RecordFacts, around: Surroundings) -> None:
        self._classifier, self._facts, self._around = classifier, facts, around
        self.made = appraise(classifier, facts, around=around)
        self._classes: set[str | None] = {self.made.classification.class_id}
        self._cases: set[str | None] = {self.case(self.made)}

    def hear_out(self, statements: Sequence[Statement]) -> Hearing:
        """Appraise the file with what is about it: an answer may lead to another class, of which more was said."""
        hearing = NOTHING_HEARD
        while statements:  # there are so many classes
            more = hear(self._about_it(statements))
            if more == hearing:
                break
            hearing = more
            self.made = self._with(hearing.heard)
            self._classes.add(_class_id(self.made))
            self._cases.add(self.case(self.made))
        return hearing

    def disputes(self, hearing: Hearing) -> Iterator[_Doubt]:
        """Yield a doubt for each fact that people disagree about, if the answer makes a difference."""
        for fact in hearing.disputed_facts:
            yes, no = (self._with(hearing.heard, {fact: holds}) for holds in (True, False))
            if _comes_to(yes) != _comes_to(no):
                words = f"Is it so: {fact.replace('_', ' ')}? (people have said different things about it)"
                yield _Doubt(question=whether(fact, words), is_open=True)

    def said_before(
        self, hearing: Hearing, statements: Sequence[Statement], earlier: Sequence[Statement]
    ) -> Iterator[_Doubt]:
        """Yield a doubt for each statement that was made before the file was there and that nobody made again."""
        if not earlier:
            return
        together = hear(self._about_it((*statements, *earlier)))
        standing = (*together.heard, *(one for ones in together.disputed for one in ones))
        for one in dict.fromkeys(one for one in standing if any(one is other for other in earlier)):
            words = f"What of this: {one.key.replace('_', ' ')}?"
            made = self._with((*hearing.heard, one))
            yield _Doubt(
                question=when(one.key, words) if one.on is not None else whether(one.key, words),
                is_open=_keeps_longer(made, self.made),
                before=(one,),
            )

    def case(self, made: Appraisal) -> str | None:
        """Return the case of the file under the class that rules."""
        if made.disposal_class is None:
            return None
        return case_of(self._facts.path, made.disposal_class.level, made.classification.cues)

    def _with(self, heard: Iterable[Statement], more: Mapping[str, bool] | None = None) -> Appraisal:
        ones = tuple(heard)
        return appraise(
            self._classifier,
            self._facts,
            events=[
                _Event(trigger=one.key, on=one.on, attested_by=one.attested_by, basis=one.basis)
                for one in ones
                if one.on is not None
            ],
            answers={one.key: one.holds for one in ones if one.holds is not None} | dict(more or {}),
            around=self._around,
        )

    def _about_it(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        ruling = _class_id(self.made)
        for one in statements:
            # whose birth it is, the class tells that rules now, and not one that the record was under before
            classes = {ruling} if one.key in _OF_SOMEBODY else self._classes
            if one.classes and classes.isdisjoint(one.classes):
                continue
            if one.is_about_case:
                is_about_it = one.path in self._cases
            else:
                is_about_it = self._facts.path == one.path or self._facts.path.startswith(f"{one.path}/")
            if is_about_it:
                yield one


def _class_id(made: Appraisal) -> str | None:
    return None if made.disposal_class is None else made.disposal_class.id


def _comes_to(made: Appraisal) -> tuple[object, ...]:
    """Return what two appraisals of a file must have in common for nobody to need to choose between them."""
    ends = () if made.due is None else (made.due.earliest, made.due.latest)
    return (_class_id(made), made.action, *ends)


def _keeps_longer(one: Appraisal, other: Appraisal) -> bool:
    """Tell whether `one` may keep the file longer, or do something else with it, than the settled `other`."""
    if other.due is None or other.due.latest is None:
        return False
    if (_class_id(one), one.action) != (_class_id(other), other.action):
        return True
    return one.due is None or one.due.latest is None or one.due.latest > other.due.latest


def _in_doubt(made: Appraisal, questions: Sequence[Question]) -> Appraisal:
    """Return an appraisal whose end is not known before the questions are answered."""
    if not questions:
        return made
    asked = {one.key for one in made.asked}
    return replace(
        made,
        due=None if made.due is None else replace(made.due, latest=None),
        asked=(*made.asked, *(one for one in questions if one.key not in asked)),
    )


def case_of(path: str, level: Level, cues: Iterable[MatchedCue]) -> str:
    """Return the case of the file at `path`, under a class of `level` that `cues` spoke for.

    The case of a series' year is the series: the folder that was matched.
    """
    if level is Level.ITEM:
        return path
    own, _, _ = path.rpartition("/")
    matched = max((_matched_folder(cue, path) for cue in cues if cue.kind is CueKind.PATH), default=0)
    if level is Level.SERIES_YEAR:
        return path[:matched] if matched else own
    end = matched
    while matched and (end := path.find("/", end + 1)) != -1:
        if not is_index(path[:end].rpartition("/")[2]):
            return path[:end]
    # where all cases lie side by side, a loose file is nobody's but its own
    return path if matched or is_index(own.rpartition("/")[2]) else own


def is_index(folder: str) -> bool:
    """Tell whether a folder of this name only sorts cases (by year, letter or state) and is none itself."""
    words = _WORDS.findall(folder.casefold())
    letters = [word for word in words if len(word) == 1 and word.isalpha()]
    others = [word for word in words if word not in letters]
    return len(letters) <= _MOST_LETTERS and all(word in _STATES or _YEAR.fullmatch(word) for word in others)


def _matched_folder(cue: MatchedCue, path: str) -> int:
    """Return where in `path` the folder ends that the cue was found in; 0 when that cannot be told."""
    folder = cue.where.removeprefix(_IN_FOLDER).removesuffix("'")
    if not path.replace("\\", "/").startswith(f"{folder}/"):  # a path too long was cut before it was searched
        return 0
    return path.find("/", len(folder))  # a backslash may be part of a name here


def _asked(
    made: Appraisal, facts: RecordFacts, case: str | None, before: Mapping[str, Statement]
) -> Iterator[Question]:
    """Yield the questions of an appraisal in the words of the case: those of all its papers are then the same."""
    own, _, name = facts.path.rpartition("/")
    for question in made.asked:
        words = question.words
        for place in (own, name):
            words = words.replace(f"'{place}'", f"'{case}'") if place and case else words
        if (said := before.get(question.key) or before.get(question.or_fact)) is not None:
            words = f"{words} (a statement of {said.said_on} was made before this file was there)"
        yield replace(question, words=words)


def event_keys(schedule: DisposalSchedule) -> frozenset[str]:
    """Return the keys of every event that starts, or starts again, a clock of the schedule."""
    clocks = tuple(_clocks(schedule))
    keys = {clock.event_key for clock in clocks} | {again.value for clock in clocks for again in clock.restarts_on}
    return frozenset(keys - {Trigger.NONE.value, Trigger.FIXED_DATE.value})


def fact_names(schedule: DisposalSchedule) -> frozenset[str]:
    """Return the names of every fact that a rule of the schedule depends on."""
    facts = {clause.fact for entry in schedule.classes for clause in entry.clauses}
    facts |= {f"{RESTARTED_BY}{again.value}" for clock in _clocks(schedule) for again in clock.restarts_on}
    facts |= {f"{APPLIES}{entry.id}" for entry in schedule.classes}
    if any(entry.approval.outside_permission for entry in schedule.classes):
        facts.add(PERMISSION)
    return frozenset(facts)


def _clocks(schedule: DisposalSchedule) -> Iterator[Clock]:
    for entry in schedule.classes:
        yield from clocks_of(entry.clock)
        for clause in entry.clauses:
            if clause.clock is not None:
                yield from clocks_of(clause.clock)

"""What a new version of a schedule can change: which files must be looked at again, and which need not.

What the rules make of a file depends on the classes of which something was seen in it, on those that these refer
to, and on what the schedule says for all classes. So a file is left as it was when none of the classes that differ
was seen in it before, nor is now; for that, only those of their cues are looked for that they did not have before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from rules.classifying.classification import RecordFacts
from rules.classifying.sightings import Observer
from rules.classifying.stated import StatedCues
from rules.model import Cues, DisposalClass, DisposalSchedule, referred_to

# what no appraisal depends on: names and grounds of the schedule as a whole
_SAYS_NOTHING = frozenset(
    {"classes", "title", "version", "published_as", "sources", "standing_holds", "approved_by", "approved_on"}
)


class VersionChange:
    """The difference of two versions, as far as what the rules make of files can depend on it."""

    def __init__(self, before: DisposalSchedule, after: DisposalSchedule) -> None:
        differing = frozenset(_differing(before, after))
        self.is_everything = _is_head_different(before, after) or after.default_class in differing
        """Whether every file must be looked at again."""
        self.classes = with_referring(differing, (*before.classes, *after.classes))
        """The classes that differ, or refer to one that does."""
        watched = tuple(_watched(after.by_id[name], before) for name in sorted(differing) if name in after.by_id)
        self.reads_paths = any(_of_paths(entry.cues) for entry in watched)
        """Whether something new is looked for in paths and types of files."""
        self.reads_text = any(entry.cues.phrases for entry in watched)
        """Whether something new is looked for in texts."""
        self.reads_properties = any(entry.cues.properties or entry.cues.labels for entry in watched)
        """Whether something new is looked for in what is stated about files."""
        self._reads_times = any(entry.cues.made_before for entry in watched)
        self._observer = Observer(replace(after, classes=watched))
        self._stated = StatedCues(replace(after, classes=watched))

    @property
    def looks_at_files(self) -> bool:
        """Tell whether files must be searched for something; if not, it is enough to know what was seen before."""
        return self.looks_beside_text or self.reads_text

    @property
    def looks_beside_text(self) -> bool:
        """Tell whether something is looked for outside the texts of files."""
        return self.reads_paths or self.reads_properties or self._reads_times

    def concerns(self, seen: Iterable[str], facts: RecordFacts) -> bool:
        """Tell whether the appraisal of a file may be another one now.

        Args:
            seen: The classes of which something was seen in the file before (`Classification.seen`).
            facts: What was observed of it; without a text if `reads_text` is false.
        """
        if self.is_everything or not self.classes.isdisjoint(seen):
            return True
        if self.reads_paths and self._observer.sees_outside_text(facts):
            return True
        if not self._stated.is_silent and any(True for _ in self._stated.find(facts)):
            return True
        return self.reads_text and self._observer.sees_in_text(facts.text)


def _is_head_different(before: DisposalSchedule, after: DisposalSchedule) -> bool:
    names = [entry.name for entry in fields(DisposalSchedule) if entry.name not in _SAYS_NOTHING]
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _differing(before: DisposalSchedule, after: DisposalSchedule) -> Iterator[str]:
    for class_id in before.by_id.keys() | after.by_id.keys():
        old, new = before.by_id.get(class_id), after.by_id.get(class_id)
        if old is None or new is None or replace(old, examples=()) != replace(new, examples=()):
            yield class_id


def _watched(entry: DisposalClass, before: DisposalSchedule) -> DisposalClass:
    """Return a class with only those of its cues by which it may be seen where it was not."""
    old = before.by_id.get(entry.id)
    if old is None or old.retired != entry.retired or not set(old.exclusions) <= set(entry.exclusions):
        return entry  # what spoke for it may not have counted before
    added = {
        one.name: tuple(cue for cue in getattr(entry.cues, one.name) if cue not in getattr(old.cues, one.name))
        for one in fields(Cues)
        if one.name != "made_before"
    }
    made_before = None if old.cues.made_before == entry.cues.made_before else entry.cues.made_before
    return replace(entry, cues=Cues(**added, made_before=made_before))


def _of_paths(cues: Cues) -> bool:
    return bool(cues.folders or cues.names or cues.residue or cues.extensions or cues.media_types)


def with_referring(differing: frozenset[str], classes: tuple[DisposalClass, ...]) -> frozenset[str]:
    """Return those of `differing`, and every class that refers to one of them, directly or not."""
    found, before = differing, frozenset[str]()
    while found != before:
        before = found
        found |= {entry.id for entry in classes if not found.isdisjoint(references(entry))}
    return found


def references(entry: DisposalClass) -> Iterator[str]:
    """Yield the classes by whose rules records of `entry` may come to be ruled."""
    yield from referred_to(entry.clock)
    for clause in entry.clauses:
        if clause.becomes is not None:
            yield clause.becomes
        if clause.clock is not None:
            yield from referred_to(clause.clock)
    if entry.retired is not None:
        yield entry.retired.successor

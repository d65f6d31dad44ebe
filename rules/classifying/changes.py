"""What a new version of a schedule can change: which files must be looked at again, and which need not.

What the rules make of a file depends on the classes of which something was seen in it, on those that these refer
to, and on what the schedule says for all classes. So a file is left as it was when none of the classes that differ
was seen in it before, nor is now; for that, only their own cues are looked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from rules.classifying.classification import RecordFacts
from rules.classifying.sightings import Observer
from rules.classifying.stated import StatedCues
from rules.model import DisposalClass, DisposalSchedule, referred_to

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
        self.classes = _with_referring(differing, (*before.classes, *after.classes))
        """The classes that differ, or refer to one that does."""
        watched = tuple(entry for entry in after.classes if entry.id in differing and _may_be_seen_anew(entry, before))
        self.reads_text = any(entry.cues.phrases for entry in watched)
        """Whether something new is looked for in texts."""
        self.reads_properties = any(entry.cues.properties or entry.cues.labels for entry in watched)
        """Whether something new is looked for in what is stated about files."""
        self._observer = Observer(replace(after, classes=watched)) if watched else None
        self._stated = StatedCues(replace(after, classes=watched))

    @property
    def looks_at_files(self) -> bool:
        """Tell whether files must be searched for something; if not, it is enough to know what was seen before."""
        return self._observer is not None

    def concerns(self, seen: Iterable[str], facts: RecordFacts) -> bool:
        """Tell whether the appraisal of a file may be another one now.

        Args:
            seen: The classes of which something was seen in the file before (`Classification.seen`).
            facts: What was observed of it; without a text if `reads_text` is false.
        """
        if self.is_everything or not self.classes.isdisjoint(seen):
            return True
        if self._observer is None:
            return False
        return self._observer.sees_something(facts) or any(True for _ in self._stated.find(facts))


def _is_head_different(before: DisposalSchedule, after: DisposalSchedule) -> bool:
    names = [entry.name for entry in fields(DisposalSchedule) if entry.name not in _SAYS_NOTHING]
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _differing(before: DisposalSchedule, after: DisposalSchedule) -> Iterator[str]:
    for class_id in before.by_id.keys() | after.by_id.keys():
        old, new = before.by_id.get(class_id), after.by_id.get(class_id)
        if old is None or new is None or replace(old, examples=()) != replace(new, examples=()):
            yield class_id


def _may_be_seen_anew(entry: DisposalClass, before: DisposalSchedule) -> bool:
    """Tell whether a class may be seen where it was not: one whose cues are as they were is seen where it was."""
    old = before.by_id.get(entry.id)
    return old is None or (old.cues, old.exclusions, old.retired) != (entry.cues, entry.exclusions, entry.retired)


def _with_referring(differing: frozenset[str], classes: tuple[DisposalClass, ...]) -> frozenset[str]:
    found, before = differing, frozenset[str]()
    while found != before:
        before = found
        found |= {entry.id for entry in classes if not found.isdisjoint(_references(entry))}
    return found


def _references(entry: DisposalClass) -> Iterator[str]:
    yield from referred_to(entry.clock)
    for clause in entry.clauses:
        if clause.becomes is not None:
            yield clause.becomes
        if clause.clock is not None:
            yield from referred_to(clause.clock)
    if entry.retired is not None:
        yield entry.retired.successor

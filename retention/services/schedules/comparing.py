"""Comparing two schedules: what the second says otherwise, in words, and what of it can make something due earlier."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, StrEnum

from rules import (
    ApprovalPolicy,
    AsRule,
    Clause,
    Clock,
    Combine,
    Cues,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    EarlierOf,
    LaterOf,
    Level,
    OnRefusal,
    Period,
    Term,
    Then,
    WhenUnknown,
    term_in_words,
)

_NOT_COMPARED = frozenset({"id", "classes", "version", "published_as", "examples"})
_HEAD_MOVES_DATES = frozenset(
    {"financial_year_start", "tax_year_start", "academic_year_start", "valid_from", "valid_to", "default_class",
     "generic_words", "id", "status"}
)  # fmt: skip
_MOVES_FILES = "files may come under it, or leave it for another class"


class ChangeKind(StrEnum):
    """What became of a class."""

    ADDED = "added"
    REMOVED = "removed"
    RETIRED = "retired"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One thing that is said otherwise. `earlier` says why something can fall due earlier; empty: nothing can."""

    name: str
    before: str
    after: str
    earlier: str = ""

    @property
    def in_words(self) -> str:
        """Return the change for people."""
        words = f"{self.name.replace('_', ' ')}: {self.before or 'nothing'} -> {self.after or 'nothing'}"
        return f"{words} (CAN BE DUE EARLIER: {self.earlier})" if self.earlier else words

    def to_json(self) -> dict[str, object]:
        """Return the change as one object."""
        return {"field": self.name, "before": self.before, "after": self.after, "can_be_earlier": self.earlier or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """A class that was added, removed, retired or changed."""

    class_id: str
    title: str
    kind: ChangeKind
    changes: tuple[FieldChange, ...]

    @property
    def can_be_earlier(self) -> bool:
        """Tell whether anything can fall due earlier by it."""
        return any(change.earlier for change in self.changes)

    def to_json(self) -> dict[str, object]:
        """Return the change as one object."""
        return {
            "disposal_class": self.class_id,
            "title": self.title,
            "kind": self.kind,
            "changes": [change.to_json() for change in self.changes],
            "can_be_earlier": self.can_be_earlier,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleComparison:
    """Everything that the second schedule says otherwise than the first; examples and layout are not compared."""

    before: str
    after: str
    head: tuple[FieldChange, ...]
    classes: tuple[ClassChange, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether both say the same."""
        return not (self.head or self.classes)

    @property
    def can_be_earlier(self) -> bool:
        """Tell whether anything can fall due earlier."""
        return any(change.earlier for change in self.head) or any(one.can_be_earlier for one in self.classes)

    @property
    def summary(self) -> str:
        """Return how many classes were added, removed, retired and changed, in a sentence."""
        counts = {kind: sum(one.kind is kind for one in self.classes) for kind in ChangeKind}
        words = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        earlier = sum(one.can_be_earlier for one in self.classes) + sum(bool(one.earlier) for one in self.head)
        return f"classes: {words}; {earlier} changes can make something due earlier"

    def to_json(self) -> dict[str, object]:
        """Return the comparison as one object."""
        return {
            "before": self.before,
            "after": self.after,
            "head": [change.to_json() for change in self.head],
            "classes": [one.to_json() for one in self.classes],
            "can_be_earlier": self.can_be_earlier,
        }


def compare_schedules(before: DisposalSchedule, after: DisposalSchedule) -> ScheduleComparison:
    """Return what `after` says otherwise than `before`. Where it cannot be shown that nothing is earlier, it can be."""
    ids = sorted({*before.by_id, *after.by_id})
    found = (_class_change(before.by_id.get(one), after.by_id.get(one)) for one in ids)
    return ScheduleComparison(
        before=before.schedule_version,
        after=after.schedule_version,
        head=tuple(_head(before, after)),
        classes=tuple(change for change in found if change is not None),
    )


def _head(before: DisposalSchedule, after: DisposalSchedule) -> Iterator[FieldChange]:
    for field in fields(DisposalSchedule):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if field.name in _NOT_COMPARED - {"id"} or was == now:
            continue
        earlier = "it decides where periods begin, or what counts" if field.name in _HEAD_MOVES_DATES else ""
        yield FieldChange(name=field.name, before=_words(was), after=_words(now), earlier=earlier)


def _class_change(before: DisposalClass | None, after: DisposalClass | None) -> ClassChange | None:
    if before is None and after is not None:
        earlier = "files may leave a class that keeps them longer" if _can_end(after) else ""
        told = FieldChange(name="rule", before="", after=_rule(after), earlier=earlier)
        return ClassChange(class_id=after.id, title=after.title, kind=ChangeKind.ADDED, changes=(told,))
    if after is None and before is not None:
        told = FieldChange(
            name="rule", before=_rule(before), after="", earlier="its files fall under another class, or none"
        )
        return ClassChange(class_id=before.id, title=before.title, kind=ChangeKind.REMOVED, changes=(told,))
    if before is None or after is None or before == after:
        return None
    changes = tuple(_fields(before, after))
    if not changes:
        return None
    is_retired = before.retired is None and after.retired is not None
    kind = ChangeKind.RETIRED if is_retired else ChangeKind.CHANGED
    return ClassChange(class_id=after.id, title=after.title, kind=kind, changes=changes)


def _fields(before: DisposalClass, after: DisposalClass) -> Iterator[FieldChange]:
    for field in fields(DisposalClass):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if field.name in _NOT_COMPARED or was == now:
            continue
        if isinstance(was, Cues) and isinstance(now, Cues):
            yield from _cues(was, now)
        elif field.name == "clauses":
            yield from _clauses(before, after)
        else:
            earlier = _earlier(field.name, before, after)
            yield FieldChange(name=field.name, before=_words(was), after=_words(now), earlier=earlier)


def _earlier(name: str, was: DisposalClass, now: DisposalClass) -> str:
    """Return why a change of a class's field can make something due earlier, or nothing."""
    reasons: Mapping[str, tuple[bool, str]] = {
        "clock": (not _is_no_shorter(was.clock, now.clock), "the period may end earlier"),
        "action": (_is_harsher(was.action, now.action), "what was kept, reviewed or offered may be destroyed"),
        "accepts": (not now.accepts.is_at_least(was.accepts), "weaker evidence settles the start"),
        "level": (now.level is Level.ITEM or was.level is Level.CASE, "less must be due before a file may go"),
        "approval": (not _is_as_strict(was.approval, now.approval), "fewer people must agree"),
        "exclusions": (True, _MOVES_FILES),
        "gives_way": (True, _MOVES_FILES),
        "is_descriptive": (was.is_descriptive, "it was never evaluable, and is now"),
        "retired": (True, "its files fall under another class, or none" if now.retired else "it is in use again"),
        "on_refusal": (now.on_refusal is OnRefusal.DESTROY, "what the archive refuses may be destroyed"),
    }
    is_earlier, reason = reasons.get(name, (False, ""))
    return reason if is_earlier else ""


def _is_harsher(was: DisposalAction, now: DisposalAction) -> bool:
    return now is DisposalAction.DESTROY or was is DisposalAction.RETAIN_PERMANENTLY


def _is_no_shorter(was: Term, now: Term) -> bool:
    """Tell whether it is sure that a term never ends before the other did: the same clock with a longer period."""
    if not isinstance(was, Clock) or not isinstance(now, Clock):
        return False
    is_same_start = (
        was.event_key == now.event_key
        and was.cutoff is now.cutoff
        and was.starts_on == now.starts_on
        and was.subject == now.subject
        and was.subject_under_years <= now.subject_under_years
        and set(was.restarts_on) <= set(now.restarts_on)
    )
    if now.period is None:
        return True
    return is_same_start and was.period is not None and _is_longer(was.period, now.period)


def _is_longer(was: Period, now: Period) -> bool:
    return (now.years * 12 + now.months, now.days) >= (was.years * 12 + was.months, was.days) and now.days >= was.days


def _is_as_strict(was: ApprovalPolicy, now: ApprovalPolicy) -> bool:
    return (
        now.levels >= was.levels
        and now.needs_archivist >= was.needs_archivist
        and bool(now.outside_permission) >= bool(was.outside_permission)
    )


def _cues(before: Cues, after: Cues) -> Iterator[FieldChange]:
    for field in fields(Cues):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if was == now:
            continue
        if isinstance(was, tuple) and isinstance(now, tuple):
            was, now = tuple(one for one in was if one not in now), tuple(one for one in now if one not in was)
        if was or now:
            yield FieldChange(name=f"cues.{field.name}", before=_words(was), after=_words(now), earlier=_MOVES_FILES)


def _clauses(before: DisposalClass, after: DisposalClass) -> Iterator[FieldChange]:
    old, new = _by_fact(before.clauses), _by_fact(after.clauses)
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was != now:
            earlier = (
                "" if was is None and now is not None and _only_lengthens(now) else "it changes when files are due"
            )
            yield FieldChange(name=f"clause {name}", before=_clause(was), after=_clause(now), earlier=earlier)


def _by_fact(clauses: tuple[Clause, ...]) -> Mapping[str, Clause]:
    named: dict[str, Clause] = {}
    for clause in clauses:
        number = sum(key.partition(" ")[0] == clause.fact for key in named)
        named[clause.fact if not number else f"{clause.fact} {number + 1}"] = clause
    return named


def _only_lengthens(clause: Clause) -> bool:
    return clause.combine in (Combine.LATER, Combine.SUSPEND, Combine.SAME) and clause.action is None


def _clause(clause: Clause | None) -> str:
    if clause is None:
        return ""
    parts = [f"when {clause.when}: {clause.combine.value}"]
    parts += [term_in_words(clause.clock)] if clause.clock is not None else []
    parts += [f"action {_words(clause.action)}"] if clause.action is not None else []
    parts += [f"becomes {clause.becomes}"] if clause.becomes is not None else []
    parts.append(f"not known: {clause.unknown.value.replace('_', ' ')}")
    parts += [f"because {clause.presumption}"] if clause.unknown is WhenUnknown.PRESUME_ABSENT else []
    parts += [f"unless {', '.join(clause.signs)}"] if clause.signs else []
    return ", ".join(parts)


def _can_end(entry: DisposalClass) -> bool:
    return entry.action is not DisposalAction.RETAIN_PERMANENTLY and not entry.is_descriptive


def _rule(entry: DisposalClass) -> str:
    return f"{entry.title}: {term_in_words(entry.clock)}, then {_words(entry.action)}"


def _words(value: object) -> str:
    match value:
        case tuple():
            words = "; ".join(_words(one) for one in value)
        case bool():
            words = "yes" if value else "no"
        case DisposalAction():
            words = value.name.lower().replace("_", " ")
        case Enum():
            words = str(value.value).replace("_", " ")
        case Clock() | LaterOf() | EarlierOf() | Then() | AsRule():
            words = term_in_words(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            told = ((field.name, _words(getattr(value, field.name))) for field in fields(value))
            words = ", ".join(f"{name.replace('_', ' ')} {one}" for name, one in told if one)
        case _:
            words = "" if value is None else str(value)
    return words

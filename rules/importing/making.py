"""Makes a class of what a form read: what is missing is asked of people or assumed as told, and always said."""

from collections.abc import Iterable

from rules.importing.account import ImportDefaults
from rules.importing.entry import Entry, Understood
from rules.model import (
    AsRule,
    Clock,
    Confidence,
    DisposalAction,
    DisposalClass,
    EarlierOf,
    LaterOf,
    PeriodKind,
    Retirement,
    RuleEvidence,
    Term,
    Then,
    Trigger,
    clocks_of,
)

SOURCE_ID = "IMPORT"
NEVER = Clock(trigger=Trigger.NONE, subject="", period=None)
_NO_AUTHORITY = "no authority is named in {file}"
# what can stand at the end of a period; keeping for ever is the lack of one, and a hold is no rule
_DEEPEST = 3
_ENDS = frozenset({DisposalAction.REVIEW, DisposalAction.TRANSFER, DisposalAction.DESTROY})


class Making:
    """Makes one class of one entry, and notes what was assumed."""

    def __init__(
        self, entry: Entry, *, class_id: str, names: dict[str, str], file: str, defaults: ImportDefaults
    ) -> None:
        self._entry = entry
        self._id = class_id
        self._names = names
        self._file = file
        self._defaults = defaults
        self.notes = list(entry.understood.notes)
        self._rule = self._completed(entry.understood)
        self._action = self._stated_or_assumed_action()
        if self._rule.refused:
            self.notes.append(f"descriptive: {self._rule.refused}")

    def disposal_class(self) -> DisposalClass:
        """Return the class."""
        entry, rule = self._entry, self._rule
        is_descriptive = rule.term is None and not rule.is_permanent
        remarks = (*entry.remarks, *self.notes)
        if entry.id and entry.id != self._id:
            remarks = (f"Id in the source: {entry.id}", *remarks)
        return DisposalClass(
            id=self._id,
            uri=entry.uri,
            title=one_line(entry.title) or self._id,
            function=one_line(entry.function) or "Not stated",
            bucket=one_line(entry.bucket),
            description=entry.description.strip() or one_line(entry.title) or self._id,
            scope_notes=entry.scope_notes.strip(),
            clock=NEVER if rule.term is None or rule.is_permanent else rule.term,
            action=self._action,
            period_kind=PeriodKind.MINIMUM if is_descriptive else rule.period_kind,
            basis=entry.basis,
            authority=one_lines(entry.authority) or (_NO_AUTHORITY.format(file=one_line(self._file) or "the file"),),
            clauses=() if is_descriptive else rule.clauses,
            instructions=rule.instructions,
            on_refusal=rule.on_refusal,
            level=entry.level,
            marking=one_line(entry.marking),
            personal_data=entry.personal_data,
            retired=self._retirement(),
            is_descriptive=is_descriptive,
            as_written=entry.as_written.strip(),
            confidence=Confidence.LOW if is_descriptive or self._is_assumed else Confidence.MEDIUM,
            evidence=RuleEvidence.SEEN,
            sources=(SOURCE_ID,),
            notes="\n".join(note.strip() for note in remarks if note.strip()),
        )

    @property
    def _is_assumed(self) -> bool:
        return any("assumed" in note for note in self.notes)

    def _completed(self, rule: Understood) -> Understood:
        """Return the rule with its reference resolved; what cannot be run is descriptive."""
        if rule.as_rule and rule.term is None and not rule.is_permanent:
            other = self._names.get(folded(rule.as_rule))
            if other is not None and other != self._id:
                self.notes.append(f"goes by {other}")
                return Understood(
                    term=AsRule(class_id=other),
                    action=rule.action,
                    is_action_stated=rule.is_action_stated,
                    holds=rule.holds,
                )
            return Understood(refused=f"it refers to {rule.as_rule!r}, which names no one rule of the file")
        if rule.term is not None and _depth(rule.term) > _DEEPEST:
            return Understood(refused="its clocks are nested more deeply than the house form writes them")
        timeless = [clock for clock in clocks_of(rule.term) if clock.period is None] if rule.term is not None else []
        if timeless:
            return Understood(refused="its period is not stated")
        if rule.term is None and not rule.is_permanent and not rule.refused:
            return Understood(refused="its period is not stated")
        return rule

    def _stated_or_assumed_action(self) -> DisposalAction:
        rule = self._rule
        if rule.is_permanent:
            return DisposalAction.RETAIN_PERMANENTLY
        if rule.term is None:
            return DisposalAction.REVIEW
        if rule.action in _ENDS:
            return rule.action
        if rule.is_action_stated:
            self.notes.append("what it says is done at the end is no known action: a person reviews it")
            return DisposalAction.REVIEW
        assumed = self._defaults.default_action
        if assumed in _ENDS:
            word = assumed.name.lower()
            self.notes.append(f"no action is stated: assumed to be {word}, as the import was told")
            return assumed
        self.notes.append("no action is stated: a person reviews it at the end")
        return DisposalAction.REVIEW

    def _retirement(self) -> Retirement | None:
        entry = self._entry
        if not entry.retired:
            return None
        successor = self._names.get(folded(entry.successor), "") if entry.successor else ""
        if successor == self._id:
            successor = ""
        return Retirement(on=None, successor=successor, note=one_line(entry.retired))


def _depth(term: Term) -> int:
    if isinstance(term, LaterOf | EarlierOf):
        return 1 + max((_depth(part) for part in term.terms), default=0)
    return _depth(term.first) + (0 if isinstance(term.first, Then) else 1) if isinstance(term, Then) else 0


def one_line(text: str) -> str:
    """Return `text` with single spaces; halves of characters, as in names of files that are not UTF-8, become `?`."""
    return " ".join(text.encode("utf-8", errors="replace").decode("utf-8").split())


def one_lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each of `texts` once, on one line, without the empty ones."""
    return tuple(dict.fromkeys(line for line in map(one_line, texts) if line))


def folded(text: str) -> str:
    """Return `text` for comparing names."""
    return " ".join(text.casefold().split())

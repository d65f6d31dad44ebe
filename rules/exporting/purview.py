"""Writes Microsoft Purview's file plan (CSV): eighteen columns, periods in days.

Purview deletes by itself, and what it deletes no hold of ours can save. So a label deletes only where the schedule
says destroy, a reviewer is named, and the whole rule can be said in days without becoming shorter; every other label
keeps. The limits are those of Microsoft's page on file plans: names of 64 characters, notes of 1024, 36,525 days.
"""

import re

from rules.exporting.exported import Exported, Loss
from rules.exporting.shortening import longest_days, one_length, padding_days
from rules.exporting.tables import Sheet, sheet_as_csv
from rules.model import Clock, DisposalAction, DisposalClass, DisposalSchedule, Trigger

NAME = "purview"
COLUMNS = (
    "LabelName", "Comment", "Notes", "IsRecordLabel", "RetentionAction", "RetentionDuration", "RetentionType",
    "ReviewerEmail", "ReferenceId", "DepartmentName", "Category", "SubCategory", "AuthorityType", "CitationName",
    "CitationUrl", "CitationJurisdiction", "Regulatory", "EventType",
)  # fmt: skip
MOST_DAYS = 36_525
LONGEST_NAME, LONGEST_NOTE = 64, 1024
UNLIMITED, CREATION, MODIFICATION, EVENT = (
    "Unlimited", "CreationAgeInDays", "ModificationAgeInDays", "EventAgeInDays",
)  # fmt: skip
_BY_CREATION = frozenset({Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED})
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 -]+")


def export_purview(schedule: DisposalSchedule, *, reviewer: str) -> Exported:
    """Return the file plan; `reviewer` is the address that Purview asks before it deletes (empty: nothing deletes)."""
    lost = [
        Loss(class_id="", what="the names of holds, the sources and the years' starts have no place in a file plan")
    ]
    names: set[str] = set()
    rows = []
    for entry in schedule.classes:
        if entry.retired is not None:
            lost.append(Loss(class_id=entry.id, what="it is retired, so no label was written"))
            continue
        label = _Label(entry, reviewer=reviewer)
        rows.append(label.cells(name=_unique_name(entry, names), jurisdiction=schedule.jurisdiction))
        lost += [Loss(class_id=entry.id, what=what) for what in label.lost]
    sheet = Sheet(name="File plan", header=COLUMNS, rows=tuple(rows))
    return Exported(form=NAME, content=sheet_as_csv(sheet), lost=tuple(lost))


class _Label:
    """One class as a retention label, with what the label does not say."""

    def __init__(self, entry: DisposalClass, *, reviewer: str) -> None:
        self.lost: list[str] = []
        self._entry = entry
        self._event = ""
        self._kind = CREATION
        self._days = self._length()
        self._action = "Keep" if self._days is None else self._deletes_or_keeps(has_reviewer=bool(reviewer))
        self._reviewer = reviewer if self._action == "KeepAndDelete" else ""
        self._lose_the_rest()

    def cells(self, *, name: str, jurisdiction: str) -> tuple[str, ...]:
        entry = self._entry
        comment = f"Kept {entry.kept_for}; then {entry.action.name.lower().replace('_', ' ')}"
        lost = f"Lost: {'; '.join(self.lost)}" if self.lost else ""
        notes = " | ".join(part for part in (entry.as_written, entry.description, lost) if part)
        told = {
            "LabelName": name,
            "Comment": self._cut(comment, "comment"),
            "Notes": self._cut(notes, "notes"),
            "IsRecordLabel": "FALSE",
            "RetentionAction": self._action,
            "RetentionDuration": UNLIMITED if self._days is None else str(self._days),
            "RetentionType": self._kind,
            "ReviewerEmail": self._reviewer,
            "ReferenceId": entry.id,
            "Category": self._cut(entry.function, "function", most=LONGEST_NAME),
            "SubCategory": self._cut(entry.bucket, "bucket", most=LONGEST_NAME),
            "AuthorityType": entry.basis.value.replace("_", " ").capitalize(),
            "CitationName": self._cut("; ".join(entry.authority), "authority"),
            "CitationUrl": entry.uri,
            "CitationJurisdiction": jurisdiction,
            "Regulatory": "FALSE",
            "EventType": self._event,
        }
        return tuple(told.get(column, "") for column in COLUMNS)

    def _length(self) -> int | None:
        """Return the days that are surely enough, or None for ever; the start is noted on the way."""
        if self._entry.action is DisposalAction.RETAIN_PERMANENTLY:
            return None
        found = one_length(self._entry)
        if isinstance(found, str):
            self.lost.append(f"written as `{UNLIMITED}`: {found}")
            return None
        days = sum(longest_days(period) + padding_days(cutoff) for period, cutoff in found.lengths)
        if days > MOST_DAYS:
            self.lost.append(f"written as `{UNLIMITED}`: {days} days are more than the {MOST_DAYS} that Purview counts")
            return None
        self._start(found.clock)
        if found.cutoffs:
            self.lost.append(f"the end of a {found.cutoffs[0].value.replace('_', ' ')} became days, padded upwards")
        if found.clock.period_max is not None:
            self.lost.append("the longest period")
        return days

    def _start(self, clock: Clock) -> None:
        if clock.trigger in _BY_CREATION:
            self._kind = CREATION
            if clock.trigger is not Trigger.CREATED:
                self.lost.append(f"{clock.trigger.value.replace('_', ' ')} became the file's creation")
        elif clock.trigger is Trigger.LAST_MODIFIED:
            self._kind = MODIFICATION
        else:
            self._kind = EVENT
            words = clock.event or clock.trigger.value.replace("_", " ")
            self._event = self._cut(" ".join(_NOT_IN_NAMES.sub(" ", words).split()), "event", most=LONGEST_NAME)

    def _deletes_or_keeps(self, *, has_reviewer: bool) -> str:
        if self._entry.action is not DisposalAction.DESTROY:
            self.lost.append(f"{self._entry.action.name.lower()} at the end: the label only keeps")
            return "Keep"
        if not has_reviewer:
            self.lost.append("destroy at the end: without a reviewer Purview would ask nobody, so the label only keeps")
            return "Keep"
        return "KeepAndDelete"

    def _lose_the_rest(self) -> None:
        entry = self._entry
        losses = (
            (entry.clauses, "its conditions"),
            (entry.instructions, "its instructions"),
            (entry.cues != type(entry.cues)() or entry.exclusions, "its cues"),
            (entry.approval != type(entry.approval)(), "who must approve"),
            (entry.scope_notes or entry.notes or entry.dissent, "its notes"),
        )
        self.lost += [what for is_said, what in losses if is_said]

    def _cut(self, text: str, what: str, *, most: int = LONGEST_NOTE) -> str:
        if len(text) <= most:
            return text
        self.lost.append(f"the end of its {what}: Purview takes {most} characters")
        return text[: most - 1] + "…" if most == LONGEST_NOTE else text[:most].strip()


def _unique_name(entry: DisposalClass, names: set[str]) -> str:
    plain = " ".join(_NOT_IN_NAMES.sub(" ", f"{entry.id} {entry.title}").split())
    name, number = plain[:LONGEST_NAME].strip(" -"), 1
    while name.casefold() in names:
        number += 1
        short = plain[: LONGEST_NAME - len(str(number)) - 1].strip(" -")
        name = f"{short} {number}"
    names.add(name.casefold())
    return name

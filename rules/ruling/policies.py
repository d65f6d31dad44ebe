"""What stands above a class's term and clauses: retired and descriptive classes, permissions, the archivist, orders.

Nothing here makes a record due. It only keeps it, sends it to a person, or says what else the rule orders.
"""

from collections.abc import Iterator
from datetime import date

from rules.dates.due import DueInterval
from rules.model import DisposalAction, DisposalClass, DisposalSchedule, Instruction, add_period
from rules.ruling.clauses import rule_by_clauses
from rules.ruling.matter import Matter
from rules.ruling.permissions import NEEDS_ARCHIVIST, PERMISSION, need_permission
from rules.ruling.questions import which
from rules.ruling.ruling import Ruling
from rules.ruling.terms import Run

__all__ = ["NEEDS_ARCHIVIST", "PERMISSION", "policy_flags", "rule_on", "validity_flags"]


def rule_on(entry: DisposalClass, matter: Matter) -> Ruling:
    """Return how `entry` rules a file: its clocks, every clause and policy, and what they leave to be asked."""
    ruling = rule_by_clauses(entry, matter)
    if ruling.entry.is_descriptive:
        _keep_descriptive(ruling)
    if ruling.entry.retired is not None:
        _keep_retired(ruling)
    need_permission(ruling, ruling.entry.approval, matter)
    ruling.reasons += _instructions(ruling)
    return ruling


def validity_flags(schedule: DisposalSchedule) -> Iterator[str]:
    """Yield the days between which the schedule lets anything fall due; the engine asks them on the day it asks."""
    if schedule.valid_from is not None:
        yield f"schedule_valid_from:{schedule.valid_from}"
    if schedule.valid_to is not None:
        yield f"schedule_valid_to:{schedule.valid_to}"


def policy_flags(ruling: Ruling) -> Iterator[str]:
    """Yield what a reviewer must know of the class, and the day after which keeping is a breach."""
    yield from ruling.outline.policy_flags
    deadline = ruling.deadline
    if deadline is not None and deadline.latest is not None and ruling.action is not DisposalAction.RETAIN_PERMANENTLY:
        yield f"no_longer_than:{deadline.latest}"


def _keep_descriptive(ruling: Ruling) -> None:
    """Never evaluable: what could not be computed is kept with the rule as its source words it."""
    entry = ruling.entry
    written = entry.as_written or entry.description
    ruling.flags.append("descriptive_rule")
    ruling.reasons.append(f"the rule cannot be computed; as written: {written}")
    if ruling.action is not DisposalAction.RETAIN_PERMANENTLY:
        ruling.run = Run(triggers=ruling.run.triggers, due=None)
        ruling.due = DueInterval(earliest=None, latest=None, arithmetic=("when it is due no machine can say",))
        ruling.asked = []
        ruling.leave_unsettled(which(entry.id, f"How long is it kept under {entry.id}? The rule says: {written}"))


def _keep_retired(ruling: Ruling) -> None:
    """Nothing new is classified so, and what was is kept until somebody gives it another class."""
    entry, retired = ruling.entry, ruling.entry.retired
    if retired is None:
        return
    since = f" on {retired.on}" if retired.on is not None else ""
    successor = f"{retired.successor} took over" if retired.successor else "no class took over"
    ruling.flags += ["retired_class", *([f"successor:{retired.successor}"] if retired.successor else ())]
    ruling.reasons.append(
        f"{entry.id} was retired{since}: {successor}" + (f" ({retired.note})" if retired.note else "")
    )
    if ruling.due is None and ruling.action is not DisposalAction.RETAIN_PERMANENTLY:
        ruling.due = DueInterval(earliest=None, latest=None)
    ruling.leave_unsettled(
        which(entry.id, f"Which class does it belong to now that {entry.id} is retired? {successor}")
    )


def _instructions(ruling: Ruling) -> Iterator[str]:
    for one in ruling.entry.instructions:
        yield f"the rule also orders, for a person to do: {one.kind.value} ({one.words}){_by(one, ruling)}"


def _by(instruction: Instruction, ruling: Ruling) -> str:
    if instruction.after is None:
        return ""
    started: date | None = ruling.trigger.latest
    words = f", {instruction.after.in_words} after the start"
    return words if started is None else f"{words}: by {add_period(started, instruction.after)} at the latest"

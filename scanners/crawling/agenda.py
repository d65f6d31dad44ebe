"""The order of the walk, and how far ahead of it others may work.

Everything that is known and not reported yet hangs on one chain, in the order in which it will be reported: steps,
and runs of steps that are not made yet. What is listed ahead puts what it holds behind itself in the chain, so that
the order does not depend on who is quick.
"""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from heapq import heappop, heappush, heapreplace
from typing import Final, Union

from scanners.crawling.listing import Answer, Errand, Identity, Question, Stretch, count_of
from scanners.observation import SkippedEntry, SkipReason

_MAX_ENTRIES_AHEAD = 50_000
_FOLDERS_TOGETHER = 32


_STRETCH_FIELDS: Final = 3
_UNKNOWN = (-1, -1)  # what no folder is


class StepState(Enum):
    """How far a step is."""

    OPEN = auto()
    GIVEN = auto()
    DONE = auto()


@dataclass(slots=True, eq=False)
class Step:
    """One folder to list, or some of its entries to look at (`names`), or some folders in it to walk (`folders`)."""

    path: str
    above: "Step | None" = None
    names: Sequence[str] | None = None
    folders: Sequence[str] | None = None
    avoid: SkipReason | None = None
    refusal: SkippedEntry | None = None
    state: StepState = StepState.OPEN
    answer: Answer | None = None
    stretch: Stretch | None = None
    entries: int = 0  # how many were listed
    identity: Identity | None = None
    before: "Link | None" = None
    after: "Link | None" = None

    def question(self, *, most: int) -> Question | Errand:
        """Return what a lister is to be asked; a stretch ends after `most` entries."""
        if self.folders is None:
            return self.path, self.names
        identities: list[Identity] = []
        above = self.above
        while above is not None:
            identities.append(above.identity or _UNKNOWN)
            above = above.above
        identities.reverse()
        return self.path, self.folders, identities, most


@dataclass(slots=True, eq=False)
class _Run:
    """Steps that are not made yet, so that a folder of a million entries costs the memory of their names."""

    of: Step
    pending: list[str]  # the last one comes first
    at_once: int  # 0: each is a folder; otherwise so many entries are looked at together
    before: "Link | None" = None
    after: "Link | None" = None

    @property
    def place(self) -> bytes:
        """Where its next step comes in the walk: no name holds a zero byte, so paths sort part by part."""
        above = os.fsencode(self.of.path)
        if self.at_once:
            return above.replace(b"/", b"\0") + b"\0\0"
        path = above + b"/" + os.fsencode(self.pending[-1]) if above else os.fsencode(self.pending[-1])
        return path.replace(b"/", b"\0")


Link = Union[Step, _Run]  # noqa: UP007  a name that is not defined before


class Agenda:
    """The chain of steps from where the walk stands.

    Args:
        refuse: Says of a folder's path why it is not entered, if it is not.
        at_once: How many entries of one folder are looked at in one step.
        steps_ahead: How many steps may be made that are not reported yet.
        start: The first folder, where that is not the root.
        is_flat: Whether the folders in the first one are left out.
        closed: Folders that a step of several folders must not enter, as they are to be judged by `refuse`.
    """

    def __init__(
        self,
        *,
        refuse: Callable[[str], SkippedEntry | SkipReason | None],
        at_once: int,
        steps_ahead: int,
        start: Step | None = None,
        is_flat: bool = False,
        closed: Collection[str] = (),
    ) -> None:
        self._refuse = refuse
        self._closed = closed
        # Whether several folders, with all that is below them, may be one step from now on: the fewer steps, the
        # cheaper, where nobody waits for a server.
        self.is_walking = False
        self._at_once = at_once
        self._steps_ahead = steps_ahead
        self._is_flat = is_flat
        self._head: Link | None = start or Step(path="")
        self._runs: list[tuple[bytes, int, _Run]] = []  # a heap: the first is the first in the chain, too
        self._number = 0  # of a run, so that no two in the heap are equal
        self._steps = 1
        self._entries = 0

    def head(self) -> Step | None:
        """Return the step that is reported next, or None at the end of the walk."""
        if isinstance(self._head, _Run):
            return self._make()
        return self._head

    def next_step(self) -> Step | None:
        """Return the next step nobody works on, or None when the walk is far enough behind, or there is none."""
        while self._runs and self._steps < self._steps_ahead and self._entries < _MAX_ENTRIES_AHEAD:
            step = self._make()
            if step.state is StepState.OPEN:
                return step
        return None

    def settle(self, step: Step, answer: Answer | Stretch) -> None:
        """Note what a step found; what lies behind it joins the chain."""
        if len(answer) == _STRETCH_FIELDS:
            self._settle_stretch(step, answer)
            return
        step.identity, _, folders, _, _, rest = answer
        step.state = StepState.DONE
        if step.names is None and _contains_itself(step):
            step.refusal = inside_itself(step.path)
            return
        step.answer = answer
        step.entries = count_of(answer[3])
        self._entries += step.entries
        for pending, at_once in (([] if self._is_flat else folders, 0), (rest, self._at_once)):
            if pending:
                pending.reverse()
                self._join(_Run(of=step, pending=pending, at_once=at_once, before=step, after=step.after))

    def _settle_stretch(self, step: Step, stretch: Stretch) -> None:
        step.state = StepState.DONE
        step.stretch = stretch
        step.entries = sum([count_of(stop[2]) for stop in stretch[0]])
        self._entries += step.entries
        _, way, rest = stretch
        if step.above is None:
            raise AssertionError(step)
        places = [step.above]  # the others stand for folders on the way, which were listed and are no steps
        for path, identity, _ in way[1:]:
            places.append(Step(path=path, above=places[-1], identity=identity, avoid=step.avoid))
        for place, (_, _, pending) in zip(places, way):  # noqa: B905  a way that came to its end is empty; each goes before those that lie higher
            if pending:
                self._join(_Run(of=place, pending=pending, at_once=0, before=step, after=step.after))
        if rest:
            rest.reverse()
            self._join(_Run(of=places[-1], pending=rest, at_once=self._at_once, before=step, after=step.after))

    def advance(self) -> None:
        """Leave the head, which was reported."""
        step = self._head
        if not isinstance(step, Step):
            message = "there is no step to leave"
            raise TypeError(message)
        self._head = step.after
        if step.after is not None:
            step.after.before = None
        self._steps -= 1
        self._entries -= step.entries
        step.answer = step.stretch = step.after = None

    def _join(self, run: _Run) -> None:
        if run.before is not None:
            run.before.after = run
        if run.after is not None:
            run.after.before = run
        self._number += 1
        heappush(self._runs, (run.place, self._number, run))

    def _make(self) -> Step:
        """Make the first step of the first run and put it before the run."""
        _, number, run = self._runs[0]
        if run.at_once:
            names = run.pending[: -run.at_once - 1 : -1]
            del run.pending[-run.at_once :]
            step = Step(path=run.of.path, above=run.of.above, names=names, avoid=run.of.avoid)
        elif self.is_walking and (folders := self._walkable(run)):
            step = Step(path=run.of.path, above=run.of, folders=folders, avoid=run.of.avoid)
        else:
            step = self._folder(run.of, run.pending.pop())
        step.before, step.after = run.before, run
        if run.pending:
            heapreplace(self._runs, (run.place, number, run))
        else:
            heappop(self._runs)
            step.after = run.after
        if step.after is not None:
            step.after.before = step
        if step.before is not None:
            step.before.after = step
        else:
            self._head = step
        self._steps += 1
        return step

    def _walkable(self, run: _Run) -> list[str]:
        """Take the first folders from a run, up to one that must be judged."""
        prefix = f"{run.of.path}/" if run.of.path else ""
        folders: list[str] = []
        while run.pending and len(folders) < _FOLDERS_TOGETHER and prefix + run.pending[-1] not in self._closed:
            folders.append(run.pending.pop())
        return folders

    def _folder(self, above: Step, name: str) -> Step:
        path = f"{above.path}/{name}" if above.path else name
        step = Step(path=path, above=above, avoid=above.avoid)
        verdict = self._refuse(path)
        if isinstance(verdict, SkippedEntry):
            step.refusal = verdict
            step.state = StepState.DONE
        elif verdict is not None:
            step.avoid = verdict
        return step


def inside_itself(path: str) -> SkippedEntry:
    """Return what is reported of a folder that is one of those above it."""
    return SkippedEntry(path=path, reason=SkipReason.LINK, detail="this folder contains itself", is_folder=True)


def _contains_itself(step: Step) -> bool:
    above = step.above
    while above is not None:
        if above.identity == step.identity is not None:
            return True
        above = above.above
    return False

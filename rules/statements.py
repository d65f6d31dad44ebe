"""Statements: what people said about files and folders, and which of it is heard about one file.

Of two statements about one thing the later one is heard, unless the older one is nearer to the file: then nobody can
tell which of them is right. An event then happened on either day, and a fact is not known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rules.ruling.terms import RESTARTED_BY


class Statement(Protocol):
    """What a person said about a file or folder: when an event happened, or whether a fact holds."""

    @property
    def path(self) -> str:
        """Return the file or folder below the root."""

    @property
    def is_about_case(self) -> bool:
        """Tell whether it is about the files whose case this very folder is, and not about all that lies in it."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes it is about; none: all. Whose birth a rule counts from, only the class tells."""

    @property
    def key(self) -> str:
        """Return the key of the event (`Clock.event_key`) or the name of the fact."""

    @property
    def on(self) -> date | None:
        """Return the day the event happened; None for a fact."""

    @property
    def holds(self) -> bool | None:
        """Tell whether the fact holds; None for an event."""

    @property
    def order(self) -> int:
        """Return its place among all statements: what was said later has a greater one."""

    @property
    def said_on(self) -> date:
        """Return the day on which it was said."""

    @property
    def attested_by(self) -> str:
        """Return who says so."""

    @property
    def basis(self) -> str:
        """Return what they base it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What is heard about one file: of each event one statement, or all that disagree, and of each fact one.

    `disputed` are those of a fact, or an event, that disagree; such a fact is not heard at all. Each of those
    `overruled` comes with the one that says otherwise and was made later.
    """

    heard: tuple[Statement, ...] = ()
    disputed: tuple[tuple[Statement, ...], ...] = ()
    overruled: tuple[tuple[Statement, Statement], ...] = ()

    @property
    def disputed_facts(self) -> tuple[str, ...]:
        """Return the names of the facts that people disagree about."""
        return tuple(ones[0].key for ones in self.disputed if ones[0].holds is not None)

    def in_words(self) -> Iterator[str]:
        """Yield for people what was not heard, and why."""
        for one, later in self.overruled:
            yield f"not heard, because {later.attested_by} said otherwise later: {words_of(one)}"
        for ones in self.disputed:
            what = "it may have been any of these days" if ones[0].holds is None else "it counts as not known"
            yield (
                f"people disagree ({'; '.join(map(words_of, ones))}): {what}, until the right statement is made again "
                "of the file itself, or the wrong one is withdrawn"
            )


NOTHING_HEARD = Hearing()


def words_of(one: Statement) -> str:
    """Return a statement for people."""
    answer = ("it is so" if one.holds else "it is not so") if one.on is None else one.on.isoformat()
    return f"{one.key.replace('_', ' ')}: {answer}, said of '{one.path}' by {one.attested_by}"


def hear(statements: Iterable[Statement]) -> Hearing:
    """Return what is heard of statements that are all about one file."""
    about: dict[tuple[str, bool], list[Statement]] = {}
    for one in statements:
        about.setdefault((one.key, one.on is None), []).append(one)
    heard: list[Statement] = []
    disputed: list[tuple[Statement, ...]] = []
    overruled: list[tuple[Statement, Statement]] = []
    for (_key, is_fact), ones in sorted(about.items()):
        standing, lost = _weighed(ones)
        overruled += lost
        if len({_answer(one) for one in standing}) == 1:
            heard.append(standing[-1])
            continue
        disputed.append(standing)
        heard += () if is_fact else standing
    denied = [(one, event) for one in heard if (event := _event_after(one, heard)) is not None]
    kept = tuple(one for one in heard if all(one is not denial for denial, _event in denied))
    return Hearing(heard=kept, disputed=tuple(disputed), overruled=(*overruled, *denied))


def _weighed(ones: list[Statement]) -> tuple[tuple[Statement, ...], list[tuple[Statement, Statement]]]:
    """Return those that no later one overrules, the nearest to the file last, and what was overruled by which."""
    standing: list[Statement] = []
    lost: list[tuple[Statement, Statement]] = []
    for one in sorted(ones, key=lambda one: (len(one.path), one.order, str(_answer(one)))):
        over = [other for other in ones if other.order > one.order and len(other.path) >= len(one.path)]
        if not over:
            standing.append(one)
        elif _answer(last := max(over, key=lambda other: other.order)) != _answer(one):
            lost.append((one, last))
    return tuple(standing), lost


def _event_after(denial: Statement, heard: Iterable[Statement]) -> Statement | None:
    """Return the event that happened after all, where `denial` says that nothing started the period again."""
    if denial.holds is not False or not denial.key.startswith(RESTARTED_BY):
        return None
    event = denial.key.removeprefix(RESTARTED_BY)
    return next((one for one in heard if one.key == event and one.on is not None and one.order > denial.order), None)


def _answer(one: Statement) -> tuple[date | None, bool | None]:
    return one.on, one.holds

"""What a ruling is made from: the file, the schedule, and what people have said about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rules.classifying.classification import RecordFacts
from rules.dates.evidence import AttestedEvent, TriggerDate
from rules.dates.surroundings import NOTHING_AROUND, Surroundings
from rules.model import DisposalClass, DisposalSchedule

FACTS_OF_A_FILE: Mapping[str, bool] = MappingProxyType({"medium_electronic": True, "medium_paper": False})
"""What nobody has to be asked, because it is a file that is looked at: clauses for each medium rest on it."""


class Matter(NamedTuple):
    """One file, and everything its rule may depend on. `answers` hold facts that people attested.

    `dated` keeps when what happened, for the clocks that ask for the same: those of a class and of its clauses.
    `through` are the classes whose rules led to the one at hand, so that no two lead to each other for ever.
    What those in `bound_by` accept as evidence binds it too.
    """

    facts: RecordFacts
    schedule: DisposalSchedule
    events: tuple[AttestedEvent, ...]
    answers: Mapping[str, bool]
    around: Surroundings = NOTHING_AROUND
    dated: dict[tuple[object, ...], TriggerDate] | None = None
    through: tuple[DisposalClass, ...] = ()
    bound_by: tuple[DisposalClass, ...] = ()

    def holds(self, fact: str) -> bool | None:
        """Return whether `fact` holds, None when nobody has said."""
        return FACTS_OF_A_FILE[fact] if fact in FACTS_OF_A_FILE else self.answers.get(fact)

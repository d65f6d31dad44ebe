"""Appraisal: class, trigger date, due interval and action of one file, with every reason. No day is asked about.

Whether something *is* due on some day, and whether a hold forbids it, is the engine's question; the answer
here is the same on every day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from rules.classifying.classification import Classification, RecordFacts
from rules.classifying.classifier import ENOUGH, Classifier
from rules.dates.due import DueInterval
from rules.dates.evidence import AttestedEvent, TriggerDate
from rules.dates.keeping import Kept, kept
from rules.dates.surroundings import NOTHING_AROUND, Surroundings
from rules.model import DisposalAction, DisposalClass, DisposalSchedule, Strength
from rules.personal_data import personal_data_flags
from rules.ruling.matter import Matter
from rules.ruling.policies import policy_flags, rule_on, validity_flags
from rules.ruling.precedents import Precedents, Told
from rules.ruling.questions import Question
from rules.ruling.rivals import heed_rival, standing_out
from rules.ruling.ruling import Ruling

CASE_NEWEST = "case_newest"
"""The flag of a ruling that went by the newest day of its case folder, before that day or `unknown`."""

_ACTION_WORDS = {
    DisposalAction.RETAIN_ON_HOLD: "kept on hold",
    DisposalAction.RETAIN_PERMANENTLY: "kept permanently",
    DisposalAction.REVIEW: "reviewed by a person",
    DisposalAction.TRANSFER: "offered to the archive",
    DisposalAction.DESTROY: "destroyed, if approved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What the rules make of one file. Without a class there is no trigger, no due date and no action: it is kept.

    `disposal_class` is the class that rules, which a clause may have changed from the one classified.
    `asked` is what a person must answer before it can be due. Flags are words, some with a value after a colon;
    of those with a day (`no_longer_than`, `schedule_valid_from`, `schedule_valid_to`) the engine makes its own
    on the day it asks.
    """

    classification: Classification
    disposal_class: DisposalClass | None
    trigger: TriggerDate | None
    due: DueInterval | None
    action: DisposalAction | None
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    asked: tuple[Question, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """Return what is asked, in words."""
        return tuple(question.words for question in self.asked)


def appraise(
    rules: Classifier | DisposalSchedule,
    facts: RecordFacts,
    *,
    events: Iterable[AttestedEvent] = (),
    answers: Mapping[str, bool] | None = None,
    around: Surroundings = NOTHING_AROUND,
) -> Appraisal:
    """Return the appraisal of a file under a schedule.

    Args:
        rules: A classifier; a schedule works too, but compiles its cues again for every call.
        facts: What was observed of the file.
        events: Attested events about this file or its case.
        answers: Whether facts named in clauses hold for this file or its case.
        around: What is known of the place it lies in.
    """
    classifier = rules if isinstance(rules, Classifier) else Classifier(rules)
    schedule, classification = classifier.schedule, classifier.classify(facts)
    seen = personal_data_flags(facts.text) if facts.text else ()
    if classification.class_id is None:
        return _kept(classification, schedule, seen)
    matter = Matter(facts, schedule, tuple(events), answers or {}, around, {})
    apart, second = standing_out(classification), classification.runner_up
    classes = (classification.class_id, "" if second is None or second.weight < ENOUGH else second.class_id)
    told = _precedents(kept(schedule)).tell(matter, classes, apart, partial(_told, classification, apart))
    return Appraisal(
        classification=classification,
        disposal_class=told.entry,
        trigger=told.trigger,
        due=told.due,
        action=told.action,
        flags=(*told.flags, *seen),
        reasons=(*classification.reasons, *told.reasons),
        asked=told.asked,
    )


@lru_cache(maxsize=4)  # a preview appraises under two versions
def _precedents(of: Kept[DisposalSchedule]) -> Precedents:
    return Precedents(of.value)


def _told(classification: Classification, apart: str, matter: Matter) -> Told:
    ruling = rule_on(matter.schedule.by_id[classification.class_id or ""], matter)
    heed_rival(ruling, classification, matter)
    return Told(
        entry=ruling.entry,
        trigger=ruling.trigger,
        due=ruling.due,
        action=ruling.action,
        flags=tuple(dict.fromkeys((*ruling.flags, *_flags(ruling, matter, is_apart=bool(apart))))),
        reasons=tuple(_reasons(ruling, apart)),
        asked=tuple(dict.fromkeys(ruling.asked)),
    )


def _kept(classification: Classification, schedule: DisposalSchedule, seen: tuple[str, ...]) -> Appraisal:
    default = schedule.by_id[schedule.default_class]
    return Appraisal(
        classification=classification,
        disposal_class=None,
        trigger=None,
        due=None,
        action=None,
        flags=(classification.outcome.value, *seen),
        reasons=(*classification.reasons, f"default class {default.id} never destroys: {default.title}"),
        asked=(),
    )


def _reasons(ruling: Ruling, apart: str) -> Iterator[str]:
    if apart:
        yield apart
    yield ruling.outline.rule_in_words
    yield from (evidence.in_words for evidence in ruling.trigger.evidence)
    yield from ruling.trigger.notes
    yield from ruling.reasons
    yield from ruling.due.arithmetic if ruling.due is not None else ("it never falls due",)
    yield f"at the end of the period: {_ACTION_WORDS[ruling.action]}"


def _flags(ruling: Ruling, matter: Matter, *, is_apart: bool) -> Iterator[str]:
    if matter.schedule.status == "template":
        yield "template_schedule"
    yield from validity_flags(matter.schedule)
    yield from policy_flags(ruling)
    yield from ruling.outline.class_flags
    if is_apart:
        yield "stands_out"
    yield from _flags_of_dates(ruling, matter)


def _flags_of_dates(ruling: Ruling, matter: Matter) -> Iterator[str]:
    if ruling.trigger.notes:
        yield "dates_contradict"
    strengths = {evidence.strength for evidence in ruling.trigger.evidence}
    if ruling.trigger.latest is not None and strengths == {Strength.D}:
        yield "only_file_system_date"
    if matter.around.copying:
        yield "time_of_copying"
    if matter.around.case_unknown:
        yield f"{CASE_NEWEST}:unknown"
    elif matter.around.case_newest_on is not None:
        yield f"{CASE_NEWEST}:{matter.around.case_newest_on}"

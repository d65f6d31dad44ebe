"""Appraisal: class, trigger date, due interval and action of one file, with every reason. No day is asked about.

Whether something *is* due on some day, and whether a hold forbids it, is the engine's question; the answer
here is the same on every day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.classifying.classification import Classification, RecordFacts
from rules.classifying.classifier import Classifier
from rules.dates.due import DueInterval
from rules.dates.evidence import AttestedEvent, TriggerDate
from rules.model import (
    Confidence,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Level,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    Strength,
)
from rules.ruling.clauses import Ruling, rule_on

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
    `questions` are what a person must answer before it can be due.
    """

    classification: Classification
    disposal_class: DisposalClass | None
    trigger: TriggerDate | None
    due: DueInterval | None
    action: DisposalAction | None
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    questions: tuple[str, ...]


def appraise(
    rules: Classifier | DisposalSchedule,
    facts: RecordFacts,
    *,
    events: Iterable[AttestedEvent] = (),
    answers: Mapping[str, bool] | None = None,
) -> Appraisal:
    """Return the appraisal of a file under a schedule.

    Args:
        rules: A classifier; a schedule works too, but compiles its cues again for every call.
        facts: What was observed of the file.
        events: Attested events about this file or its case.
        answers: Whether facts named in clauses hold for this file or its case.
    """
    classifier = rules if isinstance(rules, Classifier) else Classifier(rules)
    classification = classifier.classify(facts)
    if classification.class_id is None:
        return _kept(classification, classifier.schedule)
    entry = classifier.schedule.by_id[classification.class_id]
    ruling = rule_on(entry, facts, schedule=classifier.schedule, events=tuple(events), answers=answers or {})
    return Appraisal(
        classification=classification,
        disposal_class=ruling.entry,
        trigger=ruling.trigger,
        due=ruling.due,
        action=ruling.action,
        flags=tuple(dict.fromkeys((*ruling.flags, *_flags(ruling, classifier.schedule)))),
        reasons=(*classification.reasons, *_reasons(ruling)),
        questions=tuple(dict.fromkeys(ruling.questions)),
    )


def _kept(classification: Classification, schedule: DisposalSchedule) -> Appraisal:
    default = schedule.by_id[schedule.default_class]
    return Appraisal(
        classification=classification,
        disposal_class=None,
        trigger=None,
        due=None,
        action=None,
        flags=(classification.outcome.value,),
        reasons=(*classification.reasons, f"default class {default.id} never destroys: {default.title}"),
        questions=(),
    )


def _reasons(ruling: Ruling) -> tuple[str, ...]:
    entry = ruling.entry
    authority = "; ".join(entry.authority)
    return (
        f"rule of {entry.id}: {entry.period_kind} by {entry.basis.value.replace('_', ' ')} ({authority})",
        *(evidence.in_words for evidence in ruling.trigger.evidence),
        *ruling.trigger.notes,
        *ruling.reasons,
        *(ruling.due.arithmetic if ruling.due is not None else ("it never falls due",)),
        f"at the end of the period: {_ACTION_WORDS[ruling.action]}",
    )


def _flags(ruling: Ruling, schedule: DisposalSchedule) -> Iterable[str]:
    entry = ruling.entry
    if schedule.status == "template":
        yield "template_schedule"
    if entry.level is Level.CASE:
        yield "whole_case"
    if entry.personal_data is not PersonalData.NONE:
        yield f"personal_data:{entry.personal_data.value}"
    if entry.period_kind is PeriodKind.EXACT and entry.action is DisposalAction.DESTROY:
        yield "duty_to_destroy"
    if entry.period_kind is PeriodKind.MAXIMUM:
        yield "maximum_period"
    if entry.confidence is Confidence.LOW or entry.evidence is RuleEvidence.RECALLED:
        yield "unsure_rule"
    if ruling.trigger.notes:
        yield "dates_contradict"
    strengths = {evidence.strength for evidence in ruling.trigger.evidence}
    if ruling.trigger.latest is not None and strengths == {Strength.D}:
        yield "only_file_system_date"

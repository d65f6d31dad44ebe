"""The class that came second: what its rule forbids, and whether a file stands out from its folder.

Class determines destiny, so a second class rules nothing. But where one class orders destruction before the
other lets it happen, no machine chooses (Slipcase Records Profile 8.3).
"""

from datetime import date

from rules.classifying.classification import Candidate, Classification, CueKind, MatchedCue
from rules.classifying.classifier import ENOUGH
from rules.model import DisposalAction, DisposalClass, PeriodKind
from rules.ruling.matter import Matter
from rules.ruling.outlines import outline_of
from rules.ruling.policies import rule_on
from rules.ruling.questions import whether
from rules.ruling.ruling import Ruling

APPLIES = "applies:"


def heed_rival(ruling: Ruling, classification: Classification, matter: Matter) -> None:
    """Keep the file when its class and the one that fits next contradict each other, until a person resolves it."""
    rival = _fitting(classification, matter)
    if rival is None or rival == ruling.entry or not (outline_of(rival).has_deadline or ruling.outline.has_deadline):
        return
    if matter.holds(f"{APPLIES}{rival.id}") is False:
        ruling.reasons.append(f"a person says that {rival.id} does not apply")
        return
    other = rule_on(rival, matter)
    for first, second in ((other, ruling), (ruling, other)):
        gone_by, kept_until = _must_be_gone(first), _kept_until(second)
        if gone_by is None or kept_until is None or gone_by >= kept_until:
            continue
        ruling.flags.append("max_before_min_conflict")
        ruling.reasons.append(
            f"{first.entry.id} wants it gone by {gone_by}, and {second.entry.id} wants it kept longer, and both fit: "
            "kept until a person resolves it"
        )
        words = f"Does the rule of {rival.id} ({rival.title}) apply to it? It contradicts {ruling.entry.id}"
        ruling.leave_unsettled(whether(f"{APPLIES}{rival.id}", words))
        return


def standing_out(classification: Classification) -> str:
    """Return in words that a file's own cues and its folder's speak for different classes, or nothing."""
    rival = classification.runner_up
    if classification.class_id is None or rival is None or rival.weight < ENOUGH:
        return ""
    own, others = _places(classification.cues), _places(rival.cues)
    if CueKind.PATH not in own and CueKind.PATH in others:
        return f"it stands out from its folder, which speaks for {rival.class_id}"
    if own == {CueKind.PATH} and CueKind.PATH not in others:
        return f"its own words speak for {rival.class_id}, and its folder for {classification.class_id}"
    return ""


def _places(cues: tuple[MatchedCue, ...]) -> set[CueKind]:
    return {cue.kind for cue in cues}


def _fitting(classification: Classification, matter: Matter) -> DisposalClass | None:
    """Return the class that fits as well, unless it gives way, is retired or says nothing computable."""
    second: Candidate | None = classification.runner_up
    if second is None or second.weight < ENOUGH:
        return None
    entry = matter.schedule.by_id.get(second.class_id)
    if entry is None or entry.gives_way or entry.is_descriptive or entry.retired is not None:
        return None
    return entry


def _must_be_gone(ruling: Ruling) -> date | None:
    return None if ruling.deadline is None else ruling.deadline.latest


def _kept_until(ruling: Ruling) -> date | None:
    """Return the day before which the rule lets nothing go, None when it sets none or nobody knows."""
    if ruling.entry.period_kind is PeriodKind.MAXIMUM:
        return None
    if ruling.due is None or ruling.action is DisposalAction.RETAIN_PERMANENTLY:
        return date.max
    return ruling.due.latest or ruling.due.earliest

"""Runs the examples of a schedule: files as a records manager would meet them, and what must be made of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from rules.classifying.classification import Outcome
from rules.classifying.classifier import Classifier
from rules.model import DisposalSchedule, Example
from rules.ruling.appraising import Appraisal, appraise

CONFLICT = "conflict"
_SAYS_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)  # a clock that was never set: no evidence of anything


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """What became of one example of one class: `faults` are empty when it came out as it says."""

    class_id: str
    example: Example
    found: str
    faults: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ExampleFacts:
    """A file that is described, not read."""

    path: str
    text: str
    media_type: str
    modified_at: datetime
    size_bytes: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)


def run_examples(schedule: DisposalSchedule, *, only: Iterable[str] = ()) -> Iterator[ExampleResult]:
    """Yield the result of every example of `schedule`, or of those of the classes in `only`, in its order."""
    classifier = Classifier(schedule)
    wanted = frozenset(only)
    for entry in schedule.classes:
        if wanted and entry.id not in wanted:
            continue
        for example in entry.examples:
            made = appraise(classifier, _facts(example))
            yield ExampleResult(
                class_id=entry.id,
                example=example,
                found=_outcome(made),
                faults=tuple(_faults(example, made)),
                reasons=made.reasons,
            )


def _facts(example: Example) -> _ExampleFacts:
    on = example.modified_on
    return _ExampleFacts(
        path=example.path,
        text=example.text,
        media_type=example.media_type,
        modified_at=_SAYS_NOTHING if on is None else datetime.combine(on, time(12), tzinfo=UTC),
    )


def _outcome(made: Appraisal) -> str:
    """Return the class that was found, `conflict`, or `none`."""
    if made.classification.outcome is Outcome.CONFLICT:
        return CONFLICT
    return made.classification.class_id or "none"


def _faults(example: Example, made: Appraisal) -> Iterator[str]:
    found = _outcome(made)
    expected = "none" if example.expected is None else example.expected
    if expected and found != expected:
        yield f"expected {expected}, found {found}"
    if example.is_not and found == example.is_not:
        yield f"found {found}, which it must not be"
    surely_by = None if made.due is None else made.due.latest
    if example.due is not None and surely_by != example.due:
        yield f"expected to be due by {example.due}, found {surely_by or 'not settled'}"
    if example.settles is not None and example.settles is not (surely_by is not None):
        yield (
            "expected its date to be settled, and it is not"
            if example.settles
            else (f"expected that a person must be asked, and it is due by {surely_by}")
        )

"""Classifications, trigger dates and due intervals survive being stored, and damage to them is noticed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Classification,
    Classifier,
    DueInterval,
    InvalidValueError,
    MatchedCue,
    TriggerDate,
    appraise,
    shipped_schedule,
)
from tests.unit.rules.files import SeenFile

SHIPPED = Classifier(shipped_schedule())
FILES = (
    SeenFile(path="Finance/Invoices/2009-10/inv 7.pdf", text="Invoice date: 3 May 2009"),
    SeenFile(path="Finance/Invoices/draft.docx"),
    SeenFile(path="LAC/1990/placement plan.pdf"),
    SeenFile(path="x"),
    SeenFile(path="Tenders and Contracts/Tender and contract.docx", text="invitation to tender, contract monitoring"),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("file", FILES)
def test_what_was_decided_reads_back_as_it_was(file: SeenFile) -> None:
    appraisal = appraise(SHIPPED, file)

    classification = appraisal.classification
    assert Classification.from_json(json.loads(json.dumps(classification.to_json()))) == classification
    if appraisal.trigger is not None:
        assert TriggerDate.from_json(json.loads(json.dumps(appraisal.trigger.to_json()))) == appraisal.trigger
    if appraisal.due is not None:
        assert DueInterval.from_json(json.loads(json.dumps(appraisal.due.to_json()))) == appraisal.due


def test_the_keys_are_those_other_programs_rely_on() -> None:
    appraisal = appraise(SHIPPED, FILES[0])
    assert appraisal.trigger is not None
    assert appraisal.due is not None

    classification, trigger = appraisal.classification.to_json(), appraisal.trigger.to_json()

    assert {"disposal_class", "confidence", "cues", "runner_up", "schedule_version"} <= classification.keys()
    assert {"kind", "cue", "where", "text", "weight"} <= appraisal.classification.cues[0].to_json().keys()
    assert {"event", "earliest", "latest", "evidence"} <= trigger.keys()
    assert {"earliest", "latest"} <= appraisal.due.to_json().keys()


@given(anything)
def test_a_damaged_value_is_refused_and_never_crashes(value: object) -> None:
    for kind in (Classification, MatchedCue, TriggerDate, DueInterval):
        with pytest.raises(InvalidValueError, match="not a stored"):
            kind.from_json(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event", "never"),
        ("earliest", "2014-13-01"),
        ("earliest", 5),
        ("evidence", "none"),
        ("notes", [1]),
        ("question", 3),
    ],
)
def test_one_damaged_field_is_named(key: str, value: object) -> None:
    appraisal = appraise(SHIPPED, FILES[0])
    assert appraisal.trigger is not None

    with pytest.raises(InvalidValueError, match=key):
        TriggerDate.from_json({**appraisal.trigger.to_json(), key: value})

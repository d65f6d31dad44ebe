"""An entry that could not be verified later is not written now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import EntryInvalidError, EntryRefusedError
from disposal_log.formats.canonical import JSON, canonical
from disposal_log.formats.entries import (
    MAX_LINE_BYTES,
    Actor,
    EntryDraft,
    EntryType,
    Phase,
    Result,
    decode_entry,
    encode_entry,
    read_time,
    spell_time,
)

NOON = datetime(2026, 11, 20, 12, 15, 3, 123456, tzinfo=UTC)
DIGEST = "A" * 43
EARLIEST = NOON.replace(year=2, tzinfo=None)
LATEST = NOON.replace(year=9998, tzinfo=None)
DRAFT = EntryDraft(
    type=EntryType.INCIDENT,
    id="3b241101-e2bb-4255-8caf-4136c566a962",
    time=NOON,
    actor=Actor(kind="service", ref="engine"),
    body={"kind": "test", "note": "Tŷ Cyngor"},
)


def test_a_draft_reads_back_as_it_was_written() -> None:
    line = encode_entry(DRAFT, seq=5, commitments={"path": DIGEST})

    assert decode_entry(line, seq=5) == {
        "v": 1,
        "type": "incident",
        "id": DRAFT.id,
        "seq": 5,
        "time": "2026-11-20T12:15:03.123456Z",
        "actor": {"k": "service", "ref": "engine"},
        "sd": {"path": DIGEST},
        "kind": "test",
        "note": "Tŷ Cyngor",
    }


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, time=NOON.replace(tzinfo=None)),
        replace(DRAFT, id="3B241101-E2BB-4255-8CAF-4136C566A962"),
        replace(DRAFT, id="{3b241101-e2bb-4255-8caf-4136c566a962}"),
        replace(DRAFT, id="1"),
        replace(DRAFT, body={"seq": 1}),
        replace(DRAFT, body={"time": "yesterday"}),
        replace(DRAFT, body={"ratio": 0.5}),  # type: ignore[dict-item]  # wrong on purpose
        replace(DRAFT, body={"size": 2**53}),
        replace(DRAFT, body={"note": "\ud800"}),
        replace(DRAFT, body={"note": "x" * MAX_LINE_BYTES}),
    ],
)
def test_a_draft_outside_the_format_is_refused(draft: EntryDraft) -> None:
    with pytest.raises(EntryRefusedError, match="Nothing of the batch was written"):
        encode_entry(draft, seq=5, commitments={})


BODIES: Mapping[EntryType, Mapping[str, JSON]] = {
    EntryType.BATCH_INTENT: {"batch": "B", "phase": Phase.PURGE, "items": (0, 1)},
    EntryType.ITEM_OUTCOME: {"batch": "B", "item": 0, "result": Result.DESTROYED, "size": 5},
    EntryType.BATCH_CLOSED: {"batch": "B", "counts": {"destroyed": 1}, "bytes": {}},
    EntryType.HOLD_CHECK: {"batch": "B", "phase": "purge", "register_version": "1", "held": 0},
}


@pytest.mark.parametrize("kind", BODIES)
def test_enumerations_and_tuples_are_written_as_text_and_lists(kind: EntryType) -> None:
    line = encode_entry(replace(DRAFT, type=kind, body=BODIES[kind]), seq=0, commitments={})

    assert decode_entry(line, seq=0)["batch"] == "B"


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (EntryType.BATCH_INTENT, {"phase": "shred"}),
        (EntryType.BATCH_INTENT, {"items": ()}),
        (EntryType.BATCH_INTENT, {"items": list(range(257))}),
        (EntryType.BATCH_INTENT, {"items": [-1]}),
        (EntryType.BATCH_INTENT, {"items": [True]}),
        (EntryType.BATCH_INTENT, {"items": "0"}),
        (EntryType.ITEM_OUTCOME, {"result": "gone"}),
        (EntryType.ITEM_OUTCOME, {"item": -1}),
        (EntryType.ITEM_OUTCOME, {"item": True}),
        (EntryType.ITEM_OUTCOME, {"size": -1}),
        (EntryType.ITEM_OUTCOME, {"size": "5"}),
        (EntryType.BATCH_CLOSED, {"counts": {"gone": 1}}),
        (EntryType.BATCH_CLOSED, {"bytes": {"destroyed": "1"}}),
        (EntryType.HOLD_CHECK, {"held": None}),
    ],
)
def test_a_body_the_verifier_would_refuse_is_refused_at_once(kind: EntryType, changed: dict[str, JSON]) -> None:
    with pytest.raises(EntryRefusedError):
        encode_entry(replace(DRAFT, type=kind, body={**BODIES[kind], **changed}), seq=0, commitments={})


GOOD: dict[str, JSON] = {
    "v": 1,
    "type": "incident",
    "id": DRAFT.id,
    "seq": 5,
    "time": "2026-11-20T12:15:03.123456Z",
    "actor": {"k": "service", "ref": "engine"},
    "sd": {"path": DIGEST},
}


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2},
        {"v": True},
        {"v": None},
        {"seq": 6},
        {"seq": "5"},
        {"type": "item.vanished"},
        {"type": None},
        {"type": ["incident"]},
        {"id": "x"},
        {"id": None},
        {"time": "2026-11-20T12:15:03Z"},
        {"time": 5},
        {"actor": None},
        {"actor": {"k": "robot", "ref": "engine"}},
        {"actor": {"k": ["service"], "ref": "engine"}},
        {"actor": {"k": "service", "ref": 5}},
        {"sd": {}},
        {"sd": []},
        {"sd": {"path": "short"}},
        {"sd": {"path": 5}},
    ],
)
def test_a_line_with_a_wrong_envelope_is_no_entry(changed: dict[str, JSON]) -> None:
    with pytest.raises(EntryInvalidError, match="entry 5 is not valid"):
        decode_entry(canonical(GOOD | changed), seq=5)


@pytest.mark.parametrize("line", [b"", b"[]", b"5", b"{}", b"not json", b" " + canonical(GOOD), b"x" * 70_000])
def test_a_line_that_is_no_object_is_no_entry(line: bytes) -> None:
    with pytest.raises(EntryInvalidError):
        decode_entry(line, seq=5)


@given(st.binary(max_size=100))
def test_foreign_lines_raise_only_our_error(line: bytes) -> None:
    with pytest.raises(EntryInvalidError):
        decode_entry(line, seq=0)


ODD = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab{", max_size=4) | st.lists(st.none())


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), ODD))
def test_foreign_envelopes_raise_only_our_error(changed: dict[str, JSON]) -> None:
    try:
        found = decode_entry(canonical(GOOD | changed), seq=5)
    except EntryInvalidError:
        return
    assert found["seq"] == 5


@given(
    st.datetimes(timezones=st.timezones() | st.just(UTC), min_value=EARLIEST, max_value=LATEST, allow_imaginary=False)
)
def test_an_instant_survives_with_its_microseconds(at: datetime) -> None:
    assert read_time(spell_time(at)) == at.astimezone(UTC)
    assert len(spell_time(at)) == 27


def test_an_instant_is_spelled_in_utc() -> None:
    assert spell_time(NOON.astimezone(timezone(timedelta(hours=1)))) == "2026-11-20T12:15:03.123456Z"
    with pytest.raises(ValueError, match="time zone"):
        spell_time(NOON.replace(tzinfo=None))


def test_a_withdrawal_that_names_no_statement_is_not_written() -> None:
    withdrawal = replace(DRAFT, type=EntryType.EVENT_WITHDRAWN, body={"key": "contract_end"})

    with pytest.raises(EntryRefusedError, match="needs 'statement' as text"):
        encode_entry(withdrawal, seq=1, commitments={})
    assert encode_entry(replace(withdrawal, body={"statement": "A-0001"}), seq=1, commitments={})

"""The fast way of reading lines must judge every line as the slow way does, or a forger picks the kinder one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import EntryInvalidError
from disposal_log.formats.canonical import JSON, spell
from disposal_log.formats.entries import body_fault, decode_entry
from disposal_log.formats.shapes import MAX_SHAPES, SIGHTINGS, EntryDecoder


def an_outcome(seq: int, **fields: JSON) -> dict[str, JSON]:
    entry: dict[str, JSON] = {
        "v": 1,
        "type": "item.outcome",
        "id": f"00000000-0000-4000-8000-{seq:012x}",
        "seq": seq,
        "time": "2026-11-20T12:15:03.123456Z",
        "actor": {"k": "service", "ref": "engine"},
        "batch": "B-1",
        "item": seq,
        "result": "destroyed",
        "reason": "",
        "size": 20,
        "method": "unlink, flushed",
        "sd": {"path": "p" * 43, "sha256": "s" * 43},
    }
    return entry | fields


def a_decoder(*, has_learnt: bool = True) -> EntryDecoder:
    decoder = EntryDecoder()
    for seq in range(SIGHTINGS if has_learnt else 0):
        decoder.decode(spell(an_outcome(seq)), seq=seq)
    return decoder


LEARNT = a_decoder()


def judge_both(line: bytes, seq: int) -> None:
    """Read a line both ways and insist that they agree, in the entry or in the reason to refuse it."""
    slow = outcome_of(lambda: decode_entry(line, seq=seq))
    assert outcome_of(lambda: LEARNT.decode(line, seq=seq)) == slow
    if LEARNT.is_body_sound:
        assert isinstance(slow, dict)
        assert body_fault(slow["type"], slow) is None


def outcome_of(read: Callable[[], dict[str, Any]]) -> dict[str, Any] | str:
    try:
        return read()
    except EntryInvalidError as error:
        return error.reason


def test_a_shape_is_learnt_only_after_many_lines_were_read_the_slow_way() -> None:
    decoder = EntryDecoder()
    for seq in range(SIGHTINGS):
        assert decoder.decode(spell(an_outcome(seq)), seq=seq) == an_outcome(seq)
        assert not decoder.is_body_sound
    assert decoder.decode(spell(an_outcome(99)), seq=99) == an_outcome(99)
    assert decoder.is_body_sound


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":7', b'"seq":8'),
        (b'"seq":7', b'"seq":07'),
        (b'"seq":7', b'"seq":-7'),
        (b'"seq":7', b'"seq":7.0'),
        (b'"seq":7', b'"seq": 7'),
        (b'"seq":7', b'"seq":true'),
        (b'"seq":7', b'"seq":7,"seq":7'),
        (b'"item":7', b'"item":9007199254740992'),
        (b'"item":7', b'"item":9007199254740991'),
        (b'"item":7', b'"item":-1'),
        (b'"item":7', b'"item":"7"'),
        (b'"item":7', b'"item":null'),
        (b'"size":20', b'"size":-0'),
        (b'"size":20', b'"size":1e3'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":true'),
        (b'"result":"destroyed"', b'"result":"vanished"'),
        (b'"result":"destroyed"', b'"result":"held"'),
        (b'"type":"item.outcome"', b'"type":"batch.closed"'),
        (b'"type":"item.outcome"', b'"type":"item.outcome2"'),
        (b'"time":"2026', b'"time":"26'),
        (b'"id":"0', b'"id":"G'),
        (b'"id":"0', b'"id":"'),
        (b'"k":"service"', b'"k":"robot"'),
        (b'"k":"service"', b'"k":"person"'),
        (b'"ref":"engine"', b'"ref":7'),
        (b'"ref":"engine"', b'"ref":"\\u0065ngine"'),
        (b'"reason":""', b'"reason":"\\""'),
        (b'"reason":""', b'"reason":"\\\\"'),
        (b'"reason":""', b'"reason":"\\/"'),
        (b'"reason":""', b'"reason":"\x01"'),
        (b'"reason":""', b'"reason":"\x7f"'),
        (b'"reason":""', b'"reason":"\xc5\xb7"'),
        (b'"reason":""', b'"reason":"\xff"'),
        (b'"reason":""', b'"reason":"\xed\xa0\x80"'),
        (b'"reason":""', b'"reason":"a","reason":"b"'),
        (b'"reason":"",', b""),
        (b'"path":"p', b'"path":"'),
        (b'"path":"p', b'"path":"pp'),
        (b'"path":"p', b'"math":"p'),
        (b'{"actor"', b' {"actor"'),
        (b'"v":1}', b'"v":1} '),
        (b'"v":1}', b'"v":1}\n'),
        (b'"v":1}', b'"v":1}}'),
        (b'"B-1"', b'"' + b"x" * 65_300 + b'"'),
        (b'"B-1"', b'"' + b"x" * 64_900 + b'"'),
    ],
)
def test_what_the_slow_way_refuses_the_fast_way_refuses_for_the_same_reason(old: bytes, new: bytes) -> None:
    line = spell(an_outcome(7))
    assert line.count(old) >= 1

    judge_both(line.replace(old, new, 1), 7)


@given(st.data())
def test_any_byte_changed_anywhere_is_judged_alike(data: st.DataObject) -> None:
    line = bytearray(spell(an_outcome(7)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(line) - 1))
        line[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    judge_both(bytes(line), 7)


VALUES = (
    st.none() | st.booleans() | st.integers(-5, 2**54) | st.text(max_size=8) | st.lists(st.integers(0, 3), max_size=2)
)


@given(st.dictionaries(st.sampled_from([*an_outcome(0), "zoo", "class"]), VALUES, max_size=4), st.booleans())
def test_any_field_of_any_kind_is_judged_alike(fields: dict[str, JSON], are_keys_sorted: bool) -> None:  # noqa: FBT001
    entry = an_outcome(7) | fields
    line = json.dumps(entry, ensure_ascii=False, sort_keys=are_keys_sorted, separators=(",", ":"))

    judge_both(line.encode("utf-8", errors="surrogatepass"), 7)


def test_shapes_without_end_cost_no_memory_and_are_read_all_the_same() -> None:
    decoder = EntryDecoder()
    results = ("destroyed", "held", "failed", "changed")
    for kind in range(MAX_SHAPES * 2):
        for seq in range(SIGHTINGS + 2):
            entry = an_outcome(seq, **{f"field{kind // 4}": "x"}, result=results[kind % 4])
            assert decoder.decode(spell(entry), seq=seq) == entry
    for kind in range(400):
        entry = an_outcome(3, **{f"other{kind}": 1})
        assert decoder.decode(spell(entry), seq=3) == entry


def test_an_outcome_that_breaks_its_own_rules_teaches_nothing() -> None:
    decoder = EntryDecoder()
    for seq in range(SIGHTINGS + 5):
        decoder.decode(spell(an_outcome(seq, result="vanished")), seq=seq)
        assert not decoder.is_body_sound

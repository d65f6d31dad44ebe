"""One value has one spelling, or two readers could see two logs in the same bytes."""

import json
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import CanonicalFormError
from disposal_log.formats.canonical import INTEGER_LIMIT, JSON, canonical, fast_chunks, parse_canonical

Value: TypeAlias = "bool | int | str | list[Value] | dict[str, Value] | None"

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-INTEGER_LIMIT + 1, max_value=INTEGER_LIMIT - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
KEYS = st.text(st.characters(max_codepoint=127))
VALUES: st.SearchStrategy[JSON] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_what_was_written_reads_back_as_the_same_value(value: JSON) -> None:
    assert parse_canonical(canonical(value)) == value


@given(VALUES)
def test_every_value_has_one_spelling(value: JSON) -> None:
    line = canonical(value)

    assert canonical(parse_canonical(line)) == line
    assert b"\n" not in line


@given(VALUES)
def test_a_friendlier_spelling_of_the_same_value_is_refused(value: JSON) -> None:
    line = canonical(value)

    for friendlier in (b" " + line, line + b" ", line + b"\n", b"\xef\xbb\xbf" + line):
        with pytest.raises(CanonicalFormError):
            parse_canonical(friendlier)


@given(st.binary(max_size=200))
def test_foreign_bytes_raise_only_our_error(line: bytes) -> None:
    try:
        value = parse_canonical(line)
    except CanonicalFormError:
        return
    assert canonical(value) == line


@given(st.text(alphabet='{}[]",:0123456789.eE-+ntrufalse\\ \ud800\u20ac', max_size=60))
def test_almost_json_raises_only_our_error(text: str) -> None:
    line = text.encode("utf-8", "surrogatepass")
    try:
        value = parse_canonical(line)
    except CanonicalFormError:
        return
    assert canonical(value) == line


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        '{"é":1}'.encode(),
        b'{"\\u00e9":1}',
        b"[" * 10_000,
        b"[" * 200 + b"]" * 200,
        b"",
        b"{}{}",
    ],
)
def test_a_line_that_two_readers_could_take_differently_is_refused(line: bytes) -> None:
    with pytest.raises(CanonicalFormError):
        parse_canonical(line)


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), INTEGER_LIMIT, -INTEGER_LIMIT, "\ud800", {"é": 1}, {1: 1}, b"bytes", {"a": {1, 2}}],
)
def test_a_value_without_a_certain_spelling_is_not_written(value: object) -> None:
    with pytest.raises(CanonicalFormError):
        canonical(value)  # type: ignore[arg-type]  # wrong on purpose


def test_a_value_nested_without_end_is_refused_and_does_not_exhaust_the_stack() -> None:
    nested: list[object] = []
    nested.append(nested)

    with pytest.raises(CanonicalFormError, match="nested deeper"):
        canonical(nested)  # type: ignore[arg-type]  # wrong on purpose


def test_control_characters_are_spelled_as_the_standard_says() -> None:
    assert canonical({"a": '\x00\x08\t\n\x0c\r\x1f\x7f"\\/é\u2028'}) == (
        '{"a":"\\u0000\\b\\t\\n\\f\\r\\u001f\x7f\\"\\\\/é\u2028"}'.encode()
    )


def test_a_canonical_line_is_ordinary_json_to_everybody_else() -> None:
    value: dict[str, JSON] = {"z": [1, None, True], "a": {"text": "Tŷ Cyngor"}}

    assert json.loads(canonical(value)) == value


WIDE: JSON = {"b": ["Tŷ", 1, None, True], "a": '"\\\x01\x7f', "c": {"2": -1, "10": {}}}


def test_a_python_without_the_fast_inner_part_spells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = canonical(WIDE)
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)

    assert "".join(fast_chunks()(WIDE, 0)).encode() == expected


def test_a_python_whose_inner_part_answers_otherwise_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = canonical(WIDE)
    genuine = json.encoder.c_make_encoder  # type: ignore[attr-defined]  # not in its published types
    asked: list[object] = []

    def changed(*given: object) -> object:
        asked.append(given)
        return genuine(*given) if len(asked) > 1 else lambda value, _: (f"{value} in another way",)

    monkeypatch.setattr(json.encoder, "c_make_encoder", changed)

    assert "".join(fast_chunks()(WIDE, 0)).encode() == expected

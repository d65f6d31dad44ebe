"""The parent believes nothing from a child that may have been taken over by the file it was reading."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.examination.answers import UnsoundAnswerError, content_answer, read_answer, refused_answer
from scanners.examination.frames import FrameError, Unpacker, packed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SOUND: dict[str, Any] = {
    "media_type": "text/plain",
    "text": "hello",
    "text_read": True,
    "properties": {"title": "x"},
    "problems": [["broken", "words"]],
}


def test_a_sound_answer_is_taken() -> None:
    answer = content_answer(SOUND, limit_chars=5)

    assert (answer.text, answer.text_read, answer.properties) == ("hello", True, {"title": "x"})


@pytest.mark.parametrize(
    "lie",
    [
        {"text": "longer than was asked for"},
        {"text": "\ud800"},
        {"text": None},
        {"media_type": "text/plain\n"},
        {"properties": {"title": 1}},
        {"properties": {str(number): "x" for number in range(65)}},
        {"problems": [["no such kind", "x"]]},
        {"problems": ["broken"]},
        {"problems": None},
    ],
)
def test_an_unsound_answer_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(UnsoundAnswerError):
        content_answer(SOUND | lie, limit_chars=5)


@given(st.dictionaries(st.sampled_from(["sha256", "reason", "detail", *SOUND]), JSON))
def test_no_answer_raises_anything_else(frame: dict[str, Any]) -> None:
    for check in (read_answer, refused_answer, lambda answer: content_answer(answer, limit_chars=10)):
        with pytest.raises(UnsoundAnswerError):
            check(frame)


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), max_size=4), st.integers(1, 9))
def test_frames_arrive_whole_however_they_are_cut(frames: list[dict[str, str]], step: int) -> None:
    sent = b"".join(packed(frame) for frame in frames)
    unpacker, arrived = Unpacker(), []

    for start in range(0, len(sent), step):
        unpacker.feed(sent[start : start + step])
        while (frame := unpacker.next()) is not None:
            arrived.append(frame)

    assert arrived == frames


@given(st.binary(max_size=60))
def test_bytes_that_are_no_frame_raise_only_our_error(arrived: bytes) -> None:
    unpacker = Unpacker()
    unpacker.feed(struct.pack(">L", len(arrived)) + arrived)

    try:
        frame = unpacker.next()
    except FrameError:
        return
    assert isinstance(json.loads(arrived), dict)
    assert isinstance(frame, dict)


def test_a_frame_that_claims_to_be_huge_is_refused_before_it_is_collected() -> None:
    unpacker = Unpacker()
    unpacker.feed(b"\xff\xff\xff\xff")

    with pytest.raises(FrameError):
        unpacker.next()

"""The parent believes nothing from a child that may have been taken over by the file it was reading."""

import hashlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.examination.answers import (
    ContentAnswer,
    UnsoundAnswerError,
    detail_of,
    packed_row,
    read_answer,
    refused_answer,
    row_answer,
)
from scanners.examination.frames import MAX_FRAME_BYTES, Frame, FrameError, FrameKind, Unpacker, packed
from scanners.examination.remembering import Remembered
from scanners.examination.slip import Phase, Slip, Standing
from scanners.observation import ContainedMember, MemberKind, Problem, ProblemKind

DIGEST = hashlib.sha256(b"x").digest()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MEMBERS = st.builds(
    ContainedMember,
    path=WORDS,
    kind=st.sampled_from(MemberKind),
    size_bytes=st.none() | st.integers(0, 2**63 - 1),
    media_type=st.sampled_from(["", "text/plain"]),
    modified=st.sampled_from(["", "2019-03-31"]),
    is_encrypted=st.booleans(),
)
CONTENTS = st.builds(
    lambda members, more, **rest: ContentAnswer(members=tuple(members), member_count=len(members) + more, **rest),
    members=st.lists(MEMBERS, max_size=4),
    more=st.integers(0, 5),
    text=WORDS,
    text_read=st.booleans(),
    properties=st.dictionaries(WORDS, WORDS, max_size=4),
    problems=st.lists(st.builds(Problem, kind=st.sampled_from(ProblemKind), detail=WORDS), max_size=3).map(tuple),
)
SOUND: list[Any] = [
    {"title": "x"},
    [["broken", "words"]],
    [["a.zip!/b.txt", "entry", 3, "text/plain", "2019", False]],
    1,
]


def a_row(extras: object, *, text: str = "hello", media_type: str = "text/plain") -> bytes:
    body = text.encode("utf-8", "surrogatepass")
    media = media_type.encode()
    stated = extras if isinstance(extras, bytes) else json.dumps(extras).encode()
    return struct.pack("<32sBBL", DIGEST, 1, len(media), len(body)) + media + body + stated


def with_part(place: int, value: object) -> list[Any]:
    return [*SOUND[:place], value, *SOUND[place + 1 :]]


@given(CONTENTS, st.booleans())
def test_a_row_arrives_as_it_was_sent(content: ContentAnswer, remember: bool) -> None:  # noqa: FBT001  # drawn
    row = row_answer(packed_row(DIGEST, "text/plain", content, remember=remember), limit_chars=20)

    assert row.content == content
    assert row.is_to_remember == remember
    assert (row.read.sha256, row.read.media_type) == (DIGEST.hex(), "text/plain")


def test_a_row_may_say_that_its_content_is_that_of_an_earlier_file() -> None:
    row = row_answer(packed_row(DIGEST, "text/plain", None, remember=False), limit_chars=20)

    assert row.content is None


def test_a_sound_answer_is_taken() -> None:
    content = row_answer(a_row(SOUND), limit_chars=5).content

    assert content is not None
    assert (content.text, content.text_read, content.properties) == ("hello", True, {"title": "x"})
    assert content.members[0].path == "a.zip!/b.txt"


@pytest.mark.parametrize(
    "lie",
    [
        a_row(SOUND, text="longer than was asked for"),
        a_row(SOUND, text="\ud800"),
        a_row(with_part(0, {"title": 1})),
        a_row(with_part(0, {"title": "\ud800"})),
        a_row(with_part(0, {"title": "x" * 1001})),
        a_row(with_part(0, {str(number): "x" for number in range(65)})),
        a_row(with_part(1, [["no such kind", "x"]])),
        a_row(with_part(1, ["broken"])),
        a_row(with_part(1, None)),
        a_row(with_part(2, [["p", "entry", -1, "", "", False]])),
        a_row(with_part(2, [["p", "entry", 1 << 63, "", "", False]])),
        a_row(with_part(2, [["p", "entry", True, "", "", False]])),
        a_row(with_part(2, [["p", "entry", 1, "a b", "", False]])),
        a_row(with_part(2, [["p", "elephant", 1, "", "", False]])),
        a_row(with_part(2, [["p" * 1001, "entry", 1, "", "", False]])),
        a_row(with_part(3, 0)),
        a_row(with_part(3, 1 << 63)),
        a_row(b"["),
        a_row(b"[" * 100_000),
        a_row(b'"' + b"x" * (2 << 20) + b'"'),
        a_row(b"1" * 5_000),
        a_row(b"")[:-2],
    ],
)
def test_an_unsound_answer_is_refused_and_what_was_certain_before_is_kept(lie: bytes) -> None:
    with pytest.raises(UnsoundAnswerError) as caught:
        row_answer(lie, limit_chars=5)

    assert caught.value.read is not None
    assert caught.value.read.sha256 == DIGEST.hex()


@pytest.mark.parametrize("lie", [b"", b"short", a_row(SOUND, media_type="text/plain\n"), a_row(SOUND, media_type="")])
def test_of_an_answer_without_a_type_nothing_is_certain(lie: bytes) -> None:
    with pytest.raises(UnsoundAnswerError) as caught:
        row_answer(lie, limit_chars=5)

    assert caught.value.read is None


@given(JSON)
def test_no_extras_raise_anything_else(extras: object) -> None:
    try:
        row_answer(a_row(extras), limit_chars=10)
    except UnsoundAnswerError:
        return


@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    for check in (lambda answer: row_answer(answer, limit_chars=10), refused_answer, detail_of):
        try:
            check(payload)
        except UnsoundAnswerError:
            continue


def test_a_list_of_members_that_would_fill_the_pipe_is_cut_and_their_number_is_kept() -> None:
    members = tuple(ContainedMember(path="\u20ac" * 1000, kind=MemberKind.ENTRY) for _ in range(1000))
    sent = packed_row(DIGEST, "text/plain", ContentAnswer(members=members, member_count=9_999), remember=False)

    content = row_answer(sent, limit_chars=10).content

    assert len(sent) < MAX_FRAME_BYTES / 4
    assert content is not None
    assert 100 < len(content.members) < 1000
    assert content.member_count == 9_999


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=9)), max_size=4), st.integers(1, 9))  # fmt: skip  # noqa: E501
def test_frames_arrive_whole_however_they_are_cut(frames: list[Frame], step: int) -> None:
    sent = b"".join(packed(kind, number, payload) for kind, number, payload in frames)  # type: ignore[arg-type]  # any
    unpacker, arrived = Unpacker(), []

    for start in range(0, len(sent), step):
        unpacker.feed(sent[start : start + step])
        while (frame := unpacker.next()) is not None:
            arrived.append(frame)

    assert arrived == frames


def test_a_frame_that_claims_to_be_huge_is_refused_before_it_is_collected() -> None:
    unpacker = Unpacker()
    unpacker.feed(b"\xff" * 9)

    with pytest.raises(FrameError):
        unpacker.next()


def test_both_sides_forget_the_same_contents_at_the_same_time() -> None:
    child: Remembered[None] = Remembered()
    parent: Remembered[str] = Remembered()

    for number in range(700):
        child.note((b"%d" % number, "t"), None)
        parent.note((str(number), "t"), "text")

    assert [number for number in range(700) if (b"%d" % number, "t") in child] == [
        number for number in range(700) if parent.get((str(number), "t"))
    ]


def test_the_slip_tells_where_the_child_is_and_what_it_has_not_sent() -> None:
    with Slip.made() as slip:
        slip.note_read(7, 1.5, digest=DIGEST, media_type=b"text/plain")
        assert slip.gather(packed(FrameKind.ROW, 6, b"row"))

        gathered = slip.gathered()
        assert slip.standing() == Standing(7, 1.5, Phase.CONTENT)
        assert read_answer(*slip.read()).sha256 == DIGEST.hex()
        assert slip.part(0, gathered.length) == packed(FrameKind.ROW, 6, b"row")

        slip.mark_sent(gathered.length)
        assert (slip.gathered().first, slip.gathered().length) == (gathered.length, 0)


def test_a_frame_that_is_larger_than_the_slip_is_left_to_the_pipe() -> None:
    with Slip.made() as slip:
        assert not slip.gather(bytes(70_000))
        assert slip.gathered().length == 0

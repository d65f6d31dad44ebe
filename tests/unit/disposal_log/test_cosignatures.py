"""A cosignature that can be forged, moved to another checkpoint or misread is no outside eye at all."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import KeyInvalidError, LogError, NoteInvalidError, RequestInvalidError
from disposal_log.formats.checkpoints import Checkpoint, sign_checkpoint
from disposal_log.formats.cosignatures import (
    CosigningKey,
    check_cosignature,
    decode_body,
    find_cosignatures,
    read_answer,
    read_witness_key,
    with_lines,
)
from disposal_log.formats.seen import KeptToken, PrintedCheckpoint, printed_line, read_printed, read_seen
from disposal_log.signing.notes import SigningKey, VerifierKey
from disposal_log.witnessing.printed import printed_checkpoint
from disposal_log.witnessing.requests import AddCheckpoint, Answer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOG = SigningKey.from_seed("records.example/log", seed=b"l" * 32)
WITNESS = CosigningKey.parse(SigningKey.from_seed("audit.example/w", seed=b"w" * 32).secret_text())
OTHER = CosigningKey.parse(SigningKey.from_seed("other.example/w", seed=b"o" * 32).secret_text())
CHECKPOINT = Checkpoint(origin=LOG.name, size=7, root=b"\x07" * 32)
NOTE = sign_checkpoint(CHECKPOINT, [LOG])


def cosigned(by: CosigningKey = WITNESS) -> bytes:
    return with_lines(NOTE, [by.cosign(CHECKPOINT.text(), at=NOON)])


def test_a_cosignature_says_who_and_when() -> None:
    (found,) = find_cosignatures(cosigned(), [WITNESS.verifier])

    assert (found.key, found.at) == (WITNESS.verifier, NOON)


def test_the_key_of_a_witness_is_read_back_from_what_is_printed() -> None:
    assert read_witness_key(str(WITNESS.verifier)) == WITNESS.verifier
    assert CosigningKey.parse(WITNESS.secret_text()) == WITNESS
    assert "w" * 8 not in repr(WITNESS)


def test_a_key_whose_cosignatures_not_everybody_can_check_is_refused() -> None:
    with pytest.raises(KeyInvalidError, match="is no cosignature key"):
        read_witness_key(str(VerifierKey(name="w", algorithm=0x06, public_key=bytes(1312))))


def test_a_witness_nobody_named_counts_for_nothing() -> None:
    assert find_cosignatures(cosigned(OTHER), [WITNESS.verifier]) == ()


@pytest.mark.parametrize("bit", range(0, 76 * 8, 5))
def test_no_bit_of_a_cosignature_can_be_changed(bit: int) -> None:
    body = bytearray(WITNESS.cosign(CHECKPOINT.text(), at=NOON).body)
    body[bit // 8] ^= 1 << bit % 8

    assert check_cosignature(CHECKPOINT.text(), bytes(body), WITNESS.verifier) is None


def test_a_cosignature_does_not_fit_another_checkpoint_or_another_witness() -> None:
    body = WITNESS.cosign(CHECKPOINT.text(), at=NOON).body
    longer = Checkpoint(origin=LOG.name, size=8, root=CHECKPOINT.root).text()

    assert check_cosignature(longer, body, WITNESS.verifier) is None
    assert check_cosignature(CHECKPOINT.text(), body, OTHER.verifier) is None
    assert check_cosignature(CHECKPOINT.text(), body[:-1], WITNESS.verifier) is None


def test_a_forged_cosignature_of_a_known_witness_condemns_the_note() -> None:
    forged = cosigned(CosigningKey.parse(SigningKey.from_seed("audit.example/w", seed=b"f" * 32).secret_text()))
    line = forged.splitlines()[-1].decode().rpartition(" ")[2]
    body = WITNESS.verifier.hash + base64.b64decode(line)[4:]
    note = NOTE + f"\N{EM DASH} audit.example/w {base64.b64encode(body).decode()}\n".encode()

    with pytest.raises(NoteInvalidError, match="is wrong"):
        find_cosignatures(note, [WITNESS.verifier])


def test_an_answer_without_the_cosignature_that_was_asked_for_is_refused() -> None:
    answer = OTHER.cosign(CHECKPOINT.text(), at=NOON).line().encode()

    with pytest.raises(NoteInvalidError, match="has not cosigned it"):
        read_answer(CHECKPOINT.text(), answer, WITNESS.verifier)


def test_a_cosignature_spelled_in_base64_of_another_kind_is_not_read() -> None:
    assert decode_body("QR==") is None


def test_a_request_is_read_back_as_it_was_asked() -> None:
    asked = AddCheckpoint(old_size=5, proof=(b"\x01" * 32, b"\x02" * 32), note=NOTE)

    assert AddCheckpoint.parse(asked.spell()) == asked
    assert asked.spell().startswith(b"old 5\nAQEB")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no empty line"),
        (b"old 05\n\n" + NOTE, "`old` and a size"),
        (b"new 5\n\n" + NOTE, "`old` and a size"),
        (b"old 9007199254740992\n\n" + NOTE, "`old` and a size"),
        (b"old 5\nAAAA\n\n" + NOTE, "not 32 bytes"),
        (b"old 5\n\xff\xfe\n\n" + NOTE, "not 32 bytes"),
        (b"old 5\n" + b"AAAA\n" * 64 + b"\n" + NOTE, "more than 63"),
        (b"old 5\n\nhello\n", "its checkpoint is"),
        (b"old 5\n\n" + NOTE.replace(b"\n7\n", b"\n07\n"), "its checkpoint is"),
        (b"x" * 300_000, "longer than"),
    ],
)
def test_a_request_that_could_be_misread_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(RequestInvalidError, match=words):
        AddCheckpoint.parse(body)


@given(
    st.binary(max_size=300)
    | st.builds(lambda cut, rest: b"old 5\n\n" + NOTE[:cut] + rest, st.integers(0, 300), st.binary())
)
def test_foreign_bytes_raise_only_our_errors(content: bytes) -> None:
    readers = (
        AddCheckpoint.parse,
        Answer.parse,
        lambda body: find_cosignatures(body, [WITNESS.verifier]),
        lambda body: read_answer(CHECKPOINT.text(), body, WITNESS.verifier),
        lambda body: read_witness_key(body.decode("utf-8", "surrogateescape")),
        read_seen,
    )
    for read in readers:
        try:
            read(content)
        except LogError:
            continue


def test_an_answer_in_a_file_says_what_http_would() -> None:
    refused = Answer(status=409, body=b"12\n")

    assert Answer.parse(refused.spell()) == refused
    assert refused.known_size() == 12
    assert Answer(status=409, body=b"many\n").known_size() is None
    assert Answer(status=200, body=b"12\n").known_size() is None
    with pytest.raises(RequestInvalidError):
        Answer.parse(b"hello")


def test_a_printed_line_is_found_on_its_page_whoever_typed_it() -> None:
    page = printed_checkpoint(CHECKPOINT, at=NOON)

    found = read_seen(page.upper().replace("  ", " ").encode())

    assert isinstance(found, PrintedCheckpoint)
    assert found.size == 7
    assert found.is_of(CHECKPOINT.root)
    assert not found.is_of(bytes(32))
    assert "2026-11-20" in page


def test_a_line_with_a_word_that_is_not_in_the_list_is_no_checkpoint() -> None:
    words = printed_line(CHECKPOINT).split()

    assert read_printed(" ".join([*words[:-1], "zebra"])) is None
    assert read_printed(" ".join(words[:-1])) is None


def test_a_note_and_a_token_are_told_apart() -> None:
    assert read_seen(NOTE) is None
    assert read_seen(b"\x30\x82\x01\x00") == KeptToken(token=b"\x30\x82\x01\x00")

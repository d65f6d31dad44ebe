"""Signed notes and checkpoints: what strangers' software must be able to check, and what ours must refuse."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import (
    CheckpointInvalidError,
    KeyInvalidError,
    NoteInvalidError,
    NoteUnverifiedError,
)
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint, open_checkpoint, sign_checkpoint
from disposal_log.signing.notes import ED25519, SigningKey, VerifierKey, open_note, sign_note
from disposal_log.tree.merkle import EMPTY_ROOT

ORIGIN = "records.example.gov.uk/destruction/2026"
KEY = SigningKey.from_seed(ORIGIN, seed=bytes(range(32)))
OTHER = SigningKey.from_seed("another.example", seed=bytes(32))
CHECKPOINT = Checkpoint(origin=ORIGIN, size=7, root=EMPTY_ROOT)
NOTE = sign_checkpoint(CHECKPOINT, [KEY])


def test_a_signed_checkpoint_says_what_was_signed() -> None:
    opened = open_checkpoint(NOTE, [KEY.verifier])

    assert opened.checkpoint == CHECKPOINT
    assert opened.signed_by == (KEY.verifier,)
    assert opened.note == NOTE


def test_every_changed_byte_of_a_signed_checkpoint_is_noticed() -> None:
    for at in range(len(NOTE)):
        for flip in (0x01, 0x20, 0x80):
            changed = NOTE[:at] + bytes([NOTE[at] ^ flip]) + NOTE[at + 1 :]

            with pytest.raises(NoteInvalidError):
                open_checkpoint(changed, [KEY.verifier])


def test_every_shortened_checkpoint_is_noticed() -> None:
    for length in range(len(NOTE)):
        with pytest.raises(NoteInvalidError):
            open_checkpoint(NOTE[:length], [KEY.verifier])


def test_an_unknown_signature_beside_ours_does_no_harm() -> None:
    opened = open_note(sign_note("text\n", [OTHER, KEY]), [KEY.verifier])

    assert (opened.signed_by, opened.unknown_signatures) == ((KEY.verifier,), 1)


def test_a_note_that_only_strangers_signed_is_not_believed() -> None:
    with pytest.raises(NoteUnverifiedError):
        open_note(sign_note("text\n", [OTHER]), [KEY.verifier])


def test_one_bad_signature_of_a_known_key_condemns_the_whole_note() -> None:
    good = sign_note("text\n", [KEY, OTHER])
    bad_line = sign_note("other\n", [OTHER]).splitlines(keepends=True)[-1]
    bad = b"".join([*good.splitlines(keepends=True)[:-1], bad_line])

    assert open_note(bad, [KEY.verifier]).unknown_signatures == 1
    with pytest.raises(NoteInvalidError, match="is wrong"):
        open_note(bad, [KEY.verifier, OTHER.verifier])


def test_a_signature_put_on_twice_counts_once() -> None:
    note = sign_note("text\n", [KEY, KEY])

    assert open_note(note, [KEY.verifier, KEY.verifier]).signed_by == (KEY.verifier,)


def test_two_keys_that_answer_to_the_same_line_are_refused() -> None:
    class Twin(VerifierKey):
        @property
        def hash(self) -> bytes:
            return KEY.verifier.hash

    twin = Twin(name=KEY.name, algorithm=ED25519, public_key=bytes(32))

    with pytest.raises(NoteInvalidError, match="share the name and hash"):
        open_note(NOTE, [KEY.verifier, twin])


def test_a_hundred_signatures_are_read_and_no_more() -> None:
    assert open_note(sign_note("text\n", [OTHER] * 99 + [KEY]), [KEY.verifier]).unknown_signatures == 99
    with pytest.raises(NoteInvalidError, match="more than 100"):
        open_note(sign_note("text\n", [OTHER] * 100 + [KEY]), [KEY.verifier])


@pytest.mark.parametrize("text", ["no newline at the end", "a\ttab\n", "", "a\rreturn\n"])
def test_a_text_that_no_reader_would_accept_is_not_signed(text: str) -> None:
    with pytest.raises(NoteInvalidError):
        sign_note(text, [KEY])


def test_a_note_of_a_megabyte_is_refused_before_it_is_read() -> None:
    with pytest.raises(NoteInvalidError, match="longer than"):
        open_note(b"a" * 1_000_001, [KEY.verifier])


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_foreign_notes_raise_only_our_error(note: bytes) -> None:
    with pytest.raises(NoteInvalidError):
        open_note(note, [KEY.verifier])
    with pytest.raises(NoteInvalidError):
        open_note(note + b"\n\n\xe2\x80\x94 name AAAAAAAA\n", [KEY.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n-7\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n7.0\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n\u0667\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n9007199254740992\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n7\nQmFuYW5hcw==\n",
        f"{ORIGIN}\n7\n{base64.b64encode(EMPTY_ROOT).decode()[:-2]}V=\n",
        f"\n7\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(EMPTY_ROOT).decode()}",
        f"{ORIGIN}\n7\n{base64.b64encode(EMPTY_ROOT).decode()}\n\nmore\n",
    ],
)
def test_a_checkpoint_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalidError):
        Checkpoint.parse(text)


@given(st.text(max_size=200))
def test_foreign_checkpoints_raise_only_our_error(text: str) -> None:
    try:
        found = Checkpoint.parse(text)
    except CheckpointInvalidError:
        return
    assert found.text() == text


def test_lines_that_a_later_version_adds_are_kept() -> None:
    later = Checkpoint(origin=ORIGIN, size=7, root=EMPTY_ROOT, extensions=("time 2027", "more"))

    assert Checkpoint.parse(later.text()) == later
    assert claimed_checkpoint(sign_checkpoint(later, [KEY])) == later


def test_a_key_survives_the_way_to_paper_and_back() -> None:
    assert SigningKey.parse(KEY.secret_text() + "\n") == KEY
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier


def test_a_private_key_does_not_show_in_messages() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert repr(KEY.seed) not in repr(KEY)


def test_every_misprint_of_a_public_key_is_noticed() -> None:
    text = str(KEY.verifier)
    for at in range(len(text)):
        for misprint in (text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :], text[:at] + text[at + 1 :], text[:at]):
            if misprint == text:
                continue
            with pytest.raises(KeyInvalidError):
                VerifierKey.parse(misprint)


def test_every_misprint_of_a_private_key_is_noticed() -> None:
    text = KEY.secret_text()
    for at in range(len(text)):
        with pytest.raises(KeyInvalidError):
            SigningKey.parse(text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :])


@given(st.text(max_size=80))
def test_foreign_keys_raise_only_our_error(text: str) -> None:
    with pytest.raises(KeyInvalidError):
        VerifierKey.parse(text)
    with pytest.raises(KeyInvalidError):
        SigningKey.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "line\nbreak", "nbsp\u00a0name", "\ud800", "bell\x07"])
def test_a_name_that_no_note_could_carry_names_no_key(name: str) -> None:
    with pytest.raises(KeyInvalidError):
        SigningKey.generate(name)


def test_a_signature_type_that_is_not_known_here_is_refused_by_name() -> None:
    later = VerifierKey(name="a", algorithm=5, public_key=bytes(32))

    with pytest.raises(KeyInvalidError, match="0x05"):
        VerifierKey.parse(str(later))


def test_a_seed_of_the_wrong_length_is_no_key() -> None:
    with pytest.raises(KeyInvalidError, match="length"):
        SigningKey.from_seed("a", seed=bytes(31))

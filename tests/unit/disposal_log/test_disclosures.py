"""Names and paths stay provable without being in the log."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import CanonicalFormError, DisclosureInvalidError
from disposal_log.formats.disclosures import DIGEST_CHARACTERS, commit, digest_of, open_disclosure


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_disclosed_text_is_the_text_that_was_committed_to(value: str) -> None:
    disclosure = commit("path", value)

    assert open_disclosure(disclosure.text, name="path") == value
    assert digest_of(disclosure.text) == disclosure.digest
    assert len(disclosure.digest) == DIGEST_CHARACTERS


@given(st.binary())
def test_a_file_name_of_any_bytes_survives(name: bytes) -> None:
    found = open_disclosure(commit("path", name).text, name="path")

    assert (found.encode() if isinstance(found, str) else found) == name


@given(st.binary())
def test_a_file_name_as_python_decodes_it_survives(name: bytes) -> None:
    decoded = name.decode("utf-8", "surrogateescape")
    found = open_disclosure(commit("path", decoded).text, name="path")

    assert (found.encode() if isinstance(found, str) else found) == name


@given(st.text(st.characters()))
def test_a_name_with_lone_surrogates_survives(name: str) -> None:
    found = open_disclosure(commit("path", name).text, name="path")

    as_text = found if isinstance(found, str) else found.decode("utf-8", "surrogateescape")
    assert as_text.encode("utf-16-le", "surrogatepass") == name.encode("utf-16-le", "surrogatepass")


def test_equal_values_cannot_be_told_from_their_commitments() -> None:
    assert commit("path", "J Smith letter.doc").digest != commit("path", "J Smith letter.doc").digest


def test_a_value_cannot_be_passed_off_as_another_field() -> None:
    with pytest.raises(DisclosureInvalidError, match="owner"):
        open_disclosure(commit("path", "a").text, name="owner")


def test_a_field_is_named_in_ascii() -> None:
    with pytest.raises(CanonicalFormError):
        commit("cyfeiriad-ŷ", "a")


@given(st.text(max_size=100))
def test_foreign_disclosures_raise_only_our_error(text: str) -> None:
    digest_of(text)
    with pytest.raises(DisclosureInvalidError):
        open_disclosure(text, name="path")


@pytest.mark.parametrize(
    "inner",
    [
        b'["salt","path",{"b64":"QQ"}]',
        b'["salt","path",{"b64":"%%%%"}]',
        b'["salt","path",{"b64":1}]',
        b'["salt","path",{"utf16":"QQ=="}]',
        b'["salt","path",{"hex":"QQ=="}]',
        b'["salt","path",{}]',
        b'["salt","path","bare"]',
        b'["salt","path"]',
        b'[1,"path",{"utf8":"a"}]',
        b"[]",
        b'{"a":1}',
        b'["salt", "path", {"utf8":"a"}]',
    ],
)
def test_a_malformed_disclosure_discloses_nothing(inner: bytes) -> None:
    text = base64.urlsafe_b64encode(inner).rstrip(b"=").decode()

    with pytest.raises(DisclosureInvalidError):
        open_disclosure(text, name="path")


def test_a_second_spelling_of_the_same_disclosure_is_refused() -> None:
    text = commit("path", "a").text

    for other in (text + "=", text + "\n", text + "=="):
        with pytest.raises(DisclosureInvalidError):
            open_disclosure(other, name="path")

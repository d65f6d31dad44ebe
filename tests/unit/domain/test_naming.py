import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.domain.naming import comparison_key, path_fields, shown


def test_names_that_look_alike_compare_alike() -> None:
    assert comparison_key("Caf\u00c9") == comparison_key("cafe\u0301")
    assert comparison_key("STRASSE") == comparison_key("stra\u00dfe")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a\nb", "a\\nb"),
        ("a\tb\r", "a\\tb\\r"),
        ("\u202egpj.exe", "\\u{202e}gpj.exe"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("Ŵyn 2.pdf", "Ŵyn 2.pdf"),
    ],
)
def test_nothing_in_a_name_hides_from_the_reader(path: str, words: str) -> None:
    assert shown(path) == words


def test_a_name_that_is_no_text_travels_as_bytes_too() -> None:
    raw = b"caf\xe9.pdf"

    fields = path_fields(os.fsdecode(raw))

    assert fields["path"] == "caf\\xe9.pdf"
    assert base64.b64decode(fields["path_b64"]) == raw
    assert path_fields("plain.pdf") == {"path": "plain.pdf"}


@given(st.binary(min_size=1, max_size=40))
def test_any_name_can_be_shown_on_one_line_and_found_again(raw: bytes) -> None:
    path = os.fsdecode(raw)

    words = shown(path)
    fields = path_fields(path)

    assert words.encode("utf-8")
    assert len(words.splitlines()) <= 1
    found = base64.b64decode(fields["path_b64"]) if "path_b64" in fields else fields["path"].encode()
    assert found == raw

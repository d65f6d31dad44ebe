"""Links and tokens that open files to anybody never get as far as a record."""

from collections.abc import Callable
from typing import Any

import pytest

from scanners.exports.tables.secrets import without_secrets

Taker = Callable[..., Any]

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2ln"  # noqa: S105  no key of anybody


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("@microsoft.graph.downloadUrl", "https://c/download.aspx?UniqueId=1"),
        ("@content.downloadUrl", "https://c/x"),
        ("Link", "https://c/download.aspx?tempauth=abc"),
        ("Link", "https://c/transform?docid=https%3A%2F%2Fc%3Ftempauth%3Dabc"),
        ("Link", "https://blob.core.windows.net/x?se=2030&sig=abc"),
        ("access_token", "abc"),
        ("Note", f"Bearer {TOKEN}"),
        ("Note", TOKEN),
        ("thumbnails", [{"large": {"url": "https://c/x"}}]),
        ("large", {"url": "https://c/x?tempauth=1"}),
        ("fields.refresh_token", "x"),
    ],
)
def test_a_key_is_dropped_wherever_it_hides(take_json: Taker, column: str, value: object) -> None:
    found = take_json([{"FileRef": "/s/a", column: value}])

    assert found.only.extra_fields == {}
    assert found.account.dropped.total() == 1
    assert not any("tempauth" in line or "eyJ" in line for line in found.lines)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Title", "The token economy = a report"),
        ("webUrl", "https://c/Doc.aspx?sourcedoc=%7B1%7D&file=a.docx&action=default"),
        ("CurrentChangeToken", "1;3;9"),
        ("FileLeafRef", "Passwords policy.docx"),
    ],
)
def test_what_opens_nothing_is_kept(column: str, value: str) -> None:
    kept, dropped = without_secrets({column: value})

    assert kept == {column: value}
    assert dropped == ()

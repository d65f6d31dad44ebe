"""`retention scan --pronom`: an inventory of formats for an archive, and plain words where the extra is absent."""

import importlib.util
import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Run


@pytest.fixture
def share(run: Run, tmp_path: Path) -> Path:
    place = tmp_path / "drive"
    place.mkdir()
    (place / "minutes.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    (place / "noise").write_bytes(b"\xfe\x01\x02 nobody's format")
    for words in (
        ("init",),
        ("users", "add", "ingrid", "--name", "Ingrid", "--role", "iao"),
        ("source", "add", str(place), "--asset", "finance", "--owner", "ingrid", "--name", "drive"),
    ):
        answer = run(*words)
        assert answer.returncode == 0, answer.stderr
    return place


@pytest.mark.usefixtures("share")
def test_without_the_extra_nothing_is_scanned_and_words_say_what_to_install(run: Run, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pygfried.py").write_text("raise ImportError")

    answer = run("scan", "--pronom", PYTHONPATH=str(hidden))

    assert answer.returncode == 2
    assert "Nothing was scanned." in answer.stderr
    assert "extra `pronom`" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert json.loads(run("report", "summary", "--json").stdout)["files"] == 0


@pytest.mark.skipif(
    importlib.util.find_spec("pygfried") is None, reason="the optional package pygfried is not installed"
)
def test_formats_are_named_once_and_explained(run: Run, share: Path) -> None:
    plain = run("scan", "--json")
    first = run("scan", "--pronom", "--json")
    again = run("scan", "--pronom")

    assert "formats" not in json.loads(plain.stdout)
    formats = json.loads(first.stdout)["formats"]
    assert "DROID_SignatureFile" in formats.pop("pronom_version")
    assert formats == {"named": 1, "unknown": 1, "not_asked": 0}
    assert "0 formats named after PRONOM, 0 that it does not know" in again.stdout
    assert "Format: fmt/18\n" in run("explain", str(share / "minutes.pdf")).stdout
    assert json.loads(run("explain", str(share / "noise"), "--json").stdout)["format_id"] == ""

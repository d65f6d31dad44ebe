"""PRONOM identifiers are an extra: given where the package is there, asked for in words where it is not."""

import importlib.util
import io
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.identification import pronom

needs_pygfried = pytest.mark.skipif(
    importlib.util.find_spec("pygfried") is None, reason="the optional package pygfried is not installed"
)


def test_a_missing_package_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pygfried", None)
    pronom._library.cache_clear()

    with pytest.raises(pronom.PronomMissingError, match="its extra `pronom`"):
        pronom.ask_pronom(str(tmp_path / "a"))

    pronom._library.cache_clear()


@needs_pygfried
def test_a_file_has_the_identifier_of_its_format(pdf: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "minutes.pdf"
    path.write_bytes(pdf("page"))
    descriptor = os.open(path, os.O_RDONLY)

    try:
        assert pronom.ask_pronom(str(path)).format_id.startswith("fmt/")
        assert pronom.ask_pronom(f"/proc/self/fd/{descriptor}") == pronom.ask_pronom(str(path))
    finally:
        os.close(descriptor)


@needs_pygfried
@pytest.mark.parametrize("content", [b"", b"\xfe\x01\x02 nobody's format"])
def test_a_file_of_no_known_format_has_no_identifier(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "unknown"
    path.write_bytes(content)

    assert pronom.ask_pronom(str(path)).format_id == ""


@needs_pygfried
def test_a_damaged_archive_is_no_trouble_of_the_disk(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.txt", "a" * 100)
    path = tmp_path / "cut.zip"
    path.write_bytes(whole.getvalue()[:80])

    answer = pronom.ask_pronom(str(path))

    assert answer == pronom.PronomAnswer(format_id="", trouble="zip: not a valid zip file")


@needs_pygfried
def test_a_file_that_is_gone_is_the_shares_trouble(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such file"):
        pronom.ask_pronom(str(tmp_path / "gone"))


@needs_pygfried
def test_a_name_that_is_not_utf_8_has_no_identifier_and_stops_nothing() -> None:
    assert pronom.ask_pronom(os.fsdecode(b"/proc/\xff")).format_id == ""


@needs_pygfried
def test_the_release_of_pronom_is_recorded() -> None:
    assert "DROID_SignatureFile" in pronom.pronom_version()

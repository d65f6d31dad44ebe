"""An export that was sent as one zip is read as the folder that it was, and nothing of it gets out of its place."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanners.errors import BrokenContentError, ScannerError
from scanners.exports import temporary, zipped
from scanners.exports.errors import ExportError, NotAnExportError
from scanners.exports.opening import open_export
from scanners.exports.reading import IsUnpacked
from scanners.exports.record import ContentPlace
from scanners.exports.temporary import TemporaryFolder, safe_path, spooled
from tests.unit.scanners.exports_packages.package_writer import Document, Package

Taker = Callable[..., Any]

LIST = "FileRef,FileLeafRef\n/sites/hr/Docs/a.txt,a.txt\n/sites/hr/Docs/sub/b.txt,b.txt\n"


def a_zip(files: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_zipped_tree_gives_the_records_of_the_tree_with_their_content(take_text: Taker) -> None:
    found = take_text(a_zip({"list.csv": LIST, "Docs/a.txt": "one", "Docs/sub/b.txt": "two"}), name="x.zip")

    assert {record.original_location: record.content.path for record in found.records} == {
        "/sites/hr/Docs/a.txt": "Docs/a.txt",
        "/sites/hr/Docs/sub/b.txt": "Docs/sub/b.txt",
    }
    assert (Path(found.reader.folder) / "Docs/sub/b.txt").read_text() == "two"
    assert found.reader.description.form.endswith("in a zip archive")
    assert found.reader.description.control_files[0].path == "x.zip"


def test_the_private_folder_goes_with_the_export(take_text: Taker) -> None:
    found = take_text(a_zip({"Docs/a.txt": "one"}), name="x.zip")
    folder = found.reader.folder

    assert isinstance(found.reader, IsUnpacked)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700  # noqa: PTH116
    assert found.only.content.path == "Docs/a.txt"
    del found
    assert not Path(folder).exists()


@pytest.mark.parametrize("prefix", ["", "export/"])
def test_a_zipped_package_is_read_with_and_without_its_folder(take_text: Taker, prefix: str) -> None:
    package = Package(documents=[Document(path="a.txt", content=b"words")]).files()

    found = take_text(a_zip({prefix + name: content for name, content in package.items()}), name="x.zip")

    (document,) = [record for record in found.records if record.name == "a.txt"]
    assert (Path(found.reader.folder) / document.content.path).read_bytes() == b"words"


def test_a_zip_of_one_table_is_the_table(take_text: Taker) -> None:
    assert len(take_text(a_zip({"list.csv": LIST}), name="x.ZIP").records) == 2


@pytest.mark.parametrize(
    "name", ["../out.txt", "/etc/out.txt", "C:\\out.txt", "a//b.txt", "a/../../out.txt", "x" * 300]
)
def test_nothing_is_written_outside_and_what_would_be_is_counted(take_text: Taker, tmp_path: Path, name: str) -> None:
    found = take_text(a_zip({"Docs/a.txt": "one", "Docs/b.txt": "two", name: "out"}), name="x.zip")

    assert {record.name for record in found.records} == {"a.txt", "b.txt"}
    assert found.account.refused_rows == {zipped.LEADS_OUT: 1}
    assert not list(tmp_path.parent.rglob("out.txt"))


def test_a_locked_a_broken_and_a_doubled_member_are_counted_not_passed_over(take_text: Taker) -> None:
    content = bytearray(
        a_zip({"Docs/a.txt": "one", "Docs/b.txt": "two" * 50, "Docs/c.txt": "three", "Docs": "no folder"})
    )
    first = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, first + 8, 1)  # the flag of a password
    packed_at = content.index(b"Docs/b.txt") + len("Docs/b.txt")
    content[packed_at] ^= 0xFF

    found = take_text(bytes(content), name="x.zip")

    assert [record.name for record in found.records] == ["c.txt"]
    assert found.account.refused_rows == {zipped.LOCKED: 1, zipped.BROKEN: 1, zipped.TWICE: 1}
    assert not list(Path(found.reader.folder).rglob("b.txt"))


def test_a_zip_that_swells_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipped, "_MIN_ALLOWED_BYTES", 1000)
    (tmp_path / "x.zip").write_bytes(a_zip({"a.txt": b"\0" * 400_000}))

    with pytest.raises(NotAnExportError, match="far more than its size"):
        open_export(str(tmp_path / "x.zip"))


def test_a_zip_without_room_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipped, "_SPARED_BYTES", 1 << 60)
    (tmp_path / "x.zip").write_bytes(a_zip({"a.txt": b"x"}))

    with pytest.raises(NotAnExportError, match="no room"):
        open_export(str(tmp_path / "x.zip"))


def test_a_damaged_zip_raises_only_our_words(tmp_path: Path) -> None:
    whole = a_zip({"Docs/a.txt": "one" * 100, "list.csv": LIST})
    for at in range(0, len(whole), 7):
        (tmp_path / "x.zip").write_bytes(whole[:at] + b"\xff\x00" + whole[at + 2 :])
        try:
            list(open_export(str(tmp_path / "x.zip")).records())
        except ExportError:
            continue


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.txt", "a/b.txt"),
        ("./a\\b.txt", "a/b.txt"),
        ("a\0", ""),
        ("..", ""),
        ("", ""),
        ("c:x", ""),
        ("/".join(["d" * 200] * 20), ""),
        ("\ud800x", ""),
    ],
)
def test_a_name_becomes_a_path_only_below_the_folder(name: str, path: str) -> None:
    assert safe_path(name) == path


def test_packed_content_comes_in_portions_and_each_is_gone_after_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_PORTION_FILES", 2)
    contents = [(ContentPlace(path="x.cmp", part=f"{n}.dat"), iter([b"a" * n])) for n in range(5)]
    seen: list[tuple[int, str]] = []
    folders = []

    for portion in spooled(contents):
        folders.append(portion.folder)
        assert not any(Path(folder).exists() for folder in folders[:-1])
        for _, file in portion.files:
            assert (Path(portion.folder) / file.path).stat().st_size == file.size_bytes
            seen.append((file.size_bytes, Path(file.path).suffix))

    assert seen == [(n, ".dat") for n in range(5)]
    assert not Path(folders[-1]).exists()


def test_damaged_packed_content_costs_itself_and_too_large_content_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:  # noqa: ANN401  a generator of bytes that fails
        yield b"a"
        raise BrokenContentError("it is damaged")

    monkeypatch.setattr(temporary, "_MAX_CONTENT_BYTES", 10)
    places = [ContentPlace(path="x", part=str(n)) for n in range(3)]

    (portion,) = spooled(zip(places, (broken(), iter([b"a" * 11]), iter([b"whole"])), strict=True))

    assert [place for place, _ in portion.files] == [places[2]]
    assert [place for place, _ in portion.lost] == places[:2]


def test_what_was_reached_before_a_fault_is_given_before_it_is_raised() -> None:
    def contents() -> Any:  # noqa: ANN401  a generator that fails
        yield ContentPlace(path="x", part="a"), iter([b"a"])
        raise BrokenContentError("it is cut off")

    portions = spooled(contents())

    assert len(next(portions).files) == 1
    with pytest.raises(ScannerError, match="cut off"):
        next(portions)


def test_half_a_file_never_stands_in_the_folder() -> None:
    def broken() -> Any:  # noqa: ANN401  a generator of bytes that fails
        yield b"half"
        raise BrokenContentError("it is damaged")

    with TemporaryFolder() as folder:
        with pytest.raises(BrokenContentError):
            folder.write("a/b.txt", broken())
        assert [path for path in Path(folder.path).rglob("*") if path.is_file()] == []

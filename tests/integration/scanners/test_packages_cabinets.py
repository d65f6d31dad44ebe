"""Packages in cabinets: stored, compressed, in several files, damaged, and made to harm."""

import hashlib
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import ScannerError
from scanners.exports.packages import open_package, stores
from scanners.exports.packages.cab import Cabinet
from scanners.exports.packages.cab_sets import runs_of
from scanners.exports.packages.errors import CabinetCompressionError, PackageUnreadableError
from scanners.opening import FileOpener
from tests.unit.scanners.exports_packages.cabinet_writer import (
    LZX,
    MSZIP,
    STORED,
    Block,
    a_cabinet,
    a_cabinet_set,
    assembled,
)
from tests.unit.scanners.exports_packages.package_writer import Document, Package

CONTENT = random.Random(7).randbytes(50_000) + b"the minutes of the meeting " * 4_000  # noqa: S311  any bytes do
PACKAGE = Package(documents=[Document(path="minutes.docx", content=CONTENT), Document(path="b.txt", content=b"short")])


def unpacked(folder: Path, *names: str) -> dict[str, bytes]:
    with FileOpener(str(folder)) as opener:
        runs = runs_of([Cabinet(opener, name) for name in names])
        return {file.name: b"".join(content) for run in runs for file, content in run.contents(lambda _: True)}


def digests_of(path: Path) -> dict[str, str]:
    with open_package(str(path)) as reader:
        found = {digest.place: digest.sha256 for digest in reader.digests()}
        return {record.name: found[record.content] for record in reader.records() if record.content}


DIGESTS = {"minutes.docx": hashlib.sha256(CONTENT).hexdigest(), "b.txt": hashlib.sha256(b"short").hexdigest()}


@pytest.mark.parametrize("method", [STORED, MSZIP])
def test_a_cabinet_gives_what_was_put_in(tmp_path: Path, method: int) -> None:
    (tmp_path / "export.cmp").write_bytes(a_cabinet(PACKAGE.files(), method=method))

    assert unpacked(tmp_path, "export.cmp") == PACKAGE.files()
    assert digests_of(tmp_path / "export.cmp") == digests_of(tmp_path) == DIGESTS


def test_a_set_of_cabinets_that_cuts_a_block_in_two_is_joined(tmp_path: Path) -> None:
    names = ["export.cmp", "export1.cmp", "export2.cmp"]
    made = a_cabinet_set(PACKAGE.files(), cuts=[20_000, 41_000], names=names)
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)

    assert unpacked(tmp_path, *names) == PACKAGE.files()
    for name in ("export.cmp", "export2.cmp"):
        assert digests_of(tmp_path / name) == DIGESTS


@pytest.mark.parametrize("lost", ["export.cmp", "export1.cmp", "export2.cmp"])
def test_a_missing_cabinet_of_a_set_is_named_and_nothing_is_taken_in(tmp_path: Path, lost: str) -> None:
    names = ["export.cmp", "export1.cmp", "export2.cmp"]
    for name, content in a_cabinet_set(PACKAGE.files(), cuts=[20_000, 41_000], names=names).items():
        if name != lost:
            (tmp_path / name).write_bytes(content)

    with pytest.raises(PackageUnreadableError, match="missing"):
        open_package(str(tmp_path))


def test_names_that_restart_in_a_second_cabinet_are_not_guessed(tmp_path: Path) -> None:
    files = PACKAGE.files()
    (tmp_path / "export.cmp").write_bytes(a_cabinet(files))
    (tmp_path / "export1.cmp").write_bytes(a_cabinet({"00000000.dat": b"somebody else's", "00000009.dat": b"x"}))

    with open_package(str(tmp_path / "export.cmp")) as reader:
        minutes, other = reader.records()

    assert minutes.content is None
    assert "could be one of 2 files" in minutes.anomalies[0]
    assert other.content is not None
    assert other.content.path == "export.cmp"


def test_a_cabinet_beside_it_that_is_an_export_of_its_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "housing.cmp").write_bytes(a_cabinet(PACKAGE.files()))
    (tmp_path / "housing2.cmp").write_bytes(a_cabinet(Package(documents=[Document(path="x.txt")]).files()))

    with open_package(str(tmp_path / "housing.cmp")) as reader:
        names = {record.name for record in reader.records()}

    assert names == set(DIGESTS)
    assert "'housing2.cmp' lies beside it and is an export of its own: it was not read" in reader.description.limits


def test_cabinets_that_each_list_their_own_content_keep_it_apart(tmp_path: Path) -> None:
    first = Package(documents=[Document(path="a.txt", content=b"first")])
    second = Package(documents=[Document(path="b.txt", content=b"second!")])
    (tmp_path / "export.cmp").write_bytes(a_cabinet(first.files()))
    (tmp_path / "export1.cmp").write_bytes(a_cabinet(second.files()))

    found = digests_of(tmp_path)

    assert found == {"a.txt": hashlib.sha256(b"first").hexdigest(), "b.txt": hashlib.sha256(b"second!").hexdigest()}


def test_two_different_exports_in_one_folder_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.cmp").write_bytes(a_cabinet(PACKAGE.files()))
    (tmp_path / "b.cmp").write_bytes(a_cabinet(Package(settings={"IncludeVersions": "LastMajor"}).files()))

    with pytest.raises(PackageUnreadableError, match="more than one export"):
        open_package(str(tmp_path))


def test_a_method_that_is_not_read_says_how_to_unpack_it(tmp_path: Path) -> None:
    (tmp_path / "export.cmp").write_bytes(a_cabinet(PACKAGE.files(), method=LZX))

    with pytest.raises(CabinetCompressionError, match=r"packed with LZX.*expand -F:\*.*NoFileCompression"):
        open_package(str(tmp_path / "export.cmp"))


def test_two_folders_in_one_cabinet_are_told_apart(tmp_path: Path) -> None:
    files = {"a.dat": b"a" * 40_000, "b.dat": b"b" * 10, "c.dat": b"c" * 70_000}
    (tmp_path / "x.cab").write_bytes(a_cabinet(files, folder_of={"b.dat": 1, "c.dat": 1}))

    assert unpacked(tmp_path, "x.cab") == files


def bent(content: bytes, at: int, form: str, *values: int) -> bytes:
    changed = bytearray(content)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


BLOCK = [Block(packed=b"abcdef", unpacked_bytes=6)]
WHOLE = assembled([("SystemData.xml", 6, 0, 0)], [BLOCK], method=STORED)
LIES: dict[str, Callable[[], bytes]] = {
    "a file beyond its folder": lambda: assembled([("a.xml", 4_000_000_000, 0, 0)], [BLOCK], method=STORED),
    "a file that begins beyond": lambda: assembled([("a.xml", 6, 4_000_000_000, 0)], [BLOCK], method=STORED),
    "files that share bytes": lambda: assembled([("a.xml", 6, 0, 0), ("b.xml", 3, 2, 0)], [BLOCK], method=STORED),
    "a folder that is not there": lambda: assembled([("a.xml", 6, 0, 7)], [BLOCK], method=STORED),
    "from a cabinet before that is not there": lambda: assembled([("a.xml", 6, 0, 0xFFFD)], [BLOCK], method=STORED),
    "into a cabinet after that is not there": lambda: assembled([("a.xml", 6, 0, 0xFFFE)], [BLOCK], method=STORED),
    "a cabinet that goes on in itself": lambda: assembled(
        [("a.xml", 6, 0, 0xFFFF)], [BLOCK], method=STORED, before="x.cmp", after="x.cmp"
    ),
    "a cabinet that goes on elsewhere": lambda: assembled(
        [("a.xml", 6, 0, 0xFFFE)], [BLOCK], method=STORED, after="../../x.cmp"
    ),
    "a block larger than blocks": lambda: assembled(
        [("a.xml", 6, 0, 0)], [[Block(packed=b"abcdef", unpacked_bytes=60_000)]], method=STORED
    ),
    "a block that unpacks to less": lambda: assembled(
        [("a.xml", 9, 0, 0)], [[Block(packed=b"abcdef", unpacked_bytes=9)]], method=STORED
    ),
    "a block that is no compressed one": lambda: assembled([("a.xml", 6, 0, 0)], [BLOCK]),
    "blocks beyond the end": lambda: bent(WHOLE, 40, "<H", 60_000),
    "content beyond the end": lambda: bent(WHOLE, 36, "<I", 0xFFFFFF00),
    "a folder whose content is the header": lambda: bent(WHOLE, 36, "<I", 0),
    "a list of files beyond the end": lambda: bent(WHOLE, 16, "<I", 0xFFFFFF00),
    "more files than there are": lambda: bent(WHOLE, 28, "<H", 60_000),
    "a wrong checksum": lambda: bent(WHOLE, len(WHOLE) - 1, "<B", 0x7A),
    "a size beyond the end": lambda: bent(WHOLE, 8, "<I", 1 << 30),
    "an unknown version": lambda: bent(WHOLE, 25, "<B", 9),
    "a name without an end": lambda: WHOLE[:60] + b"x" * 5_000,
    "nothing": lambda: b"MSCF",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_cabinet_that_lies_is_refused_in_words(tmp_path: Path, lie: str) -> None:
    (tmp_path / "x.cmp").write_bytes(LIES[lie]())

    with pytest.raises(PackageUnreadableError, match="cannot be read: "):
        open_package(str(tmp_path / "x.cmp"))


def test_a_cabinet_that_swells_beyond_reason_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_MIN_SPOOLED_BYTES", 1 << 20)
    start = b'<SPObjects xmlns="urn:deployment-manifest-schema">'
    (tmp_path / "x.cmp").write_bytes(a_cabinet({"SystemData.xml": start + b" " * 20_000_000}))

    with pytest.raises(PackageUnreadableError, match="unpacks to far more"):
        open_package(str(tmp_path / "x.cmp"))


@pytest.mark.parametrize("cut", [10, 40, 100, 400, 5_000, -1])
def test_a_cabinet_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "x.cmp").write_bytes(a_cabinet(PACKAGE.files())[:cut])

    with pytest.raises(PackageUnreadableError, match="cut off"):
        open_package(str(tmp_path / "x.cmp"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_damage_to_a_cabinet_raises_anything_but_our_own_errors(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(a_cabinet(Package(documents=[Document(path="a.txt")]).files()))
    for place, value in damage:
        content[place % len(content)] = value
    (folder / "x.cmp").write_bytes(content)

    try:
        with open_package(str(folder / "x.cmp")) as reader:
            for record in reader.records():
                if record.content:
                    b"".join(reader.content(record.content))
            list(reader.digests())
    except ScannerError as error:
        assert str(error)  # noqa: PT017  any of ours will do, and each has words


@pytest.mark.skipif(shutil.which("gcab") is None, reason="gcab is not installed")
@pytest.mark.parametrize("flags", [[], ["-z"]], ids=["stored", "mszip"])
def test_cabinets_of_another_maker_are_read(tmp_path: Path, flags: list[str]) -> None:
    PACKAGE.write(tmp_path)
    names = sorted(PACKAGE.files())

    subprocess.run(["gcab", "-c", *flags, "export.cmp", *names], cwd=tmp_path, check=True, capture_output=True)

    assert unpacked(tmp_path, "export.cmp") == PACKAGE.files()


def test_another_reader_gives_the_same(tmp_path: Path) -> None:
    libarchive = pytest.importorskip("libarchive", reason="libarchive-c is not installed")
    (tmp_path / "export.cmp").write_bytes(a_cabinet(PACKAGE.files()))

    with libarchive.file_reader(str(tmp_path / "export.cmp")) as archive:
        theirs = {entry.pathname: b"".join(entry.get_blocks()) for entry in archive}

    assert theirs == unpacked(tmp_path, "export.cmp")

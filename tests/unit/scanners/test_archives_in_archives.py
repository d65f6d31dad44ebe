"""An archive inside a 7z, a cabinet or a RAR is looked into where the standard library can unpack it, or it is said."""

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.observation import ProblemKind
from scanners.text import ContentReading, read_content
from tests.unit.scanners.exports_packages.cabinet_writer import LZX, MSZIP, STORED, a_cabinet
from tests.unit.scanners.test_rar import NEW, OLD, an_archive, an_old_block, block
from tests.unit.scanners.test_rar import number as rar_number
from tests.unit.scanners.test_sevenzip import AES, COPY, LZMA, LZMA2, a_sevenzip, files, number

SEVEN_ZIP, CABINET, RAR = "application/x-7z-compressed", "application/vnd.ms-cab-compressed", "application/vnd.rar"
BZIP2, DEFLATE = b"\x03\x04\x02\x02", b"\x03\x04\x01\x08"
DELTA, X86 = b"\x21\x03\x01\x01", b"\x04\x03\x03\x01\x03"
PPMD, BCJ2 = b"\x23\x03\x04\x01\x05" + bytes(5), b"\x14\x03\x03\x01\x1b\x04\x01"
HUGE_LZMA2 = b"\x21\x21\x01\x26"


def a_zip(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, name * 50)
    return target.getvalue()


INNER, BEFORE = a_zip("Housing/a.doc", "b.xls"), bytes(range(256)) * 40 + b"\xe8\0\1\0\0\xe9\xff\xfe\xff\xff" * 20
WHOLE = BEFORE + INNER


def listed(media_type: str, content: bytes) -> ContentReading:
    return read_content(media_type, content, limit_chars=20_000)


def paths(reading: ContentReading) -> list[str]:
    return [member.path for member in reading.members]


def problem(reading: ContentReading) -> tuple[ProblemKind, str]:
    [found] = reading.problems
    return found.kind, found.detail


def raw_lzma(*filters: dict[str, int]) -> Callable[[bytes], bytes]:
    return lambda content: lzma.compress(content, lzma.FORMAT_RAW, filters=list(filters))


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


ONE = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
TWO = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 24}


def solid(content: bytes, *, coders: bytes, sizes: list[int], bonds: bytes = b"", unpacked: int | None = None) -> bytes:
    """Return a 7z archive of one folder that holds files of these sizes, called f0.zip and so on."""
    total = sum(sizes) if unpacked is None else unpacked
    count = coders[0]
    described = b"\6" + number(0) + number(1) + b"\x09" + number(len(content)) + b"\0"
    described += b"\7\x0b" + number(1) + b"\0" + coders + bonds + b"\x0c" + number(total) * count + b"\0"
    described += b"\x08\x0d" + number(len(sizes)) + b"\x09" + b"".join(number(size) for size in sizes[:-1])
    described += b"\x0a\1" + bytes(4 * len(sizes)) + b"\0\0"
    names = [f"f{n}.bin" if size == len(BEFORE) else f"f{n}.zip" for n, size in enumerate(sizes)]
    return a_sevenzip(b"\1\4" + described + files(*names) + b"\0", content=content)


@pytest.mark.parametrize(
    ("coders", "bonds", "pack"),
    [
        (b"\1" + COPY, b"", bytes),
        (b"\1" + LZMA, b"", raw_lzma(ONE)),
        (b"\1" + LZMA2, b"", raw_lzma(TWO)),
        (b"\1" + BZIP2, b"", bz2.compress),
        (b"\1" + BZIP2, b"", lambda content: bz2.compress(content[:5000]) + bz2.compress(content[5000:])),
        (b"\1" + DEFLATE, b"", deflated),
        (b"\2" + X86 + LZMA, number(0) + number(1), raw_lzma({"id": lzma.FILTER_X86}, ONE)),
        (b"\2" + X86 + LZMA2, number(0) + number(1), raw_lzma({"id": lzma.FILTER_X86}, TWO)),
        (b"\2" + LZMA2 + DELTA, number(1) + number(0), raw_lzma({"id": lzma.FILTER_DELTA, "dist": 2}, TWO)),
    ],
    ids=["stored", "lzma", "lzma2", "bzip2", "bzip2 in blocks", "deflate", "x86 lzma", "x86 lzma2", "delta lzma2"],
)
def test_an_archive_behind_other_files_in_a_7z_is_looked_into(
    coders: bytes, bonds: bytes, pack: Callable[[bytes], bytes]
) -> None:
    reading = listed(
        SEVEN_ZIP, solid(pack(WHOLE + INNER), coders=coders, bonds=bonds, sizes=[len(BEFORE), len(INNER), len(INNER)])
    )

    inside = [f"{name}!/{path}" for name in ("f1.zip", "f2.zip") for path in ("Housing/a.doc", "b.xls")]
    assert paths(reading) == ["f0.bin", "f1.zip", *inside[:2], "f2.zip", *inside[2:]]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("coders", "bonds", "words"),
    [
        (b"\1" + PPMD, b"", "PPMd"),
        (b"\1" + BCJ2, bytes(range(4)), "BCJ2"),
        (b"\1\x03\x04\x01\x09", b"", "Deflate64"),
        (b"\1\x02\x77\x77", b"", "method 7777"),
    ],
)
def test_what_cannot_be_unpacked_is_said_in_words(coders: bytes, bonds: bytes, words: str) -> None:
    kind, detail = problem(listed(SEVEN_ZIP, solid(INNER, coders=coders, bonds=bonds, sizes=[len(INNER)])))

    assert (kind, words in detail, "f0.zip" in detail) == (ProblemKind.UNOPENED, True, True)


def test_a_locked_archive_in_a_7z_is_locked() -> None:
    reading = listed(SEVEN_ZIP, solid(INNER, coders=b"\1" + AES, sizes=[len(INNER)]))

    assert paths(reading) == ["f0.zip"]
    assert problem(reading)[0] is ProblemKind.ENCRYPTED


def test_a_dictionary_of_gigabytes_is_not_taken_from_memory() -> None:
    size = 1 << 33
    reading = listed(SEVEN_ZIP, solid(b"\0", coders=b"\1" + HUGE_LZMA2, sizes=[len(INNER), size]))

    assert problem(reading)[0] is ProblemKind.TOO_LARGE


def test_an_archive_behind_gigabytes_is_not_unpacked_for() -> None:
    reading = listed(SEVEN_ZIP, solid(WHOLE, coders=b"\1" + COPY, sizes=[1 << 33, len(INNER)]))

    assert problem(reading)[0] is ProblemKind.TOO_LARGE


def test_a_7z_that_claims_more_than_it_holds_is_damaged() -> None:
    packed = raw_lzma(TWO)(WHOLE)

    reading = listed(
        SEVEN_ZIP, solid(packed[: len(packed) // 2], coders=b"\1" + LZMA2, sizes=[len(BEFORE), len(INNER)])
    )

    assert problem(reading)[0] is ProblemKind.BROKEN


@pytest.mark.parametrize("method", [STORED, MSZIP])
def test_an_archive_in_a_cabinet_is_looked_into(method: int) -> None:
    contents = {"z.zip": INNER, "a.bin": BEFORE * 8, "b.zip": INNER}

    reading = listed(CABINET, a_cabinet(contents, method=method, folder_of={"b.zip": 1}))

    assert paths(reading) == [
        *("z.zip", "z.zip!/Housing/a.doc", "z.zip!/b.xls"),
        *("a.bin", "b.zip", "b.zip!/Housing/a.doc", "b.zip!/b.xls"),
    ]
    assert reading.problems == ()


def test_an_archive_behind_several_blocks_of_a_cabinet_is_reached() -> None:
    assert len(paths(listed(CABINET, a_cabinet({"a.bin": BEFORE * 20, "b.zip": INNER})))) == 4


def test_lzx_in_a_cabinet_is_said_in_words() -> None:
    kind, detail = problem(listed(CABINET, a_cabinet({"b.zip": INNER}, method=LZX)))

    assert kind is ProblemKind.UNOPENED
    assert "LZX" in detail


def a_rar_file(name: bytes, content: bytes, *, method: int) -> bytes:
    fields = rar_number(0) + rar_number(len(content)) + rar_number(0) + rar_number(method << 7) + rar_number(1)
    return block(2, fields + rar_number(len(name)) + name, content=content)


def an_old_rar_file(name: bytes, content: bytes, *, method: int, flags: int = 0x8000) -> bytes:
    size = len(content)
    fields = struct.pack("<LLBLHHBBHL", size, size, 2, 0, 0x5000, 0x275F, 29, method, len(name), 32)
    return an_old_block(0x74, flags, fields + name, content)


def an_old_archive(*blocks: bytes) -> bytes:
    return OLD + an_old_block(0x73, 0, bytes(6)) + b"".join(blocks) + an_old_block(0x7B, 0, b"")


@pytest.mark.parametrize(
    "content",
    [
        an_archive(a_rar_file(b"b.zip", INNER, method=0)),
        an_old_archive(an_old_rar_file(b"b.zip", INNER, method=0x30)),
    ],
    ids=["new", "old"],
)
def test_a_stored_archive_in_a_rar_is_looked_into(content: bytes) -> None:
    reading = listed(RAR, content)

    assert paths(reading) == ["b.zip", "b.zip!/Housing/a.doc", "b.zip!/b.xls"]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (an_archive(a_rar_file(b"b.zip", INNER, method=3)), "packed in a way (RAR)"),
        (an_old_archive(an_old_rar_file(b"b.zip", INNER, method=0x33)), "packed in a way (RAR)"),
        (an_old_archive(an_old_rar_file(b"b.zip", INNER, method=0x30, flags=0x8002)), "another volume"),
    ],
)
def test_a_packed_or_split_archive_in_a_rar_is_said_in_words(content: bytes, words: str) -> None:
    kind, detail = problem(listed(RAR, content))

    assert kind is ProblemKind.UNOPENED
    assert words in detail


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(data: st.DataObject) -> None:
    media_type, content = data.draw(
        st.sampled_from(
            (
                (SEVEN_ZIP, solid(raw_lzma(ONE)(WHOLE), coders=b"\1" + LZMA, sizes=[len(BEFORE), len(INNER)])),
                (SEVEN_ZIP, solid(bz2.compress(WHOLE), coders=b"\1" + BZIP2, sizes=[len(BEFORE), len(INNER)])),
                (CABINET, a_cabinet({"a.bin": BEFORE, "b.zip": INNER})),
                (RAR, NEW + an_archive(a_rar_file(b"b.zip", INNER, method=0))[len(NEW) :]),
            )
        )
    )
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + data.draw(st.binary(min_size=1, max_size=4)) + content[at + 1 :]

    reading = listed(media_type, changed)

    assert reading.is_read or reading.problems

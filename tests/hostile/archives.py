"""Archives that unpack to more than a machine holds, that hold themselves, and that lie about what they hold."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache

from tests.hostile.case import BROKEN, ENCRYPTED, READ, TOO_LARGE, Case, a_file
from tests.unit.scanners.conftest import an_archive
from tests.unit.scanners.test_archive_listing import a_cabinet, a_forged_zip, a_tar, a_zip_entry
from tests.unit.scanners.test_sevenzip import AES, LZMA, a_sevenzip, files, number, plain, streams, with_packed_header

GROUP = "archives"
_LISTED = (READ, BROKEN, TOO_LARGE)
_ZEROS = 10 << 20


@cache
def _zip_bomb() -> bytes:
    return an_archive({"zeros.txt": bytes(48 << 20)})


def _nested(depth: int, inside: bytes, name: str = "in.zip") -> bytes:
    for _ in range(depth):
        inside = an_archive({name: inside}, packing=zipfile.ZIP_STORED)
    return inside


def _many_in_many() -> bytes:
    """Return archives in archives in archives, sixteen to each: the shape of 42.zip."""
    content = an_archive({"zeros": bytes(1 << 20)})
    for _ in range(5):
        content = an_archive({f"{one:x}.zip": content for one in range(16)})
    return content


@cache
def _gzip_of_10_gb() -> bytes:
    return gzip.compress(bytes(_ZEROS)) * 1000


def _gzip_in_gzip() -> bytes:
    return gzip.compress(gzip.compress(gzip.compress(bytes(_ZEROS))))


def _quine() -> bytes:
    """Return an archive whose only member is, by what its directory says, the archive itself."""
    entry = a_zip_entry(b"self.zip", packed=120, unpacked=120, offset=0, method=0)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 120, 120, 8, 0) + b"self.zip"
    return local + entry + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)


def _overlapping() -> bytes:
    """Return a thousand entries that share the bytes of one kernel, as the best known bomb without nesting does."""
    kernel = zlib.compress(bytes(1 << 20), 9)[2:-4]
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(kernel), 1 << 20, 1, 0) + b"a" + kernel
    entries = [a_zip_entry(b"%04d.txt" % one, packed=len(kernel), unpacked=1 << 20, offset=0) for one in range(1000)]
    directory = b"".join(entries)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(directory), len(local), 0)
    return local + directory + end


def _claims_entries() -> bytes:
    return an_archive({"a.txt": b"x"})[:-14] + struct.pack("<2H2LH", 0xFFFE, 0xFFFE, 46, 35, 0)


def _zip64_lies() -> bytes:
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**60, 2**60, 2**60, 2**62)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 2**61, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return b"PK\3\4" + bytes(40) + end64 + locator + end


def _names(*names: bytes) -> bytes:
    """Return a sound archive of empty entries with these names."""
    locals_, entries, offset = [], [], 0
    for name in names:
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
        entries.append(a_zip_entry(name, packed=0, unpacked=0, offset=offset, method=0))
        locals_.append(local)
        offset += len(local)
    directory = b"".join(entries)
    return (
        b"".join(locals_)
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(names), len(names), len(directory), offset, 0)
    )


def _huge_tar() -> bytes:
    entry = tarfile.TarInfo("huge.bin")
    entry.size = 2**60
    return entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _negative_tar() -> bytes:
    raw = bytearray(tarfile.TarInfo("negative").tobuf(tarfile.GNU_FORMAT))
    raw[124:136] = b"\xff" * 11 + b"\x00"
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw) + bytes(1024)


def _tar_of_sparse() -> bytes:
    entry = tarfile.TarInfo("sparse")
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**61)}
    return entry.tobuf(tarfile.PAX_FORMAT) + bytes(1024)


def _long_pax() -> bytes:
    entry = tarfile.TarInfo("long")
    entry.pax_headers = {"path": "x/" * 500_000, "mtime": "9" * 400, "size": "-1"}
    return entry.tobuf(tarfile.PAX_FORMAT) + bytes(1024)


def _tar_of_links() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, link in (("a", "b"), ("b", "a"), ("passwd", "/etc/passwd"), ("up", "../../..")):
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.SYMTYPE
            entry.linkname = link
            archive.addfile(entry)
    return target.getvalue()


def _many_entries() -> bytes:
    return _names(*(b"%06d" % one for one in range(20_000)))


def _locked_zip() -> bytes:
    return a_forged_zip([a_zip_entry(b"salaries.xlsx", packed=9, unpacked=900, offset=0, flags=1)])


def _locked_aes() -> bytes:
    return a_forged_zip([a_zip_entry(b"salaries.xlsx", packed=9, unpacked=900, offset=0, method=99, flags=1)])


def _sevenzip_of_many() -> bytes:
    return a_sevenzip(b"\1\5" + number(2**50) + b"\x11" + number(2**40) + b"\0")


def _xz_bomb() -> bytes:
    return lzma.compress(bytes(40 << 20), preset=0)


def _tar_bz2_bomb() -> bytes:
    return bz2.compress(bytes(24 << 20))


def _tar_in_itself() -> bytes:
    content = a_tar({"a.txt": b"x"})
    for _ in range(40):
        content = a_tar({"in.tar": content})
    return content


def cases() -> Iterator[Case]:
    yield a_file(GROUP, "zip bomb", "bomb.zip", _zip_bomb, *_LISTED)
    yield a_file(GROUP, "zip bomb in a zip", "bombs.zip", lambda: _nested(2, _zip_bomb()), *_LISTED)
    yield a_file(GROUP, "200 archives in each other", "deep.zip", lambda: _nested(200, b"x"), *_LISTED)
    yield a_file(GROUP, "40 tapes in each other", "deep.tar", _tar_in_itself, *_LISTED)
    yield a_file(GROUP, "a million archives", "42.zip", _many_in_many, *_LISTED)
    yield a_file(GROUP, "archive that is its own member", "quine.zip", _quine, *_LISTED)
    yield a_file(GROUP, "overlapping entries", "overlap.zip", _overlapping, *_LISTED)
    yield a_file(GROUP, "claims 65,534 entries", "claims.zip", _claims_entries, *_LISTED)
    yield a_file(GROUP, "claims of 64 bits", "claims64.zip", _zip64_lies, BROKEN, READ)
    yield a_file(GROUP, "20,000 entries", "many.zip", _many_entries, READ)
    yield a_file(GROUP, "entries that climb", "climb.zip", lambda: _names(b"../../../etc/passwd", b"/etc/x"), READ)
    yield a_file(
        GROUP, "entries of Windows", "win.zip", lambda: _names(b"C:\\a", b"\\\\srv\\a", b"..\\a", b"a:b"), READ
    )
    yield a_file(GROUP, "entries without a name", "nameless.zip", lambda: _names(b"", b"", b"/", b"."), *_LISTED)
    yield a_file(GROUP, "entries that are no text", "bytes.zip", lambda: _names(b"\xff\n\x1b[2J", b"\0a"), READ, BROKEN)
    yield a_file(GROUP, "entries of 60,000 bytes", "long.zip", lambda: _names(b"x" * 60_000, b"x/" * 30_000), READ)
    yield a_file(GROUP, "the same entry often", "same.zip", lambda: _names(*[b"a.txt"] * 500), READ)
    yield a_file(GROUP, "only an end", "end.zip", struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0))
    yield a_file(GROUP, "ten thousand ends", "ends.zip", b"PK\3\4" + b"PK\5\6" * 10_000, BROKEN, READ)
    yield a_file(GROUP, "zip with a password", "locked.zip", _locked_zip, ENCRYPTED)
    yield a_file(GROUP, "zip with a strong password", "aes.zip", _locked_aes, ENCRYPTED)
    yield a_file(GROUP, "part of a set", "part.zip", lambda: a_forged_zip([], disk=3), *_LISTED)
    yield a_file(GROUP, "gzip of 10 GB", "zeros.gz", _gzip_of_10_gb, *_LISTED)
    yield a_file(GROUP, "tape in a gzip of 10 GB", "zeros.tgz", _gzip_of_10_gb, *_LISTED)
    yield a_file(GROUP, "gzip in gzip in gzip", "in.gz.gz", _gzip_in_gzip, *_LISTED)
    yield a_file(GROUP, "gzip with an endless name", "name.gz", b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 1_000_000)
    yield a_file(GROUP, "bzip2 bomb", "zeros.tar.bz2", _tar_bz2_bomb, *_LISTED)
    yield a_file(GROUP, "xz bomb", "zeros.xz", _xz_bomb, *_LISTED)
    yield a_file(
        GROUP, "xz with a dictionary of 4 GB", "dict.xz", b"\xfd7zXZ\0\0\4\xe6\xd6\xb4F\2\0!\1\x28\0\0\0" + b"x" * 99
    )
    yield a_file(GROUP, "tape of 2^60 bytes", "huge.tar", _huge_tar, *_LISTED)
    yield a_file(GROUP, "tape of less than nothing", "negative.tar", _negative_tar, *_LISTED)
    yield a_file(GROUP, "tape that claims holes", "sparse.tar", _tar_of_sparse, *_LISTED)
    yield a_file(GROUP, "tape with a name of a megabyte", "long.tar", _long_pax, *_LISTED)
    yield a_file(GROUP, "tape of links", "links.tar", _tar_of_links, *_LISTED)
    yield a_file(GROUP, "7z with a password", "locked.7z", lambda: with_packed_header(plain(), coder=AES), ENCRYPTED)
    yield a_file(GROUP, "7z of 2^50 files", "many.7z", _sevenzip_of_many, BROKEN, TOO_LARGE)
    yield a_file(
        GROUP,
        "7z that unpacks to 2^62",
        "huge.7z",
        lambda: with_packed_header(plain(), coder=LZMA, unpacked=2**62),
        BROKEN,
        TOO_LARGE,
    )
    yield a_file(
        GROUP,
        "7z with false sizes",
        "sizes.7z",
        lambda: a_sevenzip(b"\1\4" + streams(packed=2**62, unpacked=2**62, coder=LZMA, at=2**62) + files("a") + b"\0"),
        *_LISTED,
    )
    yield a_file(GROUP, "7z with a false sum", "sum.7z", lambda: a_sevenzip(plain(), checksum=1), BROKEN)
    yield a_file(GROUP, "cabinet of 20,000 files", "many.cab", lambda: a_cabinet(*[b"a"] * 20_000), READ)
    yield a_file(GROUP, "cabinet that claims more", "claims.cab", lambda: a_cabinet(b"a", b"b")[:-8], BROKEN)
    yield a_file(GROUP, "rar of nothing but a head", "head.rar", b"Rar!\x1a\x07\1\0" + b"\xff" * 500, BROKEN)
    yield a_file(
        GROUP, "rar with a head of 2^63", "size.rar", b"Rar!\x1a\x07\1\0" + bytes(4) + b"\xff" * 8 + b"\x7f", BROKEN
    )
    yield a_file(GROUP, "disc image of zeros", "disc.iso", bytes(0x8001) + b"CD001\1" + bytes(5000))

"""Old office files whose tables run in circles and whose counts are lies; and rich text without an end."""

import struct
from collections.abc import Iterator

from tests.hostile.case import ANYTHING_SAID, BROKEN, ENCRYPTED, READ, TOO_LARGE, UNREAD_TYPE, Case, Content, a_file
from tests.unit.scanners.legacy.building_compound import FREE, Tree, a_compound_file, a_property_set
from tests.unit.scanners.legacy.building_office import (
    BEGIN,
    FINISH,
    Cut,
    a_doc,
    a_ppt,
    a_record,
    a_shape,
    a_slide,
    a_string,
    a_workbook,
    an_atom,
    an_old_doc,
    an_xls,
)

GROUP = "old office"
_ANSWERS = (READ, BROKEN, TOO_LARGE, UNREAD_TYPE)
_SECTOR = 512


def _large() -> bytearray:
    return bytearray(a_doc("Minutes of the committee " * 400))


def _table_at(content: bytes | bytearray) -> int:
    return int(struct.unpack_from("<L", content, 76)[0] + 1) * _SECTOR


def _circle_of_sectors() -> bytes:
    content = _large()
    at = _table_at(content)
    struct.pack_into("<L", content, at, 0)  # the first sector follows itself
    return bytes(content)


def _circle_of_two_sectors() -> bytes:
    content = _large()
    at = _table_at(content)
    struct.pack_into("<2L", content, at, 1, 0)
    return bytes(content)


def _directory_in_a_circle() -> bytes:
    content = _large()
    (first,) = struct.unpack_from("<L", content, 48)
    struct.pack_into("<L", content, _table_at(content) + 4 * first, first)
    return bytes(content)


def _entries_in_a_circle() -> bytes:
    content = _large()
    at = content.find("WordDocument".encode("utf-16-le"))
    struct.pack_into("<3L", content, at + 68, 1, 1, 1)
    root = content.find("Root Entry".encode("utf-16-le"))
    struct.pack_into("<3L", content, root + 68, 0, 0, 0)
    return bytes(content)


def _patched(at: int, *numbers: int) -> bytes:
    content = _large()
    struct.pack_into(f"<{len(numbers)}L", content, at, *numbers)
    return bytes(content)


def _deep_storages(levels: int) -> bytes:
    tree: Tree = {"leaf": b"x"}
    for _ in range(levels):
        tree = {"s": tree}
    return a_compound_file({"WordDocument": bytes(4096), **tree})


def _many_streams() -> bytes:
    return a_compound_file({f"{one:05}": b"" for one in range(3000)} | {"Workbook": a_workbook().ljust(4096, b"\0")})


def _circle_of_edits() -> bytes:
    return a_ppt([a_slide(a_shape("Slide"))], has_circle=True)


def _atoms_in_atoms(levels: int) -> bytes:
    atom = b""
    for _ in range(levels):
        atom = an_atom(0x03EE, atom, holds=True)
    return a_ppt([atom])


def _words() -> dict[str, Content]:
    return {
        "sector that follows itself": _circle_of_sectors(),
        "two sectors that follow each other": _circle_of_two_sectors(),
        "directory that follows itself": _directory_in_a_circle(),
        "entries that are their own neighbours": _entries_in_a_circle(),
        "sectors of 2^255 bytes": _patched(30, 0x00FF00FF),
        "table of 2^32 sectors": _patched(44, 0xFFFFFFFF),
        "directory beyond the end": _patched(48, 0x7FFFFFFF),
        "table of tables in a circle": _patched(68, 0, 0xFFFF),
        "cut-off of 2^32": _patched(56, 0xFFFFFFFF),
        "200 storages in each other": lambda: _deep_storages(200),
        "3,000 streams": _many_streams,
        "claims 2^31 letters": a_doc("Minutes", claimed=2**31 - 1),
        "pieces without number": lambda: a_doc(*[Cut("ab")] * 20_000),
        "everything deleted": a_doc("Minutes", deleted=[(0, 2**20)]),
        "fields in fields": a_doc("\x13 INCLUDE \x14" * 5000),
        "fields that end first": a_doc("\x15" * 5000 + "Minutes"),
        "drawings of nothing": a_doc("Minutes", drawings=b"\xff" * 5000),
        "properties that lie": a_doc("Minutes", beside={"\x05SummaryInformation": _lying_properties()}),
        "properties of year 60000": a_doc("Minutes", beside={"\x05SummaryInformation": _far_properties()}),
        "properties of a foreign code": a_doc(
            "Minutes", beside={"\x05SummaryInformation": a_property_set({2: b"\xff\xfe"}, code_page=31_337)}
        ),
        "version of tomorrow": a_doc("Minutes", version=0xFFFF),
        "Word 95 that claims more": a_compound_file(
            {"WordDocument": an_old_doc(b"Minutes")[:700].ljust(4096, b"\xff")}
        ),
        "no table": a_compound_file({"WordDocument": bytes(4096)}),
    }


def _lying_properties() -> bytes:
    content = bytearray(a_property_set({2: b"Title", 4: b"Author"}))
    struct.pack_into("<2L", content, 48, 0xFFFFFFFF, 0xFFFFFFFF)
    return bytes(content)


def _far_properties() -> bytes:
    content = bytearray(a_property_set({12: 5}))
    at = content.find(struct.pack("<Ll", 3, 5))
    return bytes(content[:at]) + struct.pack("<LQ", 64, 2**64 - 1)


def _books() -> dict[str, Content]:
    claimed = a_record(0xFC, struct.pack("<2L", 0xFFFFFFFF, 0xFFFFFFFF) + a_string("Pay"))
    endless = a_record(0xFC, struct.pack("<2LHB", 1, 1, 0xFFFF, 0x0D) + struct.pack("<HL", 0xFFFF, 0xFFFFFFFF))
    return {
        "claims 2^32 strings": an_xls(BEGIN + claimed + FINISH),
        "string that claims everything": an_xls(BEGIN + endless + a_record(0x3C, b"\1") * 900 + FINISH),
        "20,000 sheets": lambda: an_xls(a_workbook(names=[f"s{one}" for one in range(20_000)])),
        "record longer than the file": an_xls(BEGIN + struct.pack("<2H", 0xFC, 0xFFFF)),
        "only beginnings": an_xls(BEGIN * 20_000),
        "workbook of zeros": an_xls(bytes(100_000)),
        "record of a pivot without rows": an_xls(a_workbook(sheet=a_record(0x1B6, b"\xff" * 18) * 500)),
    }


def _slides() -> dict[str, Content]:
    return {
        "last save names itself": _circle_of_edits(),
        "atoms in atoms": lambda: _atoms_in_atoms(3000),
        "atom of 4 GB": a_ppt([struct.pack("<HHL", 0xF, 0x03EE, 0xFFFFFFFF) + b"x" * 90]),
        "20,000 slides": lambda: a_ppt([a_slide()], order=[0] * 20_000),
        "slides that are not there": a_ppt([a_slide()], order=[5, 2**31]),
        "no user": a_compound_file({"PowerPoint Document": bytes(5000)}),
    }


def _locked() -> dict[str, tuple[str, bytes]]:
    book = an_xls(a_workbook(before=a_record(0x2F, struct.pack("<H", 1) + bytes(52))))
    package: Tree = {"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(400)}
    return {
        "document with a password": ("locked.doc", a_doc("Salaries", flags=0x0100)),
        "workbook with a password": ("locked.xls", book),
        "slides with a password": ("locked.ppt", a_ppt([a_slide(a_shape("Salaries"))], mark=0xF3D1C4DF)),
        "docx with a password": ("locked.docx", a_compound_file(package)),
        "xlsx with a password": ("locked.xlsx", a_compound_file(package)),
        "pptx with a password": ("locked.pptx", a_compound_file(package)),
    }


def _rich() -> dict[str, bytes]:
    head = rb"{\rtf1\ansi\ansicpg1252 "
    return {
        "groups in groups": head + b"{" * 500_000,
        "groups that end first": head + b"}" * 500_000 + b"Minutes",
        "binary of 2 GB": head + rb"\bin2147483647 x" + b"y" * 9000,
        "binary of less than nothing": head + rb"\bin-2147483648 Minutes}",
        "word of a megabyte": head + b"\\" + b"a" * 1_000_000 + b"}",
        "number of a megabyte": head + rb"\u" + b"9" * 1_000_000 + b"?}",
        "skips a billion": head + rb"\uc1000000000\u233 Minutes}",
        "fonts without number": head + b"{\\fonttbl" + b"{\\f1\\fcharset99 A;}" * 20_000 + b"}Minutes}",
        "embedded without an end": head + rb"{\object\objdata " + b"d0cf11e0" * 100_000,
        "letters without a pair": head + rb"\u-10240?" * 5000 + b"}",
        "half of a letter": head + rb"\'",
        "fields that fetch": head + rb'{\field{\*\fldinst INCLUDETEXT "http://127.0.0.1:1/x"}{\fldrslt x}}\par}',
        "template that fetches": head + rb"{\*\template http://127.0.0.1:1/t.dot}Minutes}",
        "only a head": rb"{\rtf",
    }


def cases() -> Iterator[Case]:
    for suffix, made in (("doc", _words()), ("xls", _books()), ("ppt", _slides())):
        for name, content in made.items():
            yield a_file(GROUP, f"{suffix}, {name}", f"old.{suffix}", content, *ANYTHING_SAID)
    for name, (file, content) in _locked().items():
        yield a_file(GROUP, name, file, content, ENCRYPTED)
    for name, content in _rich().items():
        yield a_file(GROUP, f"rtf, {name}", "rich.rtf", content, *_ANSWERS)
    nothing = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    for name, content in {
        "only eight bytes": nothing,
        "ones after them": nothing + b"\xff" * 5000,
        "zeros after them": nothing + bytes(5000),
        "free sectors only": nothing + struct.pack("<126L", *[FREE] * 126) * 4,
    }.items():
        yield a_file(GROUP, f"msg, {name}", "note.msg", content, *ANYTHING_SAID)

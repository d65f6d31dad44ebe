"""A sound file of every format that is read, cut off at five places and with bits turned at three."""

import bz2
import gzip
import lzma
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

from tests.hostile.case import ENCRYPTED, READ, Case, a_file
from tests.unit.scanners.conftest import a_docx, a_pdf, an_archive, an_xlsx
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.legacy.building_compound import a_compound_file, a_property_set
from tests.unit.scanners.legacy.building_messages import (
    a_msg,
    a_winmail,
    an_attachment,
    an_attribute,
    mapi_properties,
)
from tests.unit.scanners.legacy.building_office import (
    a_doc,
    a_ppt,
    a_shape,
    a_slide,
    a_string,
    a_workbook,
    an_old_doc,
    an_xls,
)
from tests.unit.scanners.test_archive_listing import a_tar
from tests.unit.scanners.test_rar import a_file as a_packed_file
from tests.unit.scanners.test_rar import an_archive as a_rar
from tests.unit.scanners.test_rar import an_old_archive, an_old_file
from tests.unit.scanners.test_sevenzip import LZMA, a_sevenzip, plain, with_packed_header
from tests.unit.scanners.test_text_mail import PARCEL
from tests.unit.scanners.test_text_opendocument import META
from tests.unit.scanners.test_text_opendocument import NAMES as ODF_NAMES
from tests.unit.scanners.test_text_pages import an_epub
from tests.unit.scanners.test_text_pdf import a_pdf_form
from tests.unit.scanners.test_text_slides import a_pptx, shape

_CUTS = (0.02, 0.25, 0.5, 0.75, 0.98)
_TURNED_BITS = (1, 8, 64)
_MAIL = (
    b"From: Jane <jane@example.gov.uk>\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?R=C3=BCckst=C3=A4nde?=\r\n"
    b"Date: Mon, 3 Feb 2014 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWords\r\n--b\r\n"
    b"Content-Type: application/pdf; name=a.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n"
)
_BOX = b"From jane@example.org Mon Feb  3 10:00:00 2014\n" + _MAIL.replace(b"\r\n", b"\n") + b"\n"
_RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Rules}}Caf\'e9 \u8364?40\par{\b Words}\par}"
_HTML = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Rüben</title></head><body><p>Words &amp; Größe'
    "</p><table><tr><td>a</td></tr></table><script>no</script></body></html>"
)
_KINDS = (
    '<Types><Override PartName="/{}" ContentType="application/vnd.openxmlformats-officedocument.{}.main+xml"/></Types>'
)


def _docx() -> bytes:
    body = "<w:p><w:r><w:t>Minutes</w:t></w:r></w:p>" * 50
    return a_docx(body, header1="<w:p><w:t>Head</w:t></w:p>", core="<dc:title>Rules</dc:title>")


def _pptx() -> bytes:
    types = _KINDS.format("ppt/presentation.xml", "presentationml.presentation")
    return a_pptx(an_archive, shape("First"), shape("Second"), parts={"[Content_Types].xml": types})


def _odf(kind: str) -> Callable[[], bytes]:
    """Return what makes an OpenDocument file; its type stands first and unpacked, as the standard has it."""

    def make() -> bytes:
        words = "<text:p>Allotments</text:p>"
        if kind == "spreadsheet":
            cell = f"<table:table-cell>{words}</table:table-cell>"
            words = f"<table:table><table:table-row>{cell}</table:table-row></table:table>"
        parts = {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF_NAMES}><office:body><office:{kind}>{words}</office:{kind}>"
            "</office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {ODF_NAMES}><office:meta>{META}</office:meta></office:document-meta>",
        }
        return an_archive(parts, packing=zipfile.ZIP_STORED)

    return make


def _doc() -> bytes:
    stated = a_property_set({2: b"Rules", 4: "R. Hollis", 14: 3})
    return a_doc(
        "Minutes of the allotments committee\r" * 60, stories={1: "A note\r"}, beside={"\x05SummaryInformation": stated}
    )


def _xls() -> bytes:
    return an_xls(a_workbook(strings=[a_string("Leavers"), a_string("Größe", is_wide=True)], names=("Pay", "2003")))


def _msg() -> bytes:
    files = [an_attachment({0x3707: "plan.pdf", 0x3701: b"x" * 900, 0x3705: 1})]
    return a_msg(
        {0x0037: "Tree", 0x1000: "Please fell it.\r\n", 0x0042: "Clerk"},
        recipients=[{0x3001: "Rita"}],
        attachments=files,
    )


def _winmail() -> bytes:
    return a_winmail(
        an_attribute(0x9003, mapi_properties({0x0037: "Tree", 0x1000: "Words"})),
        an_attribute(0x9002, bytes(14), level=2),
        an_attribute(0x8010, b"plan.pdf\0", level=2),
        an_attribute(0x800F, b"x" * 900, level=2),
    )


def _tar() -> bytes:
    return a_tar({"a.txt": b"x" * 600, "b" * 150: b"y", "c/d.txt": b"z"})


def _zip() -> bytes:
    return an_archive({"a.txt": b"x" * 400, "b/c.tar": _tar(), "d.zip": an_archive({"e": "f"})})


def _epub() -> bytes:
    return an_epub(an_archive)


SOUND: dict[str, Callable[[], bytes]] = {
    "docx": _docx,
    "xlsx": lambda: an_xlsx(strings=("Leavers", "Starters"), cells='<c t="s"><v>0</v></c>' * 50),
    "pptx": _pptx,
    "odt": _odf("text"),
    "ods": _odf("spreadsheet"),
    "odp": _odf("presentation"),
    "epub": _epub,
    "pdf": lambda: a_pdf("Invoice 9", "Total 12.50", title="Invoice"),
    "form.pdf": lambda: a_pdf_form("Applicant", attachment="plan.dwg"),
    "locked.pdf": lambda: a_pdf("Salaries", password="secret"),  # noqa: S106  a test's own
    "doc": _doc,
    "word95.doc": lambda: a_compound_file({"WordDocument": an_old_doc(b"Minutes\r" * 900)}),
    "xls": _xls,
    "ppt": lambda: a_ppt([a_slide(a_shape("First")), a_slide(a_shape("Second"))], outline={0: "Title"}),
    "msg": _msg,
    "winmail.dat": _winmail,
    "parcel.dat": lambda: PARCEL,
    "rtf": lambda: _RTF * 20,
    "html": _HTML.encode,
    "xml": f'<?xml version="1.0"?><a><b>{"Größe " * 50}</b></a>'.encode,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><text>Words</text></svg>',
    "eml": lambda: _MAIL,
    "mbox": lambda: _BOX * 5,
    "txt": lambda: "Größe und Maß €\n".encode("utf-16") * 50,
    "csv": lambda: b'Name,Note\r\n"Jane ""J"" Doe","x\r\ny"\r\n' * 50,
    "json": lambda: b'{"a": ["Gr\\u00f6\\u00dfe", 1.5e9, null]}' * 5,
    "zip": _zip,
    "tar": _tar,
    "tar.gz": lambda: gzip.compress(_tar(), mtime=0),
    "tar.bz2": lambda: bz2.compress(_tar()),
    "tar.xz": lambda: lzma.compress(_tar()),
    "7z": lambda: a_sevenzip(plain()),
    "packed.7z": lambda: with_packed_header(plain(), coder=LZMA),
    "rar": lambda: a_rar(a_packed_file("a.txt", 5), a_packed_file("b.txt", 9)),
    "old.rar": lambda: an_old_archive(an_old_file(b"a.txt", 5), an_old_file(b"b.txt", 9)),
    "cab": lambda: a_cabinet({"a.txt": b"Words", "b.txt": b"x" * 9000}),
}


@cache
def _sound(kind: str) -> bytes:
    return SOUND[kind]()


def _cut(kind: str, share: float) -> Callable[[], bytes]:
    return lambda: _sound(kind)[: int(len(_sound(kind)) * share)]


def _turned(kind: str, bits: int) -> Callable[[], bytes]:
    def make() -> bytes:
        content = bytearray(_sound(kind))
        chance = random.Random(f"{kind} {bits}")  # noqa: S311  the same bits every time
        for _ in range(bits):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(content)

    return make


def _of(kind: str) -> Iterator[Case]:
    group, name = f"damaged/{kind}", kind if "." in kind else f"file.{kind}"
    sound = ENCRYPTED if kind == "locked.pdf" else READ
    yield a_file(group, "sound", name, lambda: _sound(kind), sound)
    for share in _CUTS:
        yield a_file(group, f"cut at {share:.0%}", name, _cut(kind, share))
    for bits in _TURNED_BITS:
        yield a_file(group, f"{bits} bits turned", name, _turned(kind, bits))


def cases() -> Iterator[Case]:
    yield from chain.from_iterable(_of(kind) for kind in SOUND)

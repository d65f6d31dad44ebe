"""Small documents of the kinds that lie on a council's drive, written here byte by byte so that they are repeatable.

Each is what a reader of its kind can read: text, a title, dates. They are templates: a share is made of thousands of
files from a few of them, each given bytes of its own and a size.
"""

import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

TEXTS: Final = frozenset({"txt", "csv", "html", "eml", "rtf"})
TITLES: Final = (
    "Tenancy agreement", "Planning application", "Minutes of the meeting", "Notice of decision", "Invoice",
    "Purchase order", "Personal file", "Sickness record", "Complaint response", "Subject access request",
    "Freedom of information request", "Risk assessment", "Care plan", "Contract award", "Insurance claim",
    "Budget monitoring", "Penalty charge notice", "Licence application", "Inspection report", "Letter to resident",
)  # fmt: skip
_PROSE: Final = (
    "the council officer has considered this matter and recorded a decision under the policy agreed by committee for "
    "residents of ward parish street property tenant applicant supplier contract payment account year budget review "
    "school pupil case visit report letter notice appeal meeting minutes action service team manager file reference "
    "date received signed copy attached housing planning highways licensing benefit invoice order amount paid due"
)
_WORDS: Final = tuple(_PROSE.split())
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STAMP: Final = (2014, 2, 3, 10, 0, 0)
_SECTOR_BYTES: Final = 512
_SMALLEST_STREAM_BYTES: Final = 4096  # [MS-CFB] 2.2: smaller streams would lie in a file system of their own
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def a_template(kind: str, seed: str) -> bytes:
    """Return a document of the kind; the same seed gives the same bytes."""
    return _MAKERS[kind](random.Random(seed))  # noqa: S311  # repeatable is the point


def finished(kind: str, template: bytes, *, mark: bytes, times: int) -> bytes:
    """Return a text made of the template, repeated, with a mark of its own."""
    match kind:
        case "html":
            return template.replace(b"</body>", b"<p>%s</p></body>" % mark)
        case "rtf":
            return template[:-1] + b"\\par %s}" % mark
        case _:
            return template * times + b"\r\n" + mark


def padded(kind: str, template: bytes, padding: bytes) -> bytes:
    """Return the document with padding where its kind may have it: as a picture, a stream, or after the end."""
    match kind:
        case "docx" | "xlsx" | "pptx" | "zip":
            target = BytesIO(template)
            with ZipFile(target, "a") as archive:
                member = ZipInfo("media/image1.jpeg", _STAMP)
                member.compress_type = ZIP_STORED
                archive.writestr(member, b"\xff\xd8\xff\xe0" + padding)
            return target.getvalue()
        case "pdf":
            return _padded_pdf(template, padding)
        case _:
            return template + padding


def _sentences(chance: random.Random, *, words: int) -> str:
    text = chance.choices(_WORDS, k=words)
    text[:: max(8, words // 12)] = [chance.choice(TITLES) for _ in text[:: max(8, words // 12)]]
    return " ".join(text) + "."


def _paragraphs(chance: random.Random) -> list[str]:
    return [_sentences(chance, words=chance.randint(30, 90)) for _ in range(chance.randint(3, 40))]


def _packed(parts: dict[str, str]) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in parts.items():
            member = ZipInfo(name, _STAMP)
            member.compress_type = ZIP_DEFLATED
            archive.writestr(member, content)
    return target.getvalue()


def _office(chance: random.Random, *, kind: str, main: str, parts: dict[str, str]) -> bytes:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
        f'<Override PartName="/{main}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:creator>officer{chance.randint(1, 300)}</dc:creator><dc:title>{chance.choice(TITLES)}</dc:title>"
        f"<dcterms:modified>20{chance.randint(10, 24)}-03-01T10:00:00Z</dcterms:modified></cp:coreProperties>"
    )
    roots = _relations(f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="{main}"/>')
    return _packed({"[Content_Types].xml": types, "_rels/.rels": roots, "docProps/core.xml": core, **parts})


def _relations(inside: str) -> str:
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'
    )


def _docx(chance: random.Random) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in _paragraphs(chance))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = {"word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>"}
    return _office(chance, kind="wordprocessingml.document", main="word/document.xml", parts=document)


def _xlsx(chance: random.Random) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    strings = "".join(f"<si><t>{_sentences(chance, words=6)}</t></si>" for _ in range(chance.randint(20, 200)))
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{row % 20}</v></c><c r="B{row}"><v>{chance.random() * 5000:.2f}</v></c>'
        "</row>"
        for row in range(1, chance.randint(30, 900))
    )
    sheet = f'<sheet name="Invoices" sheetId="1" r:id="rId1" xmlns:r="{_RELATIONS}"/>'
    relation = f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    return _office(chance, kind="spreadsheetml.sheet", main="xl/workbook.xml", parts={
        "xl/workbook.xml": f"<workbook {space}><sheets>{sheet}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(relation),
        "xl/sharedStrings.xml": f"<sst {space}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>",
    })  # fmt: skip


def _pptx(chance: random.Random) -> bytes:
    space = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    )
    slides = {
        f"ppt/slides/slide{number}.xml": f"<p:sld {space}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
        for number, text in enumerate(_paragraphs(chance), 1)
    }
    parts = {"ppt/presentation.xml": f"<p:presentation {space}/>", **slides}
    return _office(chance, kind="presentationml.presentation", main="ppt/presentation.xml", parts=parts)


def _zip(chance: random.Random) -> bytes:
    return _packed({f"page {number}.txt": text for number, text in enumerate(_paragraphs(chance), 1)})


def _pdf(chance: random.Random) -> bytes:
    pages = [_paragraphs(chance) for _ in range(chance.randint(1, 4))]
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    leaves: list[int] = []
    for page in pages:
        lines = [line for text in page for line in _broken(text)][:55]
        drawn = "BT /F1 9 Tf 40 800 Td 13 TL " + " ".join(f"({line}) '" for line in lines) + " ET"
        packed = zlib.compress(drawn.encode("latin-1"))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        leaves.append(len(objects))
    kids = b" ".join(b"%d 0 R" % leaf for leaf in leaves)
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(leaves))
    title = chance.choice(TITLES).encode("ascii")
    objects.append(b"<</Title(%s)/Author(officer%d)/ModDate(D:20140203100000Z)>>" % (title, chance.randint(1, 300)))
    written, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>" % (len(objects) + 1, len(objects))
    return written + b"xref\n0 %d\n%s%s\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, trailer, len(written)
    )  # fmt: skip


def _padded_pdf(template: bytes, padding: bytes) -> bytes:
    """Add one stream that no page shows, as an update at the end: the way a PDF is really changed."""
    before = int(template[template.rindex(b"startxref") + 9 :].split()[0])
    trailer = template[template.rindex(b"trailer") :]
    number = int(trailer.split(b"/Size", 1)[1].split(b"/", 1)[0])
    place = len(template)
    added = b"%d 0 obj\n<</Length %d>>stream\n%s\nendstream\nendobj\n" % (number, len(padding), padding)
    end = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    numbers = (number + 1, number - 1, before, place + len(added))
    return template + added + b"xref\n%d 1\n%010d 00000 n \n" % (number, place) + end % numbers


def _broken(text: str) -> list[str]:
    words = text.replace("(", "").replace(")", "").split()
    return [" ".join(words[start : start + 14]) for start in range(0, len(words), 14)]


def _compound(streams: dict[str, bytes]) -> bytes:
    """Return a compound file ([MS-CFB], version 3) with these streams, each at least 4,096 bytes long."""
    entries = [_entry("Root Entry", kind=5, child=1, start=_END, length=0)]
    ordered = sorted(streams.items(), key=lambda item: (len(item[0]), item[0].upper()))
    chain: list[int] = []
    content = b""
    for number, (name, raw) in enumerate(ordered, 1):
        stream = raw.ljust(-(-max(len(raw), _SMALLEST_STREAM_BYTES) // _SECTOR_BYTES) * _SECTOR_BYTES, b"\0")
        start, sectors = len(chain), len(stream) // _SECTOR_BYTES
        chain += [*range(start + 1, start + sectors), _END]
        content += stream
        after = number + 1 if number < len(ordered) else _FREE
        entries.append(_entry(name, kind=2, right=after, start=start, length=max(len(raw), _SMALLEST_STREAM_BYTES)))
    directory = b"".join(entries)
    directory += b"\0" * (-len(directory) % _SECTOR_BYTES)
    directory_start = len(chain)
    directory_sectors = len(directory) // _SECTOR_BYTES
    chain += [*range(directory_start + 1, directory_start + directory_sectors), _END]
    tables = -(-len(chain) // 127)  # a table of 128 entries also names itself
    table_start = len(chain)
    chain += [_TABLE] * tables
    chain += [_FREE] * (tables * 128 - len(chain))
    header = struct.pack(
        "<8s16s5H6x9L", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, directory_start, 0, _SMALLEST_STREAM_BYTES, _END, 0, _END, 0,
    )  # fmt: skip
    places = [table_start + number for number in range(tables)]
    header += struct.pack("<109L", *places, *[_FREE] * (109 - tables))
    return header + content + directory + struct.pack(f"<{len(chain)}L", *chain)


def _entry(name: str, *, kind: int, right: int = _FREE, child: int = _FREE, start: int, length: int) -> bytes:
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBBLLL", len(raw) + 2, kind, 1, _FREE, right, child)
    return head.ljust(116, b"\0") + struct.pack("<LLL", start, length, 0)


def _doc(chance: random.Random) -> bytes:
    """Return a Word 97 document whose text is one compressed piece ([MS-DOC] 2.5.1, 2.8.35)."""
    text = "\r".join(_paragraphs(chance)).encode("cp1252") + b"\r"
    text_at = 0x800
    head = bytearray(text_at)
    struct.pack_into("<HH", head, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", head, 0x0A, 0x0200)  # the table stream is 1Table
    struct.pack_into("<LL", head, 0x18, text_at, text_at + len(text))
    struct.pack_into("<H", head, 0x20, 14)
    struct.pack_into("<H", head, 0x3E, 22)
    struct.pack_into("<L", head, 0x40, text_at + len(text))
    struct.pack_into("<L", head, 0x4C, len(text))
    struct.pack_into("<H", head, 0x98, 93)
    pieces = struct.pack("<LLHLH", 0, len(text), 0, (text_at * 2) | 0x40000000, 0)
    complex_part = b"\x02" + struct.pack("<L", len(pieces)) + pieces
    struct.pack_into("<LL", head, 0x1A2, 0, len(complex_part))
    return _compound({"WordDocument": bytes(head) + text, "1Table": complex_part})


def _xls(chance: random.Random) -> bytes:
    """Return an Excel 97 workbook: a table of strings and one sheet that points into it ([MS-XLS] 2.1.7.20)."""
    strings = [_sentences(chance, words=6)[:90].encode("latin-1") for _ in range(60)]
    table = struct.pack("<LL", len(strings), len(strings))
    table += b"".join(struct.pack("<HB", len(text), 0) + text for text in strings)
    cells = b"".join(
        _biff(0xFD, struct.pack("<HHHL", row, 0, 0, row % len(strings)))
        + _biff(0x203, struct.pack("<HHHd", row, 1, 0, chance.random() * 5000))
        for row in range(chance.randint(30, 400))
    )
    opening = struct.pack("<HHHHLL", 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    name = b"Invoices"
    shared = _biff(0xFC, table)
    sheet_at = 4 + len(opening) + (4 + 6 + 2 + len(name)) + len(shared) + 4
    pointer = _biff(0x85, struct.pack("<LBBBB", sheet_at, 0, 0, len(name), 0) + name)
    sheet = _biff(0x809, struct.pack("<HHHHLL", 0x0600, 0x10, 0x0DBB, 0x07CC, 0, 6)) + cells + _biff(0x0A, b"")
    return _compound({"Workbook": _biff(0x809, opening) + pointer + shared + _biff(0x0A, b"") + sheet})


def _biff(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _msg(chance: random.Random) -> bytes:
    """Return an Outlook message with its subject, sender and body ([MS-OXMSG] 2.1.2.1)."""
    texts = {
        "001A": "IPM.Note",
        "0037": chance.choice(TITLES),
        "0C1A": f"Officer {chance.randint(1, 300)}",
        "0E04": f"Officer {chance.randint(1, 300)}",
        "1000": "\r\n".join(_paragraphs(chance)),
    }
    streams = {
        f"__substg1.0_{number}001F": text.ljust(_SMALLEST_STREAM_BYTES // 2).encode("utf-16-le")
        for number, text in texts.items()
    }
    return _compound({**streams, "__properties_version1.0": b"\0" * 32})


def _txt(chance: random.Random) -> bytes:
    return "\r\n\r\n".join(_paragraphs(chance)).encode("ascii")


def _csv(chance: random.Random) -> bytes:
    rows = (
        f"{row},20{chance.randint(10, 24)}-01-0{chance.randint(1, 9)},{chance.choice(_WORDS)},{chance.randint(1, 9999)}"
        for row in range(chance.randint(20, 900))
    )
    return "\r\n".join(("reference,date,name,amount", *rows)).encode("ascii")


def _html(chance: random.Random) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in _paragraphs(chance))
    return f"<!DOCTYPE html><html><head><title>Page</title></head><body>{body}</body></html>".encode("ascii")


def _rtf(chance: random.Random) -> bytes:
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0\fs20 " + r"\par ".join(_paragraphs(chance)) + "}").encode(
        "ascii"
    )


def _eml(chance: random.Random) -> bytes:
    head = (
        f"From: officer{chance.randint(1, 300)}@council.example\r\nTo: resident@example.org\r\n"
        f"Subject: {chance.choice(TITLES)}\r\nDate: Mon, 03 Feb 2014 10:00:00 +0000\r\n\r\n"
    )
    return (head + "\r\n".join(_paragraphs(chance))).encode("ascii")


def _png(chance: random.Random) -> bytes:
    side = chance.randint(20, 60)
    rows = b"".join(b"\0" + chance.randbytes(3 * side) for _ in range(side))
    parts = (
        (b"IHDR", struct.pack(">LLBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))
        for name, content in parts
    )


def _jpg(chance: random.Random) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + chance.randbytes(600)


_MAKERS: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "docx": _docx, "pdf": _pdf, "xlsx": _xlsx, "jpg": _jpg, "msg": _msg, "doc": _doc, "xls": _xls, "pptx": _pptx,
    "txt": _txt, "csv": _csv, "html": _html, "eml": _eml, "png": _png, "rtf": _rtf, "zip": _zip,
}  # fmt: skip

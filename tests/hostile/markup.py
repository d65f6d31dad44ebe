"""XML and web pages that expand, that fetch, that nest; packed office files made of such parts."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.hostile.case import (
    BROKEN,
    ENCRYPTED,
    MISNAMED,
    READ,
    TOO_LARGE,
    Case,
    Place,
    a_file,
)
from tests.unit.scanners.conftest import a_docx, an_archive, an_xlsx
from tests.unit.scanners.test_text_pages import an_epub
from tests.unit.scanners.test_text_slides import a_pptx

GROUP = "markup"
_ANSWERS = frozenset({READ, BROKEN, TOO_LARGE})
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SLIDE = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_ODT = "application/vnd.oasis.opendocument.text"
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
    + "]>"
)
_LONG = f'<a x="{"y" * 3_000_000}"/>'
_QUADRATIC = f'<!DOCTYPE x [<!ENTITY k "{"k" * 100_000}">]>'


def _docx(part: str) -> bytes:
    return a_docx() if not part else an_archive(
        {
            "[Content_Types].xml": '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.'
            'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
            "word/document.xml": part,
        }
    )  # fmt: skip


def _xlsx(part: str) -> bytes:
    parts = {
        "[Content_Types].xml": '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "xl/workbook.xml": f'<workbook {_SHEET}><sheets><sheet name="a" sheetId="1"/></sheets></workbook>',
        "xl/sharedStrings.xml": part,
        "xl/worksheets/sheet1.xml": f'<worksheet {_SHEET}><c t="s"><v>0</v></c></worksheet>',
    }
    return an_archive(parts)


def _pptx(part: str) -> bytes:
    return a_pptx(an_archive, "", parts={
        "ppt/slides/slide1.xml": part,
        "[Content_Types].xml": '<Types><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.presentationml.presentation.main+xml"/></Types>',
    })  # fmt: skip


def _odt(part: str) -> bytes:
    return an_archive({"mimetype": _ODT, "content.xml": part}, packing=0)


# The root of the part that holds the words, how a word stands in it, and what the part is put into.
_HOSTS: dict[str, tuple[str, str, str, Callable[[str], bytes]]] = {
    "docx": (f"w:document {_WORD}", "<w:p><w:r><w:t>", "</w:t></w:r></w:p>", _docx),
    "xlsx": (f"sst {_SHEET}", "<si><t>", "</t></si>", _xlsx),
    "pptx": (f"p:sld xmlns:p='p' {_SLIDE}", "<a:p><a:r><a:t>", "</a:t></a:r></a:p>", _pptx),
    "odt": (f"office:document-content {_OFFICE}", "<text:p>", "</text:p>", _odt),
    "svg": ('svg xmlns="http://www.w3.org/2000/svg"', "<text>", "</text>", str.encode),
    "xml": ("record", "<title>", "</title>", str.encode),
    "xhtml": ('html xmlns="http://www.w3.org/1999/xhtml"', "<p>", "</p>", str.encode),
    "fodt": (f"office:document {_OFFICE}", "<text:p>", "</text:p>", str.encode),
}


def _document(kind: str, words: str, *, doctype: str = "") -> bytes:
    root, before, after, packed = _HOSTS[kind]
    name = root.partition(" ")[0]
    return packed(f'<?xml version="1.0"?>{doctype}<{root}>{before}{words}{after}</{name}>')


def _trap(kind: str, trap: str) -> Callable[[Place], None]:
    """Return what makes a document that asks for something outside of itself."""

    def make(place: Place) -> None:
        doctypes = {
            "entity from the web": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{place.url}{kind}/entity">]>',
            "entity from a file": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{place.secret}">]>',
            "entity from the password file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            "document type from the web": f'<!DOCTYPE x SYSTEM "{place.url}{kind}/dtd">',
            "parameter from the web": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{place.url}{kind}/p"> %p;]>',
            "included part": "",
        }
        words = "&e;" if "entity" in trap else "Minutes"
        if trap == "included part":
            words = (
                f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{place.secret}" parse="text"/>'
            )
        place.write(f"trap.{kind}", _document(kind, words, doctype=doctypes[trap]))

    return make


_TRAPS = (
    "entity from the web",
    "entity from a file",
    "entity from the password file",
    "document type from the web",
    "parameter from the web",
    "included part",
)


def _external_parts(place: Place) -> None:
    """Make a document whose template, picture and linked part lie on a server."""
    relations = "".join(
        f'<Relationship Id="r{number}" Type="http://x/{kind}" TargetMode="External" Target="{place.url}{kind}"/>'
        for number, kind in enumerate(("attachedTemplate", "image", "oleObject", "header", "footnotes"))
    )
    place.write(
        "template.docx",
        an_archive(
            {
                "[Content_Types].xml": '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.'
                'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
                "word/document.xml": f"<w:document {_WORD}><w:p><w:t>Words</w:t></w:p></w:document>",
                "word/_rels/document.xml.rels": f'<Relationships xmlns="r">{relations}</Relationships>',
                "word/_rels/settings.xml.rels": f'<Relationships xmlns="r">{relations}</Relationships>',
            }
        ),
    )


def _web_page(place: Place) -> None:
    url = place.url
    place.write(
        "page.html",
        f"""<!DOCTYPE html PUBLIC "x" "{url}dtd"><html><head><base href="{url}"><link rel="stylesheet" href="{url}css">
        <meta http-equiv="refresh" content="0;url={url}refresh"><script src="{url}script"></script></head><body>
        <img src="{url}img"><iframe src="file://{place.secret}"></iframe><object data="{url}object"></object>
        <p>Words</p></body></html>""".encode(),
    )


def _drawing(place: Place) -> None:
    place.write(
        "drawing.svg",
        f"""<?xml-stylesheet href="{place.url}style"?><svg xmlns="http://www.w3.org/2000/svg"
        xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{place.url}image"/>
        <use xlink:href="{place.url}use#a"/><script href="{place.url}script"/><text>Words</text></svg>""".encode(),
    )


def _shortcut(place: Place) -> None:
    place.write("link.url", f"[InternetShortcut]\r\nURL={place.url}shortcut\r\nIconFile=\\\\127.0.0.1\\x\r\n".encode())


def _bombs() -> Iterator[Case]:
    for kind in _HOSTS:
        for name, doctype, words in (
            ("billion laughs", _LAUGHS, "&k;"),
            ("quadratic growth", _QUADRATIC, "&k;" * 10_000),
            ("entity of itself", '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;"),
        ):
            bomb = partial(_document, kind, words, doctype=doctype)
            yield a_file(GROUP, f"{name} in {kind}", f"bomb.{kind}", bomb, *_ANSWERS)
        deep = partial(_document, kind, "<a>" * 20_000 + "</a>" * 20_000)
        yield a_file(GROUP, f"20,000 levels in {kind}", f"deep.{kind}", deep, *_ANSWERS)
        long = partial(_document, kind, _LONG)
        yield a_file(GROUP, f"long attribute in {kind}", f"long.{kind}", long, *_ANSWERS)
        for trap in _TRAPS:
            yield Case(group=GROUP, name=f"{trap} in {kind}", make=_trap(kind, trap), expected=_ANSWERS)


def _packages() -> Iterator[Case]:
    types = '<Types><Override PartName="/word/document.xml" ContentType="{}"/></Types>'
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    yield a_file(
        GROUP,
        "document of 48 MB in 48 kB",
        "bomb.docx",
        lambda: an_archive(
            {"[Content_Types].xml": types.format(main), "word/document.xml": b"<w:document " + bytes(48 << 20)}
        ),
        *_ANSWERS,
    )
    blanks = b"<w:document %s><w:p><w:t>%s</w:t></w:p></w:document>"
    yield a_file(
        GROUP,
        "document of blanks",
        "blanks.docx",
        lambda: an_archive(
            {
                "[Content_Types].xml": types.format(main),
                "word/document.xml": blanks % (_WORD.encode(), b" " * (40 << 20)),
            }
        ),
        *_ANSWERS,
    )
    yield a_file(
        GROUP, "document without a document", "none.docx", an_archive({"[Content_Types].xml": types.format(main)})
    )
    yield a_file(GROUP, "types of types", "types.docx", an_archive({"[Content_Types].xml": "<Types>" * 9000}))
    yield a_file(
        GROUP,
        "workbook of a billion cells",
        "cells.xlsx",
        lambda: an_xlsx(cells='<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>' * 3000),
        *_ANSWERS,
    )
    yield a_file(
        GROUP,
        "strings that are not there",
        "index.xlsx",
        an_xlsx(cells='<c t="s"><v>99999999999</v></c><c t="s"><v>-1</v></c><c t="s"><v>x</v></c>'),
        *_ANSWERS,
    )
    yield a_file(
        GROUP, "a thousand sheets", "sheets.xlsx", an_xlsx(sheets=tuple(f"s{one}" for one in range(1000))), *_ANSWERS
    )
    yield a_file(GROUP, "book of itself", "self.epub", lambda: an_epub(an_archive, opf="<package>" * 2000), *_ANSWERS)
    locked = (
        '<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">'
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    odt: dict[str, str | bytes] = {"mimetype": _ODT, "META-INF/manifest.xml": locked, "content.xml": b"\x93" * 300}
    yield a_file(GROUP, "text with a password", "locked.odt", an_archive(odt, packing=0), ENCRYPTED)


def _pages() -> Iterator[Case]:
    pages = {
        "tags that are never closed": b"<div>" * 200_000,
        "tags that were never opened": b"</div>" * 200_000,
        "comment without an end": b"<html><!--" + b"-" * 1_000_000,
        "script without an end": b"<html><script>" + b"x" * 1_000_000,
        "a million ampersands": b"<html>" + b"&" * 1_000_000,
        "a million numbered letters": b"<html>" + b"&#1114112;" * 100_000,
        "numbers of letters without end": b"<html>&#" + b"9" * 1_000_000 + b";",
        "attribute without an end": b"<html><a b='" + b"x" * 1_000_000,
        "half of a pair": b"<html>" + "\ud800".encode("utf-8", "surrogatepass") * 1000,
        "a charset that is none": b'<meta charset="klingon"><p>Words',
        "UTF-16 without a mark": "<html><p>Words</p>".encode("utf-16-le"),
        "UTF-7": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "tables in tables": b"<table><tr><td>" * 30_000,
    }
    for name, content in pages.items():
        yield a_file(GROUP, name, "page.html", content)
    yield a_file(GROUP, "an encoding that is none", "e.xml", b'<?xml version="1.0" encoding="klingon"?><a>Words</a>')
    yield a_file(GROUP, "an encoding that is false", "e.xml", b'<?xml version="1.0" encoding="utf-16"?><a>Words</a>')


def cases() -> Iterator[Case]:
    yield from _bombs()
    yield from _packages()
    yield from _pages()
    for name, make in (
        ("parts on a server", _external_parts),
        ("page that fetches", _web_page),
        ("drawing that fetches", _drawing),
        ("shortcut to a server", _shortcut),
    ):
        yield Case(group=GROUP, name=name, make=make, expected=frozenset({READ, MISNAMED, BROKEN}))

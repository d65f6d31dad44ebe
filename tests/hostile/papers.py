"""PDF files whose pages, streams and drawings refer to themselves, and whose figures are lies."""

import zlib
from collections.abc import Iterator

from tests.hostile.case import (
    BROKEN,
    ENCRYPTED,
    MISNAMED,
    READ,
    STARVED,
    TOO_LARGE,
    UNREAD_TYPE,
    Case,
    Content,
    Place,
    a_file,
)
from tests.unit.scanners.conftest import a_pdf

GROUP = "papers"
_FORM = b"/Type/XObject/Subtype/Form/BBox [0 0 9 9]/Resources <</XObject <</X %d 0 R>>>>"
_RING = b"<</Type/Pages/Kids [%d 0 R]/Count 9>>"


def _linked_pdf(place: Place) -> None:
    action = f"<</S/URI/URI({place.url}uri)>>".encode()
    launch = f"<</S/Launch/F({place.secret})>>".encode()
    extra = b"/OpenAction %s/AA <</WC %s>>/AcroForm <</XFA(%s)>>" % (action, launch, place.url.encode())
    place.write("action.pdf", _pdf({}, catalog=extra))


def _objects(objects: dict[int, bytes], *, root: int = 1, trailer: bytes = b"") -> bytes:
    content, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj %s endobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    end = b"xref\n%strailer <</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF"
    return bytes(content) + end % (table, max(objects) + 1, root, trailer, len(content))


def _stream(content: bytes, stated: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), stated, content)


def _pdf(objects: dict[int, bytes], *, catalog: bytes = b"", page: bytes = b"", pages: bytes = b"") -> bytes:
    shown = b"BT /F 12 Tf 9 9 Td (Minutes) Tj ET"
    sound = {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        2: pages or b"<</Type/Pages/Kids [3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox [0 0 200 200]/Contents 4 0 R%s>>" % page,
        4: _stream(shown),
    }
    return _objects(sound | objects)


def _squeezed_thrice() -> bytes:
    content = bytes(64 << 20)
    for _ in range(3):
        content = zlib.compress(content, 9)
    return _pdf({4: _stream(content, b"/Filter [/FlateDecode/FlateDecode/FlateDecode]")})


def _long_page(words: bytes) -> bytes:
    return _pdf({4: _stream(zlib.compress(words), b"/Filter/FlateDecode")})


def _papers() -> dict[str, Content]:
    packed = zlib.compress(b"5 0 6 9 <<>> <<>>")
    return {
        "pages that are their own kids": _pdf({}, pages=b"<</Type/Pages/Kids [2 0 R 2 0 R]/Count 2>>"),
        "pages in a ring": _pdf({5: _RING % 2}, pages=_RING % 5),
        "a million pages claimed": _pdf({}, pages=b"<</Type/Pages/Kids [3 0 R]/Count 1000000>>"),
        "a negative number of pages": _pdf({}, pages=b"<</Type/Pages/Kids [3 0 R]/Count -5>>"),
        "one page ten thousand times": _pdf({}, pages=b"<</Type/Pages/Kids [%s]/Count 10000>>" % (b"3 0 R " * 10_000)),
        "page that is its own parent": _pdf({3: b"<</Type/Page/Parent 3 0 R/Contents 4 0 R>>"}),
        "lists in lists": _pdf({}, page=b"/X " + b"[" * 50_000 + b"]" * 50_000),
        "dictionaries in dictionaries": _pdf({}, page=b"/X " + b"<</A" * 50_000 + b">>" * 50_000),
        "contents that refer to themselves": _pdf({4: b"4 0 R"}),
        "length that is its own stream": _pdf({4: b"<</Length 4 0 R>>stream\nBT ET\nendstream"}),
        "length of 2^62": _pdf({4: b"<</Length 4611686018427387904>>stream\nBT ET\nendstream"}),
        "forms that draw themselves": _pdf(
            {
                4: _stream(b"/X Do"),
                5: _stream(b"/X Do /X Do", _FORM % 5),
            },
            page=b"/Resources <</XObject <</X 5 0 R>>>>",
        ),
        "forms that double": _pdf(
            {
                4: _stream(b"/X Do"),
                **{
                    number: _stream(
                        b"/X Do " * 10,
                        _FORM % (number + 1),
                    )
                    for number in range(5, 9)
                },
            },
            page=b"/Resources <</XObject <</X 5 0 R>>>>",
        ),
        "bomb of three layers": _squeezed_thrice,
        "object stream that extends itself": _pdf(
            {9: _stream(packed, b"/Type/ObjStm/N 2/First 8/Extends 9 0 R/Filter/FlateDecode")}
        ),
        "object stream of a billion": _pdf(
            {9: _stream(packed, b"/Type/ObjStm/N 1000000000/First 8/Filter/FlateDecode")}
        ),
        "table before itself": _pdf({}).replace(b"trailer <<", b"trailer <</Prev 9"),
        "table of a billion": _pdf({}).replace(b"xref\n1 1\n", b"xref\n0 1000000000\n"),
        "table at the end of the world": _pdf({}).rpartition(b"startxref")[0]
        + b"startxref\n99999999999999999999\n%%EOF",
        "table that is a stream of itself": b"%PDF-1.5\n1 0 obj <</Type/XRef/Size 9/W [1 9999999 1]/Index [0 99999999]"
        b"/Prev 9/Root 1 0 R/Length 4>>stream\nabcd\nendstream endobj\nstartxref\n9\n%%EOF",
        "outline in a ring": _pdf(
            {
                8: b"<</First 9 0 R/Last 9 0 R/Count 9>>",
                9: b"<</Title(x)/Next 9 0 R/Prev 9 0 R/Parent 8 0 R/First 9 0 R>>",
            },
            catalog=b"/Outlines 8 0 R",
        ),
        "names in a ring": _pdf(
            {8: b"<</EmbeddedFiles 9 0 R>>", 9: b"<</Kids [9 0 R 9 0 R]/Limits [(a)(b)]>>"}, catalog=b"/Names 8 0 R"
        ),
        "font that maps to itself": _pdf(
            {5: b"<</Type/Font/Subtype/Type0/ToUnicode 5 0 R/DescendantFonts [5 0 R]/Encoding 5 0 R>>"},
            page=b"/Resources <</Font <</F 5 0 R>>>>",
        ),
        "map of letters that swells": _pdf(
            {
                5: b"<</Type/Font/Subtype/Type0/BaseFont/A/ToUnicode 6 0 R/DescendantFonts [7 0 R]"
                b"/Encoding/Identity-H>>",
                6: _stream(b"begincmap 1 beginbfrange <00000000> <ffffffff> <00> endbfrange endcmap"),
                7: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo <</Registry(A)/Ordering(I)>>>>",
            },
            page=b"/Resources <</Font <</F 5 0 R>>>>",
        ),
        "state saved a million times": lambda: _long_page(b"q " * 1_000_000),
        "100,000 words on a page": lambda: _long_page(b"BT /F 9 Tf " + b"(word) Tj " * 100_000 + b"ET"),
        "only a head": b"%PDF-1.7",
        "only an end": b"%PDF-1.7\n%%EOF",
        "a head of letters without end": b"%PDF-" + b"9" * 1_000_000,
        "a program before its head": b"MZ" + bytes(900) + _pdf({}),
        "page of endless size": _pdf({}, page=b"/MediaBox [0 0 1e38 1e38]/UserUnit 1e38"),
        "rotated by 89": _pdf({}, page=b"/Rotate 89"),
        "an owner's password": a_pdf("Salaries", password="secret"),  # noqa: S106  a test's own
    }  # fmt: skip


def cases() -> Iterator[Case]:
    yield Case(group=GROUP, name="actions", make=_linked_pdf, expected=frozenset({READ, BROKEN}))
    for name, content in _papers().items():
        wanted = {ENCRYPTED} if "password" in name else {READ, BROKEN, TOO_LARGE, MISNAMED, UNREAD_TYPE}
        yield a_file(GROUP, name, "paper.pdf", content, *wanted | ({STARVED} if "draw themselves" in name else set()))

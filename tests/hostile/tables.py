"""Plain text and tables that are no text, have no lines, or are meant to be run."""

import codecs
from collections.abc import Iterator

from tests.hostile.case import BROKEN, MISNAMED, READ, UNREAD_TYPE, Case, Content, a_file

GROUP = "tables"

TABLES: dict[str, Content] = {
    "zeros between letters": b"a,b,c\n1,\0\0\0,3\n" * 500,
    "only zeros and commas": b"\0,\0\n" * 5000,
    "quote that is never closed": b'name,note\nJane,"' + b"x,\n" * 100_000,
    "quotes in quotes": b'"' * 100_001 + b",a\n",
    "quote in the middle": b'a"b"c,d""e\n"f"g,"h\n' * 500,
    "line of 20 MB": lambda: b"a," * (10 << 20),
    "a million empty lines": b"\n" * 1_000_000,
    "a million columns": b"," * 1_000_000 + b"\n",
    "returns only": b"a,b\rc,d\r" * 5000,
    "all three line ends": b"a,b\r\nc,d\ne,f\r" * 500,
    "commands for a spreadsheet": b"=cmd|'/C calc'!A0,+1+1,-1,@SUM(A1)\n" * 50,
    "escapes for a terminal": b"\x1b[2J\x1b[31m,\x9b31m,\x07\n" * 500,
    "writing turned round": "a,\u202eb\u2066,c\n".encode() * 500,
    "UTF-16 cut in the middle of a letter": codecs.BOM_UTF16_LE + "Name,Größe\n".encode("utf-16-le") * 500 + b"\x41",
    "UTF-16 without a mark": "Name,Size\n".encode("utf-16-be") * 500,
    "UTF-16 of halves": codecs.BOM_UTF16_LE + b"\x00\xd8" * 5000,
    "UTF-32": codecs.BOM_UTF32_LE + "Name,Size\n".encode("utf-32-le") * 500,
    "UTF-32 beyond Unicode": codecs.BOM_UTF32_LE + b"\xff\xff\xff\x7f" * 500,
    "mark in the middle": codecs.BOM_UTF8.join([b"a,b\n"] * 500),
    "marks only": codecs.BOM_UTF8 * 500,
    "bytes of every value": bytes(range(256)) * 100,
    "EBCDIC": "NAME AND ADDRESS OF THE TENANT ".encode("cp500") * 100,
    "code page of DOS": "Größe und Maß\r\n".encode("cp850") * 100,
    "two encodings in one": "Größe\n".encode() * 50 + "Größe\n".encode("latin-1") * 50,
    "overlong letters": b"\xc0\x80\xe0\x80\x80,a\n" * 500,
    "combining marks without end": ("a" + "\u0301" * 100_000).encode(),
    "blanks of 5 MB": lambda: b" " * (5 << 20),
    "formula of DDE": b'DDE("cmd","/C calc","x")\n',
    "form feeds": b"a\x0cb\x0b\x1cc\x1d\x1e\x85\n" * 500,
    "end of file of DOS": b"Minutes\r\n\x1a" + b"\xff" * 5000,
}
OTHERS: dict[str, tuple[str, Content]] = {
    "json of lists": ("deep.json", b"[" * 500_000),
    "json of objects": ("deep2.json", b'{"a":' * 200_000),
    "json of a number": ("number.json", lambda: b"1" * 5_000_000),
    "json without end": ("text.json", b'{"a": "' + b"x" * 1_000_000),
    "yaml of aliases": ("bomb.yaml", b"a: &a [x,x]\n" + b"b: &b [*a,*a]\n" * 100),
    "ini of percent": ("loop.ini", b"[a]\nb=%(b)s\n" * 500),
    "log of one colour": ("x.log", b"\x1b[31m" * 50_000),
    "calendar of every second": ("x.ics", b"BEGIN:VCALENDAR\r\nRRULE:FREQ=SECONDLY\r\n" * 5000),
    "card that goes on": ("x.vcf", b"BEGIN:VCARD\r\nFN:a" + b"\r\n b" * 50_000),
    "program": ("run.exe", b"MZ" + bytes(300)),
    "program of Linux": ("run", b"\x7fELF" + b"\xff" * 300),
    "class of Java": ("x.class", b"\xca\xfe\xba\xbe" + b"\xff" * 300),
    "picture of 2^32 dots": ("x.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 17),
    "picture of nothing": ("x.jpg", b"\xff\xd8\xff\xe0" + b"\xff" * 5000),
    "picture of ties": ("x.tif", b"II*\0\x08\0\0\0" + b"\xff" * 5000),
    "film without end": ("x.mp4", b"\0\0\0\x18ftypmp42" + b"\xff" * 5000),
    "sound of nothing": ("x.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f"),
    "font of 65,535 tables": ("x.ttf", b"\0\1\0\0\xff\xff" + b"\xff" * 5000),
    "database of nothing": ("x.mdb", b"\0\1\0\0Standard Jet DB\0" + b"\xff" * 5000),
    "database of SQLite": ("x.db", b"SQLite format 3\0" + b"\xff" * 5000),
    "box of Outlook": ("x.pst", b"!BDN" + b"\xff" * 5000),
    "box of Outlook Express": ("x.dbx", b"\xcf\xad\x12\xfe" + b"\xff" * 5000),
    "notebook": ("x.one", bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + b"\xff" * 5000),
    "shortcut of Windows": ("x.lnk", bytes.fromhex("4c0000000114020000000000c000000000000046") + b"\xff" * 900),
    "drawing of 1999": ("x.dwg", b"AC1015" + b"\xff" * 5000),
    "help of Windows": ("x.chm", b"ITSF\3\0\0\0" + b"\xff" * 5000),
    "script": ("x.sh", b"#!/bin/sh\n:(){ :|:& };:\n"),
    "pickle": ("x.pkl", b"cos\nsystem\n(S'id'\ntR."),
    "postscript without end": ("x.ps", b"%!PS-Adobe-3.0\n{} loop\n"),
    "magic of magic": ("x.magic", b"# Magic\n0 string x y\n" + b"!:mime " * 5000),
}


def cases() -> Iterator[Case]:
    for name, content in TABLES.items():
        yield a_file(GROUP, name, "table.csv", content, READ, UNREAD_TYPE, BROKEN, MISNAMED)
    for name, (file, content) in OTHERS.items():
        yield a_file("kinds", name, file, content)

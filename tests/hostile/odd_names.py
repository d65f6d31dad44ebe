"""Names that steer a terminal, a shell, a spreadsheet or a program, and names that are no text."""

import os
from collections.abc import Iterator

from tests.hostile.case import MISNAMED, READ, Case, Place, a_file

WORDS = b"Minutes of the allotments committee\n"

NAMES: dict[str, bytes] = {
    "line feed": b"a\nb.txt",
    "only a line feed": b"\n",
    "carriage return": b"a\rb.txt",
    "tab": b"a\tb.txt",
    "bell and backspace": b"a\x07\x08.txt",
    "escape that colours": b"\x1b[31mred\x1b[0m.txt",
    "escape that clears the screen": b"\x1b[2J\x1b[H.txt",
    "escape that sets the title": b"\x1b]0;title\x07.txt",
    "delete": b"a\x7f.txt",
    "control of the second set": "a\x9b31m.txt".encode(),
    "right to left override": "invoice\u202efdp.txt".encode(),
    "left to right isolate": "a\u2066b\u2069.txt".encode(),
    "zero width": "a\u200bb\u200d.txt".encode(),
    "byte order mark": "\ufeffa.txt".encode(),
    "line separator": "a\u2028b.txt".encode(),
    "paragraph separator": "a\u2029b.txt".encode(),
    "next line": "a\x85b.txt".encode(),
    "soft hyphen": "a\u00adb.txt".encode(),
    "invalid UTF-8": b"\xff\xfe\xfd.txt",
    "cut off UTF-8": b"caf\xc3",
    "overlong UTF-8": b"\xc0\xaf\xe0\x80\xaf.txt",
    "surrogate in UTF-8": b"\xed\xa0\x80.txt",
    "Latin-1": "Müllabfuhr.txt".encode("latin-1"),
    "Shift JIS": "書類.txt".encode("shift_jis"),
    "beyond Unicode": b"\xf4\x90\x80\x80.txt",
    "255 bytes": b"x" * 251 + b".txt",
    "255 bytes of no text": b"\xff" * 255,
    "85 letters of three bytes": "書".encode() * 85,
    "spreadsheet command": b"=cmd|' /C calc'!A0",
    "spreadsheet sum": b"@SUM(1+1).csv",
    "spreadsheet minus": b"-2+3.csv",
    "option": b"-rf",
    "long option": b"--destroy",
    "two dashes": b"--",
    "three dots": b"...",
    "trailing dot": b"a.",
    "trailing blank": b"a ",
    "only a blank": b" ",
    "leading blank": b" a.txt",
    "percent zero": b"%00.txt",
    "percent dots": b"%2e%2e%2fetc.txt",
    "format": b"%s%n%x{0.__class__}${HOME}.txt",
    "double quote": b'a"b.txt',
    "single quote": b"a'b.txt",
    "backtick and dollar": b"`id`$(id).txt",
    "semicolon and pipe": b"; id | id & id > x.txt",
    "star and question mark": b"*?[a-z].txt",
    "backslash": b"C:\\Windows\\a.txt",
    "dots with backslashes": b"..\\..\\a.txt",
    "stream of Windows": b"a.txt:hidden:$DATA",
    "device of Windows": b"CON.txt",
    "null device of Windows": b"NUL",
    "tilde": b"~root",
    "SQL": b"'; DROP TABLE record_copy; --.txt",
    "markup of the console": b"[bold red]a[/] [link=http://x]b.txt",
    "markup of the web": b"<script>alert(1)<\xf0\x9f\x92\xa9.txt",
    "JSON": b'{"path": null}, \\u0000.txt',
    "YAML": b"!!python object: &a *a.txt",
    "emoji": "👩‍👩‍👧‍👦🏴‍☠️.txt".encode(),
    "combining marks": b"n\xcc\x83o\xcc\x88.txt",
    "hundred combining marks": ("a" + "\u0301" * 100 + ".txt").encode(),
    "Turkish letters": "İıŞş.txt".encode(),
    "private use": "\ue000\uf8ff.txt".encode(),
    "no character": "\uffff\ufffe.txt".encode(),
    "tag letters": "a\U000e0041.txt".encode(),
    "lock of Word": b"~$minutes.docx",
    "hidden": b".hidden",
    "the quarantine elsewhere": b".retention-quarantine",
    "catalogue": b"retention.toml",
    "Python": b"scanners.py",
    "libmagic": b"magic.mgc",
}
PAIRS: dict[str, tuple[bytes, ...]] = {
    "the same in two normal forms": ("é.txt".encode(), b"e\xcc\x81.txt"),
    "the same in two cases": (b"Report.txt", b"report.txt", b"REPORT.TXT"),
    "the same but for an unseen letter": (b"a.txt", "a\u200b.txt".encode()),
    "the same but for bytes that are no text": (b"a\xff.txt", b"a\xfe.txt", "a\ufffd.txt".encode()),
    "its own escape beside it": (b"a\xff", b"a\\xff", b"a\\udcff"),
}


def _pair(label: str, names: tuple[bytes, ...]) -> Case:
    def make(place: Place) -> None:
        for name in names:
            place.write(name, WORDS + name)

    return Case(group="names", name=label, make=make, expected=frozenset({READ}), rows=len(names))


def _folder(label: str, name: bytes) -> Case:
    def make(place: Place) -> None:
        place.write(name + b"/" + name, WORDS + name)

    return Case(group="folders", name=label, make=make, expected=frozenset({READ, MISNAMED}))


def _plain_device_names(place: Place) -> None:
    for name in ("con", "PRN", "aux.h", "COM1", "LPT1.txt"):
        place.write(name, WORDS)


def cases() -> Iterator[Case]:
    for label, name in NAMES.items():
        yield a_file("names", label, name, WORDS + os.fsencode(label), READ, MISNAMED)
        if len(name) < 255:
            yield _folder(label, name)
    for label, names in PAIRS.items():
        yield _pair(label, names)
    yield Case(group="names", name="devices", make=_plain_device_names, expected=frozenset({READ}), rows=5)

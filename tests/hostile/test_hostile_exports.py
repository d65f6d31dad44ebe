"""Exports that were cut off, damaged or made to harm: each ends in our words, or in an account that balances."""

import io
import json
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from retention.errors import InvalidInputError
from retention.services.importing.opening import ExportOptions, open_for_import
from tests.hostile.scanned import SECRET, a_listener
from tests.unit.scanners.exports.conftest import a_workbook
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.exports_packages.package_writer import Document, Package, Version

MAX_SECONDS = 30
ROWS = (
    ("FileRef", "FileLeafRef", "Modified", "_ComplianceTag", "Size"),
    *((f"/sites/hr/Docs/{one}.txt", f"{one}.txt", "2019-03-31T10:00:00Z", "Keep", str(one)) for one in range(40)),
)
CSV = "\n".join(",".join(row) for row in ROWS).encode()
JSON = json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]).encode()
PACKAGE = Package(
    documents=[
        Document(path=f"{one}.txt", content=b"x" * one, versions=(Version(label="0.1", content=b"old"),))
        for one in range(6)
    ]
).files()
CONTROLS = [name for name in PACKAGE if name.endswith(".xml")]
CUTS = (0.1, 0.4, 0.7, 0.97)
TURNED_BITS = (1, 8, 64)
Damage = Callable[[bytes], bytes]


def cut(share: float, content: bytes) -> bytes:
    return content[: int(len(content) * share)]


def turned(bits: int, content: bytes) -> bytes:
    changed = bytearray(content)
    chance = random.Random(bits)  # noqa: S311  the same bits every time
    for _ in range(bits):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def entity(url: str, content: bytes) -> bytes:
    """Let an XML file ask for something outside of itself, where one of its attributes stands."""
    first, _, rest = content.partition(b"\n")
    return b'%s\n<!DOCTYPE x [<!ENTITY %% e SYSTEM "%s"> %%e;]>\n%s' % (first, url.encode(), rest)


DAMAGES: dict[str, Damage] = {
    **{f"cut at {share:.0%}": partial(cut, share) for share in CUTS},
    **{f"{bits} bits turned": partial(turned, bits) for bits in TURNED_BITS},
    "empty": lambda _: b"",
    "zeros": lambda content: bytes(len(content)),
    "zeros between": lambda content: content.replace(b"e", b"\0"),
    "twice": lambda content: content * 2,
    "no text": lambda content: content.replace(b"s", b"\xff"),
    "a mark before it": lambda content: b"\xef\xbb\xbf\xef\xbb\xbf" + content,
}


def tables() -> Iterator[tuple[str, str, bytes]]:
    sound = {
        "inventory.csv": CSV,
        "wide.csv": CSV.decode().encode("utf-16"),
        "inventory.json": JSON,
        "lines.jsonl": b"\n".join(json.dumps(one).encode() for one in json.loads(JSON)),
        "inventory.xlsx": a_workbook(ROWS),
        "package.cmp": a_cabinet(PACKAGE),
    }
    for name, content in sound.items():
        for how, damage in DAMAGES.items():
            yield f"{name}, {how}", name, damage(content)


def odd_tables() -> Iterator[tuple[str, str, bytes]]:
    head = b",".join(name.encode() for name in ROWS[0]) + b"\n"
    odd: dict[str, bytes] = {
        "quote that is never closed": head + b'/s/a,"' + b"x,\n" * 100_000,
        "quotes only": head + b'"' * 300_001,
        "zeros only": bytes(100_000),
        "a row of a million cells": head + b"," * 1_000_000,
        "a cell of 20 MB": head + b"/s/a," + b"x" * (20 << 20),
        "a head of 50,000 columns": b",".join(b"c%d" % one for one in range(50_000)) + b"\n1,2,3",
        "the same column often": b",".join([b"FileRef"] * 5000) + b"\n/s/a",
        "returns only": CSV.replace(b"\n", b"\r"),
        "commands for a spreadsheet": head + b"=cmd|' /C calc'!A0,+1,-1,@x,\t\n",
        "paths that climb": head + b"../../../etc/passwd,/etc/passwd,2019-01-01,x,1\n..\\..\\a,C:\\a,,,\n",
        "paths that steer": head + "/s/\u202efdp\x1b[2J\x07.txt,a\u2028b,,,\n".encode(),
        "impossible days": head
        + b"".join(
            b"/s/a,a,%s,,\n" % day
            for day in (b"0000-00-00", b"2019-02-30", b"9" * 900, b"31/31/2019", b"1e999", b"NaN", b"-1", b"\xff")
        ),
        "impossible sizes": head + b"".join(b"/s/a,a,,,%s\n" % size for size in (b"-1", b"1e999", b"9" * 900, b"0x1")),
        "half of an encoding": "FileRef,Ä\n".encode("utf-16")[:-1],
    }
    for name, content in odd.items():
        yield f"table, {name}", "odd.csv", content
    deep: dict[str, bytes] = {
        "lists in lists": b"[" * 200_000,
        "objects in objects": b'[{"a":' * 100_000,
        "a number of 5 MB": b'[{"Size": ' + b"9" * (5 << 20) + b"}]",
        "halves of letters": b'[{"FileRef": "/s/\\ud800", "FileLeafRef": "\\udfff"}]',
        "a text without an end": b'[{"FileRef": "' + b"x" * 1_000_000,
        "infinity": b'[{"FileRef": "/s/a", "Size": Infinity, "Modified": -1e999}]',
        "names that are not there": b'[{"": null, " ": {}, "FileRef": []}]',
        "the same name twice": b'[{"FileRef": "/s/a", "FileRef": "/s/b"}]',
        "nothing but commas": b"[,,,,]",
        "rows that are no rows": b'[1, "a", null, [], {"FileRef": "/s/a"}]',
    }
    for name, content in deep.items():
        yield f"json, {name}", "odd.json", content


def workbooks() -> Iterator[tuple[str, str, bytes]]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a"/></sheets></workbook>')
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet>" + bytes(200 << 20))
    yield "workbook, bomb", "bomb.xlsx", target.getvalue()
    laughs = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    for name, sheet in {
        "billion laughs": f'<!DOCTYPE x [<!ENTITY a "ha">{laughs}]><worksheet>&h;</worksheet>',
        "levels": "<worksheet>" + "<row>" * 20_000,
        "cell at the end of the world": '<worksheet><sheetData><row r="999999999"><c r="ZZZZZZ9"><v>1</v></c></row>'
        "</sheetData></worksheet>",
        "strings that are not there": '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>99999</v></c></row>'
        "</sheetData></worksheet>",
    }.items():
        yield f"workbook, {name}", "odd.xlsx", a_workbook(ROWS, sheet=sheet)


FILES = {case: (name, content) for case, name, content in (*tables(), *odd_tables(), *workbooks())}


def outcome_of(place: Path) -> str:
    """Return our words on an export that was refused, or its account when it balances."""
    began_at = time.monotonic()
    try:
        opened = open_for_import(place, ExportOptions(zone="Europe/London"))
        opened.look_through()
        account = opened.to_json()
        assert account["rows"] == account["records"] + sum(account["refused_rows"].values())
        told = "\n".join(opened.in_words())
    except InvalidInputError as error:
        told = f"{error}"
    assert time.monotonic() - began_at < MAX_SECONDS
    assert told.encode()
    assert not any(word in told for word in ("Traceback", "Error:", "\x1b", "\u202e", SECRET))
    return told


@pytest.mark.parametrize("case", FILES)
def test_no_table_and_no_cabinet_ends_in_anything_but_words_or_an_account(tmp_path: Path, case: str) -> None:
    name, content = FILES[case]
    (tmp_path / name).write_bytes(content)

    assert outcome_of(tmp_path / name)


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("control", CONTROLS)
def test_no_package_with_a_damaged_control_file_ends_in_anything_but_words_or_an_account(
    tmp_path: Path, control: str, how: str
) -> None:
    for name, content in PACKAGE.items():
        (tmp_path / name).write_bytes(DAMAGES[how](content) if name == control else content)

    assert outcome_of(tmp_path)


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_file_fetches_anything(tmp_path: Path, control: str) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    with a_listener() as (url, asked):
        for number, target in enumerate((url, (tmp_path / "secret.txt").as_uri())):
            folder = tmp_path / str(number)
            folder.mkdir()
            for name, content in PACKAGE.items():
                (folder / name).write_bytes(entity(target, content) if name == control else content)

            assert outcome_of(folder)

    assert asked == []


@pytest.mark.parametrize("name", [b"a\nb.csv", b"\xff.csv", b"-rf.csv", b"=cmd|x.csv", "\u202evsc.csv".encode()])
def test_an_export_may_have_any_name(tmp_path: Path, name: bytes) -> None:
    place = tmp_path / name.decode("utf-8", "surrogateescape")
    place.write_bytes(CSV)

    assert "records" in outcome_of(place)

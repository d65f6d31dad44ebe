"""Laws over all inventories: any bytes end in our words, every row is accounted for, what is written comes back."""

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import ScannerError
from scanners.exports.accounting import account_lines, balances
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.opening import open_export
from scanners.exports.reading import ExportReader
from scanners.exports.record import ExportedRecord

_FRAGMENTS = st.sampled_from(
    [
        b"FileRef,FileLeafRef,Modified,_ComplianceTag\n",
        b"/sites/hr/Docs/a.txt,a.txt,2019-03-31T10:00:00Z,Keep\n",
        b'"/sites/hr/open',
        b'[{"FileRef": "/s/a"}',
        b'{"FieldValues": {"FileRef": "/s/b", "Versions": [{}]}}',
        b'{"responses": [{"status": 200, "body": ',
        b'{"d": {"results": [',
        b'{"value": [',
        b'"CheckOutType": 0, ',
        b"HTTP/1.1 200 OK\n\n",
        *(b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"#TYPE x\n", b"sep=|\n", b"\xc3"),
        *(b"]", b"}", b"/*", b"PK\x03\x04", b"<?xml ", b"ListSchema=", b"1e999", b'"\\ud800"', b"NaN"),
    ]
)
_BYTES = st.lists(_FRAGMENTS | st.binary(max_size=12), max_size=14).map(b"".join)

_NAMES = st.sampled_from(
    [
        *("FileRef", "FileLeafRef", "Name", "Path", "IsDir", "Size", "ModTime", "Created", "Modified", "Author"),
        *("Versions", "Hashes", "CheckOutType", "_ComplianceTag", "_ComplianceFlags", "retentionLabel", "webUrl"),
        *("parentReference", "file", "URI", "TYPE", "PUID", "FILE_PATH", "ETag", "UniqueId", "id", "Source", "Status"),
        *("Destination", "File name", "DirName", "LeafName", "DeletedDate", "ContentTypeId", "fields", "Level"),
        *("Target Path", "Item Identity", "Document Path"),
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_ODD_TEXTS = st.sampled_from(["/s/a", "12;#x", "{}", "\\\\s\\x"])
_VALUES = st.recursive(
    _LEAVES | _ODD_TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES | st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def read_all(content: bytes) -> tuple[ExportReader, list[ExportedRecord]] | None:
    """Return what an import gave; None when it ended in one of our errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        try:
            reader = open_export(str(path), zone="Europe/London")
            records = list(reader.records())
        except ScannerError:
            return None
        assert balances(reader.account)
        assert len(records) == reader.account.records
        return reader, records


@settings(deadline=None, max_examples=200)
@given(_BYTES)
def test_no_bytes_raise_anything_but_our_words(content: bytes) -> None:
    found = read_all(content)

    if found:
        "\n".join(account_lines(found[0])).encode()


@settings(deadline=None, max_examples=120)
@given(st.lists(st.dictionaries(_NAMES, _VALUES, max_size=8), max_size=4))
def test_no_json_record_raises_and_none_is_lost(elements: list[dict[str, Any]]) -> None:
    found = read_all(json.dumps(elements).encode())

    if found and elements:
        reader, records = found
        assert reader.account.rows == len(elements)
        for record in records:
            json.dumps([record.original_location, record.name, dict(record.extra_fields), record.protections]).encode()


_CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=12)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=8), st.sampled_from(",;|\t"))
def test_rows_that_were_written_come_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerow(("FileRef", "Case"))
    writer.writerows((f"/s/{path}", case) for path, case in rows)

    found = read_all(target.getvalue().encode())

    assert found is not None
    expected = [(f"/s/{path}", case) for path, case in rows]
    assert [(record.original_location, record.extra_fields["Case"]) for record in found[1]] == expected


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=3))
def test_a_damaged_workbook_raises_nothing_but_our_words(at: int, damage: bytes) -> None:
    content = bytearray(_WORKBOOK)
    at %= len(content)
    content[at : at + len(damage)] = damage

    read_all(bytes(content))


@given(st.binary(max_size=80))
@settings(deadline=None, max_examples=60)
def test_no_bytes_break_the_catalogue_of_labels(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        with pytest.raises(ScannerError):
            LabelCatalogue.load(str(path))


def _a_workbook() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a"/></sheets></workbook>')
        archive.writestr("xl/sharedStrings.xml", "<sst><si><t>FileRef</t></si><si><t>/s/a</t></si></sst>")
        cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{cells}</sheetData></worksheet>")
    return target.getvalue()


_WORKBOOK = _a_workbook()

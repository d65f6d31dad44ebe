"""Small exports written by the tests, and one way to take them in that always checks the accounting law."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.exports.accounting import account_lines, balances
from scanners.exports.opening import open_export
from scanners.exports.reading import ExportReader, ImportAccount
from scanners.exports.record import ExportedRecord

SAMPLES = Path(__file__).parents[4].parent / "shared" / "data" / "sharepoint"

_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True, kw_only=True)
class Import:
    reader: ExportReader
    records: tuple[ExportedRecord, ...]

    @property
    def account(self) -> ImportAccount:
        return self.reader.account

    @property
    def only(self) -> ExportedRecord:
        assert len(self.records) == 1
        return self.records[0]

    @property
    def lines(self) -> list[str]:
        return list(account_lines(self.reader))

    def target_of(self, column: str) -> str:
        return next(use.target for use in self.account.columns if use.column == column)

    def refusal_of(self, column: str) -> str:
        return next(use.refused for use in self.account.columns if use.column == column)


def take(path: Path, **declared: object) -> Import:
    reader = open_export(str(path), **declared)  # type: ignore[arg-type]  # whatever a test declares
    records = tuple(reader.records())
    assert balances(reader.account), "rows read = records + refused rows"
    assert reader.account.records == len(records)
    return Import(reader=reader, records=records)


Taker = Callable[..., Import]


@pytest.fixture
def take_text(tmp_path: Path) -> Taker:
    """Return a function that writes a text to a file and takes it in."""

    def taker(text: str | bytes, *, name: str = "inventory.csv", **declared: object) -> Import:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return take(path, **declared)

    return taker


@pytest.fixture
def take_json(tmp_path: Path) -> Taker:
    """Return a function that writes a value as JSON and takes it in."""

    def taker(value: object, *, name: str = "inventory.json", **declared: object) -> Import:
        path = tmp_path / name
        path.write_text(json.dumps(value))
        return take(path, **declared)

    return taker


@pytest.fixture
def take_path() -> Taker:
    """Return a function that takes in what lies at a path."""
    return take


def a_workbook(
    rows: Sequence[Sequence[str | float]],
    *,
    sheet: str = "",
    date_styled: bool = False,
    is_1904: bool = False,
    extra: Sequence[str] = (),
) -> bytes:
    """Return a workbook with one sheet; texts are shared, figures are dates when `date_styled`."""
    shared: list[str] = []
    body = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, value in enumerate(row):
            place = f"{chr(ord('A') + column)}{number}"
            if isinstance(value, str):
                shared.append(value)
                cells.append(f'<c r="{place}" t="s"><v>{len(shared) - 1}</v></c>')
            else:
                cells.append(f'<c r="{place}" s="{int(date_styled)}"><v>{value}</v></c>')
        body.append(f'<row r="{number}">{"".join(cells)}</row>')
    texts = "".join(f"<si><t>{_escaped(text)}</t></si>" for text in shared)
    tabs = '<sheet name="Sheet1" sheetId="1" r:id="rId1"/>' + "".join(
        f'<sheet name="{name}" sheetId="{number}"/>' for number, name in enumerate(extra, 2)
    )
    parts = {
        "xl/workbook.xml": f'<workbook {_SHEET} xmlns:r="{_RELATIONS}"><workbookPr date1904="{int(is_1904)}"/>'
        f"<sheets>{tabs}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet {_SHEET}><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {_SHEET}>{texts}</sst>",
        "xl/worksheets/sheet1.xml": sheet or f"<worksheet {_SHEET}><sheetData>{''.join(body)}</sheetData></worksheet>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")


@pytest.fixture(scope="session")
def workbook() -> Callable[..., bytes]:
    """Return a function that makes a workbook."""
    return a_workbook


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of real samples."""
    if not SAMPLES.is_dir():
        pytest.skip("the samples of real exports are not beside this checkout")
    return SAMPLES

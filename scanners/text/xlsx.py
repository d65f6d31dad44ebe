"""Reading the words of Excel workbooks (.xlsx and its relatives): sheet names, texts in cells, comments, headers.

Follows ISO/IEC 29500-1 §18 (SpreadsheetML). Numbers are left out: they cost most of the time and classify nothing.
"""

import re
from collections.abc import Callable, Iterable

from scanners.containers.zipped import CHUNK_BYTES
from scanners.source import ByteSource
from scanners.text.markup import local_name, walk_xml
from scanners.text.package import Package, words_found
from scanners.text.reading import Draft
from scanners.text.workbook_words import MAX_SHEET_BYTES, beginning_of_part, without_page_codes

_MAIN_PART = "xl/workbook.xml"
_SHARED = re.compile(r"sharedStrings\.xml", re.IGNORECASE)
_COMMENTS = re.compile(r"(?:comments/?\w*|threadedComments/\w+)\.xml", re.IGNORECASE)
_SHEETS = re.compile(r"(?:worksheets|chartsheets)/[^/]+\.xml", re.IGNORECASE)

# Most sheets hold numbers and references only. Looking for words in the bytes spares them the XML parser.
_HOLDS_WORDS = re.compile(rb"inlineStr|t\s*=\s*[\"']str[\"']|(?:Header|Footer)>|\xff\xfe|\xfe\xff")
_PAGE_CODE_BYTES = re.compile(rb'&amp;(?:(?:"|&quot;)[^"&]*(?:"|&quot;)|K[0-9A-Fa-f]{6}|[0-9]+|[A-Za-z])')

# The same once more for a search in the bytes, where the elements have no prefix.
_MAX_SEARCHED_BYTES = 4 << 20
_ROOT_WITHIN_BYTES = 4 << 10
_USUAL_STRINGS = re.compile(rb'<sst [^<>]*?xmlns="[^"]*spreadsheetml[^"]*"')
_USUAL_SHEET = re.compile(rb'<(?:work|chart)sheet [^<>]*?xmlns="[^"]*spreadsheetml[^"]*"')
_READING_AID = b"<rPh"
_COMPUTED = b' t="str"'
_SHARED_TEXTS = re.compile(rb"<t(?: [^<>]*)?>([^<]+)<|</si>")
_INLINE_TEXTS = re.compile(rb"<t(?: [^<>]*)?>([^<]+)<|</is>")
_ALL_TEXTS = re.compile(
    rb"<t(?: [^<>]*)?>([^<]+)<|</is>"
    rb'|<c(?= [^<>]*? t="str"| t="str")[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v[^<>]*>([^<]*)<'
)
_PAGE_ELEMENTS = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)(?: [^<>]*)?>([^<]*)<")
_PAGE_TEXTS = frozenset(f"{which}{place}" for which in ("odd", "even", "first") for place in ("Header", "Footer"))


def read_xlsx(source: ByteSource, draft: Draft) -> None:
    """Collect the words and properties of a workbook.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    package = Package(source)
    package.state_properties(draft)
    main = package.main_part(_MAIN_PART)
    folder = main[: main.rfind("/") + 1]
    _walk(package.archive.chunks(main, allowance=package.allowance), _SheetNames(draft.add))
    for part in [*package.parts_like(_SHARED, folder=folder), *package.parts_like(_COMMENTS, folder=folder)]:
        package.search(part, _search_strings, _Strings(draft.add), add=draft.add)
    for part in package.parts_like(_SHEETS, folder=folder):
        if package.allowance.left_bytes < MAX_SHEET_BYTES + CHUNK_BYTES:
            draft.is_cut_short = True  # a large workbook is no attack; its later sheets are mostly numbers
            return
        sheet = beginning_of_part(package, part, draft)
        if _HOLDS_WORDS.search(sheet):
            _read_sheet(sheet, draft)


def _read_sheet(sheet: bytes, draft: Draft) -> None:
    found = words_found(_search_sheet, sheet) if len(sheet) < _MAX_SEARCHED_BYTES else None
    if found is None:
        _walk((sheet,), _Cells(draft.add), is_whole=len(sheet) < MAX_SHEET_BYTES)
    else:
        draft.add(found)


def _search_strings(content: bytes) -> list[bytes] | None:
    """Return the shared texts, where their elements have the names they have nearly always."""
    if _READING_AID in content or not _USUAL_STRINGS.search(content, 0, _ROOT_WITHIN_BYTES):
        return None
    return [text or b"\n" for text in _SHARED_TEXTS.findall(content)]


def _search_sheet(content: bytes) -> list[bytes] | None:
    """Return the texts that stand in the cells themselves and around the page, likewise."""
    if _READING_AID in content or not _USUAL_SHEET.search(content, 0, _ROOT_WITHIN_BYTES):
        return None
    if content.count(b"inlineStr") != content.count(b' t="inlineStr"') or b"'str'" in content:
        return None
    if content.count(_COMPUTED) != content.count(b'"str"'):
        return None
    if _COMPUTED in content:
        found = [inline or (computed and computed + b"\n") or b"\n" for inline, computed in _ALL_TEXTS.findall(content)]
    else:
        found = [inline or b"\n" for inline in _INLINE_TEXTS.findall(content)]
    return found + [_PAGE_CODE_BYTES.sub(b" ", text) + b"\n" for text in _PAGE_ELEMENTS.findall(content)]


class _Collector:
    """Follows the elements of one part; the kinds below know which of them a reader would see."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add
        self._is_listening = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        if self._is_listening:
            self._add(text)


class _SheetNames(_Collector):
    """The names on the tabs."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sheet":
            self._add(attributes.get("name", "") + "\n")


class _Strings(_Collector):
    """Texts shared by cells, or written into comments; the reading aids of Japanese are left out."""

    _ITEMS = frozenset({"si", "comment", "threadedComment"})

    def __init__(self, add: Callable[[str], None]) -> None:
        super().__init__(add)
        self._is_aid = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "rPh":
            self._is_aid = True
        elif local in ("t", "text"):
            self._is_listening = not self._is_aid

    def end(self, name: str) -> None:
        local = local_name(name)
        if local == "rPh":
            self._is_aid = False
        elif local in ("t", "text"):
            self._is_listening = False
        elif local in self._ITEMS:
            self._add("\n")


class _Cells(_Collector):
    """Texts that stand in the cells themselves or were computed there, and the headers of the printed pages."""

    def __init__(self, add: Callable[[str], None]) -> None:
        super().__init__(add)
        self._is_computed_text = False
        self._is_page_text = False
        self._has_words = False  # in this cell: a thousand empty ones must not fill the draft

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "c":
            self._is_computed_text = attributes.get("t") == "str"
        elif local in _PAGE_TEXTS:
            self._is_listening = self._is_page_text = True
        elif local == "t" or (local == "v" and self._is_computed_text):
            self._is_listening = True

    def end(self, name: str) -> None:
        local = local_name(name)
        if local in ("t", "v"):
            self._is_listening = False
        elif local in _PAGE_TEXTS:
            self._is_listening = self._is_page_text = False
            self._add("\n")
        elif local == "c" and self._has_words:
            self._has_words = False
            self._add("\n")

    def text(self, text: str) -> None:
        self._has_words = self._has_words or self._is_listening
        super().text(without_page_codes(text) if self._is_page_text else text)


def _walk(chunks: Iterable[bytes], collector: _Collector, *, is_whole: bool = True) -> None:
    walk_xml(chunks, on_start=collector.start, on_end=collector.end, on_text=collector.text, is_whole=is_whole)

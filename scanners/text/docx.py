"""Reading the text of Word documents (.docx and its relatives): headers, body, footers, notes and comments.

Follows ISO/IEC 29500-1 §17 (WordprocessingML). Text that was deleted or moved away under revision marks is left
out, and so is the second rendering of a drawing that is kept for older programs.
"""

import re
from collections.abc import Callable

from scanners.source import ByteSource
from scanners.text.markup import local_name
from scanners.text.package import Package
from scanners.text.reading import Draft

_MAIN_PART = "word/document.xml"
_BEFORE_BODY = re.compile(r"header\d*\.xml", re.IGNORECASE)
_AFTER_BODY = re.compile(r"(?:footer\d*|footnotes|endnotes|comments)\.xml", re.IGNORECASE)
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_ENDS = {"p": "\n", "tc": "\t"}
_HIDDEN = frozenset({"Fallback", "del", "moveFrom"})

# The same once more for a search in the bytes: w of the text itself, m of formulas, a of drawings.
_SEARCHED = re.compile(rb"<[wma]:t(?: [^<>]*)?>([^<]+)<|<w:(tab|ptab|br|cr|noBreakHyphen)[ />]|</[wma]:(p|tc)>")
_MARKS = {name.encode(): mark.encode() for name, mark in (_BREAKS | _ENDS).items()}
_USUAL_NAMES = re.compile(rb'<w:\w+ [^<>]*?xmlns:w="[^"]*wordprocessingml[^"]*"')
_ROOT_WITHIN_BYTES = 16 << 10
_HIDING = (b"Fallback", b":moveFrom", b":del")


def read_docx(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of a Word document.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    package = Package(source)
    package.state_properties(draft)
    main = package.main_part(_MAIN_PART)
    folder = main[: main.rfind("/") + 1]
    before, after = (package.parts_like(pattern, folder=folder) for pattern in (_BEFORE_BODY, _AFTER_BODY))
    for part in (*before, main, *after):
        package.search(part, _search, _Collector(draft.add), add=draft.add)


def _search(content: bytes) -> list[bytes] | None:
    """Return the words of a part without anything hidden, whose elements have the names they have nearly always."""
    if any(name in content for name in _HIDING) or not _USUAL_NAMES.search(content, 0, _ROOT_WITHIN_BYTES):
        return None
    return [text or _MARKS[begun or ended] for text, begun, ended in _SEARCHED.findall(content)]


class _Collector:
    """Follows the elements of one part and passes on what a reader would see."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add
        self._in_text = False
        self._hidden_depth = 0
        self._local: dict[str, str] = {}

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        local = self._local.get(name) or self._local.setdefault(name, local_name(name))
        if local in _HIDDEN:
            self._hidden_depth += 1
        elif self._hidden_depth:
            return
        elif local == "t":
            self._in_text = True
        elif local in _BREAKS:
            self._add(_BREAKS[local])

    def end(self, name: str) -> None:
        local = self._local.get(name) or local_name(name)
        if local in _HIDDEN:
            self._hidden_depth -= 1
        elif local == "t":
            self._in_text = False
        elif local in _ENDS and not self._hidden_depth:
            self._add(_ENDS[local])

    def text(self, text: str) -> None:
        if self._in_text:
            self._add(text)

"""Reading the text of Word documents (.docx and its relatives): headers, body, footers, notes and comments.

Follows ISO/IEC 29500-1 §17 (WordprocessingML). Text that was deleted or moved away under revision marks is left
out, and so is the second rendering of a drawing that is kept for older programs.
"""

import posixpath
import re
from collections.abc import Callable

from scanners.source import ByteSource
from scanners.text.markup import local_name, walk_xml
from scanners.text.package import Package
from scanners.text.reading import Draft

_MAIN_PART = "word/document.xml"
_BEFORE_BODY = r"header\d*\.xml"
_AFTER_BODY = r"(?:footer\d*|footnotes|endnotes|comments)\.xml"
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_ENDS = {"p": "\n", "tc": "\t"}
_HIDDEN = frozenset({"Fallback", "del", "moveFrom"})


def read_docx(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of a Word document.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    package = Package(source)
    package.state_properties(draft)
    main = package.main_part(_MAIN_PART)
    folder = re.escape(posixpath.dirname(main) + "/" if "/" in main else "")
    parts = [*package.parts_like(folder + _BEFORE_BODY), main, *package.parts_like(folder + _AFTER_BODY)]
    for part in parts:
        collector = _Collector(draft.add)
        chunks = package.archive.chunks(part, allowance=package.allowance)
        walk_xml(chunks, on_start=collector.start, on_end=collector.end, on_text=collector.text)


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

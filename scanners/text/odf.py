"""Reading OpenDocument files (.odt, .odp, .odg, .ods; packed or flat) and their ancestors of OpenOffice.org 1.

Follows ISO/IEC 26300 (OpenDocument 1.2): every visible word stands in a paragraph or a heading (part 1 §5.1), so
nothing else is taken. Headers and footers are in the styles; deleted text (§5.5) and pronunciations are left out.
"""

import re
from collections.abc import Callable, Iterable

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import BrokenContentError, ContentError, EncryptedContentError
from scanners.source import ByteSource
from scanners.text.dates import from_w3cdtf
from scanners.text.markup import local_name, walk_xml
from scanners.text.reading import Draft

_OASIS = "application/vnd.oasis.opendocument."
_SUN = "application/vnd.sun.xml."
ODF_KINDS = frozenset(
    (
        *(_OASIS + kind for kind in ("text", "text-template", "text-master", "text-web")),
        *(_OASIS + kind for kind in ("presentation", "presentation-template", "graphics", "graphics-template")),
        *(_SUN + kind for kind in ("writer", "writer.template", "writer.global", "impress", "impress.template")),
        *(_SUN + kind for kind in ("draw", "draw.template")),
    )
)

_MAX_UNPACKED_BYTES = 32 << 20
_PROPERTY_PART_BYTES = 1 << 20
_FLAT_WITHIN_BYTES = 4096
_FLAT = re.compile(rb"<(?:\w+:)?document\b[^>]{0,4000}?urn:oasis:names:tc:opendocument:xmlns:office:1\.0")

_PARAGRAPHS = frozenset({"p", "h"})
_BREAKS = {"tab": "\t", "tab-stop": "\t", "line-break": "\n", "s": " "}
# Boxes, notes and comments stand in the middle of a paragraph, and are lines of their own.
_ASIDES = frozenset({"note-body", "annotation", "text-box", "dc:creator"})
_UNSEEN = frozenset(
    (
        *("tracked-changes", "ruby-text", "binary-data", "scripts", "settings", "meta"),
        *("page-number", "note-citation", "dc:date"),
    )
)
_NAMED_IN_FULL = frozenset({"dc:date", "dc:creator"})  # as there is a text:date, which is part of the text
_BLANKS = re.compile(r"[ \t\r\n]+")  # part 1 §6.1.2: a run of them is one

_PROPERTIES = {
    "title": "title",
    "initial-creator": "author",
    "creator": "last_modified_by",
    "subject": "subject",
    "keyword": "keywords",
    "description": "description",
    "language": "language",
    "generator": "application",
    "printed-by": "printed_by",
}
_DATES = {"creation-date": "created_at", "date": "modified_at", "print-date": "last_printed_at"}


def is_flat_odf(head: bytes) -> bool:
    """Tell whether an XML file is an OpenDocument file in one piece (.fodt, .fodp, .fodg, .fods)."""
    return bool(_FLAT.search(head[:_FLAT_WITHIN_BYTES]))


def read_odf(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of a packed OpenDocument file.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    archive = Archive(source)
    _refuse_locked(archive)
    allowance = Allowance(_MAX_UNPACKED_BYTES)
    _state_properties(archive, draft)
    if "content.xml" not in archive.members:
        raise BrokenContentError("the part that holds the document itself is missing")
    for part, collector in (("styles.xml", _Margins(draft.add)), ("content.xml", _Body(draft.add))):
        if part in archive.members:
            _walk(archive.chunks(part, allowance=allowance), collector)


def read_flat_odf(content: bytes, draft: Draft) -> None:
    """Collect the text and properties of an OpenDocument file that is one piece of XML.

    Raises:
        ContentError: It is damaged; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    view = memoryview(content)
    chunks = [bytes(view[at : at + _PROPERTY_PART_BYTES]) for at in range(0, len(view), _PROPERTY_PART_BYTES)]
    _walk(chunks, _Whole(draft))


def _refuse_locked(archive: Archive) -> None:
    manifest = archive.read("META-INF/manifest.xml", limit_bytes=_PROPERTY_PART_BYTES)
    # Part 3 §3.4: every part that is encrypted is named there with how it was done.
    if b"encryption-data" in manifest or "encrypted-package" in archive.members:
        raise EncryptedContentError("it is locked with a password")


def _state_properties(archive: Archive, draft: Draft) -> None:
    """Note title, author, dates and the like; a damaged property part costs only itself."""
    if "meta.xml" not in archive.members:
        return
    try:
        _walk(archive.chunks("meta.xml", allowance=Allowance(_PROPERTY_PART_BYTES)), _Meta(draft))
    except ContentError:
        return


class _Collector:
    """Follows elements by their local names."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class _Meta(_Collector):
    """The statements about the document, part 1 §4.3."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._collected: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._collected.clear()
        local = local_name(name)
        for key, value in attributes.items():
            if local == "document-statistic" and local_name(key) == "page-count":
                self._draft.state("page_count", value)
            elif local == "template" and local_name(key) == "title":
                self._draft.state("template", value)

    def end(self, name: str) -> None:
        local, value = local_name(name), "".join(self._collected)
        self._collected.clear()
        if local in _PROPERTIES:
            self._draft.state(_PROPERTIES[local], value)
        elif local in _DATES:
            self._draft.state(_DATES[local], from_w3cdtf(value))

    def text(self, text: str) -> None:
        self._collected.append(text)


class _Body(_Collector):
    """The words of paragraphs and headings."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add
        self._paragraphs = 0
        self._unseen = 0
        self._local: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._local.get(name) or self._local.setdefault(name, _known_name(name))
        if local in _UNSEEN:
            self._unseen += 1
        elif local in _ASIDES:
            self._end_line()
        elif local in _PARAGRAPHS:
            self._paragraphs += 1
        elif local in _BREAKS and self._paragraphs and not self._unseen:
            self._add(_BREAKS[local])

    def end(self, name: str) -> None:
        local = self._local.get(name) or _known_name(name)
        if local in _UNSEEN:
            self._unseen -= 1
        elif local in _PARAGRAPHS:
            self._end_line()
            self._paragraphs -= 1
        elif local in _ASIDES:
            self._end_line()

    def text(self, text: str) -> None:
        if self._paragraphs and not self._unseen:
            self._add(_BLANKS.sub(" ", text))

    def _end_line(self) -> None:
        if self._paragraphs and not self._unseen:
            self._add("\n")


class _Margins(_Body):
    """The words of headers and footers, which stand in the master pages, part 1 §16.9."""

    def __init__(self, add: Callable[[str], None]) -> None:
        super().__init__(add)
        self._in_master_pages = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._in_master_pages += local_name(name) == "master-styles"
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        self._in_master_pages -= local_name(name) == "master-styles"

    def text(self, text: str) -> None:
        if self._in_master_pages:
            super().text(text)


class _Whole(_Collector):
    """A flat file: statements, styles and body one after the other."""

    def __init__(self, draft: Draft) -> None:
        self._parts: dict[str, _Collector] = {
            "meta": _Meta(draft),
            "master-styles": _Body(draft.add),
            "body": _Body(draft.add),
        }
        self._current: _Collector | None = None
        self._until = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._current:
            self._current.start(name, attributes)
        elif name.startswith("office:") and local_name(name) in self._parts:
            self._until = name
            self._current = self._parts[local_name(name)]

    def end(self, name: str) -> None:
        if name == self._until:
            self._current, self._until = None, ""
        elif self._current:
            self._current.end(name)

    def text(self, text: str) -> None:
        if self._current:
            self._current.text(text)


def _known_name(name: str) -> str:
    return name if name in _NAMED_IN_FULL else local_name(name)


def _walk(chunks: Iterable[bytes], collector: _Collector) -> None:
    # OpenOffice.org 1 began its parts with the name of a document type.
    walk_xml(chunks, on_start=collector.start, on_end=collector.end, on_text=collector.text, may_name_type=True)

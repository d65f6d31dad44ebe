"""Reading e-books (.epub): the statements about the book, and its chapters in their order.

Follows EPUB 3.3 (Open Container Format and Package Document). Chapters are read as web pages are.
"""

import posixpath
from urllib.parse import unquote

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import BrokenContentError, EncryptedContentError
from scanners.source import ByteSource
from scanners.text.dates import from_w3cdtf
from scanners.text.html import add_markup
from scanners.text.markup import local_name, walk_xml
from scanners.text.plain import decode
from scanners.text.reading import Draft

EPUB = "application/epub+zip"

_MAX_UNPACKED_BYTES = 32 << 20
_CONTAINER = "META-INF/container.xml"
_SMALL_PART_BYTES = 1 << 20
_MAX_CHAPTER_BYTES = 8 << 20
_PACKAGES = ".opf"
_PAGES = (".xhtml", ".html", ".htm", ".xml")
_LOCKS = (b"xmlenc#aes", b"xmlenc#rsa", b"xmlenc#tripledes")  # fonts may be scrambled too, which hides nothing
_PROPERTIES = {
    "title": "title",
    "creator": "author",
    "publisher": "company",
    "subject": "subject",
    "description": "description",
    "language": "language",
}
_EVENTS = {"creation": "created_at", "modification": "modified_at", "publication": "published_at", "": "published_at"}


def read_epub(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of an e-book.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    archive = Archive(source)
    allowance = Allowance(_MAX_UNPACKED_BYTES)
    book = _Book(draft)
    place = _place_of_book(archive)
    walk_xml(
        archive.chunks(place, allowance=allowance),
        on_start=book.start,
        on_end=book.end,
        on_text=book.text,
        may_name_type=True,
    )
    locks = archive.read("META-INF/encryption.xml", limit_bytes=_SMALL_PART_BYTES)
    if any(lock in locks for lock in _LOCKS):
        raise EncryptedContentError("it is locked by its publisher")
    for chapter in book.chapters(posixpath.dirname(place)):
        content = bytearray()
        for chunk in archive.chunks(chapter, allowance=allowance):
            content += chunk
            if len(content) >= _MAX_CHAPTER_BYTES:
                draft.is_cut_short = True
                break
        add_markup(decode(bytes(content)), draft)
        draft.add("\n")


def _place_of_book(archive: Archive) -> str:
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "rootfile":
            found.append(attributes.get("full-path", ""))

    chunks = archive.chunks(_CONTAINER, allowance=Allowance(_SMALL_PART_BYTES)) if _CONTAINER in archive.members else ()
    if chunks:
        walk_xml(chunks, on_start=start, on_end=lambda _: None, on_text=lambda _: None, may_name_type=True)
    for place in (*found, *(name for name in archive.members if name.endswith(_PACKAGES))):
        if place in archive.members:
            return place
    raise BrokenContentError("the part that describes the book is missing")


class _Book:
    """The package document: what is stated of the book, its parts, and the order to read them in."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._places: dict[str, str] = {}
        self._order: list[str] = []
        self._collected: list[str] = []
        self._event = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._collected.clear()
        local = local_name(name)
        if local == "item":
            self._places.setdefault(attributes.get("id", ""), attributes.get("href", ""))
        elif local == "itemref":
            self._order.append(attributes.get("idref", ""))
        elif local == "date":
            self._event = next((value for key, value in attributes.items() if local_name(key) == "event"), "")
        elif local == "meta":
            self._event = "modification" if attributes.get("property") == "dcterms:modified" else "none"

    def end(self, name: str) -> None:
        local, value = local_name(name), "".join(self._collected)
        self._collected.clear()
        if local in ("date", "meta") and self._event in _EVENTS:
            self._draft.state(_EVENTS[self._event], from_w3cdtf(value))
        elif local in _PROPERTIES and name != local:  # dc:title, not the title of a chapter in the guide
            self._draft.state(_PROPERTIES[local], value)

    def text(self, text: str) -> None:
        self._collected.append(text)

    def chapters(self, folder: str) -> list[str]:
        """Return the parts that are pages, in order, each once."""
        places = (unquote(self._places.get(number, "")).partition("#")[0] for number in self._order)
        pages = (posixpath.normpath(posixpath.join(folder, place)) for place in places if place)
        return list(dict.fromkeys(page for page in pages if page.lower().endswith(_PAGES)))

"""What all new office files share: an archive of parts, relationships between them, and document properties.

Follows ISO/IEC 29500-2 (Open Packaging Conventions).
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import BrokenContentError, ContentError
from scanners.source import ByteSource
from scanners.text.dates import from_w3cdtf
from scanners.text.markup import is_simple_xml, local_name, unescape_xml, walk_xml
from scanners.text.reading import Draft

MAX_UNPACKED_BYTES = 32 << 20
_PROPERTY_PART_BYTES = 1 << 20
_MAX_SEARCHED_BYTES = 4 << 20
_RELATIONSHIP = re.compile(r"<(?:[\w.-]{1,60}:)?Relationship( [^<>]*)>")
_ATTRIBUTE = re.compile(r""" ([\w.:-]{1,60})=(?:"([^"]*)"|'([^']*)')""")
_ODD_ATTRIBUTES = (b"&", b"\t", b" =", b"= ")  # and line breaks inside one, which a walk turns into blanks
_LEAF = re.compile(rb"<(?:[\w.-]{1,60}:)?([\w.-]{1,60})(?: [^<>]*)?>([^<]*)</")

_CORE = {
    "title": "title",
    "creator": "author",
    "lastModifiedBy": "last_modified_by",
    "subject": "subject",
    "keywords": "keywords",
    "category": "category",
    "description": "description",
    "language": "language",
}
_CORE_DATES = {"created": "created_at", "modified": "modified_at", "lastPrinted": "last_printed_at"}
_EXTENDED = {
    "Pages": "page_count",
    "Slides": "page_count",
    "Company": "company",
    "Manager": "manager",
    "Application": "application",
    "Template": "template",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What one part says of another, §9.3: `kind` is the last word of the relationship's type."""

    number: str
    kind: str
    target: str


class Collector(Protocol):
    """Follows the elements of one part, and passes on what a reader would see."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        ...

    def end(self, name: str) -> None:
        """Take its end."""
        ...

    def text(self, text: str) -> None:
        """Take the text between."""
        ...


Search = Callable[[bytes], list[bytes] | None]


class Package:
    """One office file; everything taken from it counts against one allowance.

    Raises:
        ContentError: The archive cannot be read.
    """

    def __init__(self, source: ByteSource) -> None:
        self.archive = Archive(source)
        self.allowance = Allowance(MAX_UNPACKED_BYTES)
        self._relations: dict[str, str] = {}
        for relation in self._read_relations("", allowance=Allowance(_PROPERTY_PART_BYTES)):
            self._relations.setdefault(relation.kind, relation.target)

    def main_part(self, usual: str) -> str:
        """Return the name of the part that holds the document itself.

        Raises:
            BrokenContentError: There is none.
        """
        name = self._relations.get("officeDocument", usual)
        for candidate in (name, usual):
            if candidate in self.archive.members:
                return candidate
        raise BrokenContentError("the part that holds the document itself is missing")

    def parts_like(self, pattern: re.Pattern[str], *, folder: str) -> list[str]:
        """Return the names of the parts in a folder, "" or ending in "/", that match, in their natural order."""
        beginning = folder.lower()
        length = len(folder)
        found = [
            name
            for name in self.archive.members
            if name[:length].lower() == beginning and pattern.fullmatch(name, length)
        ]
        return sorted(found, key=lambda name: (len(name), name))

    def relations_of(self, part: str) -> tuple[Relation, ...]:
        """Return what a part says of the others inside this file, in its order; as far as that can be read."""
        return self._read_relations(part, allowance=self.allowance)

    def walk(self, part: str, collector: Collector) -> None:
        """Lead a collector through a part.

        Raises:
            ContentError: It is damaged, locked, or unpacks to too much.
        """
        chunks = self.archive.chunks(part, allowance=self.allowance)
        walk_xml(chunks, on_start=collector.start, on_end=collector.end, on_text=collector.text)

    def search(self, part: str, search: Search, collector: Collector, *, add: Callable[[str], None]) -> None:
        """Add the words of a part that a search finds in its bytes; walk it where that would not be exact.

        Args:
            part: The name of the part.
            search: Finds the words in XML that is nothing but elements and text; None when it may not be exact.
            collector: Is led through the part where it is large, unusual or damaged.
            add: Takes the words that were found.

        Raises:
            ContentError: It is damaged, locked, or unpacks to too much; what came before the damage is added.
        """
        member = self.archive.members.get(part)
        if member is None or member.unpacked_bytes > _MAX_SEARCHED_BYTES:
            self.walk(part, collector)
            return
        content, trouble = self._as_far_as_possible(part)
        found = words_found(search, content) if trouble is None else None
        if found is not None:
            add(found)
            return
        whole = trouble is None
        walk_xml((content,), on_start=collector.start, on_end=collector.end, on_text=collector.text, is_whole=whole)
        if trouble:
            raise trouble

    def _as_far_as_possible(self, part: str) -> tuple[bytes, ContentError | None]:
        content = bytearray()
        try:
            for chunk in self.archive.chunks(part, allowance=self.allowance):
                content += chunk
        except ContentError as error:
            return bytes(content), error
        return bytes(content), None

    def state_properties(self, draft: Draft) -> None:
        """Note title, author, dates and the like; a damaged property part costs only itself."""
        core = self._relations.get("core-properties", "docProps/core.xml")
        extended = self._relations.get("extended-properties", "docProps/app.xml")
        for name, value in self._leaves(core).items():
            if name in _CORE:
                draft.state(_CORE[name], value)
            elif name in _CORE_DATES:
                draft.state(_CORE_DATES[name], from_w3cdtf(value))
        for name, value in self._leaves(extended).items():
            if name in _EXTENDED:
                draft.state(_EXTENDED[name], value)

    def _leaves(self, part: str) -> dict[str, str]:
        """Return the text of each element of a small part by its local name; the first of a name stands."""
        found: dict[str, str] = {}
        collected: list[str] = []

        def start(_name: str, _attributes: dict[str, str]) -> None:
            collected.clear()

        def end(name: str) -> None:
            found.setdefault(local_name(name), "".join(collected).strip())
            collected.clear()

        try:
            content = self.archive.read(part, limit_bytes=_PROPERTY_PART_BYTES)
            if is_simple_xml(content):
                leaves = ((name.decode(), text.decode()) for name, text in _LEAF.findall(content))
                return {name: unescape_xml(text).strip() for name, text in reversed([*leaves])}
            walk_xml((content,), on_start=start, on_end=end, on_text=collected.append)
        except (ContentError, UnicodeDecodeError):
            return found
        return found

    def _read_relations(self, part: str, *, allowance: Allowance) -> tuple[Relation, ...]:
        folder, name = posixpath.split(part)
        stated_in = posixpath.join(folder, "_rels", f"{name}.rels")
        found: list[Relation] = []

        def start(_name: str, attributes: Mapping[str, str]) -> None:
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = attributes.get("Target", "").replace("\\", "/")
            if kind and target and attributes.get("TargetMode") != "External":
                place = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found.append(Relation(number=attributes.get("Id", ""), kind=kind, target=place))

        try:
            if stated_in in self.archive.members:
                chunks = list(self.archive.chunks(stated_in, allowance=allowance))
                if (simple := _attributes_found(b"".join(chunks))) is not None:
                    for attributes in simple:
                        start("", attributes)
                else:
                    walk_xml(chunks, on_start=start, on_end=lambda _: None, on_text=lambda _: None)
        except ContentError:
            return tuple(found)
        return tuple(found)


def _attributes_found(content: bytes) -> list[dict[str, str]] | None:
    """Return the attributes of each relationship stated in a whole part; None where a search would not be exact."""
    if not is_simple_xml(content) or any(odd in content for odd in _ODD_ATTRIBUTES):
        return None
    try:
        stated = content.decode()
    except UnicodeDecodeError:
        return None
    return [
        {name: value or other for name, value, other in _ATTRIBUTE.findall(attributes)}
        for attributes in _RELATIONSHIP.findall(stated)
    ]


def words_found(search: Search, content: bytes) -> str | None:
    """Return what a search finds in a whole part; None where that would not be exact."""
    pieces = search(content) if is_simple_xml(content) else None
    if pieces is None:
        return None
    # Blanks after blanks say nothing, and must not take the room of the words after them.
    are_blank = [not piece.strip() for piece in pieces]
    before = (False, *are_blank)
    kept = [
        piece
        for piece, is_blank, was_blank in zip(pieces, are_blank, before, strict=False)
        if not (is_blank and was_blank)
    ]
    try:
        text = b"".join(kept).decode()
    except UnicodeDecodeError:
        return None
    return unescape_xml(text)

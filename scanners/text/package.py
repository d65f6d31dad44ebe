"""What all new office files share: an archive of parts, relationships between them, and document properties.

Follows ISO/IEC 29500-2 (Open Packaging Conventions).
"""

import posixpath
import re

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import BrokenContentError, ContentError
from scanners.source import ByteSource
from scanners.text.dates import from_w3cdtf
from scanners.text.markup import local_name, walk_xml
from scanners.text.reading import Draft

MAX_UNPACKED_BYTES = 32 << 20
_PROPERTY_PART_BYTES = 1 << 20

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
_EXTENDED = {"Pages": "page_count", "Company": "company", "Application": "application", "Template": "template"}


class Package:
    """One office file; everything taken from it counts against one allowance.

    Raises:
        ContentError: The archive cannot be read.
    """

    def __init__(self, source: ByteSource) -> None:
        self.archive = Archive(source)
        self.allowance = Allowance(MAX_UNPACKED_BYTES)
        self._relations = self._read_relations("_rels/.rels")

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

    def parts_like(self, pattern: str) -> list[str]:
        """Return the names of the parts that match a regular expression, in their natural order."""
        found = [name for name in self.archive.members if re.fullmatch(pattern, name, re.IGNORECASE)]
        return sorted(found, key=lambda name: (len(name), name))

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
            if part in self.archive.members:
                content = self.archive.chunks(part, allowance=Allowance(_PROPERTY_PART_BYTES))
                walk_xml(content, on_start=start, on_end=end, on_text=collected.append)
        except ContentError:
            return found
        return found

    def _read_relations(self, part: str) -> dict[str, str]:
        found: dict[str, str] = {}

        def start(_name: str, attributes: dict[str, str]) -> None:
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = attributes.get("Target", "").lstrip("/")
            if kind and target and attributes.get("TargetMode") != "External":
                found.setdefault(kind, posixpath.normpath(target))

        try:
            if part in self.archive.members:
                content = self.archive.chunks(part, allowance=Allowance(_PROPERTY_PART_BYTES))
                walk_xml(content, on_start=start, on_end=lambda _: None, on_text=lambda _: None)
        except ContentError:
            return found
        return found

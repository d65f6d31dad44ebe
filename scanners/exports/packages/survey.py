"""The first walk through the manifests: where every object stands, and which halves of a document belong together.

A document is described twice, as a file and as a list item, and the two may stand anywhere. So the manifests are
walked once to note places, about 200 bytes of memory for each document, and then objects are read one by one.
"""

import hashlib
import uuid
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from scanners.exports.errors import ExportChangedError
from scanners.exports.packages.encoded import decoded
from scanners.exports.packages.walking import (
    MAX_DEPTH,
    Attributes,
    WalkRefusedError,
    encoding_of,
    feed,
    local_name,
    portions,
    refuse_depth,
)
from scanners.source import ByteSource

_MAX_ELEMENTS = 300_000  # in one object; a document with 10,000 versions has fewer
_MAX_OBJECT_BYTES = 64 << 20
_NUMBER_BITS = 40  # a place is a manifest's number above an object's number


class ObjectKind(IntEnum):
    """What an object of a manifest is to us."""

    STRUCTURE = 0
    FILE = 1
    FOLDER = 2
    ITEM = 3
    OTHER = 4


_KINDS = {
    "File": ObjectKind.FILE,
    "SPFile": ObjectKind.FILE,
    "Folder": ObjectKind.FOLDER,
    "SPFolder": ObjectKind.FOLDER,
    "ListItem": ObjectKind.ITEM,
    "SPListItem": ObjectKind.ITEM,
    **dict.fromkeys(
        ("List", "DocumentLibrary", "PictureLibrary", "ContentType", "Roles", "RoleAssignments"), ObjectKind.STRUCTURE
    ),
}


@dataclass(slots=True, kw_only=True)
class Manifest:
    """One manifest: its text, which can be read from any place, and what was learned of it."""

    name: str
    cabinet: str
    source: ByteSource
    sha256: str = ""
    encoding: str | None = None
    namespaces: str = ""
    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    kinds: "array[int]" = field(default_factory=lambda: array("B"))
    keys: "array[int]" = field(default_factory=lambda: array("Q"))

    def element(self, number: int) -> Element:
        """Return one object, read again from its place.

        Raises:
            ExportChangedError: It is not there as it was.
        """
        encoding = self.encoding or "ascii"
        parser = XMLParser(encoding=self.encoding)  # noqa: S314  the survey refused what could define an entity
        try:
            parser.feed(f"<x{self.namespaces}>".encode(encoding, "xmlcharrefreplace"))
            for portion in portions(self.source, start=self.starts[number], end=self.starts[number + 1]):
                parser.feed(portion)
            parser.feed("</x>".encode(encoding))
            return parser.close()[0]
        except (ParseError, IndexError, ValueError, LookupError) as error:
            raise ExportChangedError(file=self.name) from error


class Survey:
    """What stands where in all manifests of a package; a place is one number."""

    def __init__(self) -> None:
        self.manifests: list[Manifest] = []
        self.items: dict[int, int] = {}
        self.bodies: set[int] = set()
        self.repeated_items: set[int] = set()
        self.repeated_bodies: set[int] = set()
        self.counts: Counter[str] = Counter()
        self.content_count = 0

    def add(self, manifest: Manifest) -> None:
        """Walk through one more manifest.

        Raises:
            PackageUnreadableError: It is damaged, cut off, or built to exhaust a reader.
        """
        self.manifests.append(manifest)
        _Walk(self, manifest).run()

    def places(self, *kinds: ObjectKind) -> Iterator[int]:
        """Yield the places of all objects of some kinds, in the order of the package."""
        wanted = set(kinds)
        for index, manifest in enumerate(self.manifests):
            for number, kind in enumerate(manifest.kinds):
                if kind in wanted:
                    yield index << _NUMBER_BITS | number

    def manifest_at(self, place: int) -> tuple[Manifest, int]:
        """Return the manifest of a place and the object's number in it."""
        return self.manifests[place >> _NUMBER_BITS], place & ((1 << _NUMBER_BITS) - 1)

    def element(self, place: int) -> Element:
        """Return the object at a place.

        Raises:
            ExportChangedError: Its manifest was changed in the meantime.
        """
        manifest, number = self.manifest_at(place)
        return manifest.element(number)

    def kind_at(self, place: int) -> ObjectKind:
        """Return what the object at a place is."""
        manifest, number = self.manifest_at(place)
        return ObjectKind(manifest.kinds[number])

    def key_at(self, place: int) -> int:
        """Return the document's identity that the object at a place states, 0 when it states none."""
        manifest, number = self.manifest_at(place)
        return manifest.keys[number]

    def note_body(self, key: int) -> None:
        """Note a file or folder."""
        (self.repeated_bodies if key in self.bodies else self.bodies).add(key)

    def note_item(self, key: int, place: int) -> None:
        """Note the list item that describes a file or folder; the first one stands."""
        if self.items.setdefault(key, place) != place:
            self.repeated_items.add(key)


class _Walk:
    """One walk through one manifest."""

    def __init__(self, survey: Survey, manifest: Manifest) -> None:
        self._survey = survey
        self._manifest = manifest
        self._index = len(survey.manifests) - 1
        self._parser = expat.ParserCreate()
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._depth = 0
        self._elements = 0
        self._object: Attributes = {}
        self._has_child = False

    def run(self) -> None:
        manifest = self._manifest
        manifest.encoding = encoding_of(manifest.source.at(0, 4))
        feed(self._parser, self._hashed(), package=manifest.cabinet or manifest.name, name=manifest.name)

    def _hashed(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for portion in portions(self._manifest.source):
            digest.update(portion)
            yield portion
        self._manifest.sha256 = digest.hexdigest()

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._manifest.encoding = self._manifest.encoding or encoding

    def _start(self, tag: str, attributes: Attributes) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth == 1:
            declared = {name: value for name, value in attributes.items() if name.startswith("xmlns")}
            self._manifest.namespaces = "".join(f" {name}={quoteattr(value)}" for name, value in declared.items())
        elif self._depth == 2:  # noqa: PLR2004  right below the root
            self._begin_object(attributes)
        elif self._depth == 3 and not self._has_child:  # noqa: PLR2004  what the object is
            self._has_child = True
            self._note(local_name(tag), decoded(attributes))
        elif self._depth > MAX_DEPTH:
            refuse_depth()
        elif self._elements > _MAX_ELEMENTS:
            raise WalkRefusedError("holds an object with far more parts than real ones")

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._depth == 1 and not self._has_child:
            self._note(self._object.get("ObjectType", ""), {})
        elif self._depth == 0:
            self._mark()

    def _begin_object(self, attributes: Attributes) -> None:
        self._mark()
        self._elements = 0
        self._has_child = False
        self._object = attributes

    def _mark(self) -> None:
        starts, position = self._manifest.starts, self._parser.CurrentByteIndex
        if starts and position - starts[-1] > _MAX_OBJECT_BYTES:
            raise WalkRefusedError("holds an object far larger than real ones")
        starts.append(position)

    def _note(self, tag: str, attributes: Attributes) -> None:
        kind = _KINDS.get(tag, ObjectKind.OTHER)
        place = self._index << _NUMBER_BITS | len(self._manifest.kinds)
        self._manifest.kinds.append(kind)
        self._survey.counts[tag if kind is not ObjectKind.OTHER else f"other:{tag}"[:100]] += 1
        self._survey.content_count += "FileValue" in attributes
        identity = attributes.get("DocId" if kind is ObjectKind.ITEM else "Id", "")
        key = key_of(identity) if identity else 0
        self._manifest.keys.append(key)
        if key and kind in (ObjectKind.FILE, ObjectKind.FOLDER):
            self._survey.note_body(key)
        elif key and kind is ObjectKind.ITEM:
            self._survey.note_item(key, place)


def key_of(identity: str) -> int:
    """Return a document's identity as a number: the same for every spelling of one GUID."""
    try:
        full = uuid.UUID(identity).bytes
    except ValueError:
        full = identity.strip().casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(full, digest_size=8).digest(), "big") or 1

"""What newer PDFs state about themselves: a packet of XML beside the older list, and often instead of it.

Follows ISO 16684-1 (XMP) and ISO 32000-2 §14.3.2. The packet is looked for in the bytes, where it stands unpacked in
nearly every file so that programs which know nothing of PDF can find it.
"""

import re

from scanners.errors import BrokenContentError
from scanners.text.dates import from_w3cdtf
from scanners.text.markup import local_name, walk_xml
from scanners.text.reading import Draft

_PACKET = re.compile(rb"<(?:\w{1,20}:)?xmpmeta\b")
_PACKET_ENDS = (b"</x:xmpmeta>", b"</xmpmeta>")
_MAX_PACKET_BYTES = 256 << 10
_BEFORE_BYTES = 1024
_OF_DOCUMENT = re.compile(rb"/Type\s{0,9}/Metadata")
_PROPERTIES = {
    "dc:title": "title",
    "dc:creator": "author",
    "dc:description": "subject",
    "pdf:Keywords": "keywords",
    "pdf:Producer": "producer",
    "xmp:CreatorTool": "application",
    "xap:CreatorTool": "application",
}
_DATES = {
    "xmp:CreateDate": "created_at",
    "xap:CreateDate": "created_at",
    "xmp:ModifyDate": "modified_at",
    "xap:ModifyDate": "modified_at",
}


def state_xmp(content: bytes, draft: Draft) -> None:
    """Note what the packet of a PDF states, where the older list stated nothing.

    Pictures inside may bring packets of their own; when it is not certain which is the document's, none is read: a
    picture's age is not the document's.
    """
    places = []
    for match in _PACKET.finditer(content):
        if _OF_DOCUMENT.search(content, max(0, match.start() - _BEFORE_BYTES), match.start()):
            places.append(match.start())
        if len(places) > 1:
            return
    if not places:
        return
    start = places[0]
    ends = [content.find(end, start, start + _MAX_PACKET_BYTES) + len(end) for end in _PACKET_ENDS]
    packet = content[start : max(ends)]
    reader = _Packet(draft)
    try:
        walk_xml((packet,), on_start=reader.start, on_end=reader.end, on_text=reader.text)
    except BrokenContentError:
        return


class _Packet:
    """Properties stand as elements, as attributes, or as lists of one; the first of a name is taken."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._name = ""
        self._collected: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            self._state(key, value)
        if name in _PROPERTIES or name in _DATES:
            self._name = name
            self._collected.clear()
        elif local_name(name) == "li":
            self._collected.append(" ")

    def end(self, name: str) -> None:
        if name == self._name:
            self._state(name, "".join(self._collected).strip())
            self._name = ""

    def text(self, text: str) -> None:
        if self._name:
            self._collected.append(text)

    def _state(self, name: str, value: str) -> None:
        if name in _PROPERTIES:
            self._draft.state(_PROPERTIES[name], " ".join(value.split()))
        elif name in _DATES:
            self._draft.state(_DATES[name], from_w3cdtf(value))

"""Reading PowerPoint presentations (.pptx and its relatives): slides in their order, notes, comments, diagrams.

Follows ISO/IEC 29500-1 §19 (PresentationML) and §21 (DrawingML). Of the masters only what they print on every slide
is taken ("CONFIDENTIAL"), not their invitations to click and add text.
"""

import re
from collections.abc import Callable, Iterator

from scanners.source import ByteSource
from scanners.text.markup import local_name, walk_xml
from scanners.text.package import Package
from scanners.text.reading import Draft

_MAIN_PART = "ppt/presentation.xml"
_SLIDES = re.compile(r"slide\d+\.xml", re.IGNORECASE)
# What belongs to a slide, by the kind of its relationship, in the order in which it is read.
_BESIDE_SLIDE = ("diagramData", "chart", "chartEx", "notesSlide", "comments", "comment")
_ABOVE_SLIDE = ("slideLayout", "slideMaster")
_BREAKS = {"br": "\n", "tab": "\t"}
_ENDS = {"p": "\n", "tc": "\t", "pt": "\n", "cm": "\n"}
_TEXTS = frozenset({"t", "text", "v"})  # DrawingML, the older comments, and the labels of a chart
_HIDDEN = frozenset({"Fallback", "f"})
# The same once more for a search in the bytes of slides and notes, where all text belongs to drawings.
_SEARCHED = re.compile(rb"<a:t(?: [^<>]*)?>([^<]+)<|<a:(br|tab)[ />]|</a:(p|tc)>")
_MARKS = {name.encode(): mark.encode() for name, mark in (_BREAKS | _ENDS).items()}
_DRAWN_TEXT = b"<a:t"
_USUAL_NAMES = re.compile(rb'<p:\w+ [^<>]*?xmlns:a="[^"]*drawingml[^"]*"')
_ROOT_WITHIN_BYTES = 16 << 10
_HIDING = (b"Fallback", b"<a:fld ", b"<p:text")
_COUNTERS = ("slidenum", "datetime")  # fields that a page number or today's date would fill


def read_pptx(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of a presentation.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    package = Package(source)
    package.state_properties(draft)
    masters: dict[str, None] = {}
    seen: set[str] = set()
    for slide in _slides(package):
        for part in (slide, *_beside(package, slide, masters)):
            if part not in seen:  # ten thousand slides may share one chart
                seen.add(part)
                package.search(part, _search, _Collector(draft.add), add=draft.add)
    for master in masters:
        package.search(master, _search_master, _Collector(draft.add, is_master=True), add=draft.add)


def _search(content: bytes) -> list[bytes] | None:
    """Return the words of a part without anything hidden, whose elements have the names they have nearly always."""
    if any(name in content for name in _HIDING) or not _USUAL_NAMES.search(content, 0, _ROOT_WITHIN_BYTES):
        return None
    return [text or _MARKS[begun or ended] for text, begun, ended in _SEARCHED.findall(content)]


def _search_master(content: bytes) -> list[bytes] | None:
    """Return no words where all stand in places that a slide fills, as they nearly always do."""
    if not _USUAL_NAMES.search(content, 0, _ROOT_WITHIN_BYTES):
        return None
    for shape in content.split(b"<p:sp>"):
        inside, end, after = shape.rpartition(b"</p:sp>")
        if _DRAWN_TEXT in after or (end and _DRAWN_TEXT in inside and b"<p:ph" not in inside):
            return None
    return []


def _slides(package: Package) -> Iterator[str]:
    """Yield the parts of the slides as they are shown; in the order of their names when nothing says more."""
    main = package.main_part(_MAIN_PART)
    order: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sldId":
            order.extend(value for key, value in attributes.items() if key.endswith(":id"))

    chunks = package.archive.chunks(main, allowance=package.allowance)
    walk_xml(chunks, on_start=start, on_end=lambda _: None, on_text=lambda _: None)
    places = {relation.number: relation.target for relation in package.relations_of(main)}
    shown = [places[number] for number in order if places.get(number) in package.archive.members]
    yield from dict.fromkeys(shown) if shown else package.parts_like(_SLIDES, folder="ppt/slides/")


def _beside(package: Package, slide: str, masters: dict[str, None]) -> Iterator[str]:
    """Yield the parts that belong to a slide, and note the layout and the master that it is printed on."""
    relations = package.relations_of(slide)
    for kind in _BESIDE_SLIDE:
        yield from (relation.target for relation in relations if relation.kind == kind)
    for relation in relations:
        if relation.kind == _ABOVE_SLIDE[0] and relation.target not in masters:
            masters[relation.target] = None
            above = package.relations_of(relation.target)
            masters.update(dict.fromkeys(one.target for one in above if one.kind == _ABOVE_SLIDE[1]))


class _Collector:
    """Follows the elements of one part and passes on what the audience, or the speaker, would see."""

    def __init__(self, add: Callable[[str], None], *, is_master: bool = False) -> None:
        self._add = add
        self._is_master = is_master
        self._in_text = False
        self._hidden_depth = 0
        self._mute_until = ""  # the element whose end ends the silence

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local in _HIDDEN:
            self._hidden_depth += 1
        elif self._hidden_depth or self._mute_until:
            return
        elif local in _TEXTS:
            self._in_text = True
        elif local in _BREAKS:
            self._add(_BREAKS[local])
        elif local == "fld" and attributes.get("type", "").startswith(_COUNTERS):
            self._mute_until = "fld"
        elif local == "ph" and self._is_master:
            self._mute_until = "sp"

    def end(self, name: str) -> None:
        local = local_name(name)
        if local in _HIDDEN:
            self._hidden_depth -= 1
        elif local == self._mute_until:
            self._mute_until = ""
        elif local in _TEXTS:
            self._in_text = False
        elif local in _ENDS and not (self._hidden_depth or self._mute_until):
            self._add(_ENDS[local])

    def text(self, text: str) -> None:
        if self._in_text:
            self._add(text)

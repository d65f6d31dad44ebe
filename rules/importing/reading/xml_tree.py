"""Reads XML into plain elements that know their line. No document type, no entities, no depth without end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from rules.importing.reading.bounds import DEEPEST_XML, MOST_ELEMENTS, MOST_ROWS
from rules.importing.reading.refusing import refusal
from rules.loading.yaml_reading import Place


@dataclass(slots=True, kw_only=True)
class Element:
    """An element by its local name; `text` is everything written in it and below it, with single spaces."""

    name: str
    namespace: str
    attributes: dict[str, str]
    place: Place
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the text of the element and all below it."""
        return " ".join("".join(self._all_pieces()).split())

    def _all_pieces(self) -> Iterator[str]:
        below = iter(self.children)
        for piece in self.pieces:
            if piece is _CHILD:
                yield " "  # two paragraphs are not one word
                yield from next(below)._all_pieces()  # noqa: SLF001 - one class
                yield " "
            else:
                yield piece

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the children called `name`."""
        return (child for child in self.children if child.name == name)

    def first(self, *names: str) -> "Element | None":
        """Return the first child called as the first of `names`, in it the first called as the second, and so on."""
        found: Element | None = self
        for name in names:
            found = None if found is None else next(found.all(name), None)
        return found

    def said(self, *names: str) -> str:
        """Return the text of what `first` finds, or nothing."""
        found = self.first(*names)
        return "" if found is None else found.text

    def descendants(self, name: str) -> Iterator["Element"]:
        """Yield every element called `name` below this one, in the order of the file."""
        ahead = list(reversed(self.children))
        while ahead:
            element = ahead.pop()
            if element.name == name:
                yield element
            ahead += reversed(element.children)


def check_count(root: Element, name: str, *, file: str) -> None:
    """Refuse a document that holds more elements called `name` than a schedule has rules.

    Raises:
        ScheduleError: It does.
    """
    for number, element in enumerate(root.descendants(name), start=1):
        if number > MOST_ROWS:
            raise refusal(file, f"there are more than {MOST_ROWS} rules", "split the schedule", place=element.place)


_CHILD = "\0child"
_SEPARATOR = "\n"  # cannot stand in a namespace's name or in an element's


def read_xml(content: bytes, *, file: str) -> Element:
    """Return the root of the document in `content`.

    Raises:
        ScheduleError: It is not well-formed, declares a document type, or is larger or deeper than a schedule can be.
    """
    reader = _Reader(file)
    try:
        reader.parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position
    except expat.ExpatError as error:
        raise refusal(
            file,
            f"this is not XML ({expat.errors.messages.get(error.code, 'it breaks off')})",
            "export it again",
            place=Place(line=error.lineno, column=error.offset + 1),
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise refusal(file, f"this is not XML that can be read ({error})", "write it in UTF-8") from error
    if reader.root is None:
        raise refusal(file, "the document has no element", "export it again")
    return reader.root


class _Reader:
    def __init__(self, file: str) -> None:
        self.root: Element | None = None
        self._file = file
        self._open: list[Element] = []
        self._count = 0
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _here(self) -> Place:
        return Place(line=self.parser.CurrentLineNumber, column=self.parser.CurrentColumnNumber + 1)

    def _refuse_doctype(self, *_declared: object) -> None:
        raise refusal(
            self._file,
            "the file declares a document type, which could hold entities without end",
            "remove the line that begins with <!DOCTYPE",
            place=self._here(),
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST_XML:
            raise refusal(
                self._file, "the document is larger or deeper than a schedule can be", "split it", place=self._here()
            )
        namespace, _, name = tag.rpartition(_SEPARATOR)
        named = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        element = Element(name=name, namespace=namespace, attributes=named, place=self._here())
        if self._open:
            self._open[-1].children.append(element)
            self._open[-1].pieces.append(_CHILD)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].pieces.append(text)

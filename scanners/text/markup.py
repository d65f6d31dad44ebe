"""Walking XML from strangers: no external entities, no document types, bounded by the chunks it is given."""

from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn
from xml.parsers import expat

from scanners.errors import BrokenContentError

_MAX_UNCLOSED = 10_000
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NOTHING_DECLARED = "it declares a document type, which office files never do and attacks often do"


def walk_xml(
    chunks: Iterable[bytes],
    *,
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str], None],
    on_text: Callable[[str], None],
    is_whole: bool = True,
) -> None:
    """Call back for each element and piece of text; names keep their prefix, as in "w:t".

    Args:
        chunks: The XML in portions.
        on_start: Told an element's name and attributes.
        on_end: Told an element's name.
        on_text: Told the text between.
        is_whole: False when the end was left out on purpose, so that open elements are no damage.

    Raises:
        BrokenContentError: It is not well-formed, or declares a document type (so no entity can be defined).
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = on_text
    try:
        for chunk in _bounded(chunks):
            parser.Parse(chunk, False)  # noqa: FBT003  the parser takes no keyword
        if is_whole:
            parser.Parse(b"", True)  # noqa: FBT003  the parser takes no keyword
    except (expat.ExpatError, LookupError, UnicodeError, ValueError) as error:
        raise BrokenContentError(f"a part of it is not well-formed ({error})") from error


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass chunks on while few elements are open, as every open one costs the parser memory.

    Counting in the bytes is exact enough to stop an attack and costs nothing. UTF-16 is not counted: there the
    limits of the child must do.
    """
    unclosed = 0
    is_counted = True
    for number, chunk in enumerate(chunks):
        if number == 0:
            is_counted = not chunk.startswith(_UTF16_MARKS)
        unclosed += chunk.count(b"<") - 2 * chunk.count(b"</") - chunk.count(b"/>")
        if is_counted and unclosed > _MAX_UNCLOSED:
            raise BrokenContentError("it is nested far more deeply than real files")
        yield chunk


def local_name(name: str) -> str:
    """Return an element's name without its prefix."""
    return name.rpartition(":")[2]


def _refuse(*_: object) -> NoReturn:
    raise BrokenContentError(_NOTHING_DECLARED)

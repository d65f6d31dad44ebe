"""Walking XML from strangers: no entity is ever defined or fetched, bounded by the chunks it is given."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn
from xml.parsers import expat

from scanners.errors import BrokenContentError

_MAX_UNCLOSED = 10_000
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}encoding\s{0,9}=\s{0,9}["'](?!utf-?8["'])""", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NOTHING_DECLARED = "it declares a document type, which office files never do and attacks often do"


def walk_xml(
    chunks: Iterable[bytes],
    *,
    on_start: Callable[[str, dict[str, str]], None],
    on_end: Callable[[str], None],
    on_text: Callable[[str], None],
    is_whole: bool = True,
    may_name_type: bool = False,
) -> None:
    """Call back for each element and piece of text; names keep their prefix, as in "w:t".

    Args:
        chunks: The XML in portions.
        on_start: Told an element's name and attributes.
        on_end: Told an element's name.
        on_text: Told the text between.
        is_whole: False when the end was left out on purpose, so that open elements are no damage.
        may_name_type: True for the older formats that begin by naming their document type. The type itself is
            never fetched, and one that is written out in the file, where attacks are, is refused all the same.

    Raises:
        BrokenContentError: It is not well-formed, or declares a document type (so no entity can be defined).
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_written_out if may_name_type else _refuse
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


def is_simple_xml(content: bytes) -> bool:
    """Tell whether a whole piece of XML is in UTF-8 and plainly nothing but elements and text.

    Such a piece can be searched with patterns, many times as fast as being called back for each element: in it a
    "<" begins an element and nothing else. Whether every element is closed is not asked; the archive's checksum has
    told that the bytes are as they were written. What is not simple is walked, and only then found damaged.
    """
    # The last of a rare letter is found far sooner than that a pair of letters is nowhere.
    if content.count(b"<?", 0, content.rfind(b"?") + 1) > 1:
        return False
    if content.count(b"<!", 0, content.rfind(b"!") + 1):  # a comment, a raw section or a document type
        return False
    if b"\0" in content or _OTHER_ENCODING.match(content):  # a letter of two bytes, or of another alphabet
        return False
    return content.count(b"<") == content.count(b">") and content.rstrip().endswith(b">")


def unescape_xml(text: str) -> str:
    """Return text with the characters in place of XML's references to them; others stay as they are."""
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _referred(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _ENTITIES.get(name, match[0])
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if number <= sys.maxunicode else match[0]


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


def _refuse_written_out(_name: str, _system: str | None, _public: str | None, is_written_out: int) -> None:
    if is_written_out:
        raise BrokenContentError(_NOTHING_DECLARED)

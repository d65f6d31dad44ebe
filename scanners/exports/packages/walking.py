"""Walking the XML of a package: no document type (so no entity), no deep nesting, never the whole in memory."""

from collections.abc import Callable, Iterator
from typing import NoReturn
from xml.parsers import expat

from scanners.exports.packages.errors import PackageUnreadableError
from scanners.source import ByteSource

CHUNK_BYTES = 256 << 10
MAX_DEPTH = 200  # the schema needs eight
_UTF16_MARKS = {b"\xff\xfe": "utf-16le", b"\xfe\xff": "utf-16be"}

Attributes = dict[str, str]


class WalkRefusedError(Exception):
    """Something no package does was met; the words finish a sentence that begins with the file's name."""


def local_name(name: str) -> str:
    """Return the name of an element without its namespace or prefix."""
    return name.rpartition("}")[2].rpartition(":")[2]


def encoding_of(head: bytes) -> str | None:
    """Return the encoding that the first bytes prove, or None where the XML declaration decides."""
    return _UTF16_MARKS.get(head[:2])


def root_of(head: bytes) -> tuple[str, str] | None:
    """Return the namespace and name of the root element from the first bytes of a file; None when it is not XML.

    A document type comes back as the name "!DOCTYPE", so that the caller can refuse it where it matters.
    """
    found: list[tuple[str, str]] = []

    def start(name: str, _attributes: Attributes) -> None:
        namespace, _, local = name.rpartition(" ")
        found.append((namespace, local))
        raise StopIteration

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    try:
        parser.Parse(head, False)  # noqa: FBT003  the parser takes no keyword
    except StopIteration:
        pass
    except WalkRefusedError:
        return "", "!DOCTYPE"
    except (expat.ExpatError, LookupError, UnicodeError, ValueError):
        return None
    return found[0] if found else None


def refuse_doctype(*_: object) -> NoReturn:
    """Stop a parser that comes upon a document type."""
    raise WalkRefusedError("declares a document type, which packages never do and attacks do")


def refuse_depth() -> NoReturn:
    """Stop a parser that is led too deep."""
    raise WalkRefusedError("is nested far more deeply than real ones")


def feed(parser: expat.XMLParserType, chunks: Iterator[bytes], *, package: str, name: str) -> None:
    """Put a whole file through a parser.

    Raises:
        PackageUnreadableError: It is not well-formed, cut off, or declares a document type, or a handler refused.
    """
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003  the parser takes no keyword
        parser.Parse(b"", True)  # noqa: FBT003  the parser takes no keyword
    except WalkRefusedError as error:
        raise PackageUnreadableError(package=package, detail=f"its file {name!r} {error}") from error
    except (expat.ExpatError, LookupError, UnicodeError, ValueError) as error:
        detail = f"its file {name!r} is damaged or cut off ({error})"
        raise PackageUnreadableError(package=package, detail=detail) from error


def walk_small(source: ByteSource, on_start: Callable[[str, Attributes], None], *, package: str, name: str) -> None:
    """Call back with the local name and the attributes of every element of a control file.

    Raises:
        PackageUnreadableError: As for `feed`, or it is nested too deeply.
    """
    depth = 0

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            refuse_depth()
        on_start(local_name(tag), attributes)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    feed(parser, portions(source), package=package, name=name)


def portions(source: ByteSource, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield a file, or a part of it, in portions of at most 256 KiB."""
    end = source.size_bytes if end is None else end
    while start < end and (portion := source.at(start, min(CHUNK_BYTES, end - start))):
        start += len(portion)
        yield portion

"""Listing what lies in a 7z archive from its header; content is unpacked only to look into archives inside it.

Follows 7zFormat.txt of the LZMA SDK (public domain). The header is usually packed with LZMA, which the standard
library unpacks; so no further package is needed.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial

from scanners.containers.allowance import Allowance
from scanners.containers.sevenzip_content import folder_content
from scanners.containers.sevenzip_header import END, HeaderReader, StreamFile, Streams, read_streams
from scanners.containers.shelf import ArchiveEntry, ContentOpener, Shelf
from scanners.containers.solid import SolidContent
from scanners.containers.stamps import windows_stamp
from scanners.errors import BrokenContentError, EncryptedContentError, OversizedContentError, UnopenedContentError
from scanners.source import ByteSource

SIGNATURE = b"7z\xbc\xaf\x27\x1c"

_START = struct.Struct("<6s2BLQQL")
_HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _STREAMS, _FILES = range(1, 6)
_EMPTY_STREAM, _EMPTY_FILE = 0x0E, 0x0F
_NAMES, _MODIFIED = 0x11, 0x14
_PACKED_HEADER = 0x17

_MAX_HEADER_BYTES = 64 << 20
_MAX_LAYERS = 4


def list_sevenzip(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a 7z archive on the shelf, folders left out.

    Raises:
        BrokenContentError: It is damaged or cut off.
        EncryptedContentError: Its table of contents is locked with a password.
        OversizedContentError: Its table of contents is larger than any real one.
    """
    reader = HeaderReader(_header(source))
    if not reader.content:
        return
    kind = reader.byte()
    for _ in range(_MAX_LAYERS):
        if kind != _PACKED_HEADER:
            break
        reader = HeaderReader(_unpacked_header(source, read_streams(reader), shelf))
        kind = reader.byte()
    if kind != _HEADER:
        raise BrokenContentError("its table of contents is damaged")
    for entry, content in _entries(reader, source, shelf):
        shelf.put(entry, content=content)


def _header(source: ByteSource) -> bytes:
    start = source.at(0, _START.size)
    if len(start) < _START.size or not start.startswith(SIGNATURE):
        raise BrokenContentError("its beginning is damaged")
    *_, offset, size, checksum = _START.unpack(start)
    if size > _MAX_HEADER_BYTES:
        raise OversizedContentError("its table of contents is larger than any real one")
    header = source.at(_START.size + offset, size)
    if len(header) < size:
        raise BrokenContentError("its table of contents is missing, as when a file was cut off or split")
    if zlib.crc32(header) != checksum:
        raise BrokenContentError("its table of contents is damaged: its checksum is wrong")
    return header


def _unpacked_header(source: ByteSource, streams: Streams, shelf: Shelf) -> bytes:
    if not streams.folders or not streams.packed_bytes:
        raise BrokenContentError("its table of contents is damaged")
    folder = streams.folders[0]
    if folder.is_encrypted:
        raise EncryptedContentError("its table of contents is locked with a password")
    size = folder.unpacked_bytes
    if size > _MAX_HEADER_BYTES:
        raise OversizedContentError("its table of contents is larger than any real one")
    shelf.allowance.spend(size)
    at, packed_bytes = streams.packed_place(0)
    try:
        content = b"".join(folder_content(source, _START.size + at, packed_bytes, folder))
    except UnopenedContentError as error:
        raise BrokenContentError("its table of contents is packed in an unusual way") from error
    except BrokenContentError as error:
        raise BrokenContentError("its table of contents cannot be unpacked") from error
    if len(content) < size:
        raise BrokenContentError("its table of contents is cut off")
    return content


Listed = tuple[ArchiveEntry, ContentOpener | None]


def _entries(reader: HeaderReader, source: ByteSource, shelf: Shelf) -> Iterator[Listed]:
    streams = Streams()
    while (kind := reader.byte()) != END:
        if kind == _ARCHIVE_PROPERTIES:
            while reader.byte() != END:
                reader.take(reader.number())
        elif kind in (_ADDITIONAL, _STREAMS):
            found = read_streams(reader)
            streams = found if kind == _STREAMS else streams
        elif kind == _FILES:
            yield from _read_files(reader, streams, _Contents(source, streams, shelf.allowance))
            return
        else:
            raise BrokenContentError("its table of contents is damaged")


class _Contents:
    """Ways to the content of single files; a folder is unpacked from front to back, once."""

    def __init__(self, source: ByteSource, streams: Streams, allowance: Allowance) -> None:
        self._source = source
        self._streams = streams
        self._allowance = allowance
        self._solid: dict[int, SolidContent] = {}

    def of(self, file: StreamFile) -> Iterator[bytes]:
        if file.folder not in self._solid:
            self._solid = {file.folder: SolidContent(partial(self._unpacked, file.folder), allowance=self._allowance)}
        return self._solid[file.folder].part(file.offset, file.size_bytes)

    def _unpacked(self, folder: int) -> Iterator[bytes]:
        at, packed_bytes = self._streams.packed_place(folder)
        return folder_content(self._source, _START.size + at, packed_bytes, self._streams.folders[folder])


def _read_files(reader: HeaderReader, streams: Streams, contents: _Contents) -> Iterator[Listed]:
    count = reader.count()
    is_empty, empty_files = [False] * count, list[bool]()
    names, times = list[str](), list[int]()
    while (kind := reader.byte()) != END:
        part = HeaderReader(reader.take(reader.number()))
        if kind == _EMPTY_STREAM:
            is_empty = part.bits(count)
        elif kind == _EMPTY_FILE:
            empty_files = part.bits(sum(is_empty))
        elif kind == _NAMES:
            names = _names(part, count)
        elif kind == _MODIFIED:
            times = _times(part, count)
    if len(names) < count:
        raise BrokenContentError("its table of contents names fewer files than it holds")
    stream_files = iter(streams.files)
    is_file = iter(empty_files)
    for index, name in enumerate(names[:count]):
        if is_empty[index]:
            if not next(is_file, False):
                continue  # neither content nor the mark of an empty file: a folder
            file = None
        else:
            file = next(stream_files, None)
        entry = ArchiveEntry(
            name=name,
            size_bytes=file.size_bytes if file else 0,
            modified=windows_stamp(times[index]) if times else "",
            is_encrypted=file is not None and file.is_encrypted,
        )
        yield entry, partial(contents.of, file) if file else None


def _names(part: HeaderReader, count: int) -> list[str]:
    part.expect(0)  # names in another stream are described, and written by nobody
    return part.content[part.position :].decode("utf-16-le", "replace").split("\0", count)[:count]


def _times(part: HeaderReader, count: int) -> list[int]:
    is_stated = part.bits_or_all(count)
    part.expect(0)
    return [int.from_bytes(part.take(8), "little") if stated else 0 for stated in is_stated]

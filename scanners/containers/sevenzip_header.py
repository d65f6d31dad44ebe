"""The table of contents of a 7z archive: its numbers, its streams and folders, and which file lies where in them.

Follows 7zFormat.txt of the LZMA SDK (public domain).
"""

from dataclasses import dataclass

from scanners.errors import BrokenContentError, OversizedContentError

END = 0
_PACKED, _UNPACKED, _SUBSTREAMS, _SIZES, _CHECKSUMS, _FOLDERS, _CODER_SIZES, _COUNTS = range(6, 14)
_AES = b"\x06\xf1\x07\x01"
_ID_BYTES, _IS_COMPLEX, _HAS_PROPERTIES = 0x0F, 0x10, 0x20

_MAX_CODERS = 32
_MAX_FILES = 1_000_000


class HeaderReader:
    """A header, read from the front to the back; whatever does not fit in it is damage."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes.

        Raises:
            BrokenContentError: There are fewer.
        """
        taken = self.content[self.position : self.position + count]
        if count < 0 or len(taken) < count:
            raise BrokenContentError("its table of contents is cut off")
        self.position += count
        return taken

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number whose first byte tells by its leading ones how many bytes follow."""
        first = self.byte()
        value, mask = 0, 0x80
        for index in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * index)
            value |= self.byte() << (8 * index)
            mask >>= 1
        return value

    def count(self) -> int:
        """Return a number of things, of which each takes at least a bit of the header.

        Raises:
            BrokenContentError: There are more than that.
            OversizedContentError: There are more than in any real archive.
        """
        count = self.number()
        if count > 8 * len(self.content):
            raise BrokenContentError("its table of contents claims more than it holds")
        return _bounded(count)

    def bits(self, count: int) -> list[bool]:
        """Return yes or no for so many things, eight in a byte."""
        packed = self.take((count + 7) // 8)
        return [bool(packed[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def bits_or_all(self, count: int) -> list[bool]:
        """Return the same, where one byte may say yes for all."""
        return [True] * count if self.byte() else self.bits(count)

    def expect(self, kind: int) -> None:
        """Take a byte that must be this one.

        Raises:
            BrokenContentError: It is another.
        """
        if self.byte() != kind:
            raise BrokenContentError("its table of contents is damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """One step of packing, by the number of its method."""

    method: bytes
    properties: bytes
    streams_in: int
    streams_out: int


@dataclass(slots=True, kw_only=True)
class Folder:
    """Files that were packed together, by a chain of coders; a bond is an input and the output that goes into it."""

    coders: tuple[Coder, ...]
    bonds: tuple[tuple[int, int], ...]
    packed_streams: int = 1
    sizes: tuple[int, ...] = ()
    has_checksum: bool = False

    @property
    def bound_out(self) -> frozenset[int]:
        """The outputs that go into another coder."""
        return frozenset(output for _, output in self.bonds)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is locked with a password."""
        return any(coder.method == _AES for coder in self.coders)

    @property
    def unpacked_bytes(self) -> int:
        """The size of the one stream that does not go into another coder."""
        return next((size for index, size in enumerate(self.sizes) if index not in self.bound_out), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFile:
    """One file with content: its size, and where it begins in what its folder unpacks to."""

    size_bytes: int
    folder: int
    offset: int
    is_encrypted: bool


@dataclass(slots=True, kw_only=True)
class Streams:
    """Where packed content lies, and the sizes of the files in it, folder by folder."""

    packed_at: int = 0
    packed_bytes: tuple[int, ...] = ()
    folders: tuple[Folder, ...] = ()
    files: tuple[StreamFile, ...] = ()

    def packed_place(self, folder: int) -> tuple[int, int]:
        """Return where a folder's first packed stream lies, counted from the end of the start header, and its size.

        Raises:
            BrokenContentError: The table of contents does not say.
        """
        first = sum(before.packed_streams for before in self.folders[:folder])
        if first >= len(self.packed_bytes):
            raise BrokenContentError("its table of contents is damaged")
        return self.packed_at + sum(self.packed_bytes[:first]), self.packed_bytes[first]


def read_streams(reader: HeaderReader) -> Streams:
    """Return what a description of streams says.

    Raises:
        BrokenContentError: It is damaged.
        OversizedContentError: It claims more than any real archive holds.
    """
    streams = Streams()
    counts: list[int] | None = None
    while (kind := reader.byte()) != END:
        if kind == _PACKED:
            _read_packed(reader, streams)
        elif kind == _UNPACKED:
            streams.folders = _read_folders(reader)
        elif kind == _SUBSTREAMS:
            counts = _read_substreams(reader, streams)
        else:
            raise BrokenContentError("its table of contents is damaged")
    if counts is None:
        streams.files = tuple(
            StreamFile(size_bytes=folder.unpacked_bytes, folder=index, offset=0, is_encrypted=folder.is_encrypted)
            for index, folder in enumerate(streams.folders)
        )
    return streams


def _read_packed(reader: HeaderReader, streams: Streams) -> None:
    streams.packed_at = reader.number()
    count = reader.count()
    while (kind := reader.byte()) != END:
        if kind == _SIZES:
            streams.packed_bytes = tuple(reader.number() for _ in range(count))
        elif kind == _CHECKSUMS:
            _skip_checksums(reader, count)
        else:
            raise BrokenContentError("its table of contents is damaged")


def _read_folders(reader: HeaderReader) -> tuple[Folder, ...]:
    reader.expect(_FOLDERS)
    count = reader.count()
    reader.expect(0)
    folders = tuple(_read_folder(reader) for _ in range(count))
    reader.expect(_CODER_SIZES)
    for folder in folders:
        folder.sizes = tuple(reader.number() for coder in folder.coders for _ in range(coder.streams_out))
    while (kind := reader.byte()) != END:
        if kind != _CHECKSUMS:
            raise BrokenContentError("its table of contents is damaged")
        for folder, has_checksum in zip(folders, _skip_checksums(reader, count), strict=True):
            folder.has_checksum = has_checksum
    return folders


def _read_folder(reader: HeaderReader) -> Folder:
    coders = tuple(_read_coder(reader) for _ in range(_few(reader.number())))
    streams_in = sum(coder.streams_in for coder in coders)
    bonds = max(0, sum(coder.streams_out for coder in coders) - 1)
    bound = tuple((reader.number(), reader.number()) for _ in range(bonds))
    packed_streams = streams_in - bonds
    for _ in range(packed_streams if packed_streams > 1 else 0):
        reader.number()
    return Folder(coders=coders, bonds=bound, packed_streams=max(0, packed_streams))


def _read_coder(reader: HeaderReader) -> Coder:
    flags = reader.byte()
    method = reader.take(flags & _ID_BYTES)
    is_complex = flags & _IS_COMPLEX
    streams_in, streams_out = (_few(reader.number()), _few(reader.number())) if is_complex else (1, 1)
    properties = reader.take(reader.number()) if flags & _HAS_PROPERTIES else b""
    return Coder(method=method, properties=properties, streams_in=streams_in, streams_out=streams_out)


def _few(count: int) -> int:
    if count > _MAX_CODERS:
        raise BrokenContentError("its table of contents is damaged")
    return count


def _read_substreams(reader: HeaderReader, streams: Streams) -> list[int]:
    counts = [1] * len(streams.folders)
    sizes: list[StreamFile] | None = None
    while (kind := reader.byte()) != END:
        if kind == _COUNTS:
            counts = [reader.count() for _ in streams.folders]
            _bounded(sum(counts))
        elif kind == _SIZES:
            sizes = _substream_sizes(reader, streams.folders, counts)
        elif kind == _CHECKSUMS:
            _skip_checksums(reader, _without_checksum(streams.folders, counts))
        else:
            raise BrokenContentError("its table of contents is damaged")
    if sizes is None:
        sizes = _substream_sizes(None, streams.folders, counts)
    streams.files = tuple(sizes)
    return counts


def _substream_sizes(reader: HeaderReader | None, folders: tuple[Folder, ...], counts: list[int]) -> list[StreamFile]:
    """Return the size of each file: all but the last of a folder are stated, and the last has the rest."""
    sizes: list[StreamFile] = []
    for number, (folder, count) in enumerate(zip(folders, counts, strict=True)):
        left, is_encrypted = folder.unpacked_bytes, folder.is_encrypted
        offset = 0
        for index in range(count):
            size = left if index == count - 1 or reader is None else reader.number()
            left = max(0, left - size)
            sizes.append(StreamFile(size_bytes=size, folder=number, offset=offset, is_encrypted=is_encrypted))
            offset += size
    return sizes


def _without_checksum(folders: tuple[Folder, ...], counts: list[int]) -> int:
    """Return how many files have a checksum of their own: a single file in a folder shares the folder's."""
    pairs = zip(folders, counts, strict=True)
    return sum(count for folder, count in pairs if count != 1 or not folder.has_checksum)


def _skip_checksums(reader: HeaderReader, count: int) -> list[bool]:
    is_stated = reader.bits_or_all(count)
    reader.take(4 * sum(is_stated))
    return is_stated


def _bounded(count: int) -> int:
    if count > _MAX_FILES:
        raise OversizedContentError(f"it claims to hold {count} parts")
    return count

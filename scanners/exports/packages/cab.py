"""Reading Windows cabinets (the shell of a `.cmp` package): stored and MSZIP, streamed, also as sets that span files.

Follows [MS-CAB] and [MS-MCI]. No figure is trusted: blocks are read one after the other, at most 32 KiB of content
each, and every checksum that is stated is compared. Memory: one block, its history of 32 KiB, and the directory.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from scanners.exports.packages.errors import CabinetCompressionError, PackageUnreadableError
from scanners.opening import FileOpener

SIGNATURE = b"MSCF"
_HEADER = struct.Struct("<4s4xI4xI4xBB5H")  # [MS-CAB] 2.1 CFHEADER
_FOLDER = struct.Struct("<I2H")  # 2.2 CFFOLDER
_FILE = struct.Struct("<2I4H")  # 2.3 CFFILE
_BLOCK = struct.Struct("<I2H")  # 2.4 CFDATA
_HAS_PREVIOUS, _HAS_NEXT, _HAS_RESERVE = 1, 2, 4
FROM_PREVIOUS, TO_NEXT, THROUGH = 0xFFFD, 0xFFFE, 0xFFFF
_UTF8_NAME = 0x80
STORED, MSZIP = 0, 1
_METHODS = {2: "Quantum", 3: "LZX"}
_BLOCK_BYTES = 32_768
_MAX_PACKED_BYTES = _BLOCK_BYTES + 6_144  # [MS-CAB] 2.4: what a block may grow by when it does not compress
_MAX_DIRECTORY_BYTES = 256 << 20
_READ_AHEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetFile:
    """One file in a cabinet: its place in the content of a folder. `folder` may be one of the marks for spanning."""

    name: str
    size_bytes: int
    folder: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    data_at: int
    block_count: int
    compression: int


class Cabinet:
    """The directory of one cabinet file `name`, which `opener` finds.

    Raises:
        FileUnreadableError: The file cannot be opened.
        PackageUnreadableError: It is no cabinet, or its directory contradicts itself.
    """

    def __init__(self, opener: FileOpener, name: str) -> None:
        self.name = name
        self._opener = opener
        with self._stream() as stream:
            self.size_bytes = os.fstat(stream.fileno()).st_size
            self._read_directory(stream)

    def _stream(self) -> BinaryIO:
        return os.fdopen(self._opener.open_file(self.name), "rb", buffering=_READ_AHEAD_BYTES)

    def _read_directory(self, stream: BinaryIO) -> None:
        fields = self._unpack(_HEADER, stream)
        signature, size_bytes, files_at, _, version, folder_count, file_count, flags, self.set_id, self.number = fields
        if signature != SIGNATURE or version != 1:
            raise self._broken("it is not a Windows cabinet, which a .cmp file must be")
        if size_bytes > self.size_bytes:
            raise self._broken("it is cut off")
        reserves = self._unpack(struct.Struct("<H2B"), stream) if flags & _HAS_RESERVE else (0, 0, 0)
        self._block_reserve_bytes = reserves[2]
        self._read(stream, reserves[0])
        self.previous_name = self._neighbour(stream) if flags & _HAS_PREVIOUS else ""
        self.next_name = self._neighbour(stream) if flags & _HAS_NEXT else ""
        self.folders = tuple(self._folder(stream, reserve_bytes=reserves[1]) for _ in range(folder_count))
        if sum(folder.block_count for folder in self.folders) * _BLOCK.size > self.size_bytes:
            raise self._broken("its folders claim more content than it holds")
        stream.seek(files_at)
        self.files = tuple(self._files(stream, file_count))

    def _folder(self, stream: BinaryIO, *, reserve_bytes: int) -> _Folder:
        data_at, block_count, compression = self._unpack(_FOLDER, stream)
        self._read(stream, reserve_bytes)
        return _Folder(data_at=data_at, block_count=block_count, compression=compression)

    def _files(self, stream: BinaryIO, count: int) -> Iterator[CabinetFile]:
        left_bytes = _MAX_DIRECTORY_BYTES
        for _ in range(count):
            size_bytes, offset, folder, _, _, attributes = self._unpack(_FILE, stream)
            if folder >= len(self.folders) and folder < FROM_PREVIOUS:
                raise self._broken("a file of it lies in a folder that is not there")
            raw = self._text(stream)
            left_bytes -= len(raw) + _FILE.size
            if left_bytes < 0:
                raise self._broken("its directory is far larger than real ones")
            name = raw.decode("utf-8" if attributes & _UTF8_NAME else "cp1252", "replace")
            yield CabinetFile(name=name.replace("\\", "/"), size_bytes=size_bytes, folder=folder, offset=offset)

    def blocks(self, number: int) -> Iterator[tuple[bytes, int]]:
        """Yield every data block of a folder, packed, with the size it unpacks to (0: its rest is in the next cabinet).

        Raises:
            PackageUnreadableError: A block is cut off, too large, or its checksum is wrong.
        """
        folder = self.folders[number]
        with self._stream() as stream:
            stream.seek(folder.data_at)
            for _ in range(folder.block_count):
                checksum, packed_bytes, unpacked_bytes = self._unpack(_BLOCK, stream)
                if packed_bytes > _MAX_PACKED_BYTES or unpacked_bytes > _BLOCK_BYTES:
                    raise self._broken("a block of it is larger than blocks can be")
                self._read(stream, self._block_reserve_bytes)
                packed = self._read(stream, packed_bytes)
                # Implementations differ on whether reserved bytes are part of the sum, so it counts only without.
                if checksum and not self._block_reserve_bytes:
                    sizes = packed_bytes.to_bytes(2, "little") + unpacked_bytes.to_bytes(2, "little")
                    if checksum != _checksum(packed) ^ _checksum(sizes):
                        raise self._broken("it is damaged: a checksum is wrong")
                yield packed, unpacked_bytes

    def compression(self, number: int) -> int:
        """Return how a folder is packed.

        Raises:
            CabinetCompressionError: In a way that is not read here.
        """
        method = self.folders[number].compression & 0xF
        if method not in (STORED, MSZIP):
            raise CabinetCompressionError(package=self.name, method=_METHODS.get(method, f"method {method}"))
        return method

    def _neighbour(self, stream: BinaryIO) -> str:
        name = self._text(stream).decode("cp1252", "replace")
        self._text(stream)  # the label of a disk
        return name

    def _text(self, stream: BinaryIO) -> bytes:
        found = bytearray()
        while (byte := self._read(stream, 1)) != b"\0":
            found += byte
            if len(found) > 1024:  # noqa: PLR2004  [MS-CAB] allows 256 characters, four bytes each
                raise self._broken("a name in it does not end")
        return bytes(found)

    def _unpack(self, form: struct.Struct, stream: BinaryIO) -> tuple[Any, ...]:
        return form.unpack(self._read(stream, form.size))

    def _read(self, stream: BinaryIO, count: int) -> bytes:
        found = stream.read(count)
        if len(found) < count:
            raise self._broken("it is cut off")
        return found

    def _broken(self, detail: str) -> PackageUnreadableError:
        return PackageUnreadableError(package=self.name, detail=detail)


def _checksum(content: bytes) -> int:
    """Return the sum of [MS-CAB] 3.1: all 32-bit words joined by exclusive or, folded here in ever larger halves."""
    rest = len(content) % 4
    tail = int.from_bytes(content[len(content) - rest :], "big")  # the odd bytes at the end count the other way round
    words = int.from_bytes(content[: len(content) - rest], "little")
    width = 1 << max(5, (len(content) * 8 - 1).bit_length())
    while width > 32:  # noqa: PLR2004  the width of a word
        width >>= 1
        words = (words >> width) ^ (words & ((1 << width) - 1))
    return words ^ tail

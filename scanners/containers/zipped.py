"""Reading ZIP archives, the shell of modern office files, within fixed bounds and without trusting a figure.

Follows PKWARE's APPNOTE 6.3: the central directory is the truth, the local headers only tell where content starts.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.errors import BrokenContentError, EncryptedContentError, OversizedContentError
from scanners.source import ByteSource

LOCAL_HEADER = b"PK\x03\x04"
EMPTY_ARCHIVE = b"PK\x05\x06"

_END = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7
_MAX_COMMENT_BYTES = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_FIELD = 1

_STORED, _DEFLATED = 0, 8
_FLAG_ENCRYPTED, _FLAG_UTF8 = 0x1, 0x800

_MAX_DIRECTORY_BYTES = 16 << 20
_MAX_MEMBERS = 50_000
CHUNK_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file inside an archive, as the directory describes it; the sizes are claims."""

    name: str
    flags: int
    method: int
    crc32: int
    packed_bytes: int
    unpacked_bytes: int
    offset: int

    @property
    def is_encrypted(self) -> bool:
        """Whether the archive says that this member needs a password."""
        return bool(self.flags & _FLAG_ENCRYPTED)


@dataclass(slots=True)
class Allowance:
    """How many bytes may still be unpacked from one file, over all its members."""

    left_bytes: int

    def spend(self, count: int) -> None:
        """Take `count` bytes.

        Raises:
            OversizedContentError: They are more than was left.
        """
        self.left_bytes -= count
        if self.left_bytes < 0:
            raise OversizedContentError("it unpacks to far more than its size suggests")


class Archive:
    """The directory of one ZIP archive.

    Raises:
        BrokenContentError: There is no directory, or it contradicts itself.
        OversizedContentError: The directory alone is larger than any office file's.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._shift, members = _read_directory(source)
        self.members = {member.name: member for member in members}

    def chunks(self, name: str, *, allowance: Allowance) -> Iterator[bytes]:
        """Yield the unpacked content of a member in portions of at most 256 KiB; nothing when it is not there.

        The checksum is compared once everything was taken.

        Raises:
            BrokenContentError: The content cannot be unpacked or its checksum is wrong.
            EncryptedContentError: It is locked with a password.
            OversizedContentError: It takes more than the allowance.
        """
        member = self.members.get(name)
        if member is None:
            return
        if member.is_encrypted:
            raise EncryptedContentError("it is locked with a password")
        if member.method not in (_STORED, _DEFLATED):
            raise BrokenContentError(f"a part of it is packed in an unusual way (method {member.method})")
        checksum = 0
        for chunk in _unpacked(self._packed(member), method=member.method):
            allowance.spend(len(chunk))
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if checksum != member.crc32:
            raise BrokenContentError(f"the part {name!r} is damaged: its checksum is wrong")

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """Return the beginning of a small member, empty when it is not there.

        Raises:
            ContentError: As for `chunks`.
        """
        content = bytearray()
        for chunk in self.chunks(name, allowance=Allowance(limit_bytes + CHUNK_BYTES)):
            content += chunk
            if len(content) >= limit_bytes:
                break
        return bytes(content[:limit_bytes])

    def _packed(self, member: Member) -> Iterator[bytes]:
        offset = self._shift + member.offset
        header = self._source.at(offset, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(LOCAL_HEADER):
            raise BrokenContentError(f"the part {member.name!r} is not where the directory says")
        *_, name_bytes, extra_bytes = _LOCAL.unpack(header)
        offset += _LOCAL.size + name_bytes + extra_bytes
        left = member.packed_bytes
        while left > 0:
            chunk = self._source.at(offset, min(left, CHUNK_BYTES))
            if not chunk:
                raise BrokenContentError(f"the part {member.name!r} is cut off")
            yield chunk
            offset += len(chunk)
            left -= len(chunk)


def _unpacked(packed: Iterator[bytes], *, method: int) -> Iterator[bytes]:
    if method == _STORED:
        yield from packed
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in packed:
            rest = chunk
            while rest and not inflater.eof:
                unpacked = inflater.decompress(rest, CHUNK_BYTES)
                rest = inflater.unconsumed_tail
                if unpacked:
                    yield unpacked
        while not inflater.eof:
            unpacked = inflater.decompress(inflater.unconsumed_tail, CHUNK_BYTES)
            if not unpacked:
                raise BrokenContentError("a part of it ends too early")
            yield unpacked
    except zlib.error as error:
        raise BrokenContentError("a part of it cannot be unpacked") from error


def _read_directory(source: ByteSource) -> tuple[int, list[Member]]:
    end_at, fields = _find_end(source)
    count, directory_bytes, directory_at = fields
    if directory_bytes > _MAX_DIRECTORY_BYTES or count > _MAX_MEMBERS:
        raise OversizedContentError(f"it claims to hold {count} parts")
    # Bytes may stand before the archive (a self-extracting one); then all offsets are short by that many.
    start = end_at - directory_bytes
    shift = start - directory_at
    if start < 0 or shift < 0:
        raise BrokenContentError("its table of contents lies outside the file")
    return shift, list(_members(source.at(start, directory_bytes)))


def _find_end(source: ByteSource) -> tuple[int, tuple[int, int, int]]:
    """Return where the directory ends, and its number of members, size and offset."""
    tail_at = max(0, source.size_bytes - _MAX_COMMENT_BYTES - _END.size)
    tail = source.at(tail_at, source.size_bytes - tail_at)
    position = tail.rfind(EMPTY_ARCHIVE, 0, max(0, len(tail) - _END.size + len(EMPTY_ARCHIVE)))
    if position < 0:
        raise BrokenContentError("its table of contents is missing, as when a file was cut off")
    _, _, _, _, count, directory_bytes, directory_at, _ = _END.unpack_from(tail, position)
    end_at = tail_at + position
    if count == _FULL16 or _FULL32 in (directory_bytes, directory_at):
        return _find_end64(source, end_at) or (end_at, (count, directory_bytes, directory_at))
    return end_at, (count, directory_bytes, directory_at)


def _find_end64(source: ByteSource, end_at: int) -> tuple[int, tuple[int, int, int]] | None:
    locator = source.at(end_at - _LOCATOR64.size, _LOCATOR64.size)
    if len(locator) < _LOCATOR64.size or not locator.startswith(b"PK\x06\x07"):
        return None
    position = _LOCATOR64.unpack(locator)[2]
    record = source.at(position, _END64.size)
    if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
        raise BrokenContentError("its table of contents is not where it should be")
    *_, count, directory_bytes, directory_at = _END64.unpack(record)
    return position, (count, directory_bytes, directory_at)


def _members(directory: bytes) -> Iterator[Member]:
    position = 0
    while position + _ENTRY.size <= len(directory):
        fields = _ENTRY.unpack_from(directory, position)
        if fields[0] != b"PK\x01\x02":
            raise BrokenContentError("its table of contents is damaged")
        flags, method, crc32, packed, unpacked = fields[3], fields[4], fields[7], fields[8], fields[9]
        name_bytes, extra_bytes, comment_bytes, offset = fields[10], fields[11], fields[12], fields[16]
        name_at = position + _ENTRY.size
        extra_at = name_at + name_bytes
        position = extra_at + extra_bytes + comment_bytes
        if position > len(directory):
            raise BrokenContentError("its table of contents is cut off")
        if _FULL32 in (packed, unpacked, offset):
            unpacked, packed, offset = _widen(directory[extra_at : extra_at + extra_bytes], unpacked, packed, offset)
        raw_name = directory[name_at:extra_at]
        name = raw_name.decode("utf-8" if flags & _FLAG_UTF8 else "cp437", "replace")
        yield Member(
            name=name.replace("\\", "/"),  # some producers write Windows separators, against 4.4.17.1
            flags=flags,
            method=method,
            crc32=crc32,
            packed_bytes=packed,
            unpacked_bytes=unpacked,
            offset=offset,
        )


def _widen(extra: bytes, *narrow: int) -> list[int]:
    """Replace each figure that did not fit in 32 bits by its wide form, in the order of APPNOTE 4.5.3."""
    wide = iter(_zip64_figures(extra))
    return [next(wide, figure) if figure == _FULL32 else figure for figure in narrow]


def _zip64_figures(extra: bytes) -> list[int]:
    position = 0
    while position + 4 <= len(extra):
        field, length = struct.unpack_from("<2H", extra, position)
        position += 4
        if field == _ZIP64_FIELD:
            content = extra[position : position + length]
            return [int.from_bytes(content[at : at + 8], "little") for at in range(0, len(content) - 7, 8)]
        position += length
    return []

"""Reading the table of contents of a ZIP archive, without trusting a figure in it.

Follows PKWARE's APPNOTE 6.3: the central directory is the truth, the local headers only tell where content starts.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanners.containers.stamps import dos_stamp, unix_stamp
from scanners.errors import BrokenContentError, EncryptedContentError, OversizedContentError
from scanners.source import ByteSource

LOCAL_HEADER = b"PK\x03\x04"
EMPTY_ARCHIVE = b"PK\x05\x06"

_END = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_LENGTHS_AT, _LENGTHS = 28, struct.Struct("<3H")  # of the name, the extra fields and the comment of an entry
_ENTRY_MARK = b"PK\x01\x02"
_MAX_COMMENT_BYTES = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_FIELD, _UNIX_TIME_FIELD, _UNICODE_PATH_FIELD = 1, 0x5455, 0x7075
_MODIFIED_IS_GIVEN = 1

_FLAG_ENCRYPTED, _FLAG_UTF8, _FLAG_MASKED = 0x1, 0x800, 0x2000  # 4.4.4


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
    modified: str = ""

    @property
    def is_encrypted(self) -> bool:
        """Whether the archive says that this member needs a password."""
        return bool(self.flags & _FLAG_ENCRYPTED)

    @property
    def is_folder(self) -> bool:
        """Whether this is only the place of other members."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where the table of contents lies; `shift` is how many bytes stand before the archive itself."""

    source: ByteSource
    start: int
    size_bytes: int
    shift: int
    claimed_members: int
    is_split: bool

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the directory.

        Raises:
            BrokenContentError: The directory contradicts itself.
            EncryptedContentError: It is locked itself.
        """
        directory = self.source.at(self.start, self.size_bytes)
        for position in _positions(directory):
            yield _member(directory, position)


class MembersByName(Mapping[str, Member]):
    """The members of an archive by their names, the last of a name; each is made only when it is asked for.

    Raises:
        BrokenContentError: The directory contradicts itself.
    """

    def __init__(self, directory: Directory) -> None:
        self._content = directory.source.at(directory.start, directory.size_bytes)
        self._positions = {_name_at(self._content, position): position for position in _positions(self._content)}

    def __getitem__(self, name: str) -> Member:
        """Return a member.

        Raises:
            EncryptedContentError: The directory itself is locked.
            KeyError: There is none of that name.
        """
        return _member(self._content, self._positions[name])

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._positions)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self._positions)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a member of that name."""
        return name in self._positions


def find_directory(source: ByteSource, *, max_members: int, max_bytes: int) -> Directory:
    """Return where the directory of an archive lies.

    Raises:
        BrokenContentError: There is none, or it does not fit into the file.
        OversizedContentError: It is larger than the bounds given.
    """
    end_at, disk, (count, size_bytes, offset) = _find_end(source)
    if size_bytes > max_bytes or count > max_members:
        raise OversizedContentError(f"it claims to hold {count} parts")
    # Bytes may stand before the archive (a self-extracting one); then all offsets are short by that many.
    start = end_at - size_bytes
    shift = start - offset
    if start < 0 or (shift < 0 and not disk):
        raise BrokenContentError("its table of contents lies outside the file")
    return Directory(
        source=source, start=start, size_bytes=size_bytes, shift=shift, claimed_members=count, is_split=bool(disk)
    )


def _find_end(source: ByteSource) -> tuple[int, int, tuple[int, int, int]]:
    """Return where the directory ends, the number of this volume, and the directory's members, size and offset."""
    tail_at = max(0, source.size_bytes - _MAX_COMMENT_BYTES - _END.size)
    tail = source.at(tail_at, source.size_bytes - tail_at)
    position = tail.rfind(EMPTY_ARCHIVE, 0, max(0, len(tail) - _END.size + len(EMPTY_ARCHIVE)))
    if position < 0:
        raise BrokenContentError("its table of contents is missing, as when a file was cut off")
    _, disk, _, _, count, directory_bytes, directory_at, _ = _END.unpack_from(tail, position)
    end_at = tail_at + position
    disk = 0 if disk == _FULL16 else disk
    if count == _FULL16 or _FULL32 in (directory_bytes, directory_at):
        wide = _find_end64(source, end_at)
        if wide:
            return wide[0], disk, wide[1]
    return end_at, disk, (count, directory_bytes, directory_at)


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


def _positions(directory: bytes) -> Iterator[int]:
    """Yield where each entry begins.

    Raises:
        BrokenContentError: One is no entry, or does not fit.
    """
    position, end = 0, len(directory)
    while position + _ENTRY.size <= end:
        if not directory.startswith(_ENTRY_MARK, position):
            raise BrokenContentError("its table of contents is damaged")
        following = position + _ENTRY.size + sum(_LENGTHS.unpack_from(directory, position + _LENGTHS_AT))
        if following > end:
            raise BrokenContentError("its table of contents is cut off")
        yield position
        position = following


def _name_at(directory: bytes, position: int) -> str:
    name_bytes, extra_bytes, _ = _LENGTHS.unpack_from(directory, position + _LENGTHS_AT)
    name_at = position + _ENTRY.size
    raw = directory[name_at : name_at + name_bytes]
    if raw.isascii():
        return raw.decode("ascii").replace("\\", "/")
    extra = directory[name_at + name_bytes : name_at + name_bytes + extra_bytes]
    is_utf8 = bool(int.from_bytes(directory[position + 8 : position + 10], "little") & _FLAG_UTF8)
    return _name(raw, extra, is_utf8=is_utf8)


def _member(directory: bytes, position: int) -> Member:
    fields = _ENTRY.unpack_from(directory, position)
    flags, crc32, packed, unpacked, name_bytes, extra_bytes = fields[3], *fields[7:12]
    if flags & _FLAG_MASKED:
        raise EncryptedContentError("its table of contents is locked with a password")
    extra_at = position + _ENTRY.size + name_bytes
    extra = directory[extra_at : extra_at + extra_bytes]
    offset = fields[16]
    if _FULL32 in (packed, unpacked, offset):
        unpacked, packed, offset = _widen(extra, unpacked, packed, offset)
    return Member(
        name=_name_at(directory, position),
        flags=flags,
        method=fields[4],
        crc32=crc32,
        packed_bytes=packed,
        unpacked_bytes=unpacked,
        offset=offset,
        modified=_modified(extra) or dos_stamp(fields[6], fields[5]),
    )


def _name(raw: bytes, extra: bytes, *, is_utf8: bool) -> str:
    name = raw.decode("utf-8", "replace") if is_utf8 else _unicode_path(extra) or _old_name(raw)
    return name.replace("\\", "/")  # some producers write Windows separators, against 4.4.17.1


def _old_name(raw: bytes) -> str:
    """Return a name without a stated encoding: UTF-8 if it is valid, as of a Mac, else that of DOS (appendix D)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _unicode_path(extra: bytes) -> str:
    field = _extra_field(extra, _UNICODE_PATH_FIELD)  # 4.6.9: version, checksum of the other name, name
    return field[5:].decode("utf-8", "replace") if field.startswith(b"\1") else ""


def _modified(extra: bytes) -> str:
    field = _extra_field(extra, _UNIX_TIME_FIELD)
    if len(field) >= 5 and field[0] & _MODIFIED_IS_GIVEN:  # noqa: PLR2004  a flag and four bytes of seconds
        return unix_stamp(int.from_bytes(field[1:5], "little", signed=True))
    return ""


def _widen(extra: bytes, *narrow: int) -> list[int]:
    """Replace each figure that did not fit in 32 bits by its wide form, in the order of APPNOTE 4.5.3."""
    content = _extra_field(extra, _ZIP64_FIELD)
    wide = iter([int.from_bytes(content[at : at + 8], "little") for at in range(0, len(content) - 7, 8)])
    return [next(wide, figure) if figure == _FULL32 else figure for figure in narrow]


def _extra_field(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        field, length = struct.unpack_from("<2H", extra, position)
        position += 4
        if field == wanted:
            return extra[position : position + length]
        position += length
    return b""

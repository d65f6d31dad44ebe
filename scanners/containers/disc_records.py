"""The records of a disc's folders: ECMA-119 9.1, and the names that Rock Ridge puts behind them (IEEE P1281, P1282)."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanners.containers.stamps import disc_stamp

_RECORD = struct.Struct("<2BL4xL4x7s3B4x")  # the second halves of figures repeat them the other way round
_NAME_LENGTH_AT = 32
_LEAST_BYTES = 34
_IS_FOLDER, _IS_ASSOCIATED, _GOES_ON = 0x02, 0x04, 0x80
_MAX_CONTINUATIONS = 32
_MAX_CONTINUATION_BYTES = 1 << 16
_MAX_NAME_BYTES = 4096
_NAME_GOES_ON, _NAME_IS_SELF, _NAME_IS_PARENT = 0x1, 0x2, 0x4
_TIMES = (0x01, 0x02)  # creation, then change: which of the times of TF are there
_LONG_TIMES = 0x80
_SHORT_TIME_BYTES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscRecord:
    """One entry of a folder; `alternate` is the name of Rock Ridge, and the rest that Rock Ridge says of it.

    A folder that lies too deep for the format is put elsewhere: `child_at` says where, `is_moved` marks it there.
    """

    raw_name: bytes
    extent: int
    size_bytes: int
    modified: str
    is_folder: bool
    is_associated: bool = False
    goes_on: bool = False
    is_interleaved: bool = False
    alternate: bytes = b""
    has_rock_ridge: bool = False
    is_link: bool = False
    is_packed: bool = False
    child_at: int = 0
    is_moved: bool = False

    @property
    def is_self_or_parent(self) -> bool:
        """Whether this is the folder itself or the one above it (ECMA-119 7.6.2)."""
        return self.raw_name in (b"\0", b"\1")


Continue = Callable[[int, int, int], bytes]


def records_of(folder: bytes, *, block_bytes: int, skipped_bytes: int, follow: Continue) -> Iterator[DiscRecord | None]:
    """Yield the entries of a folder; None for one that contradicts itself, after which its sector is passed over.

    Args:
        folder: All of its content.
        block_bytes: How large sectors are: no entry lies across two.
        skipped_bytes: What stands before the fields of Rock Ridge in each entry, as the root folder says.
        follow: Gives the continuation of such fields: a block, an offset in it, and a length.
    """
    position = 0
    while position < len(folder):
        length = folder[position]
        sector_end = position - position % block_bytes + block_bytes
        if not length:
            position = sector_end
            continue
        raw = folder[position : position + length]
        found = _record(raw, skipped_bytes, follow) if position + length <= sector_end else None
        yield found
        position = position + length if found else sector_end


def starts_rock_ridge(record: bytes) -> int | None:
    """Return how many bytes each entry has before its fields, from the root's own entry; None without Rock Ridge."""
    system_use = _system_use(record)
    if system_use[:2] == b"SP" and system_use[4:6] == b"\xbe\xef" and len(system_use) > 6:  # noqa: PLR2004  the fields of SP
        return system_use[6]
    return 0 if system_use[:2] in (b"RR", b"PX") else None


def _record(raw: bytes, skipped_bytes: int, follow: Continue) -> DiscRecord | None:
    if len(raw) < _LEAST_BYTES or _NAME_LENGTH_AT + 1 + raw[_NAME_LENGTH_AT] > len(raw):
        return None
    _, _, extent, size, stamp, flags, unit, gap = _RECORD.unpack_from(raw)
    name = raw[_NAME_LENGTH_AT + 1 : _NAME_LENGTH_AT + 1 + raw[_NAME_LENGTH_AT]]
    said = _Said()
    said.take(_system_use(raw)[skipped_bytes:], follow)
    return DiscRecord(
        raw_name=name,
        extent=extent,
        size_bytes=size,
        modified=said.modified or disc_stamp(stamp),
        is_folder=bool(flags & _IS_FOLDER),
        is_associated=bool(flags & _IS_ASSOCIATED),
        goes_on=bool(flags & _GOES_ON),
        is_interleaved=bool(unit or gap),
        alternate=bytes(said.name),
        has_rock_ridge=said.is_there,
        is_link=said.is_link,
        is_packed=said.is_packed,
        child_at=said.child_at,
        is_moved=said.is_moved,
    )


def _system_use(raw: bytes) -> bytes:
    length = raw[_NAME_LENGTH_AT] if len(raw) > _NAME_LENGTH_AT else 0
    return raw[_NAME_LENGTH_AT + 1 + length + (length + 1) % 2 :]


class _Said:
    """What the fields behind one entry say, continuations included."""

    def __init__(self) -> None:
        self.name = bytearray()
        self.modified = ""
        self.is_there = self.is_link = self.is_packed = self.is_moved = False
        self.child_at = 0

    def take(self, fields: bytes, follow: Continue) -> None:
        for _ in range(_MAX_CONTINUATIONS):
            following = self._take_area(fields)
            if following is None:
                return
            block, offset, length = following
            fields = follow(block, offset, min(length, _MAX_CONTINUATION_BYTES))

    def _take_area(self, fields: bytes) -> tuple[int, int, int] | None:
        """Take one area of fields; return where they go on."""
        following = None
        position = 0
        while position + 4 <= len(fields):
            kind, length = fields[position : position + 2], fields[position + 2]
            if length < 4 or kind == b"ST":  # noqa: PLR2004  kind, length, version
                break
            body = fields[position + 4 : position + length]
            if kind == b"CE" and len(body) >= 24:  # noqa: PLR2004  three figures, each written twice
                following = struct.unpack("<L4xL4xL4x", body[:24])
            else:
                self._take_field(kind, body)
            position += length
        return following

    def _take_field(self, kind: bytes, body: bytes) -> None:
        if kind in (b"NM", b"PX", b"RR", b"TF", b"SL", b"CL", b"RE"):
            self.is_there = True
        if kind == b"NM" and body and not body[0] & (_NAME_IS_SELF | _NAME_IS_PARENT):
            self.name += body[1:] if len(self.name) + len(body) <= _MAX_NAME_BYTES else b""
        elif kind == b"TF" and body:
            self._take_times(body[0], body[1:])
        elif kind == b"CL" and len(body) >= 4:  # noqa: PLR2004  a figure of 32 bits
            self.child_at = int.from_bytes(body[:4], "little")
        self.is_link |= kind == b"SL"
        self.is_packed |= kind == b"ZF"
        self.is_moved |= kind == b"RE"

    def _take_times(self, flags: int, times: bytes) -> None:
        creation, change = _TIMES
        if flags & change and not flags & _LONG_TIMES:
            at = _SHORT_TIME_BYTES if flags & creation else 0
            self.modified = disc_stamp(times[at : at + _SHORT_TIME_BYTES])

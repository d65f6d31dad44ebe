"""Reading winmail.dat (TNEF), the parcel in which Outlook sends rich messages to programs that cannot open it.

Follows [MS-OXTNEF]: a row of attributes with checksums, of which one holds nearly all properties of the message and
another, for each attachment, all properties of that. A message may hold parcels of other messages.
"""

import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from scanners.containers.allowance import Allowance
from scanners.errors import BrokenContentError, ContentError
from scanners.observation import MemberKind
from scanners.source import ByteSource
from scanners.text.ole_mapi import (
    ATTACHED,
    BINARY,
    BODY,
    CLASS,
    FILE_NAME,
    INSTANT,
    INT32,
    MODIFIED,
    NARROW,
    OBJECT,
    RECEIVED,
    SENT,
    SUBJECT,
    UNZONED,
    WIDE,
    Attachment,
    Mail,
    Properties,
)
from scanners.text.reading import Draft

SIGNATURE = b"\x78\x9f\x3e\x22"

_BEGIN_BYTES = 6
_ATTRIBUTE = struct.Struct("<B2HL")  # 2.1.3.1: level, number and kind, length
_CHECKSUM_BYTES = 2
_MESSAGE, _ATTACHED = 1, 2
_PROPERTIES, _RECIPIENTS, _CODE_PAGE = 0x9003, 0x9004, 0x9007
_NEXT_ATTACHMENT, _ATTACHMENT_PROPERTIES, _CONTENT = 0x9002, 0x9005, 0x800F
# Attributes from before there were properties -> the number and kind of the property that says the same
_OLDER = {
    0x8004: (SUBJECT, NARROW),
    0x8008: (CLASS, NARROW),
    0x800C: (BODY, NARROW),
    0x8005: (SENT, UNZONED),
    0x8006: (RECEIVED, UNZONED),
    0x8020: (MODIFIED, UNZONED),
}
_OLDER_OF_ATTACHED = {0x8010: (FILE_NAME, NARROW), 0x8013: (MODIFIED, UNZONED)}
_DATE = struct.Struct("<6H")  # 2.1.3.3.4

_MULTIPLE = 0x1000
_NAMED_FROM = 0x8000
_SHORT_KINDS = {0x02: 4, INT32: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, INSTANT: 8, 0x48: 16}
_LONG_KINDS = (NARROW, WIDE, BINARY, OBJECT)
_IDENTITY_BYTES = 16  # before an object: what kind of object it is
_MESSAGE_INSIDE = bytes.fromhex("0703020000000000c000000000000046")
_MAX_PROPERTIES = 10_000
_MAX_ROWS = 500
_MAX_DEPTH = 20


class _Attribute(NamedTuple):
    """One attribute: whether it belongs to the message or to an attachment, and where its content stands."""

    level: int
    number: int
    start: int
    end: int
    is_sound: bool


class _Table:
    """Properties that were taken out of one attribute, or were written as attributes of their own."""

    def __init__(self) -> None:
        self.kept: dict[int, tuple[int, bytes]] = {}

    def kind_of(self, number: int) -> int | None:
        return self.kept[number][0] if number in self.kept else None

    def octets_of(self, number: int, kind: int, *, limit_bytes: int) -> bytes:
        return self.kept[number][1][:limit_bytes]

    def keep_older(self, number: int, kind: int, raw: bytes) -> None:
        """Keep an older attribute unless the property itself is there, whichever comes first."""
        if kind == UNZONED:
            if len(raw) < _DATE.size:
                return
            year, month, day, hour, minute, second = _DATE.unpack_from(raw)
            raw = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}".encode("ascii")
        self.kept.setdefault(number, (kind, raw))


def read_tnef(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of the message in a winmail.dat, with its attachments as members.

    Raises:
        ContentError: It is damaged, locked, or nested beyond all measure; the draft keeps what was read.
    """
    content = source.at(0, source.size_bytes)
    if not content.startswith(SIGNATURE):
        raise BrokenContentError("it does not begin as a winmail.dat does")
    _Reader(content, draft).read()


class _Reader:
    """Goes through the message and those inside it, without recursion."""

    def __init__(self, content: bytes, draft: Draft) -> None:
        self._draft = draft
        self._allowance = Allowance(4 * len(content))
        self._pending: list[tuple[bytes, str, int]] = [(content, "", 0)]
        self._trouble: ContentError | None = None

    def read(self) -> None:
        while self._pending:
            content, inside, depth = self._pending.pop()
            if depth > _MAX_DEPTH:
                raise BrokenContentError("it is nested far more deeply than real files")
            self._allowance.spend(len(content))
            self._read_parcel(content, inside, depth=depth)
        if self._trouble:
            raise self._trouble

    def _read_parcel(self, content: bytes, inside: str, *, depth: int) -> None:
        message, rows = _Table(), list[_Table]()
        attached: list[tuple[_Table, int | None]] = []
        for attribute in _attributes(content):
            if not attribute.is_sound:
                self._note(BrokenContentError("a part of it is damaged: its checksum is wrong or its end is missing"))
            raw = content[attribute.start : attribute.end]
            if attribute.level == _MESSAGE:
                self._take(attribute.number, raw, message, rows)
            elif attribute.number == _NEXT_ATTACHMENT:
                attached.append((_Table(), None))
            elif attribute.level == _ATTACHED and attached:
                attached[-1] = self._take_attached(attribute.number, raw, *attached[-1])
        self._tell(message, rows, attached, inside, depth=depth)

    def _take(self, number: int, raw: bytes, message: _Table, rows: list[_Table]) -> None:
        if number == _PROPERTIES:
            _take_properties(raw, 0, message)
        elif number == _RECIPIENTS:
            rows += _rows(raw)
        elif number == _CODE_PAGE:
            message.kept.setdefault(0x3FFD, (INT32, raw[:4]))
        elif number in _OLDER:
            message.keep_older(*_OLDER[number], raw)

    def _take_attached(
        self, number: int, raw: bytes, table: _Table, size_bytes: int | None
    ) -> tuple[_Table, int | None]:
        if number == _ATTACHMENT_PROPERTIES:
            _take_properties(raw, 0, table)
        elif number == _CONTENT:
            table.kept.setdefault(ATTACHED, (BINARY, raw))
            return table, len(raw)
        elif number in _OLDER_OF_ATTACHED:
            table.keep_older(*_OLDER_OF_ATTACHED[number], raw)
        return table, size_bytes

    def _tell(
        self,
        kept: _Table,
        rows: list[_Table],
        attached: list[tuple[_Table, int | None]],
        inside: str,
        *,
        depth: int,
    ) -> None:
        message, mail = Properties(kept), Mail(self._draft, inside=inside)
        mail.state(message, [Properties(row, code_page=message.code_page) for row in rows])
        try:
            mail.add_body(message)
        except ContentError as error:
            self._note(error)
        inner: list[tuple[bytes, str, int]] = []
        for table, size_bytes in attached:
            properties = Properties(table, code_page=message.code_page)
            parcel = _parcel_in(table)
            if parcel is not None:
                name = Attachment(properties, None, partial(_beginning, b"")).name
                path = mail.list_member(name, kind=MemberKind.MESSAGE, size_bytes=len(parcel), modified=None)
                inner.append((parcel, f"{path}!/", depth + 1))
                continue
            try:
                raw = table.kept.get(ATTACHED, (0, b""))[1]
                mail.hold(Attachment(properties, size_bytes, partial(_beginning, raw)))
            except ContentError as error:
                self._note(error)
        self._pending += reversed(inner)

    def _note(self, trouble: ContentError) -> None:
        self._trouble = self._trouble or trouble


def _attributes(content: bytes) -> Iterator[_Attribute]:
    """Yield the attributes in their order; the last one may be cut off."""
    position = _BEGIN_BYTES
    while position + _ATTRIBUTE.size <= len(content):
        level, number, _, length = _ATTRIBUTE.unpack_from(content, position)
        if level not in (_MESSAGE, _ATTACHED):
            yield _Attribute(0, 0, position, position, is_sound=False)
            return
        start = position + _ATTRIBUTE.size
        end = start + length
        stated = int.from_bytes(content[end : end + _CHECKSUM_BYTES], "little")
        is_sound = end + _CHECKSUM_BYTES <= len(content) and sum(content[start:end]) & 0xFFFF == stated
        yield _Attribute(level, number, start, min(end, len(content)), is_sound=is_sound)
        position = end + _CHECKSUM_BYTES


def _rows(raw: bytes) -> Iterator[_Table]:
    """Yield the recipients, 2.1.3.5.1."""
    position = 4
    for _ in range(min(int.from_bytes(raw[:4], "little"), _MAX_ROWS)):
        if position + 4 > len(raw):
            return
        table = _Table()
        position = _take_properties(raw, position, table)
        yield table


def _take_properties(raw: bytes, position: int, table: _Table) -> int:
    """Put the properties that begin at `position` into a table, 2.1.3.4, and return where they end."""
    count = min(int.from_bytes(raw[position : position + 4], "little"), _MAX_PROPERTIES)
    position += 4
    for _ in range(count):
        if position + 4 > len(raw):
            return len(raw)
        kind, number = struct.unpack_from("<2H", raw, position)
        position += 4
        if number >= _NAMED_FROM:
            position = _past_name(raw, position)
        values, position = _values(raw, position, kind)
        if values:
            # what the message says of itself counts more than the older attributes
            table.kept[number] = (kind & ~_MULTIPLE, values[0])
    return position


def _past_name(raw: bytes, position: int) -> int:
    is_string = int.from_bytes(raw[position + 16 : position + 20], "little")
    length = int.from_bytes(raw[position + 20 : position + 24], "little") if is_string else 0
    return position + 24 + _padded(length)


def _values(raw: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    """Return the values of a property, at most a few, and where the next one begins."""
    plain = kind & ~_MULTIPLE
    is_long = plain in _LONG_KINDS
    if not is_long and plain not in _SHORT_KINDS:
        return [], len(raw)  # whatever follows cannot be found any more
    count = 1
    if is_long or kind & _MULTIPLE:
        count = int.from_bytes(raw[position : position + 4], "little")
        position += 4
    values: list[bytes] = []
    while count > 0 and position < len(raw):
        length = _SHORT_KINDS.get(plain, 0)
        if is_long:
            length = int.from_bytes(raw[position : position + 4], "little")
            position += 4
        if not values:
            values.append(raw[position : position + length])
        position += _padded(length)
        count -= 1
    return values, position


def _padded(length: int) -> int:
    return length + -length % 4


def _parcel_in(table: _Table) -> bytes | None:
    """Return the message that an attachment is, None when it is none."""
    kind, raw = table.kept.get(ATTACHED, (0, b""))
    is_message = kind == OBJECT and raw.startswith(_MESSAGE_INSIDE)
    inner = raw[_IDENTITY_BYTES:]
    return inner if is_message and inner.startswith(SIGNATURE) else None


def _beginning(raw: bytes, limit: int) -> bytes:
    return raw[:limit]

"""Outlook messages and winmail.dat, made byte by byte."""

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.unit.scanners.legacy.building_compound import Tree, a_compound_file, filetime

Value = str | bytes | int | datetime | bool
Values = Mapping[int, Value]


def a_storage(values: Values, *, header_bytes: int, code_page: str = "", inside: Tree | None = None) -> Tree:
    """Return the streams of a message or of a part of one.

    Args:
        values: By the number of the property; strings are Unicode unless `code_page` is given.
        header_bytes: What stands before the short properties: 32, 24 or 8.
        code_page: Python's name of an encoding for all strings.
        inside: Storages and streams that lie in it as well.
    """
    streams: dict[str, bytes | Tree] = {}
    short = bytes(header_bytes)
    for number, value in values.items():
        if isinstance(value, str):
            kind, raw = (0x1E, value.encode(code_page)) if code_page else (0x1F, value.encode("utf-16-le"))
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = raw
            short += struct.pack("<2HLLL", kind, number, 6, len(raw), 0)
        elif isinstance(value, bytes):
            streams[f"__substg1.0_{number:04X}0102"] = value
            short += struct.pack("<2HLLL", 0x102, number, 6, len(value), 0)
        elif isinstance(value, datetime):
            short += struct.pack("<2HLQ", 0x40, number, 6, filetime(value))
        else:
            short += struct.pack("<2HLQ", 0x0B if isinstance(value, bool) else 0x03, number, 6, value)
    return {"__properties_version1.0": short, **streams, **(inside or {})}


def a_message(
    values: Values,
    *,
    recipients: Sequence[Values] = (),
    attachments: Sequence[Tree] = (),
    code_page: str = "",
    is_inner: bool = False,
) -> Tree:
    inside: dict[str, bytes | Tree] = {"__nameid_version1.0": {}}
    for number, recipient in enumerate(recipients):
        inside[f"__recip_version1.0_#{number:08X}"] = a_storage(recipient, header_bytes=8, code_page=code_page)
    for number, attachment in enumerate(attachments):
        inside[f"__attach_version1.0_#{number:08X}"] = attachment
    return a_storage(values, header_bytes=24 if is_inner else 32, code_page=code_page, inside=inside)


def an_attachment(values: Values, *, message: Tree | None = None, code_page: str = "") -> Tree:
    inside = {"__substg1.0_3701000D": message} if message is not None else {}
    return a_storage(values, header_bytes=8, inside=inside, code_page=code_page)


def a_msg(values: Values, **parts: object) -> bytes:
    return a_compound_file(a_message(values, **parts))  # type: ignore[arg-type]  # passed on as they came


def packed_rtf(content: bytes) -> bytes:
    """Return rich text in Outlook's packing, with every byte written out."""
    body = b"".join(b"\0" + content[at : at + 8] for at in range(0, len(content), 8))
    return struct.pack("<2L4sL", len(body) + 12, len(content), b"LZFu", 0) + body


def an_attribute(number: int, content: bytes, *, level: int = 1, checksum: int | None = None) -> bytes:
    stated = sum(content) & 0xFFFF if checksum is None else checksum
    return struct.pack("<B2HL", level, number, 6, len(content)) + content + struct.pack("<H", stated)


def mapi_properties(values: Mapping[int, Value | tuple[bytes, ...]]) -> bytes:
    """Return properties as winmail.dat holds them; strings are Unicode, a tuple is several values."""
    parts = [struct.pack("<L", len(values))]
    for number, value in values.items():
        name = (
            b"GUID".ljust(16) + struct.pack("<2L", 1, 6) + "Zzz".encode("utf-16-le") + b"\0\0"
            if number >= 0x8000
            else b""
        )
        if isinstance(value, str):
            parts.append(struct.pack("<2H", 0x1F, number) + name + _long(value.encode("utf-16-le") + b"\0\0"))
        elif isinstance(value, bytes):
            parts.append(struct.pack("<2H", 0x102, number) + name + _long(value))
        elif isinstance(value, tuple):
            listed = b"".join(struct.pack("<L", len(raw)) + raw + bytes(-len(raw) % 4) for raw in value)
            parts.append(struct.pack("<2H", 0x1102, number) + name + struct.pack("<L", len(value)) + listed)
        elif isinstance(value, datetime):
            parts.append(struct.pack("<2H", 0x40, number) + name + struct.pack("<Q", filetime(value)))
        else:
            parts.append(struct.pack("<2HL", 0x03, number, value) if not name else b"")
    return b"".join(parts)


def _long(raw: bytes) -> bytes:
    return struct.pack("<2L", 1, len(raw)) + raw + bytes(-len(raw) % 4)


def an_inner_message(parcel: bytes) -> bytes:
    """Return the property of an attachment that is a message itself."""
    raw = bytes.fromhex("0703020000000000c000000000000046") + parcel
    return struct.pack("<L2H", 1, 0x0D, 0x3701) + _long(raw)


def a_winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)

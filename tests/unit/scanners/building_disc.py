"""Writes images of discs by ECMA-119, with Joliet and Rock Ridge, for tests to read and to break."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SECTOR = 2048
STAMP = bytes([99, 10, 31, 10, 0, 0, 4])  # Halloween 1999, an hour east of Greenwich
FOLDER, ASSOCIATED, GOES_ON = 0x02, 0x04, 0x80
SP = b"SP\x07\x01\xbe\xef\x00"


def both(figure: int) -> bytes:
    return struct.pack("<L", figure) + struct.pack(">L", figure)


def a_record(
    name: bytes, *, at: int = 0, size: int = 0, flags: int = 0, use: bytes = b"", stamp: bytes = STAMP, unit: int = 0
) -> bytes:
    body = both(at) + both(size) + stamp + bytes([flags, unit, 0]) + bytes(4) + bytes([len(name)]) + name
    body += b"\0" * (len(name) % 2 == 0) + use
    body += b"\0" * (len(body) % 2)
    return bytes([len(body) + 2, 0]) + body


def nm(name: str, *, goes_on: bool = False) -> bytes:
    raw = name.encode()
    return b"NM" + bytes([len(raw) + 5, 1, int(goes_on)]) + raw


def ce(block: int, offset: int, length: int) -> bytes:
    return b"CE\x1c\x01" + both(block) + both(offset) + both(length)


def a_folder(records: Sequence[bytes], *, at: int, root_use: bytes = b"") -> bytes:
    """Return a folder's sectors; no record lies across two."""
    found = bytearray()
    for record in (a_record(b"\0", at=at, flags=FOLDER, use=root_use), a_record(b"\1", at=at, flags=FOLDER), *records):
        if len(found) % SECTOR + len(record) > SECTOR:
            found += bytes(SECTOR - len(found) % SECTOR)
        found += record
    return bytes(found) + bytes(-len(found) % SECTOR)


def a_descriptor(kind: int, *, root_at: int, root_bytes: int, escapes: bytes = b"", block: int = SECTOR) -> bytes:
    found = bytearray(SECTOR)
    found[0:7] = bytes([kind]) + b"CD001\x01"
    found[88 : 88 + len(escapes)] = escapes
    found[128:132] = struct.pack("<H", block) + struct.pack(">H", block)
    found[156:190] = a_record(b"\0", at=root_at, size=root_bytes, flags=FOLDER)
    return bytes(found)


@dataclass(kw_only=True)
class Disc:
    """Sectors by their number; `image` fills the gaps."""

    sectors: dict[int, bytes] = field(default_factory=dict)

    def put(self, at: int, content: bytes) -> None:
        self.sectors[at] = content

    def image(self) -> bytes:
        size = max(at * SECTOR + len(content) for at, content in self.sectors.items())
        found = bytearray(size + -size % SECTOR)
        for at, content in self.sectors.items():
            found[at * SECTOR : at * SECTOR + len(content)] = content
        return bytes(found)


ROOT_AT, SUB_AT, FILE_AT = 30, 40, 50


def a_disc(
    root: Sequence[bytes],
    sub: Sequence[bytes] = (),
    *,
    contents: Mapping[int, bytes] | None = None,
    joliet: Sequence[bytes] | None = None,
    root_use: bytes = b"",
    others: Sequence[bytes] = (),
) -> bytes:
    """Return an image whose root folder, and the folder at `SUB_AT`, hold these records."""
    disc = Disc()
    folder = a_folder(root, at=ROOT_AT, root_use=root_use)
    disc.put(ROOT_AT, folder)
    disc.put(SUB_AT, a_folder(sub, at=SUB_AT))
    descriptors = [a_descriptor(1, root_at=ROOT_AT, root_bytes=len(folder))]
    if joliet is not None:
        wide = a_folder(joliet, at=35)
        disc.put(35, wide)
        descriptors.append(a_descriptor(2, root_at=35, root_bytes=len(wide), escapes=b"%/E"))
    descriptors.extend(mark.ljust(SECTOR, b"\0") for mark in (b"\xffCD001\x01", *others))
    for number, descriptor in enumerate(descriptors, 16):
        disc.put(number, descriptor)
    for at, content in (contents or {FILE_AT: b"content".ljust(SECTOR)}).items():
        disc.put(at, content)
    return disc.image()

"""Writes Outlook data files by [MS-PST], in both forms and all ciphers, for tests to read and to break."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanners.containers.pst_cipher import cycled, permuted_back

ROOT, STORE = 0x122, 0x21
PLAIN, PERMUTED, CYCLIC = 0, 1, 2
TEXT, NARROW_TEXT, NUMBER, INSTANT = 0x1F, 0x1E, 0x03, 0x40
SUBJECT, SENDER, SENT, SIZE, BODY, NAME = 0x0037, 0x0C1A, 0x0039, 0x0E08, 0x1000, 0x3001
LONG_NAME, ATTACHED_SIZE = 0x3707, 0x0E20

_PERMUTED_FROM = bytes(permuted_back(bytes(range(256))).index(byte) for byte in range(256))

Value = str | bytes | int


def checksum(content: bytes) -> int:
    """Return the checksum of [MS-PST] 5.3: CRC-32 without its usual beginning and end."""
    return zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF


def signature(at: int, identity: int) -> int:
    mixed = (at ^ identity) & 0xFFFFFFFF
    return (mixed >> 16 ^ mixed) & 0xFFFF


def instant(seconds: int) -> bytes:
    return ((seconds + 11_644_473_600) * 10_000_000).to_bytes(8, "little")


@dataclass(kw_only=True)
class PstWriter:
    """One data file; `is_wide` is the later form, `is_large` the third, with packed blocks where that saves room."""

    is_wide: bool = True
    is_large: bool = False
    cipher: int = PERMUTED
    version: int = 0
    client: bytes = b"SM"
    entries_in_page: int = 0
    _blocks: dict[int, bytes] = field(default_factory=dict)
    _nodes: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    _next: int = 4

    @property
    def max_block_bytes(self) -> int:
        return 65_000 if self.is_large else 8176 if self.is_wide else 8180

    def word(self, *figures: int) -> bytes:
        return struct.pack(f"<{len(figures)}{'Q' if self.is_wide else 'L'}", *figures)

    def block(self, content: bytes, *, is_internal: bool = False) -> int:
        identity = self._next | (2 if is_internal else 0)
        self._next += 4
        self._blocks[identity] = content if is_internal else self.hidden(content, identity)
        return identity

    def hidden(self, content: bytes, identity: int) -> bytes:
        if self.cipher == PERMUTED:
            return content.translate(_PERMUTED_FROM)
        return cycled(content, identity) if self.cipher == CYCLIC else content

    def content(self, content: bytes, *, width: int = 0) -> int:
        """Return the id of content of any size; large content goes into a list of blocks, `width` of them in each."""
        step = self.max_block_bytes
        if len(content) <= step:
            return self.block(content)
        return self.tree(
            [self.block(content[at : at + step]) for at in range(0, len(content), step)], len(content), width
        )

    def tree(self, inner: Sequence[int], size: int, width: int = 0) -> int:
        """Return the id of a list of blocks; with `width`, of a list of lists of so many."""
        if width and len(inner) > width:
            room = width * self.max_block_bytes
            lists = [
                self.tree(inner[at : at + width], min(room, size - at * self.max_block_bytes))
                for at in range(0, len(inner), width)
            ]
            return self.block(struct.pack("<2BHL", 1, 2, len(lists), size) + self.word(*lists), is_internal=True)
        return self.block(struct.pack("<2BHL", 1, 1, len(inner), size) + self.word(*inner), is_internal=True)

    def parts(self, nodes: Sequence[tuple[int, int, int]], *, width: int = 0) -> int:
        """Return the id of a list of a node's own nodes; with `width`, of a list of lists."""
        padding = bytes(4) if self.is_wide else b""
        if width and len(nodes) > width:
            lists = [(nodes[at][0], self.parts(nodes[at : at + width])) for at in range(0, len(nodes), width)]
            found = struct.pack("<2BH", 2, 1, len(lists)) + padding + b"".join(self.word(*one) for one in lists)
            return self.block(found, is_internal=True)
        found = struct.pack("<2BH", 2, 0, len(nodes)) + padding + b"".join(self.word(*node) for node in nodes)
        return self.block(found, is_internal=True)

    def properties(
        self, stated: Mapping[int, tuple[int, Value]], *, levels: int = 0
    ) -> tuple[int, list[tuple[int, int, int]]]:
        """Return content of properties, and the nodes that hold those too large for the heap."""
        pieces: list[bytes] = [b"", b""]
        outside: list[tuple[int, int, int]] = []
        records = []
        for name, (kind, value) in sorted(stated.items()):
            if isinstance(value, int):
                records.append(struct.pack("<2HL", name, kind, value))
                continue
            raw = value if isinstance(value, bytes) else value.encode("utf-16-le" if kind == TEXT else "cp1252")
            if not raw:
                records.append(struct.pack("<2HL", name, kind, 0))
            elif len(raw) > 3580:
                number = (len(outside) + 0x100) << 5 | 0x1F
                outside.append((number, self.content(raw, width=2), 0))
                records.append(struct.pack("<2HL", name, kind, number))
            else:
                pieces.append(raw)
                records.append(struct.pack("<2HL", name, kind, len(pieces) << 5))
        root = 2
        pieces[1] = b"".join(records)
        for _ in range(levels):
            pieces.append(struct.pack("<HL", 0, root << 5))
            root = len(pieces)
        pieces[0] = struct.pack("<4BL", 0xB5, 2, 6, levels, (root << 5) if records else 0)
        return self.block(self.heap(pieces)), outside

    @staticmethod
    def heap(pieces: Sequence[bytes]) -> bytes:
        body, bounds = bytearray(), []
        for piece in pieces:
            bounds.append(12 + len(body))
            body += piece
        bounds.append(12 + len(body))
        body += bytes(len(body) % 2)
        head = struct.pack("<H2BL4x", 12 + len(body), 0xEC, 0xBC, 1 << 5)
        return head + bytes(body) + struct.pack(f"<2H{len(bounds)}H", len(pieces), 0, *bounds)

    def heap_of_two_blocks(self, name: int, value: str) -> int:
        """Return the id of properties of which one stands in the second block of their heap."""
        reference = 1 << (19 if self.is_large else 16) | 1 << 5
        first = self.heap([struct.pack("<4BL", 0xB5, 2, 6, 0, 2 << 5), struct.pack("<2HL", name, TEXT, reference)])
        raw = value.encode("utf-16-le")
        second = struct.pack("<H", 2 + len(raw)) + raw + struct.pack("<4H", 1, 0, 2, 2 + len(raw))
        return self.tree([self.block(first), self.block(second)], len(first) + len(second))

    def node(self, number: int, content: int, subnodes: int = 0, parent: int = 0) -> None:
        self._nodes[number] = (content, subnodes, parent)

    def folder(self, number: int, name: str, parent: int) -> int:
        content, _ = self.properties({NAME: (TEXT if self.is_wide else NARROW_TEXT, name)})
        self.node(number, content, parent=parent)
        return number

    def message(
        self,
        number: int,
        parent: int,
        stated: Mapping[int, tuple[int, Value]],
        *,
        attached: Sequence[Mapping[int, tuple[int, Value]]] = (),
    ) -> int:
        content, outside = self.properties(stated)
        for place, one in enumerate(attached):
            inner, _ = self.properties(one)
            outside.append(((place + 0x400) << 5 | 0x05, inner, 0))
        self.node(number, content, self.parts(sorted(outside)) if outside else 0, parent)
        return number

    def image(self) -> bytes:
        """Return the whole file."""
        found = bytearray(0x4600)
        places: dict[int, tuple[int, int]] = {}
        for identity, content in self._blocks.items():
            at = len(found)
            unpacked_bytes = len(content)
            packed = zlib.compress(content) if self.is_large else content
            content = min(content, packed, key=len)  # noqa: PLW2901  what is stored
            places[identity] = (at, len(content))
            trailer_bytes = 24 if self.is_large else 16 if self.is_wide else 12
            found += content + bytes(-(len(content) + trailer_bytes) % (512 if self.is_large else 64))
            mark, check = signature(at, identity), checksum(content)
            if self.is_large:
                found += struct.pack("<2HLQ2HL", len(content), mark, check, identity, 0, unpacked_bytes, 0)
            elif self.is_wide:
                found += struct.pack("<2HLQ", len(content), mark, check, identity)
            else:
                found += struct.pack("<2H2L", len(content), mark, identity, check)
        found += bytes(-len(found) % (4096 if self.is_large else 512))
        padding = bytes(4) if self.is_wide else b""
        nodes = [
            (number, self.word(number, content, subnodes) + struct.pack("<L", parent) + padding)
            for number, (content, subnodes, parent) in sorted(self._nodes.items())
        ]
        blocks = [
            (identity, self.word(identity, at) + struct.pack("<2H", size, 2) + padding)
            for identity, (at, size) in sorted(places.items())
        ]
        roots = [self.pages(found, 0x81, nodes), self.pages(found, 0x80, blocks)]
        found[: len(self.head(roots, len(found)))] = self.head(roots, len(found))
        return bytes(found)

    def pages(
        self, found: bytearray, kind: int, entries: Sequence[tuple[int, bytes]], level: int = 0
    ) -> tuple[int, int]:
        """Add a tree of pages, and return the id and place of its root."""
        room = 4056 if self.is_large else 488 if self.is_wide else 496
        size = len(entries[0][1])
        count = self.entries_in_page or room // size
        above = []
        for start in range(0, len(entries), count):
            part = entries[start : start + count]
            at, identity = len(found), self._next
            self._next += 4
            body = b"".join(entry for _, entry in part).ljust(room, b"\0")
            form = "<2H2B10x" if self.is_large else "<4B4x" if self.is_wide else "<4B"
            body += struct.pack(form, len(part), room // size, size, level)
            mark = signature(at, identity)
            if self.is_large:
                body += struct.pack("<2BHLQ8x", kind, kind, mark, checksum(body), identity)
            elif self.is_wide:
                body += struct.pack("<2BHLQ", kind, kind, mark, checksum(body), identity)
            else:
                body += struct.pack("<2BH2L", kind, kind, mark, identity, checksum(body))
            found += body
            above.append((part[0][0], self.word(part[0][0], identity, at)))
        if len(above) == 1:
            _, raw = above[0]
            identity, at = struct.unpack(f"<2{'Q' if self.is_wide else 'L'}", raw[len(raw) // 3 :])
            return identity, at
        return self.pages(found, kind, above, level + 1)

    def head(self, roots: Sequence[tuple[int, int]], size: int) -> bytes:
        version = self.version or (36 if self.is_large else 23 if self.is_wide else 14)
        start = struct.pack("<2s2H2B2L", self.client, version, 19, 1, 1, 0, 0)
        places = self.word(*(figure for root in roots for figure in root))
        ids = struct.pack("<32L", *[0x400] * 32)
        if self.is_wide:
            after = start + bytes(8) + self.word(self._next) + struct.pack("<L", 1) + ids + bytes(8)
            after += struct.pack("<L4Q", 0, size, 0x4400, 0, 0) + places + bytes([2, 0, 0, 0]) + bytes(4)
            after += b"\xff" * 256 + bytes([0x80, self.cipher, 0, 0]) + struct.pack("<Q", self._next)
            partial = checksum(after[:471])
            full = checksum(after[:516])
            return (b"!BDN" + struct.pack("<L", partial) + after + struct.pack("<L", full)).ljust(564, b"\0")
        after = start + struct.pack("<3L", self._next, self._next, 1) + ids
        after += struct.pack("<5L", 0, size, 0x4400, 0, 0) + places + bytes([2, 0, 0, 0])
        after += b"\xff" * 256 + bytes([0x80, self.cipher, 0, 0])
        return (b"!BDN" + struct.pack("<L", checksum(after.ljust(471, b"\0")[:471])) + after).ljust(512, b"\0")


def a_mailbox(writer: PstWriter) -> PstWriter:
    """Fill in a small mailbox: an inbox with two messages, one of them with attachments, and a folder below it."""
    text = TEXT if writer.is_wide else NARROW_TEXT
    store, _ = writer.properties({NAME: (text, "Archive 2009")})
    writer.node(STORE, store)
    writer.folder(ROOT, "", ROOT)
    top = writer.folder(0x8022, "Top of Personal Folders", ROOT)
    inbox = writer.folder(0x8042, "Inbox", top)
    below = writer.folder(0x8062, "Housing / repairs", inbox)
    writer.message(
        0x200024,
        inbox,
        {
            SUBJECT: (text, "\x01\x05RE: Allotments"),
            SENDER: (text, "Rita Rees"),
            SENT: (INSTANT, instant(941_364_000)),
            SIZE: (NUMBER, 4321),
            BODY: (text, "The minutes are attached. " * 400),
        },
        attached=[
            {LONG_NAME: (text, "minutes.doc"), ATTACHED_SIZE: (NUMBER, 1234)},
            {NAME: (text, "a picture"), ATTACHED_SIZE: (NUMBER, 99)},
        ],
    )
    writer.message(0x200044, inbox, {SUBJECT: (text, "Lunch"), SIZE: (NUMBER, 10)})
    writer.message(0x200064, below, {SENDER: (text, "Tom Leaver"), SENT: (INSTANT, instant(1_234_567_890))})
    return writer

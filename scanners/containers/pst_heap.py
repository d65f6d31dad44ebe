"""The middle floor of an Outlook data file: the properties of a message, folder or attachment. [MS-PST] 2.3.

They stand in a heap of small pieces that a tree orders by their numbers; large ones are nodes of their own.
"""

import struct
from collections.abc import Iterator

from scanners.containers.pst_nodes import Node, NodeFile
from scanners.errors import BrokenContentError

_HEAP_MARK, _TREE_MARK, _PROPERTIES_MARK = 0xEC, 0xB5, 0xBC
_HEAD = struct.Struct("<H2BL")
_TREE = struct.Struct("<4BL")
_RECORD = struct.Struct("<2HL")
_KEY_BYTES, _ENTRY_BYTES = 2, 6
_MAX_LEVELS = 8
_MAX_PROPERTIES = 10_000
_MAX_VALUE_BYTES = 1 << 20
_SMALL = frozenset({0x0002, 0x0003, 0x0004, 0x000A, 0x000B})  # kinds of values that stand in the record itself


class Properties:
    """The properties of one node; a value is read when it is asked for.

    Raises:
        ContentError: The node is damaged.
    """

    def __init__(self, file: NodeFile, node: Node) -> None:
        self._file = file
        self._node = node
        self._ids = file.blocks(node.content)
        self._read: dict[int, bytes] = {}
        first = self._block(0)
        if len(first) < _HEAD.size:
            raise BrokenContentError("the properties of a part of it are cut off")
        _, mark, kind, root = _HEAD.unpack_from(first)
        if (mark, kind) != (_HEAP_MARK, _PROPERTIES_MARK):
            raise BrokenContentError("the properties of a part of it are damaged")
        self._records = dict(self._tree(root))

    def number(self, name: int) -> int | None:
        """Return a small whole number, None when there is no such property."""
        kind, value = self._records.get(name, (0, 0))
        return value if kind in _SMALL else None

    def content(self, name: int) -> tuple[int, bytes]:
        """Return kind and bytes of a property, the first MiB of a large one; kind 0 when there is none.

        Raises:
            ContentError: It is damaged.
        """
        kind, value = self._records.get(name, (0, 0))
        if not kind or not value or kind in _SMALL:
            return kind, b""
        return kind, self._piece(value) if not value & 0x1F else self._large(value)

    def _large(self, number: int) -> bytes:
        node = next((one for one in self._file.subnodes(self._node.subnodes) if one.number == number), None)
        if node is None:
            raise BrokenContentError("a part of it is missing")
        found = bytearray()
        for block_id in self._file.blocks(node.content):
            found += self._file.block(block_id)
            if len(found) >= _MAX_VALUE_BYTES:
                break
        return bytes(found[:_MAX_VALUE_BYTES])

    def _tree(self, heap_id: int) -> Iterator[tuple[int, tuple[int, int]]]:
        head = self._piece(heap_id)
        if len(head) < _TREE.size:
            raise BrokenContentError("the properties of a part of it are damaged")
        mark, key_bytes, entry_bytes, levels, root = _TREE.unpack_from(head)
        if (mark, key_bytes, entry_bytes) != (_TREE_MARK, _KEY_BYTES, _ENTRY_BYTES) or levels > _MAX_LEVELS:
            raise BrokenContentError("the properties of a part of it are damaged")
        count = 0
        waiting = [(root, levels)] if root else []
        while waiting:
            piece_id, level = waiting.pop()
            piece = self._piece(piece_id)
            if level:
                step = _KEY_BYTES + 4
                places = range(0, len(piece) - step + 1, step)
                inner = [(int.from_bytes(piece[at + _KEY_BYTES : at + step], "little"), level - 1) for at in places]
                count += len(inner)
                waiting.extend(reversed(inner))
            else:
                whole = len(piece) - len(piece) % _RECORD.size
                for name, kind, value in _RECORD.iter_unpack(piece[:whole]):
                    count += 1
                    yield name, (kind, value)
            if count > _MAX_PROPERTIES:
                raise BrokenContentError("a part of it claims more properties than any real one")

    def _piece(self, heap_id: int) -> bytes:
        """Return a piece of the heap: its number in a block, and the number of the block, 2.3.1.1."""
        bits = self._file.piece_bits
        block = self._block(heap_id >> 5 + bits)
        place = (heap_id >> 5 & (1 << bits) - 1) - 1
        map_at = int.from_bytes(block[:2], "little")
        count = int.from_bytes(block[map_at : map_at + 2], "little")
        bounds = block[map_at + 4 + 2 * place : map_at + 8 + 2 * place]
        if heap_id & 0x1F or not 0 <= place < count or len(bounds) < 4:  # noqa: PLR2004  two figures of two bytes
            raise BrokenContentError("the properties of a part of it are damaged")
        start, end = struct.unpack("<2H", bounds)
        return block[start:end]

    def _block(self, number: int) -> bytes:
        if number not in self._read:
            if number >= len(self._ids):
                raise BrokenContentError("the properties of a part of it are damaged")
            self._read[number] = self._file.block(self._ids[number])
        return self._read[number]

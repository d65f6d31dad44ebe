"""The lowest floor of an Outlook data file (PST, OST): nodes with content, in blocks that two trees lead to.

Follows [MS-PST] 2.2, both the old form (ANSI, to Outlook 2002) and the later one (Unicode); and the third, with large
pages and packed blocks, in which Outlook 2013 and later cache mailboxes, as others found it out. No figure is trusted:
trees only go down, each page is taken once, and all that is read counts against an allowance.
"""

import struct
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanners.containers.allowance import Allowance
from scanners.containers.pst_cipher import cycled, permuted_back
from scanners.errors import BrokenContentError, EncryptedContentError, UnopenedContentError
from scanners.source import ByteSource

SIGNATURE = b"!BDN"

_CLIENTS = (b"SM", b"SO")  # an archive of Outlook's own, or the cache of a mailbox on a server
_VERSION_AT, _OLD_VERSIONS, _FIRST_WIDE, _FIRST_LARGE = 10, (14, 15), 20, 36
_PLAIN, _PERMUTED, _CYCLIC = 0, 1, 2
_NODE_PAGE, _BLOCK_PAGE = 0x81, 0x80
_MAX_LEVELS = 8
_PAGES_KEPT = 1_000
_DATA_TREE, _NODE_TREE = 1, 2
_MAX_SUBNODES = 100_000
_LEAST_ALLOWED_BYTES = 64 << 20
_INTERNAL = 0x2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """Where things stand in one of the two forms."""

    header_bytes: int
    roots_at: int
    cipher_at: int
    word: str
    page_bytes: int
    counts: struct.Struct
    counts_at: int
    kind_at: int
    max_block_bytes: int
    piece_bits: int
    node_entry: struct.Struct
    block_entry: struct.Struct
    branch_entry: struct.Struct
    sub_leaf: struct.Struct
    sub_branch: struct.Struct
    sub_head_bytes: int


_WIDE = _Form(
    header_bytes=564,
    roots_at=216,
    cipher_at=513,
    word="Q",
    page_bytes=512,
    counts=struct.Struct("<4B"),
    counts_at=488,
    kind_at=496,
    max_block_bytes=8192,
    piece_bits=11,
    node_entry=struct.Struct("<L4x2QL4x"),
    block_entry=struct.Struct("<2QH6x"),
    branch_entry=struct.Struct("<3Q"),
    sub_leaf=struct.Struct("<L4x2Q"),
    sub_branch=struct.Struct("<L4xQ"),
    sub_head_bytes=8,
)
_NARROW = _Form(
    header_bytes=512,
    roots_at=184,
    cipher_at=461,
    word="L",
    page_bytes=512,
    counts=struct.Struct("<4B"),
    counts_at=496,
    kind_at=500,
    max_block_bytes=8192,
    piece_bits=11,
    node_entry=struct.Struct("<4L"),
    block_entry=struct.Struct("<2LH2x"),
    branch_entry=struct.Struct("<3L"),
    sub_leaf=struct.Struct("<3L"),
    sub_branch=struct.Struct("<2L"),
    sub_head_bytes=4,
)

_LARGE = replace(
    _WIDE,
    page_bytes=4096,
    counts=struct.Struct("<2H2B"),
    counts_at=4056,
    kind_at=4072,
    max_block_bytes=65_535,
    piece_bits=14,
)
_LARGE_STEP_BYTES, _LARGE_TRAILER_BYTES, _UNPACKED_AT = 512, 24, 18


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its number, whose kind is in the lowest five bits; where its content and its own nodes begin."""

    number: int
    content: int
    subnodes: int
    parent: int = 0

    @property
    def kind(self) -> int:
        """What the node is for, 2.2.2.1."""
        return self.number & 0x1F


@dataclass(frozen=True, slots=True)
class _Page:
    level: int
    keys: tuple[int, ...]
    entries: tuple[tuple[int, ...], ...]


class NodeFile:
    """The nodes of one Outlook data file.

    Raises:
        BrokenContentError: It is damaged or cut off.
        EncryptedContentError: Windows locked it with an organisation's own key.
        UnopenedContentError: It is of a form that is not read here.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._pages: OrderedDict[int, _Page] = OrderedDict()
        self._allowance = Allowance(_LEAST_ALLOWED_BYTES + 4 * source.size_bytes)
        head = source.at(0, _WIDE.header_bytes)
        if len(head) < _NARROW.header_bytes or not head.startswith(SIGNATURE):
            raise BrokenContentError("its beginning is damaged")
        self._form = form = _form_of(head)
        self._cipher = head[form.cipher_at]
        if self._cipher > _CYCLIC:
            raise EncryptedContentError("it is an Outlook data file that Windows locked for an organisation")
        _, self._nodes_at, _, self._blocks_at = struct.unpack_from(f"<4{form.word}", head, form.roots_at)

    @property
    def piece_bits(self) -> int:
        """How many bits of a heap's references tell the piece; those above tell the block, 2.3.1.1."""
        return self._form.piece_bits

    @property
    def is_slow(self) -> bool:
        """Whether each byte has to be worked out by itself."""
        return self._cipher == _CYCLIC

    def nodes(self) -> Iterator[Node]:
        """Yield every node in the order of their numbers.

        Raises:
            BrokenContentError: A part of the tree is damaged; what came before was yielded.
        """
        seen = set[int]()
        waiting = [(self._nodes_at, _MAX_LEVELS + 1)]
        while waiting:
            at, above = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            page = self._page(at, _NODE_PAGE, above)
            if page.level == 0:
                yield from (Node(*entry) for entry in page.entries)
            else:
                waiting.extend((entry[2], page.level) for entry in reversed(page.entries))

    def blocks(self, block_id: int) -> list[int]:
        """Return the ids of the blocks that make up some content, in their order.

        Raises:
            ContentError: The content is damaged, or refers to more than it can hold.
        """
        found: list[int] = []
        waiting = [(block_id, _MAX_LEVELS)]
        while waiting:
            one, above = waiting.pop()
            if not one & _INTERNAL:
                found.append(one)
                continue
            level, inner = self._inner(one, above)
            waiting.extend((each, level) for each in reversed(inner))
            self._allowance.spend(8 * len(inner))
        return found

    def block(self, block_id: int) -> bytes:
        """Return the content of one block, legible.

        Raises:
            ContentError: It is not there, or more was read than any real file asks for.
        """
        content = self._raw_block(block_id)
        if self._cipher == _PERMUTED:
            return permuted_back(content)
        return cycled(content, block_id & 0xFFFFFFFF) if self._cipher == _CYCLIC else content

    def subnodes(self, block_id: int) -> Iterator[Node]:
        """Yield the nodes that belong to one node, 2.2.2.8.3.3; none when there are none.

        Raises:
            ContentError: They are damaged, or more than any real node has.
        """
        form = self._form
        waiting = [(block_id, 2)] if block_id else []
        count = 0
        while waiting:
            at, above = waiting.pop()
            content = self._raw_block(at)
            kind, level, entries = _tree_head(content)
            if kind != _NODE_TREE or level >= above:
                raise BrokenContentError("a list of parts in it is damaged")
            layout = form.sub_branch if level else form.sub_leaf
            whole = _whole(content[form.sub_head_bytes :], layout, entries)
            count += len(whole)
            if count > _MAX_SUBNODES:
                raise BrokenContentError("a message in it claims more parts than any real one")
            if level:
                waiting.extend((entry[1], level) for entry in reversed(whole))
            else:
                yield from (Node(*entry) for entry in whole)

    def _inner(self, block_id: int, above: int) -> tuple[int, list[int]]:
        content = self._raw_block(block_id)
        kind, level, entries = _tree_head(content)
        if kind != _DATA_TREE or not 0 < level < above:
            raise BrokenContentError("a list of blocks in it is damaged")
        layout = struct.Struct(f"<{self._form.word}")
        return level, [entry[0] for entry in _whole(content[8:], layout, entries)]

    def _raw_block(self, block_id: int) -> bytes:
        wanted = block_id & ~1  # the lowest bit is Outlook's own
        at, above = self._blocks_at, _MAX_LEVELS + 1
        for _ in range(_MAX_LEVELS + 1):
            page = self._page(at, _BLOCK_PAGE, above)
            place = bisect_right(page.keys, wanted) - 1
            if place < 0:
                break
            entry = page.entries[place]
            if page.level == 0:
                return self._at(entry) if page.keys[place] == wanted else self._missing()
            at, above = entry[2], page.level
        return self._missing()

    def _at(self, entry: tuple[int, ...]) -> bytes:
        _, at, size_bytes = entry
        if size_bytes > self._form.max_block_bytes:
            raise BrokenContentError("a block in it is larger than blocks can be")
        self._allowance.spend(size_bytes)
        content = self._source.at(at, size_bytes)
        if len(content) < size_bytes:
            raise BrokenContentError("it is cut off")
        return self._unpacked(content, at) if self._form is _LARGE else content

    def _unpacked(self, content: bytes, at: int) -> bytes:
        """Return a block of the third form as it was before it was packed, which its trailer tells."""
        span = len(content) + _LARGE_TRAILER_BYTES
        span += -span % _LARGE_STEP_BYTES
        trailer = self._source.at(at + span - _LARGE_TRAILER_BYTES, _LARGE_TRAILER_BYTES)
        size_bytes = int.from_bytes(trailer[_UNPACKED_AT : _UNPACKED_AT + 2], "little")
        if size_bytes in (0, len(content)):
            return content
        self._allowance.spend(size_bytes)
        try:
            return zlib.decompressobj().decompress(content, size_bytes)
        except zlib.error as error:
            raise BrokenContentError("a block of it cannot be unpacked") from error

    def _missing(self) -> bytes:
        raise BrokenContentError("a block of it is missing")

    def _page(self, at: int, kind: int, above: int) -> _Page:
        page = self._pages.get(at)
        if page is None:
            page = self._read_page(at, kind)
            self._pages[at] = page
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        if page.level >= above:
            raise BrokenContentError("its table of contents is damaged")
        return page

    def _read_page(self, at: int, kind: int) -> _Page:
        form = self._form
        raw = self._source.at(at, form.page_bytes)
        self._allowance.spend(form.page_bytes)
        if len(raw) < form.page_bytes:
            raise BrokenContentError("it is cut off")
        count, _, entry_bytes, level = form.counts.unpack_from(raw, form.counts_at)
        leaf = form.node_entry if kind == _NODE_PAGE else form.block_entry
        layout = form.branch_entry if level else leaf
        fits = raw[form.kind_at] == raw[form.kind_at + 1] == kind and count * entry_bytes <= form.counts_at
        if not fits or entry_bytes < layout.size or level > _MAX_LEVELS:
            raise BrokenContentError("its table of contents is damaged")
        entries = tuple(layout.unpack_from(raw, place * entry_bytes) for place in range(count))
        return _Page(level, tuple(entry[0] & ~1 if kind == _BLOCK_PAGE else entry[0] for entry in entries), entries)


def _form_of(head: bytes) -> _Form:
    version = int.from_bytes(head[_VERSION_AT : _VERSION_AT + 2], "little")
    if head[8:10] not in _CLIENTS:
        raise UnopenedContentError("it is another kind of Outlook's files, such as an address book")
    if version in _OLD_VERSIONS:
        return _NARROW
    if version < _FIRST_WIDE or len(head) < _WIDE.header_bytes:
        raise BrokenContentError("its beginning is damaged")
    return _LARGE if version >= _FIRST_LARGE else _WIDE


def _tree_head(content: bytes) -> tuple[int, int, int]:
    if len(content) < 4:  # noqa: PLR2004  kind, level and a count
        raise BrokenContentError("a list in it is cut off")
    return content[0], content[1], int.from_bytes(content[2:4], "little")


def _whole(content: bytes, layout: struct.Struct, count: int) -> list[tuple[int, ...]]:
    if count * layout.size > len(content):
        raise BrokenContentError("a list in it is cut off")
    return list(layout.iter_unpack(content[: count * layout.size]))

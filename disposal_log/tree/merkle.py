"""The RFC 6962 Merkle tree: hashes, roots and the two kinds of proof, with nothing invented.

Leaf of the room: pure functions over hashes. Proofs are generated from any source that can give the root of
a range, and checked by the published algorithms of RFC 9162 2.1.3 and 2.1.4.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from disposal_log.errors import ProofInvalidError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 2.1: the root of no entries

RangeRoot = Callable[[int, int], bytes]
"""Gives the root of the leaves from `start` up to, not including, `stop`."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry as a leaf."""
    return sha256(b"\x00" + entry).digest()  # RFC 6962 2.1: leaf prefix 0x00


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent."""
    return sha256(b"\x01" + left + right).digest()  # RFC 6962 2.1: node prefix 0x01


class CompactRange:
    """The right edge of a growing tree: enough to add leaves and know the root, in O(log n) memory."""

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        self._peaks: list[bytes] = []
        self._size = 0

    @property
    def size(self) -> int:
        """Number of leaves so far."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash on the right."""
        node, size, peaks = leaf, self._size, self._peaks
        while size & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes on the right, one after the other."""
        peaks, size = self._peaks, self._size
        for leaf in leaves:
            node, rank = leaf, size
            while rank & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                rank >>= 1
            peaks.append(node)
            size += 1
        self._size = size

    def append_subtree(self, root: bytes, *, leaves: int) -> None:
        """Add a whole perfect subtree of `leaves` leaves, a power of two that divides the size so far.

        Raises:
            ValueError: if such a subtree cannot stand at this place.
        """
        if leaves < 1 or leaves & (leaves - 1) or self._size % leaves:
            raise ValueError(f"a subtree of {leaves} leaves cannot start at {self._size}")
        node, rank = root, self._size // leaves
        while rank & 1:
            node = node_hash(self._peaks.pop(), node)
            rank >>= 1
        self._peaks.append(node)
        self._size += leaves

    def root(self) -> bytes:
        """Give the root of everything appended so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = sha256(b"\x01" + peak + root).digest()
        return root

    def copy(self) -> "CompactRange":
        """Give an independent twin, so that a failed append leaves the original alone."""
        twin = CompactRange()
        twin._peaks = list(self._peaks)
        twin._size = self._size
        return twin


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Give the root over leaf hashes; memory stays O(log n)."""
    tree = CompactRange()
    tree.extend(leaves)
    return tree.root()


def manifest_root(records: Iterable[bytes]) -> str:
    """Give the root over canonical item records, in hex: what an approver approves."""
    return root_of(leaf_hash(record) for record in records).hex()


def split_point(size: int) -> int:
    """Give the largest power of two below `size` (RFC 6962 2.1, `k`)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, range_root: RangeRoot) -> tuple[bytes, ...]:
    """Prove that leaf `index` is in the tree of `size` leaves (RFC 6962 2.1.1, PATH).

    Raises:
        ProofInvalidError: if there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofInvalidError(reason=f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split_point(stop - start)
        if index < middle:
            path.append(range_root(middle, stop))
            stop = middle
        else:
            path.append(range_root(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_path(old_size: int, size: int, range_root: RangeRoot) -> tuple[bytes, ...]:
    """Prove that the tree of `size` leaves extends the one of `old_size` (RFC 6962 2.1.2, PROOF).

    Raises:
        ProofInvalidError: if `old_size` is beyond the tree.
    """
    if not 0 <= old_size <= size:
        raise ProofInvalidError(reason=f"a tree of {size} does not extend one of {old_size}")
    if old_size in (0, size):
        return ()
    path: list[bytes] = []
    start, stop, is_old_root = 0, size, True
    while old_size != stop:
        middle = start + split_point(stop - start)
        if old_size <= middle:
            path.append(range_root(middle, stop))
            stop = middle
        else:
            path.append(range_root(start, middle))
            start, is_old_root = middle, False
    if not is_old_root:  # the old root itself is known to whoever asks
        path.append(range_root(start, stop))
    return tuple(reversed(path))


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof (RFC 9162 2.1.3.2).

    Raises:
        ProofInvalidError: if it does not lead from the leaf to the root.
    """
    _require_hashes(leaf, root, *path)
    if not 0 <= index < size:
        raise ProofInvalidError(reason=f"there is no leaf {index} in a tree of {size}")
    place, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofInvalidError(reason="the path is too long")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            place, last = _climb_right_edge(place, last)
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalidError(reason="the path is too short")
    if node != root:
        raise ProofInvalidError(reason="the path leads to another root")


def verify_consistency(*, old_size: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Check a consistency proof (RFC 9162 2.1.4.2).

    Raises:
        ProofInvalidError: if the newer tree is not shown to extend the older.
    """
    _require_hashes(old_root, root, *path)
    if not 0 <= old_size <= size:
        raise ProofInvalidError(reason=f"a tree of {size} does not extend one of {old_size}")
    if old_size in (0, size):
        _require_trivial(old_size=old_size, size=size, path=path, old_root=old_root, root=root)
        return
    # a perfect old tree is its own first node (RFC 9162 2.1.4.2, step 2)
    nodes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not nodes or not path:
        raise ProofInvalidError(reason="the path is too short")
    old, new = _fold(nodes, place=old_size - 1, last=size - 1)
    if old != old_root:
        raise ProofInvalidError(reason="the path leads to another old root")
    if new != root:
        raise ProofInvalidError(reason="the path leads to another root")


def _fold(nodes: Sequence[bytes], *, place: int, last: int) -> tuple[bytes, bytes]:
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            raise ProofInvalidError(reason="the path is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _climb_right_edge(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalidError(reason="the path is too short")
    return old, new


def _climb_right_edge(place: int, last: int) -> tuple[int, int]:
    # on the ragged right edge a node may have no sibling for several levels
    while not place & 1 and place != 0:
        place, last = place >> 1, last >> 1
    return place, last


def _require_trivial(*, old_size: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    if path:
        raise ProofInvalidError(reason="the path is too long")
    if old_size == size and old_root != root:
        raise ProofInvalidError(reason="two roots for one size: the log showed two histories")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofInvalidError(reason="the old root is not that of an empty tree")


def _require_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofInvalidError(reason=f"a hash is not {HASH_BYTES} bytes long")

"""The fast tree against a naive one written from the definitions of RFC 6962, for every size up to 130."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import ProofInvalidError
from disposal_log.tree.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    manifest_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 130
ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def naive_split(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k


@cache
def naive_root(start: int, stop: int) -> bytes:
    """RFC 6962 2.1, MTH of D[start:stop]; every subtree is hashed once for all the trees that hold it."""
    if start == stop:
        return sha256(b"").digest()
    if stop - start == 1:
        return sha256(b"\x00" + ENTRIES[start]).digest()
    k = start + naive_split(stop - start)
    return sha256(b"\x01" + naive_root(start, k) + naive_root(k, stop)).digest()


def naive_path(index: int, start: int, stop: int) -> list[bytes]:
    """RFC 6962 2.1.1, PATH(index, D[start:stop]), with the index counted from the whole."""
    if stop - start == 1:
        return []
    k = start + naive_split(stop - start)
    if index < k:
        return [*naive_path(index, start, k), naive_root(k, stop)]
    return [*naive_path(index, k, stop), naive_root(start, k)]


def naive_subproof(old: int, start: int, stop: int, *, is_complete: bool) -> list[bytes]:
    """RFC 6962 2.1.2, SUBPROOF(old, D[start:stop]), with the old size counted from the whole."""
    if old == stop:
        return [] if is_complete else [naive_root(start, stop)]
    k = start + naive_split(stop - start)
    if old <= k:
        return [*naive_subproof(old, start, k, is_complete=is_complete), naive_root(k, stop)]
    return [*naive_subproof(old, k, stop, is_complete=False), naive_root(start, k)]


ROOTS = [naive_root(0, size) for size in range(LARGEST + 1)]


def range_root(start: int, stop: int) -> bytes:
    return naive_root(start, stop)


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert root_of(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_entry_of_every_tree_is_proven_and_no_other_in_its_place(size: int) -> None:
    for index in range(size):
        path = inclusion_path(index, size, range_root)

        assert list(path) == naive_path(index, 0, size)
        verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])
        wrong = [
            (LEAVES[index - 1] if size > 1 else EMPTY_ROOT, index, size, path, ROOTS[size]),
            (LEAVES[index], index, size, path, ROOTS[size - 1]),
            (LEAVES[index], index, size, (*path, EMPTY_ROOT), ROOTS[size]),
            (LEAVES[index], index, size, path[:-1], ROOTS[size]) if path else (LEAVES[0], 0, 0, (), ROOTS[0]),
            (LEAVES[index], size, size, path, ROOTS[size]),
            (LEAVES[index], -1, size, path, ROOTS[size]),
        ]
        for leaf, at, of, given_path, root in wrong:
            with pytest.raises(ProofInvalidError):
                verify_inclusion(leaf=leaf, index=at, size=of, path=given_path, root=root)


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_every_tree_is_shown_to_extend_every_older_one_and_no_other_history(size: int) -> None:
    for old in range(size + 1):
        path = consistency_path(old, size, range_root)

        expected = naive_subproof(old, 0, size, is_complete=True) if 0 < old < size else []
        assert list(path) == expected
        verify_consistency(old_size=old, size=size, path=path, old_root=ROOTS[old], root=ROOTS[size])
        forged = sha256(b"forged").digest()
        for old_root, root in ((forged, ROOTS[size]), (ROOTS[old], forged)):
            if old == 0 and old_root == ROOTS[0] and size > 0:
                continue  # everything extends the empty tree
            with pytest.raises(ProofInvalidError):
                verify_consistency(old_size=old, size=size, path=path, old_root=old_root, root=root)
        with pytest.raises(ProofInvalidError):
            verify_consistency(old_size=old, size=size, path=(*path, forged), old_root=ROOTS[old], root=ROOTS[size])
        if path:
            with pytest.raises(ProofInvalidError):
                verify_consistency(old_size=old, size=size, path=path[:-1], old_root=ROOTS[old], root=ROOTS[size])


@given(st.data())
def test_a_proof_with_any_bit_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_path(index, size, range_root))
    step = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    path[step] = (int.from_bytes(path[step]) ^ (1 << bit)).to_bytes(32)

    with pytest.raises(ProofInvalidError):
        verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])


@given(st.integers(-5, 80), st.integers(-5, 80), st.lists(st.binary(max_size=40), max_size=8), st.binary(max_size=40))
def test_a_nonsense_proof_raises_only_our_error(index: int, size: int, path: list[bytes], root: bytes) -> None:
    with pytest.raises(ProofInvalidError):
        verify_inclusion(leaf=root, index=index, size=size, path=[*path, b"short"], root=root)
    with pytest.raises(ProofInvalidError):
        verify_consistency(old_size=index, size=size, path=[*path, b"short"], old_root=root, root=root)


def test_no_proof_is_made_for_an_entry_that_is_not_there() -> None:
    for index in (-1, 5, 6):
        with pytest.raises(ProofInvalidError, match="there is no leaf"):
            inclusion_path(index, 5, range_root)
    for old in (-1, 6):
        with pytest.raises(ProofInvalidError, match="does not extend"):
            consistency_path(old, 5, range_root)


@given(st.integers(0, LARGEST), st.integers(0, 6))
def test_whole_subtrees_may_be_added_at_once(size: int, level: int) -> None:
    leaves = 1 << level
    whole = size - size % leaves
    tree = CompactRange()
    for start in range(0, whole, leaves):
        tree.append_subtree(root_of(LEAVES[start : start + leaves]), leaves=leaves)
    for leaf in LEAVES[whole:size]:
        tree.append(leaf)

    assert (tree.size, tree.root()) == (size, ROOTS[size])


@pytest.mark.parametrize("leaves", [0, -1, 2, 3, 6])
def test_a_subtree_that_cannot_stand_there_is_our_own_mistake(leaves: int) -> None:
    tree = CompactRange()
    tree.append(LEAVES[0])

    with pytest.raises(ValueError, match="cannot start at 1"):
        tree.append_subtree(LEAVES[1], leaves=leaves)


def test_a_failed_append_leaves_the_tree_it_started_from_alone() -> None:
    tree = CompactRange()
    tree.append(LEAVES[0])
    twin = tree.copy()
    twin.append(LEAVES[1])

    assert (tree.size, tree.root()) == (1, ROOTS[1])
    assert (twin.size, twin.root()) == (2, ROOTS[2])


def test_an_approved_list_cannot_be_swapped_or_reordered() -> None:
    approved = manifest_root([b"record 1", b"record 2", b"record 3"])

    first, second, third = (sha256(b"\x00" + record).digest() for record in (b"record 1", b"record 2", b"record 3"))
    assert approved == sha256(b"\x01" + sha256(b"\x01" + first + second).digest() + third).hexdigest()
    for other in (
        [b"record 1", b"record 2"],
        [b"record 2", b"record 1", b"record 3"],
        [b"record 1record 2", b"record 3"],
    ):
        assert manifest_root(other) != approved

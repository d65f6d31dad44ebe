"""Stored hashes are made again when they do not fit, and left alone when they do."""

from pathlib import Path

from disposal_log.files.hashes import HashFiles
from disposal_log.files.segments import SEGMENT_LINES
from disposal_log.tree.merkle import leaf_hash, root_of

LEAVES = [leaf_hash(str(number).encode()) for number in range(300)]


def test_hashes_that_fit_are_not_written_again(tmp_path: Path) -> None:
    hashes = HashFiles(tmp_path)
    hashes.store(0, LEAVES)
    before = (tmp_path / "00000.bin").stat().st_mtime_ns

    hashes.settle(0, LEAVES)

    assert (tmp_path / "00000.bin").stat().st_mtime_ns == before
    assert hashes.leaves(0) == tuple(LEAVES)


def test_hashes_that_were_changed_cut_lost_or_lengthened_are_put_right(tmp_path: Path) -> None:
    hashes = HashFiles(tmp_path)
    right = b"".join(LEAVES)
    for wrong in (b"", right[:-40], b"\x00" * len(right), right + b"\x00" * 32, None):
        (tmp_path / "00000.bin").unlink(missing_ok=True)
        if wrong is not None:
            (tmp_path / "00000.bin").write_bytes(wrong)

        hashes.settle(0, LEAVES)

        assert (tmp_path / "00000.bin").read_bytes() == right


def test_the_root_of_a_full_segment_is_put_back_beside_it(tmp_path: Path) -> None:
    hashes = HashFiles(tmp_path)
    leaves = [LEAVES[number % 300] for number in range(SEGMENT_LINES)]
    hashes.store(0, leaves)
    (tmp_path / "roots.bin").unlink()

    hashes.settle(0, leaves)

    assert hashes.segment_roots(1) == (root_of(leaves),)

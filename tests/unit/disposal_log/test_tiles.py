"""A log written out as tiles must be the same log to software that we did not write."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.bundling.tiles import export_tiles
from disposal_log.errors import LogCorruptError, LogNotFoundError, TileInvalidError
from disposal_log.files.segments import SEGMENT_LINES, segment_name
from disposal_log.files.tiles import TileFolder, level_widths, spell_bundle, split_bundle, tile_number, tile_path
from disposal_log.formats.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint, sign_checkpoint
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import CompactRange, leaf_hash

ORIGIN = "records.example.gov.uk/destruction/2026"
KEY = SigningKey.from_seed(ORIGIN, seed=bytes(32))


def a_log(folder: Path, size: int) -> tuple[Path, SignedCheckpoint]:
    """Put entries where a log keeps them, and sign them."""
    log = folder / "log"
    (log / "entries").mkdir(parents=True)
    lines = [f"entry {number}" for number in range(size)]
    tree = CompactRange()
    for line in lines:
        tree.append(leaf_hash(line.encode()))
    for segment in range(-(-size // SEGMENT_LINES)):
        part = lines[segment * SEGMENT_LINES : (segment + 1) * SEGMENT_LINES]
        (log / "entries" / segment_name(segment)).write_text("".join(f"{line}\n" for line in part))
    note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=tree.root()), [KEY])
    return log, open_checkpoint(note, [KEY.verifier])


def files_below(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_what_is_exported_is_verified_whole_and_nothing_more_is_there(tmp_path: Path, size: int) -> None:
    log, signed = a_log(tmp_path, size)
    target = tmp_path / "tiles"

    assert export_tiles(log, target, signed=signed) == signed.checkpoint

    assert TileFolder(target).verify([KEY.verifier]) == signed
    assert list(TileFolder(target).entries(size)) == [f"entry {number}".encode() for number in range(size)]
    expected = {"checkpoint"}
    for level, full, width in level_widths(size):
        for number in range(full + (width > 0)):
            wide = 256 if number < full else width
            expected.add(tile_path(level, number, width=wide))
            if level == 0:
                expected.add(tile_path("entries", number, width=wide))
    assert set(files_below(target)) == expected


def test_a_log_over_a_whole_segment_has_three_levels(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, SEGMENT_LINES + 300)
    target = tmp_path / "tiles"
    export_tiles(log, target, signed=signed)

    sizes = files_below(target)
    assert {name: size for name, size in sizes.items() if name.startswith(("tile/1", "tile/2"))} == {
        "tile/1/000": 256 * 32,
        "tile/1/001.p/1": 32,
        "tile/2/000.p/1": 32,
    }
    assert sizes["tile/0/257.p/44"] == 44 * 32
    assert TileFolder(target).verify([KEY.verifier]) == signed


def test_a_partial_tile_may_be_replaced_by_the_full_one_that_grew_out_of_it(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, 256)
    small_log, small = a_log(tmp_path / "small", 200)
    export_tiles(log, tmp_path / "tiles", signed=signed)
    export_tiles(small_log, tmp_path / "small" / "tiles", signed=small)

    assert TileFolder(tmp_path / "tiles").verify([KEY.verifier], note=small.note) == small


def test_any_file_changed_cut_or_missing_is_noticed(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, 257)
    target = tmp_path / "tiles"
    export_tiles(log, target, signed=signed)
    folder = TileFolder(target)

    for name in files_below(target):
        whole = (target / name).read_bytes()
        for bad in (whole[:-1], whole + b"\x00", bytes([whole[0] ^ 1]) + whole[1:], b"", whole * 300, None):
            (target / name).unlink()
            if bad is not None:
                (target / name).write_bytes(bad)
            with pytest.raises((TileInvalidError, LogNotFoundError)):
                folder.verify([KEY.verifier])
            (target / name).write_bytes(whole)
    assert folder.verify([KEY.verifier]) == signed


def test_a_wrong_key_or_a_moved_entry_is_noticed(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, 3)
    target = tmp_path / "tiles"
    export_tiles(log, target, signed=signed)
    stranger = SigningKey.from_seed(ORIGIN, seed=b"\x01" * 32)

    with pytest.raises(TileInvalidError, match="none of the known keys"):
        TileFolder(target).verify([stranger.verifier])
    bundle, tile = target / tile_path("entries", 0, width=3), target / tile_path(0, 0, width=3)
    entries = [b"entry 1", b"entry 0", b"entry 2"]
    bundle.write_bytes(spell_bundle(entries))
    with pytest.raises(TileInvalidError, match="entry 0 is not the one"):
        TileFolder(target).verify([KEY.verifier])
    tile.write_bytes(b"".join(map(leaf_hash, entries)))
    with pytest.raises(TileInvalidError, match="do not give the signed root"):
        TileFolder(target).verify([KEY.verifier])


def test_a_broken_log_is_not_exported_as_a_whole_one(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, 300)
    segment = log / "entries" / segment_name(0)
    segment.write_bytes(segment.read_bytes().replace(b"entry 7\n", b"entry 8\n"))

    with pytest.raises(LogCorruptError):
        export_tiles(log, tmp_path / "tiles", signed=signed)
    assert not (tmp_path / "tiles" / "checkpoint").exists()


def test_an_export_never_writes_over_anything(tmp_path: Path) -> None:
    log, signed = a_log(tmp_path, 3)
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "mine.txt").write_text("mine")

    with pytest.raises(FileExistsError, match="is not empty"):
        export_tiles(log, tmp_path / "tiles", signed=signed)
    assert files_below(tmp_path / "tiles") == {"mine.txt": 4}


def test_a_path_of_a_tile_is_no_path_of_another() -> None:
    numbers = [*range(3000), 10**6, 10**6 + 1, 10**9]

    assert len({tile_number(number) for number in numbers}) == len(numbers)
    assert tile_path(0, 1234067, width=8) == os.path.join("tile", "0", "x001", "x234", "067.p", "8")  # noqa: PTH118  # POSIX


@given(st.integers(0, 2**40))
def test_the_tiles_of_every_level_hold_the_whole_level_below(size: int) -> None:
    below = size
    for _, full, width in level_widths(size):
        assert full * 256 + width == below
        assert width < 256
        below = full
    assert below == 0


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_comes_apart_as_it_was_put_together(entries: list[bytes]) -> None:
    assert split_bundle(spell_bundle(entries)) == tuple(entries)


@given(st.binary())
def test_no_bundle_is_read_past_its_end(bundle: bytes) -> None:
    entries = split_bundle(bundle)

    assert entries is None or spell_bundle(entries) == bundle


@given(st.binary(max_size=120), st.binary(max_size=120), st.binary(max_size=120), st.sampled_from([0, 1, 3]))
def test_foreign_tiles_raise_only_our_errors(note: bytes, tile: bytes, bundle: bytes, size: int) -> None:
    signed = sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=bytes(32)), [KEY])
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "checkpoint").write_bytes(note)
        for level, content in ((0, tile), ("entries", bundle)):
            path = folder / tile_path(level, 0, width=size or 1)
            path.parent.mkdir(parents=True)
            path.write_bytes(content)

        for given_note in (None, note, signed):
            with pytest.raises(TileInvalidError):
                TileFolder(folder).verify([KEY.verifier], note=given_note)

"""What leaves a real log in other people's formats still says what the log says, and nothing else."""

from pathlib import Path

import pytest

from benchmarks.log import Author, grouped
from disposal_log import LogReader, ProofInvalidError, VerifierKey, verify_log
from disposal_log.bundling.tiles import export_tiles
from disposal_log.files.tiles import TileFolder
from disposal_log.formats.checkpoints import open_checkpoint
from disposal_log.formats.proofs import LogProof
from tests.integration.disposal_log.office import Office


def test_every_entry_leaves_with_a_proof_that_needs_no_log(full_office: Office) -> None:
    with LogReader(full_office.log) as reader:
        key = VerifierKey.parse(reader.vkey)
        entries = list(reader.entries())
        files = [
            LogProof(
                index=entry.seq, path=reader.inclusion_proof(entry.seq), checkpoint=reader.checkpoint_note
            ).content()
            for entry in entries
        ]

    for entry, content in zip(entries, files, strict=True):
        proof = LogProof.parse(content)
        assert proof.verify(entry.raw, [key]).checkpoint.size == len(entries)
        with pytest.raises(ProofInvalidError):
            proof.verify(entry.raw.replace(b"B-1", b"B-2") + b" ", [key])


def test_a_log_exported_as_tiles_is_read_back_as_the_same_log(full_office: Office, tmp_path: Path) -> None:
    with LogReader(full_office.log) as reader:
        key = VerifierKey.parse(reader.vkey)
        signed = open_checkpoint(reader.checkpoint_note, [key])
        lines = [entry.raw for entry in reader.entries()]

    export_tiles(full_office.log, tmp_path / "tiles", signed=signed)

    tiles = TileFolder(tmp_path / "tiles")
    assert tiles.verify([key]).checkpoint == signed.checkpoint
    assert list(tiles.entries(signed.checkpoint.size)) == lines
    assert (tmp_path / "tiles" / "checkpoint").read_bytes() == (full_office.log / "checkpoint").read_bytes()


def test_the_log_that_is_measured_tells_a_lawful_story(office: Office) -> None:
    with office.create() as log:
        for drafts in grouped(Author(has_values=False), entries=1_500, group=256):
            log.append(drafts)

    report = verify_log(office.log)

    assert report.size == 1_501
    assert not report.problems

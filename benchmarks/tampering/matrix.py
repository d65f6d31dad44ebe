"""The rows of the table, in order: bits, rearranged entries, and what a forger with more means does."""

from pathlib import Path

from benchmarks.tampering.catalogues import catalogue_rows
from benchmarks.tampering.forgeries import forged_rows
from benchmarks.tampering.papers import paper_rows
from benchmarks.tampering.rows import Row, remembering_signatures
from benchmarks.tampering.subject import Subject, make_subject
from benchmarks.tampering.sweeps import COPY, DERIVED, SWEPT, bits_of, cut, flip_bits, rearrange

SHORTER_LIST = "the list follows the checkpoint and may lag after a crash: a shorter one proves less and is told"


def sweep(place: Path, start: int, stride: int) -> list[Row]:
    """Flip every `stride`-th bit of every file of a log, from bit `start` on."""
    with remembering_signatures():
        plain = make_subject(place / "plain", is_witnessed=False, is_in_one=True)
        rows = [flip_bits(plain, name, bits_of(plain.log / name)[start::stride]) for name in SWEPT]
        witnessed = make_subject(place / "witnessed", is_witnessed=True)
        rows += _beside(plain, witnessed, start, stride)
        entries = plain.log / SWEPT[0]
        rows.append(cut(plain, SWEPT[0], range(entries.stat().st_size)[start::stride]))
        length = (plain.log / SWEPT[2]).stat().st_size
        rows.append(cut(plain, SWEPT[2], range(length)[start::stride], why=SHORTER_LIST))
    return rows


def whole_matrix(place: Path, *, every: int = 1) -> list[Row]:
    """Do everything that is not a sweep over bits and bytes; what is done to each entry, to every n-th."""
    with remembering_signatures():
        plain = make_subject(place / "plain", is_witnessed=False)
        witnessed = make_subject(place / "witnessed", is_witnessed=True)
        return [
            *rearrange(plain, every=every * every),
            *forged_rows(plain, witnessed, place / "forged", every=every),
            *paper_rows(plain, place / "papers", every=every),
            *catalogue_rows(place / "council", every=every),
        ]


def _beside(plain: Subject, witnessed: Subject, start: int, stride: int) -> list[Row]:
    rows = [flip_bits(plain, "hashes/00000.bin", bits_of(plain.log / "hashes/00000.bin")[start::stride], why=DERIVED)]
    notes = sorted((witnessed.log / "anchors").glob("*.note"))
    one = f"anchors/{notes[0].name}"
    rows.append(flip_bits(witnessed, one, bits_of(notes[0])[start :: stride * 8], why=COPY))
    return rows

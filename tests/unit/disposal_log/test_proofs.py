"""A proof file must convince without the log, and must convince of nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import LogError, NoteInvalidError, NoteUnverifiedError, ProofInvalidError
from disposal_log.formats.checkpoints import Checkpoint, sign_checkpoint
from disposal_log.formats.proofs import HEADER, LogProof
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import inclusion_path, leaf_hash, root_of

ORIGIN = "records.example.gov.uk/destruction/2026"
KEY = SigningKey.from_seed(ORIGIN, seed=bytes(32))
ENTRIES = [f"entry {number}".encode() for number in range(11)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NOTE = sign_checkpoint(Checkpoint(origin=ORIGIN, size=len(LEAVES), root=root_of(LEAVES)), [KEY])


def proof_of(index: int, *, extra: bytes | None = None) -> LogProof:
    path = inclusion_path(index, len(LEAVES), lambda start, stop: root_of(LEAVES[start:stop]))
    return LogProof(index=index, path=path, checkpoint=NOTE, extra=extra)


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_every_entry_is_proven_from_the_file_alone_and_no_other_with_it(index: int) -> None:
    proof = LogProof.parse(proof_of(index).content())

    assert proof.verify(ENTRIES[index], [KEY.verifier]).checkpoint.size == len(ENTRIES)
    for other in {*range(len(ENTRIES))} - {index}:
        with pytest.raises(ProofInvalidError):
            proof.verify(ENTRIES[other], [KEY.verifier])


def test_a_proof_signed_by_somebody_else_proves_nothing() -> None:
    stranger = SigningKey.from_seed(ORIGIN, seed=b"\x01" * 32)
    altered = proof_of(3).content()[:-10] + b"AAAAAAAAA\n"

    with pytest.raises(NoteUnverifiedError):
        proof_of(3).verify(ENTRIES[3], [stranger.verifier])
    with pytest.raises(NoteInvalidError):
        LogProof.parse(altered).verify(ENTRIES[3], [KEY.verifier])


def test_extra_bytes_travel_along_and_empty_ones_stay_empty() -> None:
    for extra in (None, b"", b"\x00\xff certificate C-1"):
        assert LogProof.parse(proof_of(2, extra=extra).content()).extra == extra


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        f"{HEADER}\nindex 0\n\n".encode(),
        f"{HEADER}\nindex 0\nnote\n".encode(),
        f"{HEADER}\nindex 0\n\nnote without an end".encode(),
        f"{HEADER}\nindex 00\n\nnote\n".encode(),
        f"{HEADER}\nindex +1\n\nnote\n".encode(),
        f"{HEADER}\nindex 9999999999999999\n\nnote\n".encode(),
        f"{HEADER}\n{'index ' + '9' * 20}\n\nnote\n".encode(),
        f"{HEADER}\nindex \N{ARABIC-INDIC DIGIT ONE}\n\nnote\n".encode(),
        f"{HEADER}\r\nindex 0\r\n\r\nnote\r\n".encode(),
        f"{HEADER} \nindex 0\n\nnote\n".encode(),
        f"{HEADER}\nextra QR==\nindex 0\n\nnote\n".encode(),
        f"{HEADER}\nextra\nindex 0\n\nnote\n".encode(),
        f"{HEADER}\nindex 0\nextra QQ==\n\nnote\n".encode(),
        f"{HEADER}\nindex 0\nQQ==\n\nnote\n".encode(),
        f"{HEADER}\nindex 0\n{'A' * 42}B=\n\nnote\n".encode(),
        f"{HEADER}\nindex 0\n{('A' * 43 + '=' + chr(10)) * 64}\nnote\n".encode(),
    ],
)
def test_a_malformed_proof_file_is_refused(content: bytes) -> None:
    with pytest.raises(ProofInvalidError):
        LogProof.parse(content)


@given(st.binary())
def test_foreign_bytes_raise_only_our_errors(content: bytes) -> None:
    for whole in (content, f"{HEADER}\n".encode() + content, f"{HEADER}\nindex 1\n\n".encode() + content):
        try:
            proof = LogProof.parse(whole)
            proof.verify(content, [KEY.verifier])
        except LogError:
            continue
        pytest.fail("no random bytes are a proof")


@given(st.integers(0, len(ENTRIES) - 1), st.data())
def test_a_proof_file_with_any_byte_changed_proves_nothing_else(index: int, data: st.DataObject) -> None:
    content = bytearray(proof_of(index).content())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))

    try:
        proof = LogProof.parse(bytes(content))
        proof.verify(ENTRIES[index], [KEY.verifier])
    except LogError:
        return
    # what still holds can only be the same claim, spelled with an unknown signature or unsigned extra beside it
    assert (proof.index, proof.path) == (index, proof_of(index).path)


def test_a_reader_that_knows_only_the_digest_of_the_entry_learns_nothing_wrong() -> None:
    with pytest.raises(ProofInvalidError):
        proof_of(0).verify(sha256(ENTRIES[0]).digest(), [KEY.verifier])

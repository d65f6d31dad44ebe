"""The certificates and proofs of a bundle, compared with the log that they speak of.

Stands above `verifying`: the log has been judged before and holds. Signature, number of entries, root, and the
figures of each certificate must be what the entries say; every proof must lead from its entry to a signed root.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from disposal_log.bundling import names
from disposal_log.errors import CheckpointInvalidError, EnvelopeInvalidError, LogError, ProofInvalidError
from disposal_log.files import layout
from disposal_log.files.durable import reading
from disposal_log.files.segments import LineReader
from disposal_log.formats.canonical import JSON
from disposal_log.formats.certificates import MAX_ENVELOPE_BYTES, checkpoint_in_envelope, verify_envelope
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.entries import EntryType, decode_entry
from disposal_log.formats.epochs import KEY_TYPES
from disposal_log.formats.proofs import LogProof
from disposal_log.tree.merkle import EMPTY_ROOT, CompactRange, leaf_hash, verify_inclusion
from disposal_log.verifying.epochs import EpochCheck

_ABSENT = "{absent} of {issued} certificates that the log says were issued are not here"
_READ_AGAIN = re.compile(
    rb'"type":"(?:log\.open|key\.add|key\.retire|key\.compromised|batch\.proposed|batch\.closed|certificate\.issued)"'
)


@dataclass(slots=True)
class _Facts:
    """What the papers ask the log for, gathered in one more pass over it."""

    roots: dict[int, bytes] = field(default_factory=dict)
    leaves: dict[int, bytes] = field(default_factory=dict)
    entries: list[Mapping[str, JSON]] = field(default_factory=list)
    keys: EpochCheck = field(default_factory=EpochCheck)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certificate:
    content: bytes
    note: bytes
    claimed: Checkpoint


class Papers:
    """Everything in `certificates/` that can be checked.

    Attributes:
        faults: What is wrong, in words.
        warnings: What is odd.
        pages: How many files for people are there, of which nothing but the digest is checked.
    """

    def __init__(self, bundle: Path) -> None:
        """Read the papers; nothing is compared yet.

        Raises:
            LogUnreadableError: A file cannot be read.
        """
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.pages = 0
        self._certificates: dict[str, _Certificate] = {}
        self._proofs: dict[str, tuple[LogProof, Checkpoint]] = {}
        for path in _files(bundle / names.CERTIFICATES):
            name = f"{names.CERTIFICATES}/{path.name}"
            if path.name.endswith(names.ENVELOPE_SUFFIX):
                self._try(name, lambda path=path, name=name: self._add_certificate(name, path))  # type: ignore[misc]  # bound now
            elif path.name.endswith(names.PROOF_SUFFIX):
                self._try(name, lambda path=path, name=name: self._add_proof(name, path))  # type: ignore[misc]  # bound now
            else:
                self.pages += 1

    def compare(self, log: Path, *, size: int) -> None:
        """Compare every paper with a log that was verified up to `size` entries.

        Raises:
            LogUnreadableError: A part of the log cannot be read.
        """
        if not self._certificates and not self._proofs:
            return
        facts = self._gather(log, size)
        for name, certificate in self._certificates.items():
            self._try(name, lambda certificate=certificate: _check_certificate(certificate, facts))  # type: ignore[misc]  # bound now
        for name, (proof, claimed) in self._proofs.items():
            self._try(name, lambda proof=proof, claimed=claimed: _check_proof(proof, claimed, facts))  # type: ignore[misc]  # bound now
        here = {sha256(each.content).hexdigest() for each in self._certificates.values()}
        issued = [entry for entry in facts.entries if entry["type"] == EntryType.CERTIFICATE_ISSUED]
        absent = sum(entry.get("digest") not in here for entry in issued)
        if self._certificates and absent:
            self.warnings.append(_ABSENT.format(absent=absent, issued=len(issued)))

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except LogError as error:
            self.faults.append(f"{name}: {getattr(error, 'reason', error)}")

    def _add_certificate(self, name: str, path: Path) -> None:
        content = _read(path)
        note = checkpoint_in_envelope(content)
        self._certificates[name] = _Certificate(content=content, note=note, claimed=claimed_checkpoint(note))

    def _add_proof(self, name: str, path: Path) -> None:
        proof = LogProof.parse(_read(path))
        self._proofs[name] = (proof, claimed_checkpoint(proof.checkpoint))

    def _gather(self, log: Path, size: int) -> _Facts:
        facts = _Facts(roots={0: EMPTY_ROOT})
        sizes = {each.claimed.size for each in self._certificates.values()}
        sizes |= {claimed.size for _, claimed in self._proofs.values()}
        indexes = {proof.index for proof, _ in self._proofs.values()}
        tree = CompactRange()
        for seq, line in _lines(log, size):
            leaf = leaf_hash(line)
            tree.append(leaf)
            if seq + 1 in sizes:
                facts.roots[seq + 1] = tree.root()
            if seq in indexes:
                facts.leaves[seq] = leaf
            if _READ_AGAIN.search(line):
                entry = decode_entry(line, seq=seq)
                facts.entries.append(entry)
                if entry["type"] in KEY_TYPES:
                    for _ in facts.keys.observe(seq, entry, root=tree.root):
                        continue  # the verification before has told of it
        return facts


def _check_certificate(certificate: _Certificate, facts: _Facts) -> None:
    keys = facts.keys.keys_since(certificate.claimed.size)
    content = verify_envelope(certificate.content, keys)
    _check_root(certificate.note, certificate.claimed, facts)
    predicate = content.get("predicate")
    _check_numbers(predicate if isinstance(predicate, dict) else {}, sha256(certificate.content).hexdigest(), facts)


def _check_root(note: bytes, claimed: Checkpoint, facts: _Facts) -> None:
    facts.keys.confirm(note)
    root = facts.roots.get(claimed.size)
    if root is None:
        raise CheckpointInvalidError(reason=f"its checkpoint has {claimed.size} entries, this log fewer")
    if root != claimed.root:
        raise CheckpointInvalidError(reason=f"its checkpoint has another root at {claimed.size} entries than this log")


def _check_proof(proof: LogProof, claimed: Checkpoint, facts: _Facts) -> None:
    _check_root(proof.checkpoint, claimed, facts)
    leaf = facts.leaves.get(proof.index)
    if leaf is None:
        raise ProofInvalidError(reason=f"there is no entry {proof.index}")
    if proof.extra is not None and leaf_hash(proof.extra) != leaf:
        raise ProofInvalidError(reason=f"its extra line is not entry {proof.index}")
    verify_inclusion(leaf=leaf, index=proof.index, size=claimed.size, path=proof.path, root=claimed.root)


def _check_numbers(predicate: Mapping[str, JSON], digest: str, facts: _Facts) -> None:
    """Check that a certificate was issued, and says what the entries of its batch say."""
    issued = next((each for each in _of(facts, EntryType.CERTIFICATE_ISSUED) if each.get("digest") == digest), None)
    if issued is None:
        raise EnvelopeInvalidError(reason="no entry of the log says that it was issued")
    batch, number = issued.get("batch"), issued["seq"]
    if predicate.get("batch") != batch or predicate.get("certificate") != issued.get("certificate"):
        raise EnvelopeInvalidError(reason=f"entry {number} says that it was issued for something else")
    proposal: Mapping[str, JSON] = next(
        (each for each in _of(facts, EntryType.BATCH_PROPOSED) if each.get("batch") == batch), {}
    )
    told = {
        "manifest": proposal.get("manifest"),
        "items_proposed": proposal.get("items"),
        "bytes_proposed": proposal.get("bytes"),
        "status": issued.get("status"),
    }
    for name, value in told.items():
        if name in predicate and predicate[name] != value:
            raise EnvelopeInvalidError(reason=f"its {name!r} is not what the log says")
    closing: Mapping[str, JSON] = {}
    for each in _of(facts, EntryType.BATCH_CLOSED):
        if each.get("batch") == batch and int(str(each["seq"])) < int(str(number)):
            closing = each
    for name, table in (("results", issued.get("counts")), ("bytes_of_results", closing.get("bytes"))):
        if table is not None and name in predicate and not _same_table(predicate[name], table):
            raise EnvelopeInvalidError(reason=f"its {name!r} are not what the log says")


def _of(facts: _Facts, kind: EntryType) -> Iterator[Mapping[str, JSON]]:
    return (entry for entry in facts.entries if entry["type"] == kind)


def _same_table(one: JSON, other: JSON) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    return all(one.get(name, 0) == other.get(name, 0) for name in {*one, *other})


def _lines(log: Path, size: int) -> Iterator[tuple[int, bytes]]:
    reader = LineReader(log / layout.ENTRIES_DIRECTORY)
    try:
        yield from enumerate(reader.take(size))
    finally:
        reader.close()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    with reading(folder):
        return sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.name)


def _read(path: Path) -> bytes:
    with reading(path), path.open("rb") as file:
        content = file.read(MAX_ENVELOPE_BYTES + 1)
    if len(content) > MAX_ENVELOPE_BYTES:
        raise EnvelopeInvalidError(reason=f"it is longer than {MAX_ENVELOPE_BYTES} bytes")
    return content

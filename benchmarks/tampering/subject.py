"""The log that is tampered with: 40 entries that tell two lawful disposals, with or without a witness.

Beside it stands what honest people outside may have kept: checkpoints, a certificate, the witness's note.
"""

import base64
import json
import shutil
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchmarks.told_story import NOON, ORIGIN, story_of
from disposal_log import JSON, Actor, DisposalLog, EntryDraft, EntryType, sign_statement, statement
from disposal_log.files import anchors
from disposal_log.formats.cosignatures import CosigningKey, with_lines
from disposal_log.formats.entries import spell_time
from disposal_log.formats.policy import Policy
from disposal_log.formats.seen import root_words
from disposal_log.signing.notes import SigningKey

ENTRIES = 40
_ITEMS = 6


@dataclass(kw_only=True)
class Subject:
    """A log in a folder of its own, and what somebody outside has kept of it.

    Attributes:
        place: Holds `log`, `keys` and `sidecar`.
        keys: The public keys, known from elsewhere; that of the witness among them.
        witness: The witness, when there is one.
        older: The log as it was after each append, by its size.
        notes: The checkpoint after each append.
        certificates: The signed certificates by their names.
        cosigned: The newest checkpoint that the witness has signed, as it keeps it.
        printed: The line of the newest checkpoint as it was printed.
    """

    place: Path
    keys: tuple[str, ...] = ()
    witness: CosigningKey | None = None
    older: dict[int, Path] = field(default_factory=dict)
    notes: list[bytes] = field(default_factory=list)
    certificates: dict[str, bytes] = field(default_factory=dict)
    cosigned: bytes = b""
    printed: bytes = b""

    @property
    def log(self) -> Path:
        """The log's folder."""
        return self.place / "log"

    @property
    def entries(self) -> Path:
        """The file of entries."""
        return self.log / "entries" / "00000.jsonl"

    def lines(self) -> list[bytes]:
        """Read the entries, without their newlines."""
        return self.entries.read_bytes().split(b"\n")[:-1]

    def put_lines(self, lines: list[bytes]) -> None:
        """Put other entries in place of those that were signed."""
        self.entries.write_bytes(b"".join(line + b"\n" for line in lines))

    def signers(self) -> tuple[SigningKey, ...]:
        """Give the private keys, as somebody who has stolen them."""
        return tuple(SigningKey.parse(path.read_text()) for path in sorted((self.place / "keys").glob("*.key")))

    def copy(self, place: Path) -> "Subject":
        """Copy the log and everything beside it, to change the copy."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.place, place)
        return Subject(**{**self.__dict__, "place": place})


def make_subject(place: Path, *, is_witnessed: bool, is_in_one: bool = False) -> Subject:
    """Tell two disposals to a new log; with a witness, each purge waits for it; or all in one append, for speed."""
    subject = Subject(place=place / "it")
    if is_witnessed:
        subject.witness = CosigningKey.generate("witness.example")
    with DisposalLog.create(
        subject.log,
        keys_directory=subject.place / "keys",
        sidecar_directory=subject.place / "sidecar",
        origin=ORIGIN,
        at=NOON,
        reserve_bytes=0,
    ).log as log:
        teller = _Teller(subject, log, place)
        (teller.tell_in_one if is_in_one else teller.tell)()
        subject.printed = f"{log.size} {' '.join(root_words(log.root))}\n".encode()
        subject.keys = log.vkeys
    if subject.witness is not None:
        subject.keys = (*subject.keys, str(subject.witness.verifier))
    if len(subject.lines()) != ENTRIES:
        raise RuntimeError("the story was to have 40 entries")
    return subject


class _Teller:
    """Appends the story in few groups, and keeps a copy of the log after each."""

    def __init__(self, subject: Subject, log: DisposalLog, place: Path) -> None:
        self._subject = subject
        self._log = log
        self._place = place

    def tell(self) -> None:
        self._keep()
        opening = [self._rule()] if self._subject.witness else []
        for batch in ("B-1", "B-2"):
            first, second, third = story_of(batch, items=_ITEMS)
            if self._subject.witness:
                self._append([*opening, *first, *second])
                self._append([*self._receipt(), *third])
            else:
                self._append([*opening, *first, *second, *third])
            opening = [self._certify(batch)]
        missing = ENTRIES - self._log.size - len(opening)
        self._append([*opening, *(_draft(EntryType.EVENT_ATTESTED, {"number": each}) for each in range(missing))])

    def tell_in_one(self) -> None:
        told = [draft for batch in ("B-1", "B-2") for drafts in story_of(batch, items=_ITEMS) for draft in drafts]
        missing = range(ENTRIES - self._log.size - len(told))
        self._append([*told, *(_draft(EntryType.EVENT_ATTESTED, {"number": each}) for each in missing)])

    def _append(self, drafts: list[EntryDraft]) -> None:
        self._log.append(drafts)
        if self._subject.witness and self._log.size < _ITEMS * 3:
            policy = Policy.parse(_policy(self._subject.witness))
            anchors.store_witnesses(self._subject.log, policy)
        self._keep()

    def _keep(self) -> None:
        size = self._log.size
        older = self._place / f"older-{size}"
        shutil.copytree(self._subject.log, older)
        self._subject.older[size] = older
        self._subject.notes.append(self._log.checkpoint_note)

    def _rule(self) -> EntryDraft:
        if self._subject.witness is None:
            raise RuntimeError("there is no witness")
        return _draft(EntryType.WITNESS_SET, {"require": "witness", "policy": _policy(self._subject.witness)})

    def _receipt(self) -> list[EntryDraft]:
        witness = self._subject.witness
        if witness is None:
            return []
        note = self._log.checkpoint_note
        line = witness.cosign(note.decode().partition("\n\n")[0] + "\n", at=NOON)
        self._subject.cosigned = with_lines(note, [line])
        name = witness.verifier.key_id
        anchors.store_note(self._subject.log, size=self._log.size, name=name, note=self._subject.cosigned)
        body = receipt(self._log, by=name, root=self._log.root, cosignature=line.body)
        return [_draft(EntryType.ANCHOR_RECEIPT, body)]

    def _certify(self, batch: str) -> EntryDraft:
        entries = [each.entry for each in self._log.entries() if each.entry.get("batch") == batch]
        proposal, closing = entries[0], entries[-1]
        predicate: dict[str, JSON] = {
            "certificate": f"C-{batch}",
            "batch": batch,
            "status": "final",
            "manifest": proposal["manifest"],
            "items_proposed": proposal["items"],
            "bytes_proposed": proposal["bytes"],
            "results": closing["counts"],
            "bytes_of_results": closing["bytes"],
            "checkpoint": self._log.checkpoint_note.decode(),
        }
        made = statement(subject=batch, sha256=str(proposal["manifest"]), predicate=predicate)
        envelope = json.dumps(sign_statement(self._log, made)).encode()
        digest = sha256(envelope).hexdigest()
        self._subject.certificates[f"C-{batch}"] = envelope
        body = {"certificate": f"C-{batch}", "batch": batch, "digest": digest, "status": "final"}
        return _draft(EntryType.CERTIFICATE_ISSUED, {**body, "counts": closing["counts"]})


def receipt(log: DisposalLog, *, by: str, root: bytes, cosignature: bytes) -> dict[str, JSON]:
    """Word what the log says of a witness that has signed it."""
    return {
        "kind": "witness",
        "size": log.size,
        "root": root.hex(),
        "by": by,
        "at": spell_time(NOON),
        "cosignature": base64.b64encode(cosignature).decode(),
    }


def append_receipt(subject: Subject, *, root: bytes) -> None:
    """Let the log record that its witness has signed some root at its present size."""
    if subject.witness is None:
        raise RuntimeError("there is no witness")
    with DisposalLog.open(
        subject.log,
        keys_directory=subject.place / "keys",
        sidecar_directory=subject.place / "sidecar",
        at=NOON,
        reserve_bytes=0,
    ) as log:
        line = subject.witness.cosign(f"{ORIGIN}\n{log.size}\n{base64.b64encode(root).decode()}\n", at=NOON)
        body = receipt(log, by=subject.witness.verifier.key_id, root=root, cosignature=line.body)
        log.append([_draft(EntryType.ANCHOR_RECEIPT, body)])


def _policy(witness: CosigningKey) -> str:
    return f"witness w1 {witness.verifier}\nquorum w1\n"


def _draft(kind: EntryType, body: dict[str, JSON]) -> EntryDraft:
    by = Actor(kind="service", ref="engine")
    return EntryDraft(type=kind, id=str(uuid.uuid4()), time=NOON, actor=by, body=body)

"""Bundles as they should be, small ones: what the tampered ones are made from.

One is plain. In the others the log has changed keys, has given up a stolen key, has lost its keys, or waits for
witnesses.
"""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from benchmarks.told_story import NOON, ORIGIN, story_of
from disposal_log import (
    JSON,
    Actor,
    Created,
    DisposalLog,
    EntryDraft,
    EntryType,
    canonical,
    sign_statement,
    statement,
)
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import Paper, export_bundle
from disposal_log.files import anchors
from disposal_log.formats.cosignatures import CosigningKey, find_cosignatures, with_lines
from disposal_log.formats.entries import spell_time
from disposal_log.formats.policy import Policy
from disposal_log.formats.proofs import LogProof
from disposal_log.formats.seen import root_words
from disposal_log.signing.notes import SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A bundle as it should be, and what a verifier may bring from elsewhere.

    Attributes:
        folder: The bundle.
        keys: Its public keys.
        seen: Notes and certificates kept since earlier days.
        signers: Its private keys, for entries that the right key signs though it should not; empty when it has
            changed keys.
    """

    folder: Path
    keys: tuple[str, ...]
    seen: tuple[bytes, ...]
    signers: tuple[SigningKey, ...] = ()


def make_originals(place: Path) -> tuple[Original, ...]:
    """Make the bundles to start from; half of all mutations start from the plain one."""
    plain, rotated = _plain(place / "plain"), _rotated(place / "rotated")
    given_up, witnessed = _rotated(place / "given-up", is_given_up=True), _witnessed(place / "witnessed")
    recovered = _recovered(place / "recovered")
    return (plain, plain, plain, plain, rotated, given_up, recovered, witnessed, witnessed)


def _plain(place: Path) -> Original:
    log = _new_log(place)
    with log:
        seen = [log.checkpoint_note]
        papers = []
        for batch in ("B-1", "B-2"):
            _tell(log, batch)
            papers += _certify(log, batch)
            seen.append(log.checkpoint_note)
        by = Actor(kind="person", ref="u-omar")
        body = {"ground": "art 17", "authority": "IAO"}
        draft = EntryDraft(type=EntryType.REDACTION, id=str(uuid.uuid4()), time=NOON, actor=by, body=body)
        log.redact(draft, first=4, last=5, names=["path"])
        seen += [log.checkpoint_note, papers[0].content]
        keys = tuple(log.vkeys)
    signers = tuple(SigningKey.parse(path.read_text()) for path in sorted((place / "keys").glob("*.key")))
    choice = Choice(audience=Audience.FOI, batches=frozenset({"B-1"}))
    export_bundle(place / "log", place / "bundle", choice, sidecar=place / "sidecar", papers=papers)
    return Original(folder=place / "bundle", keys=keys, seen=tuple(seen), signers=signers)


def _rotated(place: Path, *, is_given_up: bool = False) -> Original:
    with _new_log(place) as log:
        seen, papers, keys = [log.checkpoint_note], [], list(log.vkeys)
        for batch in ("B-1", "B-2"):
            _tell(log, batch)
            papers += _certify(log, batch)
            seen.append(log.checkpoint_note)
            log.rotate(at=NOON)
            keys += log.vkeys
        if is_given_up:
            log.declare_compromised(epoch=1, since=NOON - timedelta(days=1), at=NOON)
        seen.append(papers[2].content)
    choice = Choice(audience=Audience.AUDITOR)
    export_bundle(place / "log", place / "bundle", choice, sidecar=place / "sidecar", papers=papers)
    return Original(folder=place / "bundle", keys=tuple(keys), seen=tuple(seen))


def _recovered(place: Path) -> Original:
    """Make a log whose keys were lost; the recovery key, out of its sealed envelope, vouches for the new ones."""
    created = _created(place)
    with created.log as log:
        _tell(log, "B-1")
        papers, seen, keys = _certify(log, "B-1"), [log.checkpoint_note], list(log.vkeys)
    with DisposalLog.recover(
        place / "log",
        keys_directory=place / "keys",
        sidecar_directory=place / "sidecar",
        recovery_key=created.recovery_key,
        at=NOON,
        reserve_bytes=0,
    ) as log:
        _tell(log, "B-2")
        papers += _certify(log, "B-2")
        seen.append(log.checkpoint_note)
        keys += log.vkeys
    choice = Choice(audience=Audience.AUDITOR, fields=frozenset({"sha256"}))
    export_bundle(place / "log", place / "bundle", choice, sidecar=place / "sidecar", papers=papers)
    return Original(folder=place / "bundle", keys=tuple(keys), seen=tuple(seen))


def _witnessed(place: Path) -> Original:
    """Make a log in which a purge waits for a witness, and another for somebody who keeps a copy."""
    witness = CosigningKey.generate("witness.example")
    policy = f"witness w1 {witness.verifier}\ngroup g any w1\nquorum g\n"
    with _new_log(place) as log:
        _append(log, EntryType.WITNESS_SET, {"require": "witness", "policy": policy})
        anchors.store_witnesses(place / "log", Policy.parse(policy))
        first, second, third = story_of("B-1")
        log.append([*first, *second])
        note = log.checkpoint_note
        seen = [note, with_lines(note, [witness.cosign(note.decode().partition("\n\n")[0] + "\n", at=NOON)])]
        found = find_cosignatures(seen[1], [witness.verifier])[0]
        cosignature = base64.b64encode(found.body).decode()
        by = witness.verifier.key_id
        _append(log, EntryType.ANCHOR_RECEIPT, {**_place_of(log, "witness", by), "cosignature": cosignature})
        log.append(third)
        papers = _certify(log, "B-1")
        _append(log, EntryType.WITNESS_SET, {"require": "certificate", "policy": "quorum none\n"})
        anchors.store_witnesses(place / "log", Policy())
        first, second, third = story_of("B-2")
        log.append([*first, *second])
        _append(log, EntryType.ANCHOR_RECEIPT, _place_of(log, "certificate", "u-iris"), ref="u-iris")
        log.append(third)
        seen.append(log.checkpoint_note)
        seen.append(f"{log.size} {' '.join(root_words(log.root))}".encode())
        keys = (*log.vkeys, str(witness.verifier))
    choice = Choice(audience=Audience.AUDITOR)
    export_bundle(place / "log", place / "bundle", choice, sidecar=place / "sidecar", papers=papers)
    signers = tuple(SigningKey.parse(path.read_text()) for path in sorted((place / "keys").glob("*.key")))
    return Original(folder=place / "bundle", keys=keys, seen=tuple(seen), signers=signers)


def _place_of(log: DisposalLog, kind: str, by: str) -> dict[str, JSON]:
    return {"kind": kind, "size": log.size, "root": log.root.hex(), "by": by, "at": spell_time(NOON)}


def _append(log: DisposalLog, kind: EntryType, body: dict[str, JSON], *, ref: str = "engine") -> None:
    by = Actor(kind="person", ref=ref)
    log.append([EntryDraft(type=kind, id=str(uuid.uuid4()), time=NOON, actor=by, body=body)])


def _new_log(place: Path) -> DisposalLog:
    return _created(place).log


def _created(place: Path) -> Created:
    return DisposalLog.create(
        place / "log",
        keys_directory=place / "keys",
        sidecar_directory=place / "sidecar",
        origin=ORIGIN,
        at=NOON,
        reserve_bytes=0,
    )


def _tell(log: DisposalLog, batch: str) -> None:
    """Append a story, in few groups: every checkpoint takes every verifier its time."""
    first, *rest = story_of(batch)
    log.append(first)
    log.append([draft for drafts in rest for draft in drafts])


def _certify(log: DisposalLog, batch: str) -> list[Paper]:
    """Issue a certificate of a closed batch, with a proof of its end."""
    entries = [each.entry for each in log.entries() if each.entry.get("batch") == batch]
    proposal, closing = entries[0], entries[-1]
    certificate = f"C-{batch}"
    made = statement(
        subject=batch,
        sha256=str(proposal["manifest"]),
        predicate={
            "certificate": certificate,
            "batch": batch,
            "status": "final",
            "manifest": proposal["manifest"],
            "items_proposed": proposal["items"],
            "bytes_proposed": proposal["bytes"],
            "results": closing["counts"],
            "bytes_of_results": closing["bytes"],
            "checkpoint": log.checkpoint_note.decode(),
        },
    )
    envelope = json.dumps(sign_statement(log, made)).encode()
    seq = int(str(closing["seq"]))
    path, line = log.inclusion_proof(seq), canonical(closing)
    proof = LogProof(index=seq, path=path, checkpoint=log.checkpoint_note, extra=line).content()
    body = {
        "certificate": certificate,
        "batch": batch,
        "digest": sha256(envelope).hexdigest(),
        "status": "final",
        "counts": closing["counts"],
    }
    by = Actor(kind="service", ref="engine")
    log.append([EntryDraft(type=EntryType.CERTIFICATE_ISSUED, id=str(uuid.uuid4()), time=NOON, actor=by, body=body)])
    return [
        Paper(name=f"{certificate}.dsse.json", content=envelope),
        Paper(name=f"{certificate}.tlog-proof", content=proof),
    ]

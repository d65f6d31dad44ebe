"""Issuing: read back what the log says of a closed batch, reconcile it, sign the statement.

proposed = destroyed + excluded + held + changed + missing + failed, by count and by bytes, or no certificate.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disposal_log import DisposalLog, EntryType, Result, sign_statement, statement
from retention import __version__
from retention.domain.batches import ItemState
from retention.domain.people import Person
from retention.domain.reconciliation import FINAL_STATES
from retention.errors import LogDamagedError, RefusedByPolicyError
from retention.services import recording
from retention.services.disposing.journal import STATE_OF_RESULT
from retention.store import batches, certificates, people
from retention.store.catalogue import Catalogue

PROVES = (
    "what was proposed, item by item, who proposed it and who approved that very list",
    "that the intent was on record before each act, and the outcome after it",
    "that nothing of this has been changed in the log since it was signed",
)
DOES_NOT_PROVE = (
    "that the disk's blocks can no longer be read: deleting takes a file off the live file system only",
    "that no backup, snapshot, replica, synchronised or printed copy is left elsewhere",
    "that the computer's clock was right",
    "who sat at the keyboard: that is as good as the sign-in of the people named here",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """A signed certificate: the statement, and the DSSE envelope around its exact bytes."""

    certificate_id: str
    batch_id: str
    statement: dict[str, Any]
    envelope: str


def issue_certificate(
    catalogue: Catalogue, log: DisposalLog, batch_id: str, *, person: Person, at: datetime
) -> IssuedCertificate:
    """Issue the certificate of a closed batch, or return the one that was issued.

    Raises:
        UnknownThingError: There is no such batch.
        RefusedByPolicyError: The batch is not closed yet.
        LogDamagedError: The sums do not come out, or log and catalogue differ.
    """
    with catalogue.reading() as tx:
        batches.summary(tx, batch_id)
        issued = certificates.envelope_of(tx, batch_id)
        names = {one.person_id: one.name for one in people.people(tx)}
    if issued is not None:
        return _opened(batch_id, issued)
    recording.deliver(catalogue, log)
    story = _Story(log, batch_id)
    made = _statement(story, log, batch_id, names=names, at=at)
    envelope = json.dumps(sign_statement(log, made), sort_keys=True)
    certificate_id = made["predicate"]["certificate"]
    with catalogue.transaction() as tx:
        certificates.add(tx, certificate_id=certificate_id, batch_id=batch_id, issued_at=at, envelope=envelope)
        body = {
            "certificate": certificate_id,
            "batch": batch_id,
            "digest": hashlib.sha256(envelope.encode()).hexdigest(),
            "status": "final",
            "counts": story.per_result(),
        }
        recording.note(tx, recording.drafted(EntryType.CERTIFICATE_ISSUED, at=at, actor=person.person_id, body=body))
    recording.deliver(catalogue, log)
    return IssuedCertificate(certificate_id=certificate_id, batch_id=batch_id, statement=made, envelope=envelope)


class _Story:
    """What the log says of one batch, read in one pass."""

    def __init__(self, log: DisposalLog, batch_id: str) -> None:
        self.proposal: dict[str, Any] = {}
        self.approval: dict[str, Any] = {}
        self.closing: dict[str, Any] = {}
        self.hold_checks: list[dict[str, Any]] = []
        self.results: dict[int, dict[str, Any]] = {}
        self.first_seq = self.last_seq = -1
        for entry in _of_batch(log, batch_id):
            self._hear(entry)
        if not self.closing:
            raise RefusedByPolicyError(
                what=f"batch {batch_id} is not closed: not every item has its final outcome",
                not_done="No certificate was issued.",
                next_step=f"Run `retention dispose {batch_id}` to see what is left to do.",
            )
        self._check(batch_id)

    def _hear(self, entry: dict[str, Any]) -> None:
        self.first_seq = entry["seq"] if self.first_seq < 0 else self.first_seq
        self.last_seq = entry["seq"]
        match entry["type"]:
            case EntryType.BATCH_PROPOSED:
                self.proposal = entry
            case EntryType.BATCH_DECISION:
                self.approval = entry
            case EntryType.HOLD_CHECK:
                self.hold_checks.append(entry)
            case EntryType.ITEM_OUTCOME:
                self.results[entry["item"]] = entry
            case EntryType.BATCH_CLOSED:
                self.closing = entry
            case _:
                return

    def per_result(self) -> dict[str, int]:
        """Return how many items ended with each result."""
        return dict(Counter(str(result["result"]) for result in self.results.values()))

    def counts(self) -> dict[str, int]:
        """Return how many items ended in each final state, from their outcome entries."""
        found = Counter(STATE_OF_RESULT[Result(result["result"])] for result in self.results.values())
        return {str(state): found[state] for state in FINAL_STATES}

    def sizes_bytes(self) -> dict[str, int]:
        """Return the bytes that ended in each final state, from their outcome entries."""
        found: Counter[ItemState] = Counter()
        for result in self.results.values():
            found[STATE_OF_RESULT[Result(result["result"])]] += result["size"]
        return {str(state): found[state] for state in FINAL_STATES}

    def _check(self, batch_id: str) -> None:
        counts, sizes = self.counts(), self.sizes_bytes()
        for is_true, words in (
            (len(self.results) == self.proposal["items"], "items were proposed than have an outcome"),
            (sum(counts.values()) == self.proposal["items"], "outcomes do not add up to what was proposed"),
            (sum(sizes.values()) == self.proposal["bytes"], "bytes do not add up to what was proposed"),
            (self.per_result() == self.closing["counts"], "outcomes are not those it was closed with"),
            (
                sum(sizes.values()) == sum(self.closing["bytes"].values()),
                "bytes are not those it was closed with",
            ),
        ):
            if not is_true:
                raise LogDamagedError(
                    what=f"batch {batch_id} does not reconcile: other {words}",
                    not_done="No certificate was issued.",
                    next_step="Run `retention log verify`; keep everything as it is until it is explained.",
                )


def _of_batch(log: DisposalLog, batch_id: str) -> Iterator[dict[str, Any]]:
    for stored in log.entries():
        if stored.entry.get("batch") == batch_id and stored.entry["type"] != EntryType.CERTIFICATE_ISSUED:
            yield dict(stored.entry)


def _statement(
    story: _Story, log: DisposalLog, batch_id: str, *, names: dict[Any, str], at: datetime
) -> dict[str, Any]:
    proposal, approval = story.proposal, story.approval
    methods = sorted({(one["method"], one["assurance"]) for one in story.results.values() if "method" in one})
    predicate: dict[str, Any] = {
        "certificate": f"C-{batch_id}",
        "issued": at.isoformat(),
        "status": "final",
        "batch": batch_id,
        "asset": proposal["asset"],
        "class": proposal["class"],
        "schedule": proposal["schedule"],
        "proposed_by": {"ref": proposal["proposer"], "name": names.get(proposal["proposer"], "")},
        "proposed_at": proposal["time"],
        "approved_by": {
            "ref": approval["decider"],
            "name": names.get(approval["decider"], ""),
            "role": approval["role"],
        },
        "approved_at": approval["time"],
        "closed_at": story.closing["time"],
        "hold_checks": [
            {
                "phase": one["phase"],
                "register_version": one["register_version"],
                "held": one["held"],
                "at": one["time"],
            }
            for one in story.hold_checks
        ],
        "items_proposed": proposal["items"],
        "bytes_proposed": proposal["bytes"],
        "counts": story.counts(),
        "bytes": story.sizes_bytes(),
        "methods": [{"method": method, "assurance": assurance} for method, assurance in methods],
        "residual_copies": "not asked: backups, snapshots and copies elsewhere are outside this certificate",
        "manifest": proposal["manifest"],
        "checkpoint": log.checkpoint_note.decode("utf-8"),
        "log": {
            "origin": log.origin,
            "first_entry": story.first_seq,
            "last_entry": story.last_seq,
            "key_words": list(log.fingerprint_words),
        },
        "proves": list(PROVES),
        "does_not_prove": list(DOES_NOT_PROVE),
        "software": f"records-retention {__version__}",
    }
    return dict(statement(subject=batch_id, sha256=proposal["manifest"], predicate=predicate))


def _opened(batch_id: str, envelope: str) -> IssuedCertificate:
    made = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return IssuedCertificate(
        certificate_id=made["predicate"]["certificate"],
        batch_id=batch_id,
        statement=made,
        envelope=envelope,
    )

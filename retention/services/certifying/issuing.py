"""Issuing: read back what the log says of a closed batch, reconcile it, sign the statement.

proposed = destroyed + excluded + held + changed + missing + failed, by count and by bytes, or no certificate.
"""

import base64
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disposal_log import DisposalLog, EntryType, Result, StoredEntry, sign_statement, statement
from disposal_log.verifying.story import StoryCheck
from retention import __version__
from retention.domain.batches import ItemState
from retention.domain.people import Person
from retention.domain.reconciliation import FINAL_STATES
from retention.errors import CatalogueDamagedError, LogDamagedError, RefusedByPolicyError
from retention.services import recording
from retention.services.disposing.journal import STATE_OF_RESULT
from retention.store import batches, certificates
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
        LogDamagedError: The log is not the one that was signed, tells an unlawful story, or its sums do not
            come out.
        CatalogueDamagedError: The certificate in the catalogue is not the one that was issued.
    """
    with catalogue.reading() as tx:
        batches.summary(tx, batch_id)
        issued = certificates.envelope_of(tx, batch_id)
    recording.deliver(catalogue, log)
    story = _Story(log, batch_id)
    if issued is not None:
        story.check_issued(issued)
        return _opened(batch_id, issued)
    made = _statement(story, log, batch_id, at=at)
    envelope = json.dumps(sign_statement(log, made), sort_keys=True)
    certificate_id = made["predicate"]["certificate"]
    with catalogue.transaction() as tx:
        certificates.add(tx, certificate_id=certificate_id, batch_id=batch_id, issued_at=at, envelope=envelope)
        body = {
            "certificate": certificate_id,
            "batch": batch_id,
            "digest": _digest(envelope),
            "status": "final",
            "counts": story.per_result(),
        }
        recording.note(tx, recording.drafted(EntryType.CERTIFICATE_ISSUED, at=at, actor=person.person_id, body=body))
    recording.deliver(catalogue, log)
    return IssuedCertificate(certificate_id=certificate_id, batch_id=batch_id, statement=made, envelope=envelope)


class _Story:
    """What the log says of one batch, read in one pass over the whole signed log, and found lawful."""

    def __init__(self, log: DisposalLog, batch_id: str) -> None:
        self.proposal: dict[str, Any] = {}
        self.approval: dict[str, Any] = {}
        self.closing: dict[str, Any] = {}
        self.hold_checks: list[dict[str, Any]] = []
        self.results: dict[int, dict[str, Any]] = {}
        self.issued: list[str] = []
        self.names: dict[str, str] = {}
        self.first_seq = self.last_seq = -1
        law = StoryCheck()
        for stored in recording.signed_entries(log):
            if stored.entry.get("batch") != batch_id:
                continue
            for fault in law.observe(stored.seq, stored.entry):
                raise _unlawful(batch_id, f"entry {stored.seq} tells of {fault}")
            self._hear(dict(stored.entry))
            self._hear_names(stored)
        if not self.closing:
            raise RefusedByPolicyError(
                what=f"batch {batch_id} is not closed: not every item has its final outcome",
                not_done="No certificate was issued.",
                next_step=f"Run `retention dispose {batch_id}` to see what is left to do.",
            )
        self._check(batch_id)

    def check_issued(self, envelope: str) -> None:
        """Raise unless `envelope` is what the log says was issued.

        Raises:
            CatalogueDamagedError: It is not.
        """
        if self.issued != [_digest(envelope)]:
            raise CatalogueDamagedError(
                what="the certificate kept in the catalogue is not the one that the destruction log says was issued",
                not_done="It was not given out.",
                next_step="Look for the copy that was saved when it was issued; find out who changed the catalogue.",
            )

    def _hear_names(self, stored: StoredEntry) -> None:
        """Take names from what was disclosed at the time and matches the log, not from today's register."""
        said = stored.disclosures or {}
        for ref, name in (("proposer", "proposer_name"), ("decider", "decider_name")):
            if isinstance(told := said.get(name), str):
                self.names[str(stored.entry[ref])] = told

    def _hear(self, entry: dict[str, Any]) -> None:
        if entry["type"] == EntryType.CERTIFICATE_ISSUED:
            self.issued.append(entry["digest"])
            return
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
            (len(self.results) == self.proposal["items"], "other items were proposed than have an outcome"),
            (sum(counts.values()) == self.proposal["items"], "its outcomes do not add up to what was proposed"),
            (sum(sizes.values()) == self.proposal["bytes"], "its bytes do not add up to what was proposed"),
            (self.per_result() == self.closing["counts"], "its outcomes are not those it was closed with"),
        ):
            if not is_true:
                raise _unlawful(batch_id, words)


def _unlawful(batch_id: str, words: str) -> LogDamagedError:
    return LogDamagedError(
        what=f"batch {batch_id} does not reconcile: {words}",
        not_done="No certificate was issued.",
        next_step="Run `retention log verify`; keep everything as it is until it is explained.",
    )


def _digest(envelope: str) -> str:
    return hashlib.sha256(envelope.encode()).hexdigest()


def _statement(story: _Story, log: DisposalLog, batch_id: str, *, at: datetime) -> dict[str, Any]:
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
        "proposed_by": {"ref": proposal["proposer"], "name": story.names.get(proposal["proposer"], "")},
        "proposed_at": proposal["time"],
        "approved_by": {
            "ref": approval["decider"],
            "name": story.names.get(approval["decider"], ""),
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

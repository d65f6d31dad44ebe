"""Explaining one record: its class and every cue, its dates and the arithmetic, its holds, its copies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from retention.domain.attestations import Attestation
from retention.domain.eligibility import AppraisedCopy, Eligibility
from retention.domain.holds import HoldRegister
from retention.domain.naming import path_fields, shown
from retention.domain.records import CopyId
from retention.errors import UnknownThingError
from retention.services.asking.attesting import located, statement_fields
from retention.services.file_facts import fields_of
from retention.services.reporting import eligibility
from retention.store import appraisals, attestations, claims, contents, records
from retention.store.catalogue import Catalogue, Transaction
from rules import Sibling, successor_of

MAX_COPIES_NAMED = 100
_MOST_BESIDE = 5_000
_NS_A_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOnRecord:
    """A hold that covers the record, or a copy of it."""

    hold_id: str
    kind: str
    reason: str
    scope: str
    is_by_copy: bool

    def to_json(self) -> dict[str, object]:
        """Return the hold as one object."""
        return {
            "hold": self.hold_id,
            "kind": self.kind,
            "reason": self.reason,
            "scope": self.scope,
            "by_copy": self.is_by_copy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCopy:
    """Another place where the same content was seen."""

    source_id: str
    path: str
    state: str

    def to_json(self) -> dict[str, object]:
        """Return the place as one object."""
        return {"source": self.source_id, **path_fields(self.path), "state": self.state}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything a decision about one record rests on.

    `appraisal` is what the rules made of it (cues, runner-up, trigger, due), empty when they have not been
    asked yet. At most a hundred `copies` are named. `claim` is what an export states of a record that lies in
    another system, None for a file on a share. `format_id` is the identifier that PRONOM gave, if it was asked.
    `statements` are all that people ever said of it or its case, replaced and withdrawn ones too. `successor` is
    the file beside it that by its name and time took its place, which no name proves.
    """

    item: AppraisedCopy
    appraisal: Mapping[str, Any]
    eligibility: Eligibility
    holds: tuple[HoldOnRecord, ...]
    copies: tuple[OtherCopy, ...]
    claim: Mapping[str, Any] | None = None
    format_id: str = ""
    statements: tuple[Attestation, ...] = ()
    successor: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return everything under the names of the command line's contract."""
        answer = self.eligibility
        return {
            "schema_version": 1,
            "source": self.item.copy.source_id,
            **path_fields(self.item.path),
            "copy_state": self.item.copy.state,
            "digest": self.item.sha256,
            "size_bytes": self.item.copy.size_bytes,
            **fields_of(self.item.copy.facts),
            "format_id": self.format_id,
            "disposal_class": self.item.class_id,
            "confidence": self.appraisal.get("confidence"),
            "state": self.item.outcome,
            "cues": self.appraisal.get("cues", []),
            "runner_up": self.appraisal.get("runner_up"),
            "trigger": self.appraisal.get("trigger"),
            "due": self.appraisal.get("due"),
            "eligibility": {
                "state": answer.state,
                "queue": answer.queue,
                "as_of": answer.as_of.isoformat(),
                "reasons": list(answer.reasons),
                "flags": list(answer.flags),
            },
            "holds": [hold.to_json() for hold in self.holds],
            "copies": [copy.to_json() for copy in self.copies],
            "successor": None if self.successor is None else path_fields(self.successor),
            "claim": self.claim,
            "case": None if self.item.case_path is None else path_fields(self.item.case_path),
            "statements": [statement_fields(one) for one in self.statements],
            "schedule_version": self.item.schedule_version,
        }


def explain(catalogue: Catalogue, path_or_copy: str | CopyId, register: HoldRegister, *, as_of: date) -> Explanation:
    """Return everything known of one record.

    Args:
        catalogue: Where it is known.
        path_or_copy: An absolute path or address below a registered root, `source:path` with a path below that
            root, or the number of a copy. Bytes that are not UTF-8 are carried as surrogate escapes.
        register: The holds in force.
        as_of: The day eligibility is asked for.

    Raises:
        UnknownThingError: No scan has seen it, or it lies below no registered root.
    """
    with catalogue.reading() as tx:
        item = _found(tx, path_or_copy)
        appraised = {} if item.outcome is None else appraisals.explanation(tx, item.copy.copy_id)
        copies = _other_copies(tx, item)
        successor = _successor(tx, item)
        claim = claims.claim_of(tx, item.copy.copy_id)
        said = attestations.about(tx, item.copy.source_id, item.path)
        format_id = "" if item.sha256 is None else contents.format_of(tx, item.sha256)
    return Explanation(
        item=item,
        appraisal=appraised,
        eligibility=eligibility(item, register, as_of=as_of),
        holds=_holds(item, register),
        copies=copies,
        claim=None if claim is None else {"import": claim.import_id, **claim.statement},
        format_id=format_id,
        statements=tuple(one for one in said if not one.is_about_case or one.path == item.case_path),
        successor=successor,
    )


def _found(tx: Transaction, path_or_copy: str | CopyId) -> AppraisedCopy:
    if isinstance(path_or_copy, int):
        item = next(records.appraised(tx, copy_id=path_or_copy), None)
    else:
        try:
            source, path = located(tx, path_or_copy)
        except UnknownThingError as error:
            raise _unknown(path_or_copy) from error
        item = next(records.appraised(tx, source_id=source.source_id, path=path), None)
    if item is None:
        raise _unknown(path_or_copy)
    return item


def _other_copies(tx: Transaction, item: AppraisedCopy) -> tuple[OtherCopy, ...]:
    if item.sha256 is None:
        return ()
    same = records.appraised(tx, sha256=item.sha256)
    others = (other.copy for other in same if other.copy.copy_id != item.copy.copy_id)
    return tuple(
        OtherCopy(source_id=copy.source_id, path=copy.path, state=copy.state)
        for copy in islice(others, MAX_COPIES_NAMED)
    )


def _successor(tx: Transaction, item: AppraisedCopy) -> str | None:
    """Return the path of the later version that lies beside a file, if there is one."""
    folder, slash, name = item.path.rpartition("/")
    beside = records.files_beside(tx, item.copy.source_id, item.path, limit=_MOST_BESIDE)
    siblings = [Sibling(name=other, modified_on=_day(modified_ns)) for other, modified_ns in beside]
    found = successor_of(Sibling(name=name, modified_on=_day(item.copy.modified_ns)), siblings)
    return None if found is None else f"{folder}{slash}{found.name}"


def _day(modified_ns: int) -> date:
    try:
        return datetime.fromtimestamp(modified_ns / _NS_A_SECOND, UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max


def _holds(item: AppraisedCopy, register: HoldRegister) -> tuple[HoldOnRecord, ...]:
    return tuple(
        HoldOnRecord(
            hold_id=hold.hold_id,
            kind=hold.kind,
            reason=hold.reason,
            scope=hold.scope.in_words(),
            is_by_copy=not hold.covers(item),
        )
        for hold in register.holds_on(item)
    )


def _unknown(path_or_copy: str | CopyId) -> UnknownThingError:
    return UnknownThingError(kind="record", name=shown(str(path_or_copy)))

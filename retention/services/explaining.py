"""Explaining one record: its class and every cue, its dates and the arithmetic, its holds, its copies."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from retention.domain.eligibility import AppraisedCopy, Eligibility
from retention.domain.holds import HoldRegister
from retention.domain.naming import path_fields, shown
from retention.domain.records import CopyId
from retention.errors import UnknownThingError
from retention.services.reporting import eligibility
from retention.store import appraisals, assets, claims, contents, records
from retention.store.catalogue import Catalogue, Transaction

MAX_COPIES_NAMED = 100


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
    """

    item: AppraisedCopy
    appraisal: Mapping[str, Any]
    eligibility: Eligibility
    holds: tuple[HoldOnRecord, ...]
    copies: tuple[OtherCopy, ...]
    claim: Mapping[str, Any] | None = None
    format_id: str = ""

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
            "claim": self.claim,
            "schedule_version": self.item.schedule_version,
        }


def explain(catalogue: Catalogue, path_or_copy: str | CopyId, register: HoldRegister, *, as_of: date) -> Explanation:
    """Return everything known of one record.

    Args:
        catalogue: Where it is known.
        path_or_copy: An absolute path below a registered root, `source:path` with a path below that root,
            or the number of a copy. Bytes that are not UTF-8 are carried as surrogate escapes.
        register: The holds in force.
        as_of: The day eligibility is asked for.

    Raises:
        UnknownThingError: No scan has seen it, or it lies below no registered root.
    """
    with catalogue.reading() as tx:
        item = _found(tx, path_or_copy)
        appraised = {} if item.outcome is None else appraisals.explanation(tx, item.copy.copy_id)
        copies = _other_copies(tx, item)
        claim = claims.claim_of(tx, item.copy.copy_id)
        format_id = "" if item.sha256 is None else contents.format_of(tx, item.sha256)
    return Explanation(
        item=item,
        appraisal=appraised,
        eligibility=eligibility(item, register, as_of=as_of),
        holds=_holds(item, register),
        copies=copies,
        claim=None if claim is None else {"import": claim.import_id, **claim.statement},
        format_id=format_id,
    )


def _found(tx: Transaction, path_or_copy: str | CopyId) -> AppraisedCopy:
    if isinstance(path_or_copy, int):
        item = next(records.appraised(tx, copy_id=path_or_copy), None)
    else:
        source_id, path = _located(tx, path_or_copy)
        item = next(records.appraised(tx, source_id=source_id, path=path), None)
    if item is None:
        raise _unknown(path_or_copy)
    return item


def _located(tx: Transaction, words: str) -> tuple[str, str]:
    source_id, colon, path = words.partition(":")
    if colon and any(source.source_id == source_id for source in assets.sources(tx)):
        return source_id, path.strip("/")
    # links in the folders are resolved, as they were for the root; the last name is what was scanned
    folder, name = os.path.split(os.path.abspath(words))  # noqa: PTH100  # names may be any bytes
    for candidate in (os.path.join(folder, name), os.path.join(os.path.realpath(folder), name)):  # noqa: PTH118
        if (found := assets.source_of_path(tx, candidate)) is not None:
            return found[0].source_id, found[1]
    raise _unknown(words)


def _other_copies(tx: Transaction, item: AppraisedCopy) -> tuple[OtherCopy, ...]:
    if item.sha256 is None:
        return ()
    same = records.appraised(tx, sha256=item.sha256)
    others = (other.copy for other in same if other.copy.copy_id != item.copy.copy_id)
    return tuple(
        OtherCopy(source_id=copy.source_id, path=copy.path, state=copy.state)
        for copy in islice(others, MAX_COPIES_NAMED)
    )


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

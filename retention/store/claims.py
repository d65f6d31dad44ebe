"""What exports claim: each import with its account, and the records it tells of, which lie in other systems.

A claimed record is a copy like any other to the rules and to holds; what marks it is its row here, and as long
as that row is there it can never be proposed.
"""

import json
import os
import zlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from retention.domain.assets import SourceId
from retention.domain.naming import shown
from retention.domain.records import CopyId, CopyState
from retention.errors import UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, loaded_or_none, stored
from retention.store.ranges import stored_instant_ns
from retention.store.schema import appraisal, claim, export_import, record_copy

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportImport:
    """One reading of an export; `account` is what was made of its columns and rows, once it is finished."""

    import_id: str
    source_id: SourceId
    imported_at: datetime
    imported_by: str
    description: Mapping[str, Any]
    account: Mapping[str, Any] = field(default_factory=dict)
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an export claims about one record; `statement` is all of it, as JSON values.

    `modified_ns` is None when the export does not say when the record was last changed.
    """

    location: str
    kind: str
    media_type: str
    size_bytes: int | None
    modified_ns: int | None
    is_deleted: bool
    protections: tuple[str, ...]
    properties: Mapping[str, str]
    statement: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClaim:
    """A claim as it was kept, with the import it came from."""

    import_id: str
    kind: str
    protections: tuple[str, ...]
    statement: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedHash:
    """A hash that an export states for a record; `size_bytes` is None when it states no size."""

    location: str
    algorithm: str
    value: str
    size_bytes: int | None


def begin_import(tx: Transaction, begun: ExportImport) -> None:
    """Note that an export is being read."""
    tx.connection.execute(
        insert(export_import).values(
            import_id=begun.import_id,
            source_id=begun.source_id,
            imported_at=stored(begun.imported_at),
            imported_by=begun.imported_by,
            description=_json(begun.description),
            account=_json(begun.account),
        )
    )


def put_claims(tx: Transaction, begun: ExportImport, claims: Sequence[Claim]) -> int:
    """Write what an export claims; return how many of the locations this import had named before.

    A location that is named twice keeps the protections of both.
    """
    repeated = 0
    for start in range(0, len(claims), _CHUNK):
        part = claims[start : start + _CHUNK]
        known = _known(tx, begun.source_id, [one.location for one in part])
        for one in part:
            was = known.get(one.location)
            if was is None:
                known[one.location] = _insert(tx, begun, one)
                continue
            is_repeated = was.import_id == begun.import_id
            repeated += is_repeated
            merged = (*was.protections, *one.protections) if is_repeated else one.protections
            known[one.location] = _update(tx, begun, one, was, protections=tuple(dict.fromkeys(merged)))
    return repeated


def finish_import(tx: Transaction, begun: ExportImport, *, account: Mapping[str, Any], at: datetime) -> int:
    """Close an import; what earlier imports of the source told of and this one does not is missing. Return how many."""
    tx.connection.execute(
        update(export_import)
        .where(export_import.c.import_id == begun.import_id)
        .values(account=_json(account), finished_at=stored(at))
    )
    unlisted = and_(
        record_copy.c.source_id == begun.source_id,
        record_copy.c.last_scan_id != begun.import_id,
        record_copy.c.state != CopyState.MISSING,
    )
    count = int(tx.connection.execute(select(func.count()).select_from(record_copy).where(unlisted)).scalar_one())
    tx.connection.execute(
        update(record_copy)
        .where(unlisted)
        .values(state=CopyState.MISSING, detail="the latest export no longer lists it")
    )
    return count


def imports(tx: Transaction, source_id: str) -> tuple[ExportImport, ...]:
    """Return every reading of an export of this source, oldest first."""
    rows = tx.connection.execute(
        select(export_import).where(export_import.c.source_id == source_id).order_by(export_import.c.imported_at)
    )
    return tuple(
        ExportImport(
            import_id=row["import_id"],
            source_id=SourceId(row["source_id"]),
            imported_at=loaded(row["imported_at"]),
            imported_by=row["imported_by"],
            description=json.loads(row["description"]),
            account=json.loads(row["account"]),
            finished_at=loaded_or_none(row["finished_at"]),
        )
        for row in rows.mappings()
    )


def claim_of(tx: Transaction, copy_id: int) -> StoredClaim | None:
    """Return what an export claims about a copy; None for a file on a share."""
    row = tx.connection.execute(select(claim).where(claim.c.copy_id == copy_id)).mappings().first()
    if row is None:
        return None
    return StoredClaim(
        import_id=row["import_id"],
        kind=row["kind"],
        protections=tuple(json.loads(row["protections"])),
        statement=json.loads(zlib.decompress(row["statement"])),
    )


def stated_hashes(tx: Transaction, source_id: str) -> Generator[ClaimedHash, None, None]:
    """Yield every hash that the exports of a source state for what they list now."""
    statement = (
        select(record_copy.c.path, claim.c.statement)
        .join(claim, claim.c.copy_id == record_copy.c.copy_id)
        .where(record_copy.c.source_id == source_id, record_copy.c.state == CopyState.PRESENT)
        .order_by(record_copy.c.path)
    )
    with tx.connection.execute(statement, execution_options={"yield_per": _CHUNK}) as rows:
        for row in rows:
            stated = json.loads(zlib.decompress(row.statement))
            for one in stated.get("hashes", ()):
                yield ClaimedHash(
                    location=os.fsdecode(row.path),
                    algorithm=one["algorithm"],
                    value=one["value"],
                    size_bytes=stated.get("size_bytes"),
                )


def attach_content(
    tx: Transaction, begun: ExportImport, location: str, *, sha256: str | None, finding: str = "", detail: str = ""
) -> None:
    """Note what we found ourselves in the bytes that came with the export: their digest, or why there is none.

    The digest that was last read stays when there is none now, as it does for files on shares: a hold on the record
    goes on protecting copies of it.

    Raises:
        UnknownThingError: The import tells of no such record.
    """
    where = and_(
        record_copy.c.source_id == begun.source_id,
        record_copy.c.path == os.fsencode(location),
        record_copy.c.last_scan_id == begun.import_id,
    )
    found = {"finding": finding or "claimed", "detail": shown(detail)}
    if sha256 is not None:
        found["sha256"] = sha256
    if tx.connection.execute(update(record_copy).where(where).values(**found)).rowcount != 1:
        raise UnknownThingError(kind="claimed record", name=shown(location))


@dataclass(frozen=True, slots=True)
class _Known:
    copy_id: CopyId
    import_id: str
    protections: tuple[str, ...]


def _known(tx: Transaction, source_id: str, locations: Sequence[str]) -> dict[str, _Known]:
    rows = tx.connection.execute(
        select(record_copy.c.copy_id, record_copy.c.path, claim.c.import_id, claim.c.protections)
        .join(claim, claim.c.copy_id == record_copy.c.copy_id)
        .where(
            record_copy.c.source_id == source_id,
            record_copy.c.path.in_([os.fsencode(location) for location in locations]),
        )
    )
    return {
        os.fsdecode(row.path): _Known(CopyId(row.copy_id), row.import_id, tuple(json.loads(row.protections)))
        for row in rows
    }


def _insert(tx: Transaction, begun: ExportImport, one: Claim) -> _Known:
    made = tx.connection.execute(
        insert(record_copy).values(
            **_copy_row(begun, one),
            source_id=begun.source_id,
            path=os.fsencode(one.location),
            path_text=shown(one.location),
            first_seen_at=stored(begun.imported_at),
        )
    ).inserted_primary_key
    if made is None:
        message = "the database gave a new copy no number"
        raise RuntimeError(message)
    tx.connection.execute(insert(claim).values(copy_id=made[0], **_claim_row(begun, one, one.protections)))
    return _Known(CopyId(made[0]), begun.import_id, one.protections)


def _update(tx: Transaction, begun: ExportImport, one: Claim, was: _Known, *, protections: tuple[str, ...]) -> _Known:
    tx.connection.execute(
        update(record_copy).where(record_copy.c.copy_id == was.copy_id).values(**_copy_row(begun, one))
    )
    tx.connection.execute(
        update(claim).where(claim.c.copy_id == was.copy_id).values(**_claim_row(begun, one, protections))
    )
    # dates and columns may have changed, so the rules must look at it again
    tx.connection.execute(appraisal.delete().where(appraisal.c.copy_id == was.copy_id))
    return _Known(was.copy_id, begun.import_id, protections)


def _copy_row(begun: ExportImport, one: Claim) -> dict[str, Any]:
    # A change nobody dates is as late as it can be, so that no period can end too early.
    latest_ns = int(begun.imported_at.timestamp()) * 1_000_000_000
    return {
        "state": CopyState.MISSING if one.is_deleted else CopyState.PRESENT,
        "finding": "claimed",
        "detail": "the export says that it was deleted" if one.is_deleted else "",
        "size_bytes": one.size_bytes or 0,
        "modified_ns": stored_instant_ns(latest_ns if one.modified_ns is None else one.modified_ns),
        "link_count": 1,
        "last_scan_id": begun.import_id,
        "last_finding": "claimed",
    }


def _claim_row(begun: ExportImport, one: Claim, protections: tuple[str, ...]) -> dict[str, Any]:
    return {
        "import_id": begun.import_id,
        "kind": one.kind,
        "media_type": one.media_type,
        "protections": json.dumps([shown(reason) for reason in protections]),
        "properties": _json(one.properties),
        "statement": zlib.compress(_json(one.statement).encode("ascii"), 1),
    }


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)  # ASCII, so that no odd name is refused by a database

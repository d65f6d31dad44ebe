"""The information asset register in the catalogue: who owns what, and the roots where it lives."""

import json
import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from retention.domain.assets import AssetId, InformationAsset, Source, SourceId, SourceKind
from retention.domain.naming import shown
from retention.domain.people import PersonId
from retention.errors import UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, stored
from retention.store.ranges import loaded_inode, stored_inode
from retention.store.schema import asset as asset_table
from retention.store.schema import source as source_table


def add_asset(tx: Transaction, asset: InformationAsset) -> None:
    """Register an information asset.

    Raises:
        StaleError: The name is registered already, or the owner is not (when the transaction ends).
    """
    tx.connection.execute(
        insert(asset_table).values(asset_id=asset.asset_id, title=asset.title, owner_id=asset.owner_id)
    )


def asset(tx: Transaction, asset_id: str) -> InformationAsset:
    """Return one information asset.

    Raises:
        UnknownThingError: There is none of that name.
    """
    row = tx.connection.execute(select(asset_table).where(asset_table.c.asset_id == asset_id)).mappings().first()
    if row is None:
        raise UnknownThingError(kind="asset", name=asset_id)
    return _asset(row)


def assets(tx: Transaction) -> tuple[InformationAsset, ...]:
    """Return every information asset, by name."""
    rows = tx.connection.execute(select(asset_table).order_by(asset_table.c.asset_id))
    return tuple(_asset(row) for row in rows.mappings())


def add_source(tx: Transaction, source: Source) -> None:
    """Register a root.

    Raises:
        StaleError: The name or the root is registered already (when the transaction ends).
    """
    tx.connection.execute(
        insert(source_table).values(
            source_id=source.source_id,
            root=os.fsencode(source.root),
            root_text=shown(source.root),
            root_inode=stored_inode(source.root_inode),
            asset_id=source.asset_id,
            added_at=stored(source.added_at),
            kind=source.kind,
            patterns=json.dumps({"include": source.include, "exclude": source.exclude}),
        )
    )


def set_root_inode(tx: Transaction, source_id: str, inode: int) -> None:
    """Know the root of a source by another folder number from now on."""
    tx.connection.execute(
        update(source_table).where(source_table.c.source_id == source_id).values(root_inode=stored_inode(inode))
    )


def source(tx: Transaction, source_id: str) -> Source:
    """Return one registered root.

    Raises:
        UnknownThingError: There is none of that name.
    """
    row = tx.connection.execute(select(source_table).where(source_table.c.source_id == source_id)).mappings().first()
    if row is None:
        raise UnknownThingError(kind="source", name=source_id)
    return _source(row)


def sources(tx: Transaction) -> tuple[Source, ...]:
    """Return every registered root, by name."""
    rows = tx.connection.execute(select(source_table).order_by(source_table.c.source_id))
    return tuple(_source(row) for row in rows.mappings())


def owners_of_sources(tx: Transaction) -> dict[str, str]:
    """Return who owns the asset of each registered root, by the root's name."""
    owners = select(source_table.c.source_id, asset_table.c.owner_id).join(
        asset_table, asset_table.c.asset_id == source_table.c.asset_id
    )
    return {row.source_id: row.owner_id for row in tx.connection.execute(owners)}


def source_of_path(tx: Transaction, path: str) -> tuple[Source, str] | None:
    """Return the root that the absolute `path` lies below, and the rest of the path; None when there is none."""
    for found in sources(tx):
        if found.kind is SourceKind.EXPORT:  # nothing of what it tells of lies below it
            continue
        root = found.root.rstrip("/") + "/"
        if path.startswith(root) and len(path) > len(root):
            return found, path.removeprefix(root)
    return None


def _asset(row: Mapping[Any, Any]) -> InformationAsset:
    return InformationAsset(asset_id=AssetId(row["asset_id"]), title=row["title"], owner_id=PersonId(row["owner_id"]))


def _source(row: Mapping[Any, Any]) -> Source:
    patterns = json.loads(row["patterns"])
    return Source(
        source_id=SourceId(row["source_id"]),
        root=os.fsdecode(row["root"]),
        root_inode=loaded_inode(row["root_inode"]),
        asset_id=AssetId(row["asset_id"]),
        added_at=loaded(row["added_at"]),
        kind=SourceKind(row["kind"]),
        include=tuple(patterns.get("include", ())),
        exclude=tuple(patterns.get("exclude", ())),
    )

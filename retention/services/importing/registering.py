"""Registering an export as a source: the asset its records belong to, and where the export itself lies."""

import os
from datetime import datetime

from retention.domain.assets import Source, SourceId, SourceKind
from retention.domain.naming import shown
from retention.errors import InvalidInputError
from retention.services.registering import source_name
from retention.store import assets
from retention.store.catalogue import Catalogue


def register_export(
    catalogue: Catalogue,
    *,
    path: str | os.PathLike[str],
    asset_id: str,
    at: datetime,
    source_id: str | None = None,
) -> Source:
    """Register the export at `path`, a file or a folder; its records will belong to the asset.

    Raises:
        UnknownThingError: There is no such asset.
        InvalidInputError: Nothing lies at the path, it is registered already, or the name is taken.
    """
    place = os.path.realpath(path)
    if not os.path.exists(place):  # noqa: PTH110  # paths are strings here: names may be any bytes
        raise InvalidInputError(
            what=f"nothing lies at {shown(os.fspath(path))}",
            not_done="Nothing was imported.",
            next_step="Correct the path, then try again.",
        )
    with catalogue.transaction() as tx:
        if any(other.root == place for other in assets.sources(tx)):
            raise InvalidInputError(
                what=f"{shown(place)} is registered already",
                not_done="Nothing was imported.",
                next_step="Read a newer export of the same records with: retention source import EXPORT --into NAME",
            )
        source = Source(
            source_id=SourceId(source_name(tx, source_id, place)),
            root=place,
            root_inode=os.stat(place).st_ino,  # noqa: PTH116
            asset_id=assets.asset(tx, asset_id).asset_id,
            added_at=at,
            kind=SourceKind.EXPORT,
        )
        assets.add_source(tx, source)
    return source

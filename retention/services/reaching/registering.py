"""Registering a share that is not mounted: its address and its asset, and never who asked."""

from collections.abc import Sequence
from datetime import datetime

from retention.domain.assets import Source, SourceId, SourceKind
from retention.domain.naming import shown
from retention.errors import RefusedByPolicyError
from retention.services.reaching.address import ShareAddress
from retention.services.reaching.share import RemoteShare
from retention.services.registering import check_patterns, source_name
from retention.store import assets
from retention.store.catalogue import Catalogue, Transaction


def register_share(
    catalogue: Catalogue,
    address: ShareAddress,
    share: RemoteShare,
    *,
    asset_id: str,
    at: datetime,
    source_id: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Source:
    """Register a share that is read over the network: what lies on it may be scanned, and never disposed of from here.

    Args:
        catalogue: Where it is registered.
        address: The share, or a folder on it.
        share: The same with who asks; it is reached once, so that a wrong address is known at once.
        asset_id: The information asset that lives there.
        at: When.
        source_id: Its short name; otherwise made from its address.
        include: Patterns of what to scan.
        exclude: Patterns of what to leave out.

    Raises:
        UnknownThingError: There is no such asset.
        SourceVanishedError: The share cannot be reached, or refuses this account.
        InvalidInputError: The name is taken, a pattern means nothing, or the extra `smb` is not installed.
        RefusedByPolicyError: It lies inside or above another registered share.
    """
    check_patterns(include, exclude)
    _volume, number = share.numbers()
    with catalogue.transaction() as tx:
        _check_beside_others(tx, address)
        source = Source(
            source_id=SourceId(source_name(tx, source_id, address.root)),
            root=address.root,
            root_inode=number,
            asset_id=assets.asset(tx, asset_id).asset_id,
            added_at=at,
            kind=SourceKind.REMOTE,
            include=tuple(include),
            exclude=tuple(exclude),
        )
        assets.add_source(tx, source)
    return source


def confirm_share(catalogue: Catalogue, source_id: str, share: RemoteShare) -> Source:
    """Accept the folder that lies at the address of a registered share now, because somebody looked at it.

    Raises:
        UnknownThingError: There is no such source.
        SourceVanishedError: The share cannot be reached, or refuses this account.
        InvalidInputError: The extra `smb` is not installed.
    """
    _volume, number = share.numbers()
    with catalogue.transaction() as tx:
        assets.set_root_inode(tx, source_id, number)
        return assets.source(tx, source_id)


def _check_beside_others(tx: Transaction, address: ShareAddress) -> None:
    for other in assets.sources(tx):
        if other.kind is SourceKind.REMOTE and _is_nested(address.key, ShareAddress.of_root(other.root).key):
            raise RefusedByPolicyError(
                what=f"{shown(address.root)} cannot be registered: it is, contains or lies in the root "
                f"{shown(other.root)} of source {other.source_id}",
                not_done="Nothing was registered.",
                next_step="One file must belong to one source only; choose roots beside each other.",
            )


def _is_nested(one: str, other: str) -> bool:
    first, second = f"{one}/", f"{other}/"
    return first.startswith(second) or second.startswith(first)

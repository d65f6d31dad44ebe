"""Looking after the catalogue's tables."""

from retention.store.catalogue import Catalogue
from retention.store.upgrading import CatalogueState, check, create_or_upgrade, state_of


def check_catalogue(catalogue: Catalogue) -> str:
    """Return in words whether the tables fit this version; raises what the catalogue's troubles are."""
    return f"The catalogue is {check(catalogue)}."


def upgrade_catalogue(catalogue: Catalogue) -> str:
    """Bring the tables up to this version, and say so.

    Raises:
        CatalogueUnavailableError: There is none yet, or a newer version of this program made it.
        CatalogueDamagedError: The database holds something else.
    """
    if state_of(catalogue) is CatalogueState.EMPTY:
        check(catalogue)  # an empty one in place of one that was lost would look like a clean start
    create_or_upgrade(catalogue)
    return "The catalogue is at the newest version."

"""Looking after the catalogue's tables."""

from retention.store.catalogue import Catalogue
from retention.store.upgrading import check, create_or_upgrade


def check_catalogue(catalogue: Catalogue) -> str:
    """Return in words whether the tables fit this version; raises what the catalogue's troubles are."""
    return f"The catalogue is {check(catalogue)}."


def upgrade_catalogue(catalogue: Catalogue) -> str:
    """Bring the tables up to this version, and say so."""
    create_or_upgrade(catalogue)
    return "The catalogue is at the newest version."

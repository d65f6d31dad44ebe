"""Walking a share: what is there, in a fixed order, without opening a file."""

from typing import TYPE_CHECKING

from scanners.on_demand import loading

if TYPE_CHECKING:
    from scanners.crawling.entries import FileRow, FolderListing, ListedEntry, Portion
    from scanners.crawling.pace import Pace, probe
    from scanners.crawling.patterns import PathPatterns, PatternError
    from scanners.crawling.residue import (
        Neighbours,
        Residue,
        ResidueKind,
        document_beside,
        documents_locked_by,
        is_fresh,
        residue_of,
    )
    from scanners.crawling.share_facts import DosAttributes, ShareFacts, mount_facts
    from scanners.crawling.units import Unit, UnitKind, units_of, units_of_listings
    from scanners.crawling.walking import crawl, crawl_folders, crawl_portions
else:
    __getattr__ = loading(
        __name__,
        {
            "entries": ("FileRow", "FolderListing", "ListedEntry", "Portion"),
            "pace": ("Pace", "probe"),
            "patterns": ("PathPatterns", "PatternError"),
            "residue": (
                "Neighbours",
                "Residue",
                "ResidueKind",
                "document_beside",
                "documents_locked_by",
                "is_fresh",
                "residue_of",
            ),
            "share_facts": ("DosAttributes", "ShareFacts", "mount_facts"),
            "units": ("Unit", "UnitKind", "units_of", "units_of_listings"),
            "walking": ("crawl", "crawl_folders", "crawl_portions"),
        },
    )

__all__ = [
    "DosAttributes",
    "FileRow",
    "FolderListing",
    "ListedEntry",
    "Neighbours",
    "Pace",
    "PathPatterns",
    "PatternError",
    "Portion",
    "Residue",
    "ResidueKind",
    "ShareFacts",
    "Unit",
    "UnitKind",
    "crawl",
    "crawl_folders",
    "crawl_portions",
    "document_beside",
    "documents_locked_by",
    "is_fresh",
    "mount_facts",
    "probe",
    "residue_of",
    "units_of",
    "units_of_listings",
]

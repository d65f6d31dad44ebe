"""A realistic council drive, invented from end to end, for `retention demo` and for tests.

Knows no other room of the product: it needs only the libraries that write documents.
"""

from retention.services.sample_drive.building import EARLIEST_AS_OF, build_sample_drive
from retention.services.sample_drive.planting import PlantedItem, PlantedKind, SampleDrive, SampleDriveError

__all__ = [
    "EARLIEST_AS_OF",
    "PlantedItem",
    "PlantedKind",
    "SampleDrive",
    "SampleDriveError",
    "build_sample_drive",
]

"""Made-up files and events for the tests of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file as a scan would describe it."""

    path: str
    text: str = ""
    media_type: str = "application/octet-stream"
    size_bytes: int = 1_000
    properties: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime = datetime(2020, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a person attested."""

    trigger: str
    on: date
    attested_by: str = "rita"
    basis: str = "contract register"

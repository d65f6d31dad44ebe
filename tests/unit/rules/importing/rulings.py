"""A file and an event about it, for tests that ask how an imported rule comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    path: str
    text: str = ""
    media_type: str = "text/plain"
    size_bytes: int = 1
    properties: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime = datetime(2001, 5, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    trigger: str
    on: date
    attested_by: str = "rita"
    basis: str = "the register"

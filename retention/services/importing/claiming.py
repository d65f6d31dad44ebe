"""Turning what an export states about a record into what the catalogue keeps of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from mimetypes import MimeTypes
from typing import Any

from retention.domain.naming import shown
from retention.store.claims import Claim
from scanners.exports.record import ExportedRecord, RecordKind

UNKNOWN_TYPE = "application/octet-stream"
# What a person would call a record; folders, system pages and entries of archives are counted and not listed.
LISTED = frozenset(RecordKind) - {RecordKind.FOLDER, RecordKind.SYSTEM, RecordKind.CONTAINER_MEMBER}

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TYPES = MimeTypes(filenames=())  # what the system happens to have installed must not change an answer
_COLUMN = "column:"


def claim_of_record(record: ExportedRecord) -> Claim:
    """Return the claim that a record of an export amounts to."""
    modified = None if record.modified is None else record.modified.at
    return Claim(
        location=location_of(record),
        kind=record.kind,
        media_type=_type_by_name(record.name),
        size_bytes=record.size_bytes,
        modified_ns=None if modified is None else _nanoseconds(modified),
        is_deleted=record.is_deleted,
        protections=record.protections,
        properties=dict(_properties(record)),
        statement=_statement(record),
    )


def location_of(record: ExportedRecord) -> str:
    """Return where the original lies as a path: its host or site first, `/` between the parts.

    A record whose export does not even say where it lies is known by where the export speaks of it.
    """
    plain = _SCHEME.sub("", record.original_location).replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    return shown("/".join(parts) or f"{record.evidence.file}/{record.evidence.place}/{record.name}")


def _properties(record: ExportedRecord) -> Iterator[tuple[str, str]]:
    """Yield what the rules may know of the record, a system's own dates under the names they already know."""
    for name, value in record.extra_fields.items():
        yield _COLUMN + shown(name), shown(value)
    instants = (("created_at", record.created), ("modified_at", record.modified))
    for name, stated in instants:
        if stated is not None and stated.at is not None:
            yield name, stated.at.isoformat()
    words: tuple[tuple[str, str | None], ...] = (
        ("author", record.created_by),
        ("last_modified_by", record.modified_by),
        ("content_type", record.content_type_name),
        ("library", record.library),
        ("site", record.site),
        ("retention_label", None if record.label is None else record.label.name),
        ("sensitivity_label", record.sensitivity_label),
    )
    for name, stated_words in words:
        if stated_words:
            yield name, shown(stated_words)


def _statement(record: ExportedRecord) -> dict[str, Any]:
    stated: dict[str, Any] = json.loads(json.dumps(asdict(record), default=_as_text))
    return {name: value for name, value in stated.items() if value not in (None, [], {}, "")}


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _type_by_name(name: str) -> str:
    return _TYPES.guess_type(shown(name), strict=False)[0] or UNKNOWN_TYPE


def _nanoseconds(moment: datetime) -> int:
    whole = int(moment.timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1_000

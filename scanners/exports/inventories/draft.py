"""A record while it is put together; frozen into an `ExportedRecord` once everything is known."""

from dataclasses import dataclass, field, fields

from scanners.exports.record import (
    ContentPlace,
    Evidence,
    ExportedRecord,
    RecordKind,
    RecordState,
    RecordVersion,
    RetentionLabel,
    StatedHash,
    StatedInstant,
)


@dataclass(slots=True, kw_only=True)
class Draft:
    """What is known of a record so far; the names are those of the record."""

    location: str = ""
    name: str = ""
    kind: RecordKind | None = None
    site: str | None = None
    library: str | None = None
    relative_path: str | None = None
    source_ids: dict[str, str] = field(default_factory=dict)
    size_bytes: int | None = None
    hashes: list[StatedHash] = field(default_factory=list)
    created: StatedInstant | None = None
    modified: StatedInstant | None = None
    created_by: str | None = None
    modified_by: str | None = None
    content_type_name: str | None = None
    content_type_id: str | None = None
    version_label: str | None = None
    versions: tuple[RecordVersion, ...] | None = None
    is_draft: bool | None = None
    checked_out_to: str | None = None
    label: RetentionLabel | None = None
    is_declared: bool | None = None
    is_locked: bool | None = None
    is_on_hold: bool | None = None
    sensitivity_label: str | None = None
    permissions: str | None = None
    is_deleted: bool = False
    parent_location: str = ""
    content: ContentPlace | None = None
    extra_fields: dict[str, str] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)

    def doubt(self, anomaly: str) -> None:
        """Note something odd in words, once."""
        if anomaly and anomaly not in self.anomalies:
            self.anomalies.append(anomaly)

    def freeze(self, evidence: Evidence) -> ExportedRecord:
        """Return the record; what a draft and a record call by one name is the same in both."""
        same = {name: getattr(self, name) for name in _SAME}
        return ExportedRecord(
            **same,
            original_location=self.location,
            kind=self.kind or RecordKind.FILE,
            evidence=evidence,
            hashes=tuple(self.hashes),
            state=RecordState(is_declared=self.is_declared, is_locked=self.is_locked, is_on_hold=self.is_on_hold),
            anomalies=tuple(self.anomalies),
        )


_MADE = frozenset({"kind", "hashes", "anomalies"})
_OWN = frozenset({"location", "is_declared", "is_locked", "is_on_hold"})
_SAME = tuple(one.name for one in fields(Draft) if one.name not in _MADE | _OWN)

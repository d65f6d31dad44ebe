"""A record while it is put together; frozen into an `ExportedRecord` once everything is known."""

from dataclasses import dataclass, field

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
        """Return the record."""
        return ExportedRecord(
            original_location=self.location,
            name=self.name,
            kind=self.kind or RecordKind.FILE,
            evidence=evidence,
            site=self.site,
            library=self.library,
            relative_path=self.relative_path,
            source_ids=self.source_ids,
            size_bytes=self.size_bytes,
            hashes=tuple(self.hashes),
            created=self.created,
            modified=self.modified,
            created_by=self.created_by,
            modified_by=self.modified_by,
            content_type_name=self.content_type_name,
            content_type_id=self.content_type_id,
            version_label=self.version_label,
            versions=self.versions,
            is_draft=self.is_draft,
            checked_out_to=self.checked_out_to,
            label=self.label,
            state=RecordState(is_declared=self.is_declared, is_locked=self.is_locked, is_on_hold=self.is_on_hold),
            sensitivity_label=self.sensitivity_label,
            permissions=self.permissions,
            is_deleted=self.is_deleted,
            parent_location=self.parent_location,
            content=self.content,
            extra_fields=self.extra_fields,
            anomalies=tuple(self.anomalies),
        )

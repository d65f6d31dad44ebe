"""What an export claims about one record, in one shape whatever it was exported by.

Every importer fills this shape or leaves a field None, which means *unknown*: a column that is missing states
nothing. An empty string, zero or False is a statement: nobody has it checked out, the label is none. Deleting an
export does not dispose of the record: `original_location` is what a disposal would have to be asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ExportKind(StrEnum):
    """What made an export."""

    INVENTORY = "inventory"
    PACKAGE = "package"
    TREE = "tree"
    EDISCOVERY = "ediscovery"
    MIGRATION_REPORT = "migration_report"
    SHARE = "share"


class RecordKind(StrEnum):
    """What one line of an export stands for."""

    FILE = "file"
    FOLDER = "folder"
    LIST_ITEM = "list_item"
    ATTACHMENT = "attachment"
    PAGE = "page"
    STUB = "stub"
    SHORTCUT = "shortcut"
    NOTEBOOK = "notebook"
    SYSTEM = "system"
    CONTAINER_MEMBER = "container_member"


class LabelType(StrEnum):
    """How strongly a retention label protects (Microsoft Purview: label, record label, regulatory record label)."""

    PLAIN = "plain"
    RECORD = "record"
    REGULATORY = "regulatory"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLabel:
    """A retention label as stated; the empty name states that there is none."""

    name: str
    type: LabelType = LabelType.UNKNOWN
    applied: "StatedInstant | None" = None
    applied_by: str | None = None
    is_explicit: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """What the other system says holds the record fast; None is unknown."""

    is_declared: bool | None = None
    is_locked: bool | None = None
    is_on_hold: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedInstant:
    """A moment as an export states it: the words as they stand, and what they were taken to mean.

    `at` is an aware UTC instant, or None when the words mean nothing certain; `assumed_zone` names the zone that
    was declared for words that state none, and is empty when they state one.
    """

    raw: str
    at: datetime | None
    assumed_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedHash:
    """A hash as an export states it: lower-case hexadecimal, or base64 where its makers write that (QuickXorHash)."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a claim stands: the control file, its digest, and the row, line or element inside it."""

    file: str
    sha256: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPlace:
    """Where the bytes lie, below the folder of the export; `part` is the name inside an archive, else empty."""

    path: str
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersion:
    """One version in the history of a record."""

    label: str
    size_bytes: int | None = None
    modified: StatedInstant | None = None
    modified_by: str | None = None
    content: ContentPlace | None = None
    is_current: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRecord:
    """One record as an export claims it to be."""

    original_location: str
    name: str
    kind: RecordKind
    evidence: Evidence
    site: str | None = None
    library: str | None = None
    relative_path: str | None = None
    source_ids: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int | None = None
    hashes: tuple[StatedHash, ...] = ()
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
    state: RecordState = RecordState()
    sensitivity_label: str | None = None
    permissions: str | None = None
    is_deleted: bool = False
    parent_location: str = ""
    content: ContentPlace | None = None
    extra_fields: Mapping[str, str] = field(default_factory=dict)
    anomalies: tuple[str, ...] = ()

    @property
    def protections(self) -> tuple[str, ...]:
        """Why nothing may be proposed for this record without an override, in words; empty when nothing protects it.

        Whatever is unknown protects (fail closed): Purview blocks deletion of every record label, and a label of
        unknown type may be one.
        """
        return (
            *_label_protections(self.label),
            *_state_protections(self.state),
            *_checkout_protections(self.checked_out_to),
            *(("it lies in the Preservation Hold library",) if _is_preserved(self) else ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFile:
    """A file of an export that says what is in it."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDescription:
    """What is known of an export as a whole; `limits` says in words what it leaves out by design."""

    kind: ExportKind
    form: str
    control_files: tuple[ControlFile, ...]
    tool: str | None = None
    tool_version: str | None = None
    produced: StatedInstant | None = None
    site: str | None = None
    limits: tuple[str, ...] = ()


def _label_protections(label: RetentionLabel | None) -> tuple[str, ...]:
    if label is None:
        return ("whether it has a retention label is unknown",)
    if not label.name or label.type is LabelType.PLAIN:
        return ()
    if label.type is LabelType.UNKNOWN:
        return (f"its retention label {label.name!r} may declare it a record",)
    kind = "a regulatory record" if label.type is LabelType.REGULATORY else "a record"
    return (f"its retention label {label.name!r} declares it {kind}",)


def _state_protections(state: RecordState) -> tuple[str, ...]:
    found: list[str] = []
    if state.is_declared is None:
        found.append("whether it was declared a record is unknown")
    elif state.is_declared:
        found.append("it was declared a record")
    if state.is_locked:
        found.append("it is locked as a record")
    if state.is_on_hold is None:
        found.append("whether it is on hold is unknown")
    elif state.is_on_hold:
        found.append("it is on hold")
    return tuple(found)


def _checkout_protections(checked_out_to: str | None) -> tuple[str, ...]:
    if checked_out_to is None:
        return ("whether somebody has it checked out is unknown",)
    return (f"it is checked out to {checked_out_to}",) if checked_out_to else ()


def _is_preserved(record: ExportedRecord) -> bool:
    words = f"{record.library or ''}/{record.original_location}".casefold()
    return any(name in words for name in ("preservation hold library", "preservationholdlibrary"))

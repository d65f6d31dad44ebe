"""The tables of the catalogue, declared once; everything runs on them through SQLAlchemy Core.

Paths are bytes (`os.fsencode`) with a text column beside them for people; instants are ISO 8601 text in
UTC with microseconds, civil dates ISO 8601 text, so that SQLite and PostgreSQL order them alike.
"""

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives row numbers to INTEGER keys only.
Serial = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Carries the naming convention; rows of these classes never leave the store."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, bytes: LargeBinary, int: BigInteger}


class PersonRow(Base):
    """Somebody who may be named as proposer, decider or owner."""

    __tablename__ = "person"
    person_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[str]  # space-separated, sorted
    os_user: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    is_retired: Mapped[bool] = mapped_column(default=False)


class AssetRow(Base):
    """An information asset and its owner."""

    __tablename__ = "asset"
    asset_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))


class SourceRow(Base):
    """A registered root."""

    __tablename__ = "source"
    source_id: Mapped[str] = mapped_column(primary_key=True)
    root: Mapped[bytes] = mapped_column(unique=True)
    root_text: Mapped[str]
    root_inode: Mapped[int]
    asset_id: Mapped[str] = mapped_column(ForeignKey("asset.asset_id"))
    added_at: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="share")  # or an export, of records that lie elsewhere
    patterns: Mapped[str] = mapped_column(server_default="{}")  # what a scan takes in and leaves out


class ScheduleRow(Base):
    """A published version of the retention schedule: its whole text, never changed."""

    __tablename__ = "schedule"
    schedule_version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    published_at: Mapped[str]
    position: Mapped[int] = mapped_column(unique=True)


class ScanRow(Base):
    """One pass over one source."""

    __tablename__ = "scan"
    scan_id: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.source_id"))
    state: Mapped[str]
    started_at: Mapped[str]
    finished_at: Mapped[str | None]
    folders: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(default=0)
    scope: Mapped[str | None]  # the folders it looks at, where that is not the whole source
    __table_args__ = (
        CheckConstraint("state in ('crawling', 'examining', 'done', 'abandoned')", name="state"),
        Index("ix_scan_source", "source_id", "state"),
    )


class ScanBatchRow(Base):
    """The scan's ledger: a batch is landed exactly once, with its rows, in one transaction."""

    __tablename__ = "scan_batch"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scan.scan_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    entries: Mapped[bytes]  # compressed list of what the crawl found
    __table_args__ = (
        CheckConstraint("state in ('todo', 'done', 'stuck')", name="state"),
        Index("ix_scan_batch_todo", "scan_id", "state", "number"),
    )


class ContentRow(Base):
    """What was read in the bytes with one digest; its text goes when the last copy is destroyed."""

    __tablename__ = "content"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str]
    text_read: Mapped[bool]
    is_unread: Mapped[bool]  # a type whose text we read, but this one could not be read
    words: Mapped[bytes | None]  # compressed text
    properties: Mapped[str]
    problems: Mapped[str]
    members: Mapped[bytes | None]  # compressed list of the first things found inside
    member_count: Mapped[int] = mapped_column(default=0)
    read_by: Mapped[str] = mapped_column(default="")  # the version that read it: a later one may read more
    __table_args__ = (Index("ix_content_size", "size_bytes"),)


class CopyRow(Base):
    """One location, and what the last scan found there."""

    __tablename__ = "record_copy"
    copy_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.source_id"))
    path: Mapped[bytes]
    path_text: Mapped[str]
    state: Mapped[str]
    finding: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    modified_ns: Mapped[int] = mapped_column(default=0)
    inode: Mapped[int] = mapped_column(default=0)
    device: Mapped[int] = mapped_column(default=0)
    link_count: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("content.sha256"))
    first_seen_at: Mapped[str]
    last_scan_id: Mapped[str]
    last_finding: Mapped[str] = mapped_column(default="examined")  # of that scan: examined, unchanged, ...
    changed_ns: Mapped[int] = mapped_column(default=0)  # when the system noted a change; nobody can set it back
    moved_from: Mapped[int | None]  # the copy_id of the location where this very file lay before
    __table_args__ = (
        UniqueConstraint("source_id", "path"),
        CheckConstraint("state in ('present', 'skipped', 'unreadable', 'missing', 'destroyed')", name="state"),
        Index("ix_record_copy_digest", "sha256", "size_bytes"),
        Index("ix_record_copy_scan", "source_id", "last_scan_id", "last_finding"),
    )


EXCLUDED = "excluded"  # why a folder was not listed that somebody left out on purpose: no trouble


class UnreadableFolderRow(Base):
    """A folder that the last scan could not list: whatever lies below it is unknown, not missing."""

    __tablename__ = "unreadable_folder"
    source_id: Mapped[str] = mapped_column(ForeignKey("source.source_id"), primary_key=True)
    path: Mapped[bytes] = mapped_column(primary_key=True)
    path_text: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str]
    scan_id: Mapped[str]


class AppraisalRow(Base):
    """What the rules made of one copy: everything but the day it is asked and the holds."""

    __tablename__ = "appraisal"
    copy_id: Mapped[int] = mapped_column(ForeignKey("record_copy.copy_id"), primary_key=True)
    schedule_version: Mapped[str] = mapped_column(ForeignKey("schedule.schedule_version"))
    outcome: Mapped[str]
    class_id: Mapped[str | None]
    action: Mapped[int | None]
    due_earliest: Mapped[str | None]
    due_latest: Mapped[str | None]
    explanation: Mapped[bytes]  # compressed JSON: cues, runner-up, trigger, arithmetic, reasons
    reasons: Mapped[str]
    questions: Mapped[str]
    flags: Mapped[str]
    __table_args__ = (Index("ix_appraisal_class", "class_id", "action", "due_latest"),)


class ExportImportRow(Base):
    """One reading of an export: what it says of itself, and what was made of its columns and rows."""

    __tablename__ = "export_import"
    import_id: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.source_id"), index=True)
    imported_at: Mapped[str]
    imported_by: Mapped[str]
    finished_at: Mapped[str | None]
    description: Mapped[str]
    account: Mapped[str]


class ClaimRow(Base):
    """What an export claims about a copy that lies in another system; while it is here, nothing is proposed."""

    __tablename__ = "claim"
    copy_id: Mapped[int] = mapped_column(ForeignKey("record_copy.copy_id"), primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("export_import.import_id"), index=True)
    kind: Mapped[str]
    media_type: Mapped[str]
    protections: Mapped[str]
    properties: Mapped[str]
    statement: Mapped[bytes]  # compressed JSON of the whole record as stated


class HoldRow(Base):
    """A disposal hold; lifted ones stay."""

    __tablename__ = "disposal_hold"
    hold_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    reason: Mapped[str]
    mandate: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    asset_id: Mapped[str | None]
    class_id: Mapped[str | None]
    path: Mapped[str | None]
    digest: Mapped[str | None]
    placed_at: Mapped[str]
    reassess_on: Mapped[str]
    state: Mapped[str]
    lifted_at: Mapped[str | None]
    lifted_by: Mapped[str | None]
    lifted_reason: Mapped[str | None]
    __table_args__ = (CheckConstraint("state in ('active', 'lifted')", name="state"),)


class BatchRow(Base):
    """A disposal batch; `revision` makes the slower of two deciders lose."""

    __tablename__ = "batch"
    batch_id: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("asset.asset_id"))
    class_id: Mapped[str]
    schedule_version: Mapped[str] = mapped_column(ForeignKey("schedule.schedule_version"))
    proposer_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    proposed_at: Mapped[str]
    manifest_root: Mapped[str]
    items: Mapped[int]
    size_bytes: Mapped[int]
    state: Mapped[str]
    revision: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'approved', 'kept', 'closed')", name="state"),
        Index("ix_batch_state", "state"),
    )


class BatchItemRow(Base):
    """One item of a batch, as it was when proposed; `is_open` keeps a copy out of a second open batch."""

    __tablename__ = "batch_item"
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.batch_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("record_copy.copy_id"))
    source_id: Mapped[str]
    path: Mapped[bytes]
    size_bytes: Mapped[int]
    modified_ns: Mapped[int]
    inode: Mapped[int]
    device: Mapped[int]
    sha256: Mapped[str]
    media_type: Mapped[str]
    class_id: Mapped[str]
    schedule_version: Mapped[str]
    due_on: Mapped[str]
    evidence: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        Index(
            "uq_batch_item_open_copy",
            "copy_id",
            unique=True,
            sqlite_where=text("is_open = 1"),  # as queries write it, or the index would not be used
            postgresql_where=text("is_open"),
        ),
        Index("ix_batch_item_copy", "copy_id"),
        Index("ix_batch_item_state", "batch_id", "state"),
    )


class DecisionRow(Base):
    """What a person decided on a batch, when, and of which list."""

    __tablename__ = "decision"
    decision_id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.batch_id"), index=True)
    decider_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    decision: Mapped[str]
    reason: Mapped[str]
    manifest_root: Mapped[str]
    excluded: Mapped[str]
    decided_at: Mapped[str]
    __table_args__ = (CheckConstraint("decision in ('approve', 'keep')", name="decision"),)


class OutboxRow(Base):
    """What must reach the destruction log: written with the change it tells of, appended right after."""

    __tablename__ = "log_outbox"
    position: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    entry_id: Mapped[str] = mapped_column(unique=True)
    draft: Mapped[str]
    seq: Mapped[int | None]
    __table_args__ = (Index("ix_log_outbox_seq", "seq"),)


class CertificateRow(Base):
    """An issued certificate; the log holds its digest."""

    __tablename__ = "certificate"
    certificate_id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.batch_id"), unique=True)
    issued_at: Mapped[str]
    envelope: Mapped[str]


class CounterRow(Base):
    """Small numbers that only go up, such as the version of the hold register."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


def table(row: type[Base]) -> Table:
    """Return the Core table a row class declares."""
    found = row.__table__
    if not isinstance(found, Table):  # pragma: no cover  # every row above maps one table
        raise TypeError(row)
    return found


person = table(PersonRow)
asset = table(AssetRow)
source = table(SourceRow)
schedule = table(ScheduleRow)
scan = table(ScanRow)
scan_batch = table(ScanBatchRow)
content = table(ContentRow)
record_copy = table(CopyRow)
unreadable_folder = table(UnreadableFolderRow)
appraisal = table(AppraisalRow)
export_import = table(ExportImportRow)
claim = table(ClaimRow)
disposal_hold = table(HoldRow)
batch = table(BatchRow)
batch_item = table(BatchItemRow)
decision = table(DecisionRow)
log_outbox = table(OutboxRow)
certificate = table(CertificateRow)
counter = table(CounterRow)

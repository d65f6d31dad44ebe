"""The tables of the catalogue, declared once; everything runs on them through SQLAlchemy Core.

Paths are bytes (`os.fsencode`) with a text column beside them for people; instants are ISO 8601 text in
UTC with microseconds, civil dates ISO 8601 text, so that SQLite and PostgreSQL order them alike.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
)

from retention.store.declaring import METADATA, Serial, column, table
from retention.store.sums_tables import (
    changed_content,
    changed_part,
    duplicate,
    duplicate_total,
    tally,
    tally_kind,
)

__all__ = [
    "EXCLUDED",
    "METADATA",
    "appraisal",
    "asset",
    "attestation",
    "batch",
    "batch_item",
    "certificate",
    "changed_content",
    "changed_part",
    "claim",
    "content",
    "counter",
    "decision",
    "disposal_hold",
    "duplicate",
    "duplicate_total",
    "export_import",
    "log_outbox",
    "person",
    "record_copy",
    "scan",
    "scan_batch",
    "schedule",
    "source",
    "tally",
    "tally_kind",
    "unreadable_folder",
]

person = table(
    "person",
    column("person_id", Text, primary_key=True),
    column("name", Text),
    column("roles", Text),  # space-separated, sorted
    column("os_user", Text, unique=True, nullable=True),
    column("password_hash", Text, nullable=True),
    column("is_retired", Boolean, default=False),
)
"""Somebody who may be named as proposer, decider or owner."""

asset = table(
    "asset",
    column("asset_id", Text, primary_key=True),
    column("title", Text),
    column("owner_id", Text, ForeignKey("person.person_id")),
)
"""An information asset and its owner."""

source = table(
    "source",
    column("source_id", Text, primary_key=True),
    column("root", LargeBinary, unique=True),
    column("root_text", Text),
    column("root_inode", BigInteger),
    column("asset_id", Text, ForeignKey("asset.asset_id")),
    column("added_at", Text),
    column("kind", Text, server_default="share"),  # or an export, of records that lie elsewhere
    column("patterns", Text, server_default="{}"),  # what a scan takes in and leaves out
)
"""A registered root."""

schedule = table(
    "schedule",
    column("schedule_version", Text, primary_key=True),
    column("content", Text),
    column("published_at", Text),
    column("position", BigInteger, unique=True),
)
"""A published version of the retention schedule: its whole text, never changed."""

scan = table(
    "scan",
    column("scan_id", Text, primary_key=True),
    column("source_id", Text, ForeignKey("source.source_id")),
    column("state", Text),
    column("started_at", Text),
    column("finished_at", Text, nullable=True),
    column("folders", BigInteger, default=0),
    column("files", BigInteger, default=0),
    column("size_bytes", BigInteger, default=0),
    column("scope", Text, nullable=True),  # the folders it looks at, where that is not the whole source
    CheckConstraint("state in ('crawling', 'examining', 'done', 'abandoned')", name="state"),
    Index("ix_scan_source", "source_id", "state"),
)
"""One pass over one source."""

scan_batch = table(
    "scan_batch",
    column("scan_id", Text, ForeignKey("scan.scan_id"), primary_key=True),
    column("number", BigInteger, primary_key=True),
    column("state", Text),
    column("tries", BigInteger, default=0),
    column("entries", LargeBinary),  # compressed list of what the crawl found
    CheckConstraint("state in ('todo', 'done', 'stuck')", name="state"),
    Index("ix_scan_batch_todo", "scan_id", "state", "number"),
)
"""The scan's ledger: a batch is landed exactly once, with its rows, in one transaction."""

content = table(
    "content",
    column("sha256", Text, primary_key=True),
    column("size_bytes", BigInteger),
    column("media_type", Text),
    column("text_read", Boolean),
    column("is_unread", Boolean),  # a type whose text we read, but this one could not be read
    column("words", LargeBinary, nullable=True),  # compressed text
    column("properties", Text),
    column("problems", Text),
    column("members", LargeBinary, nullable=True),  # compressed list of the first things found inside
    column("member_count", BigInteger, default=0),
    column("read_by", Text, default=""),  # the version that read it: a later one may read more
    Index("ix_content_size", "size_bytes"),
)
"""What was read in the bytes with one digest; its text goes when the last copy is destroyed."""

record_copy = table(
    "record_copy",
    column("copy_id", Serial, primary_key=True, autoincrement=True),
    column("source_id", Text, ForeignKey("source.source_id")),
    column("path", LargeBinary),
    column("path_text", Text),
    column("state", Text),
    column("finding", Text, default=""),
    column("detail", Text, default=""),
    column("size_bytes", BigInteger, default=0),
    column("modified_ns", BigInteger, default=0),
    column("inode", BigInteger, default=0),
    column("device", BigInteger, default=0),
    column("link_count", BigInteger, default=0),
    column("sha256", Text, ForeignKey("content.sha256"), nullable=True),
    column("first_seen_at", Text),
    column("last_scan_id", Text),
    column("last_finding", Text, default="examined"),  # of that scan: examined, unchanged, ...
    column("changed_ns", BigInteger, default=0),  # when the system noted a change; nobody can set it back
    column("moved_from", BigInteger, nullable=True),  # the copy_id of the location where this very file lay before
    # what the file system said when the file was examined; without a value nobody was asked, or it did not say
    column("file_owner", Text, nullable=True),
    column("file_attributes", BigInteger, nullable=True),
    column("file_created_ns", BigInteger, nullable=True),
    column("here_since", Text, nullable=True),  # when this content was first seen here; without it: first_seen_at
    UniqueConstraint("source_id", "path"),
    CheckConstraint("state in ('present', 'skipped', 'unreadable', 'missing', 'destroyed')", name="state"),
    Index("ix_record_copy_digest", "sha256", "size_bytes"),
    Index("ix_record_copy_scan", "source_id", "last_scan_id", "last_finding"),
)
"""One location, and what the last scan found there."""

EXCLUDED = "excluded"  # why a folder was not listed that somebody left out on purpose: no trouble

unreadable_folder = table(
    "unreadable_folder",
    column("source_id", Text, ForeignKey("source.source_id"), primary_key=True),
    column("path", LargeBinary, primary_key=True),
    column("path_text", Text),
    column("reason", Text),
    column("detail", Text),
    column("scan_id", Text),
)
"""A folder that the last scan could not list: whatever lies below it is unknown, not missing."""

appraisal = table(
    "appraisal",
    column("copy_id", Serial, ForeignKey("record_copy.copy_id"), primary_key=True),
    column("schedule_version", Text, ForeignKey("schedule.schedule_version")),
    column("outcome", Text),
    column("class_id", Text, nullable=True),
    column("action", BigInteger, nullable=True),
    column("due_earliest", Text, nullable=True),
    column("due_latest", Text, nullable=True),
    column("explanation", LargeBinary),  # compressed JSON: cues, runner-up, trigger, arithmetic, reasons
    column("reasons", Text),
    column("questions", Text),
    column("flags", Text),
    column(
        "case_path", LargeBinary, nullable=True
    ),  # the folder or file that falls due as one and is asked about as one
    column("asked", Text, server_default="[]"),  # what would settle it
    column("is_stale", Boolean, server_default=false()),  # something was said or found out since
    column(
        "seen", Text, nullable=True
    ),  # the classes that something spoke for: another version of theirs may change it
    Index("ix_appraisal_class", "class_id", "action", "due_latest"),
)
"""What the rules made of one copy: everything but the day it is asked and the holds."""

attestation = table(
    "attestation",
    column("attestation_id", Text, primary_key=True),
    column("source_id", Text, ForeignKey("source.source_id")),
    column("path", LargeBinary),
    column("path_text", Text),
    column("reach", Text),
    column("key", Text),
    column("happened_on", Text, nullable=True),  # of an event
    column("holds", Boolean, nullable=True),  # of a fact
    column("basis", Text),
    column("classes", Text),
    column("stated_by", Text, ForeignKey("person.person_id")),
    column("stated_at", Text),
    column("state", Text),
    column("ended_at", Text, nullable=True),
    column("ended_by", Text, nullable=True),
    column("ended_reason", Text, nullable=True),
    column("replaced_by", Text, nullable=True),
    CheckConstraint("state in ('active', 'replaced', 'withdrawn')", name="state"),
    CheckConstraint("reach in ('case', 'everything')", name="reach"),
    CheckConstraint("(happened_on is null) <> (holds is null)", name="says_one_thing"),
    Index("ix_attestation_place", "source_id", "path"),
)
"""What a person said about a case or file: a day or a fact. Nothing is overwritten: it is replaced or withdrawn."""

export_import = table(
    "export_import",
    column("import_id", Text, primary_key=True),
    column("source_id", Text, ForeignKey("source.source_id"), index=True),
    column("imported_at", Text),
    column("imported_by", Text),
    column("finished_at", Text, nullable=True),
    column("description", Text),
    column("account", Text),
)
"""One reading of an export: what it says of itself, and what was made of its columns and rows."""

claim = table(
    "claim",
    column("copy_id", Serial, ForeignKey("record_copy.copy_id"), primary_key=True),
    column("import_id", Text, ForeignKey("export_import.import_id"), index=True),
    column("kind", Text),
    column("media_type", Text),
    column("protections", Text),
    column("properties", Text),
    column("statement", LargeBinary),  # compressed JSON of the whole record as stated
)
"""What an export claims about a copy that lies in another system; while it is here, nothing is proposed."""

disposal_hold = table(
    "disposal_hold",
    column("hold_id", Text, primary_key=True),
    column("kind", Text),
    column("reason", Text),
    column("mandate", Text),
    column("owner_id", Text, ForeignKey("person.person_id")),
    column("asset_id", Text, nullable=True),
    column("class_id", Text, nullable=True),
    column("path", Text, nullable=True),
    column("digest", Text, nullable=True),
    column("placed_at", Text),
    column("reassess_on", Text),
    column("state", Text),
    column("lifted_at", Text, nullable=True),
    column("lifted_by", Text, nullable=True),
    column("lifted_reason", Text, nullable=True),
    CheckConstraint("state in ('active', 'lifted')", name="state"),
)
"""A disposal hold; lifted ones stay."""

batch = table(
    "batch",
    column("batch_id", Text, primary_key=True),
    column("asset_id", Text, ForeignKey("asset.asset_id")),
    column("class_id", Text),
    column("schedule_version", Text, ForeignKey("schedule.schedule_version")),
    column("proposer_id", Text, ForeignKey("person.person_id")),
    column("proposed_at", Text),
    column("manifest_root", Text),
    column("items", BigInteger),
    column("size_bytes", BigInteger),
    column("state", Text),
    column("revision", BigInteger, default=0),
    CheckConstraint("state in ('proposed', 'approved', 'kept', 'closed')", name="state"),
    Index("ix_batch_state", "state"),
)
"""A disposal batch; `revision` makes the slower of two deciders lose."""

batch_item = table(
    "batch_item",
    column("batch_id", Text, ForeignKey("batch.batch_id"), primary_key=True),
    column("number", BigInteger, primary_key=True),
    column("copy_id", Serial, ForeignKey("record_copy.copy_id")),
    column("source_id", Text),
    column("path", LargeBinary),
    column("size_bytes", BigInteger),
    column("modified_ns", BigInteger),
    column("inode", BigInteger),
    column("device", BigInteger),
    column("sha256", Text),
    column("media_type", Text),
    column("class_id", Text),
    column("schedule_version", Text),
    column("due_on", Text),
    column("evidence", Text),
    column("state", Text),
    column("reason", Text, default=""),
    column("is_open", Boolean, default=True),
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
"""One item of a batch, as it was when proposed; `is_open` keeps a copy out of a second open batch."""

decision = table(
    "decision",
    column("decision_id", Text, primary_key=True),
    column("batch_id", Text, ForeignKey("batch.batch_id"), index=True),
    column("decider_id", Text, ForeignKey("person.person_id")),
    column("decision", Text),
    column("reason", Text),
    column("manifest_root", Text),
    column("excluded", Text),
    column("decided_at", Text),
    CheckConstraint("decision in ('approve', 'keep')", name="decision"),
)
"""What a person decided on a batch, when, and of which list."""

log_outbox = table(
    "log_outbox",
    column("position", Serial, primary_key=True, autoincrement=True),
    column("entry_id", Text, unique=True),
    column("draft", Text),
    column("seq", BigInteger, nullable=True),
    Index("ix_log_outbox_seq", "seq"),
)
"""What must reach the destruction log: written with the change it tells of, appended right after."""

certificate = table(
    "certificate",
    column("certificate_id", Text, primary_key=True),
    column("batch_id", Text, ForeignKey("batch.batch_id")),
    column("issued_at", Text),
    column("envelope", Text),
    Index("ix_certificate_batch", "batch_id"),
)
"""An issued certificate; the log holds its digest. One that replaces another stands beside it."""

counter = table(
    "counter",
    column("name", Text, primary_key=True),
    column("value", BigInteger),
)
"""Small numbers that only go up, such as the version of the hold register."""

"""Sums that are kept: copies counted in kinds, contents in several files, and notes of what changed since.

The notes are made by triggers, so that no way of changing a copy can forget them. PostgreSQL notes once for each
transaction, so that two that change the same part need not wait for each other; SQLite has one writer at a time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

def upgrade() -> None:
    """Make the tables and the triggers; everything that is there must be counted."""
    _make_tables()
    op.execute("INSERT INTO duplicate_total (total_id, groups, spare_files, spare_bytes) VALUES (1, 0, 0, 0)")
    op.execute("INSERT INTO changed_part (part, made_by) SELECT DISTINCT copy_id / 256, 0 FROM record_copy")
    op.execute(
        "INSERT INTO changed_content (sha256, made_by) "
        "SELECT sha256, 0 FROM record_copy WHERE sha256 IS NOT NULL GROUP BY sha256 HAVING count(*) > 1"
    )
    for statement in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take them away again."""
    for statement in _OFF_SQLITE if op.get_bind().dialect.name == "sqlite" else _OFF_POSTGRESQL:
        op.execute(statement)
    op.drop_index(op.f("ix_tally_part"), table_name="tally")
    for table in ("changed_content", "duplicate_total", "duplicate", "changed_part", "tally", "tally_kind"):
        op.drop_table(table)


def _make_tables() -> None:
    op.create_table(
        "tally_kind",
        sa.Column("kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("may_be_due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind_id", name=op.f("pk_tally_kind")),
        sa.UniqueConstraint("facet", "words", name=op.f("uq_tally_kind_facet")),
    )
    op.create_table(
        "tally",
        sa.Column("kind_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_latest", sa.Text(), nullable=False),
        sa.Column("due_earliest", sa.Text(), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind_id", "due_latest", "due_earliest", "part", name=op.f("pk_tally")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tally_part"), "tally", ["part"], unique=False)
    op.create_table(
        "changed_part",
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_by", sa.BigInteger(), autoincrement=False, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("part", "made_by", name=op.f("pk_changed_part")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_duplicate")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_total",
        sa.Column("total_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("groups", sa.BigInteger(), nullable=False),
        sa.Column("spare_files", sa.BigInteger(), nullable=False),
        sa.Column("spare_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("total_id", name=op.f("pk_duplicate_total")),
    )
    op.create_table(
        "changed_content",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), autoincrement=False, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("sha256", "made_by", name=op.f("pk_changed_content")),
        sqlite_with_rowid=False,
    )


# A new file makes both its notes in one trigger, and notes its content only if another copy has it: what it costs is
# paid by each of a hundred thousand.
_ON_SQLITE = (
    """
    CREATE TRIGGER count_record_copy_insert AFTER INSERT ON record_copy
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
        INSERT INTO changed_content (sha256) SELECT NEW.sha256
            WHERE EXISTS (SELECT 1 FROM record_copy WHERE sha256 = NEW.sha256 AND copy_id <> NEW.copy_id)
            AND NEW.sha256 NOT IN (SELECT sha256 FROM changed_content);
    END
    """,
    """
    CREATE TRIGGER count_record_copy_delete AFTER DELETE ON record_copy
    BEGIN
        INSERT INTO changed_part (part) SELECT OLD.copy_id / 256
            WHERE OLD.copy_id / 256 NOT IN (SELECT part FROM changed_part);
        INSERT INTO changed_content (sha256) SELECT OLD.sha256
            WHERE OLD.sha256 IS NOT NULL AND OLD.sha256 NOT IN (SELECT sha256 FROM changed_content);
    END
    """,
    """
    CREATE TRIGGER count_record_copy_update AFTER UPDATE OF state, finding, sha256, link_count, size_bytes,
        source_id ON record_copy
        WHEN OLD.state IS NOT NEW.state OR OLD.finding IS NOT NEW.finding OR OLD.sha256 IS NOT NEW.sha256 OR
            OLD.link_count IS NOT NEW.link_count OR OLD.size_bytes IS NOT NEW.size_bytes OR OLD.source_id IS NOT
            NEW.source_id
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_appraisal_insert AFTER INSERT ON appraisal
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_appraisal_delete AFTER DELETE ON appraisal
    BEGIN
        INSERT INTO changed_part (part) SELECT OLD.copy_id / 256
            WHERE OLD.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_appraisal_update AFTER UPDATE OF outcome, class_id, action, due_earliest, due_latest,
        flags, is_stale ON appraisal
        WHEN OLD.outcome IS NOT NEW.outcome OR OLD.class_id IS NOT NEW.class_id OR OLD.action IS NOT NEW.action
            OR OLD.due_earliest IS NOT NEW.due_earliest OR OLD.due_latest IS NOT NEW.due_latest OR OLD.flags IS
            NOT NEW.flags OR OLD.is_stale IS NOT NEW.is_stale
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_claim_insert AFTER INSERT ON claim
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
        INSERT INTO changed_content (sha256) SELECT sha256 FROM record_copy
            WHERE copy_id = NEW.copy_id
            AND sha256 IS NOT NULL AND sha256 NOT IN (SELECT sha256 FROM changed_content);
    END
    """,
    """
    CREATE TRIGGER count_claim_delete AFTER DELETE ON claim
    BEGIN
        INSERT INTO changed_part (part) SELECT OLD.copy_id / 256
            WHERE OLD.copy_id / 256 NOT IN (SELECT part FROM changed_part);
        INSERT INTO changed_content (sha256) SELECT sha256 FROM record_copy
            WHERE copy_id = OLD.copy_id
            AND sha256 IS NOT NULL AND sha256 NOT IN (SELECT sha256 FROM changed_content);
    END
    """,
    """
    CREATE TRIGGER count_claim_update AFTER UPDATE OF media_type ON claim
        WHEN OLD.media_type IS NOT NEW.media_type
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_batch_item_insert AFTER INSERT ON batch_item
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_batch_item_delete AFTER DELETE ON batch_item
    BEGIN
        INSERT INTO changed_part (part) SELECT OLD.copy_id / 256
            WHERE OLD.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER count_batch_item_update AFTER UPDATE OF is_open, copy_id ON batch_item
        WHEN OLD.is_open IS NOT NEW.is_open OR OLD.copy_id IS NOT NEW.copy_id
    BEGIN
        INSERT INTO changed_part (part) SELECT NEW.copy_id / 256
            WHERE NEW.copy_id / 256 NOT IN (SELECT part FROM changed_part);
        INSERT INTO changed_part (part) SELECT OLD.copy_id / 256
            WHERE OLD.copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
    """
    CREATE TRIGGER same_record_copy_update AFTER UPDATE OF state, sha256, size_bytes, inode, device, source_id
        ON record_copy
        WHEN OLD.state IS NOT NEW.state OR OLD.sha256 IS NOT NEW.sha256 OR OLD.size_bytes IS NOT NEW.size_bytes
            OR OLD.inode IS NOT NEW.inode OR OLD.device IS NOT NEW.device OR OLD.source_id IS NOT NEW.source_id
    BEGIN
        INSERT INTO changed_content (sha256) SELECT OLD.sha256
            WHERE OLD.sha256 IS NOT NULL AND OLD.sha256 NOT IN (SELECT sha256 FROM changed_content);
        INSERT INTO changed_content (sha256) SELECT NEW.sha256
            WHERE NEW.sha256 IS NOT NULL
            AND NEW.sha256 NOT IN (SELECT sha256 FROM changed_content);
    END
    """,
    """
    CREATE TRIGGER count_content_update AFTER UPDATE OF media_type, is_unread ON content
        WHEN OLD.media_type IS NOT NEW.media_type OR OLD.is_unread IS NOT NEW.is_unread
    BEGIN
        INSERT INTO changed_part (part) SELECT DISTINCT copy_id / 256 FROM record_copy WHERE sha256 = NEW.sha256
            AND copy_id / 256 NOT IN (SELECT part FROM changed_part);
    END
    """,
)

# Two transactions that add a copy of the same content do not see each other's: so each notes it, though it may be the
# first. What a transaction noted already it does not note again.
_ON_POSTGRESQL = (
    """
    CREATE FUNCTION note_copy() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'DELETE' THEN INSERT INTO changed_part VALUES (NEW.copy_id / 256, txid_current())
            ON CONFLICT DO NOTHING; END IF;
        IF TG_OP <> 'INSERT' THEN INSERT INTO changed_part VALUES (OLD.copy_id / 256, txid_current())
            ON CONFLICT DO NOTHING; END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_file() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'DELETE' THEN INSERT INTO changed_content SELECT NEW.sha256, txid_current()
            WHERE NEW.sha256 IS NOT NULL
            ON CONFLICT DO NOTHING; END IF;
        IF TG_OP <> 'INSERT' THEN INSERT INTO changed_content SELECT OLD.sha256, txid_current()
            WHERE OLD.sha256 IS NOT NULL
            ON CONFLICT DO NOTHING; END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO changed_content SELECT sha256, txid_current() FROM record_copy
            WHERE copy_id = COALESCE(NEW.copy_id, OLD.copy_id) AND sha256 IS NOT NULL
            ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_content() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO changed_part SELECT DISTINCT copy_id / 256, txid_current() FROM record_copy WHERE sha256 =
            NEW.sha256
            ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER count_record_copy_insert AFTER INSERT ON record_copy
        FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_record_copy_delete AFTER DELETE ON record_copy
        FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_record_copy_update AFTER UPDATE ON record_copy
        FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.finding IS DISTINCT FROM NEW.finding OR OLD.sha256 IS
            DISTINCT FROM NEW.sha256 OR OLD.link_count IS DISTINCT FROM NEW.link_count OR OLD.size_bytes IS
            DISTINCT FROM NEW.size_bytes OR OLD.source_id IS DISTINCT FROM NEW.source_id) EXECUTE FUNCTION
            note_copy()
    """,
    """
    CREATE TRIGGER count_appraisal_insert AFTER INSERT ON appraisal FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_appraisal_delete AFTER DELETE ON appraisal FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_appraisal_update AFTER UPDATE ON appraisal
        FOR EACH ROW
        WHEN (OLD.outcome IS DISTINCT FROM NEW.outcome OR OLD.class_id IS DISTINCT FROM NEW.class_id OR
            OLD.action IS DISTINCT FROM NEW.action OR OLD.due_earliest IS DISTINCT FROM NEW.due_earliest OR
            OLD.due_latest IS DISTINCT FROM NEW.due_latest OR OLD.flags IS DISTINCT FROM NEW.flags OR
            OLD.is_stale IS DISTINCT FROM NEW.is_stale) EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_claim_insert AFTER INSERT ON claim FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_claim_delete AFTER DELETE ON claim FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_claim_update AFTER UPDATE ON claim
        FOR EACH ROW
        WHEN (OLD.media_type IS DISTINCT FROM NEW.media_type) EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_batch_item_insert AFTER INSERT ON batch_item FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_batch_item_delete AFTER DELETE ON batch_item FOR EACH ROW EXECUTE FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER count_batch_item_update AFTER UPDATE ON batch_item
        FOR EACH ROW
        WHEN (OLD.is_open IS DISTINCT FROM NEW.is_open OR OLD.copy_id IS DISTINCT FROM NEW.copy_id) EXECUTE
            FUNCTION note_copy()
    """,
    """
    CREATE TRIGGER same_record_copy_insert AFTER INSERT ON record_copy FOR EACH ROW EXECUTE FUNCTION note_file()
    """,
    """
    CREATE TRIGGER same_record_copy_delete AFTER DELETE ON record_copy FOR EACH ROW EXECUTE FUNCTION note_file()
    """,
    """
    CREATE TRIGGER same_record_copy_update AFTER UPDATE ON record_copy
        FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.sha256 IS DISTINCT FROM NEW.sha256 OR OLD.size_bytes
            IS DISTINCT FROM NEW.size_bytes OR OLD.inode IS DISTINCT FROM NEW.inode OR OLD.device IS DISTINCT
            FROM NEW.device OR OLD.source_id IS DISTINCT FROM NEW.source_id) EXECUTE FUNCTION note_file()
    """,
    """
    CREATE TRIGGER same_claim_insert AFTER INSERT ON claim FOR EACH ROW EXECUTE FUNCTION note_claimed()
    """,
    """
    CREATE TRIGGER same_claim_delete AFTER DELETE ON claim FOR EACH ROW EXECUTE FUNCTION note_claimed()
    """,
    """
    CREATE TRIGGER count_content_update AFTER UPDATE ON content
        FOR EACH ROW
        WHEN (OLD.media_type IS DISTINCT FROM NEW.media_type OR OLD.is_unread IS DISTINCT FROM NEW.is_unread)
            EXECUTE FUNCTION note_content()
    """,
)

_OFF_SQLITE = (
    "DROP TRIGGER count_record_copy_insert",
    "DROP TRIGGER count_record_copy_update",
    "DROP TRIGGER count_record_copy_delete",
    "DROP TRIGGER count_appraisal_insert",
    "DROP TRIGGER count_appraisal_update",
    "DROP TRIGGER count_appraisal_delete",
    "DROP TRIGGER count_claim_insert",
    "DROP TRIGGER count_claim_update",
    "DROP TRIGGER count_claim_delete",
    "DROP TRIGGER count_batch_item_insert",
    "DROP TRIGGER count_batch_item_update",
    "DROP TRIGGER count_batch_item_delete",
    "DROP TRIGGER same_record_copy_update",
    "DROP TRIGGER count_content_update",
)

_OFF_POSTGRESQL = (
    "DROP TRIGGER count_record_copy_insert ON record_copy",
    "DROP TRIGGER count_record_copy_update ON record_copy",
    "DROP TRIGGER count_record_copy_delete ON record_copy",
    "DROP TRIGGER count_appraisal_insert ON appraisal",
    "DROP TRIGGER count_appraisal_update ON appraisal",
    "DROP TRIGGER count_appraisal_delete ON appraisal",
    "DROP TRIGGER count_claim_insert ON claim",
    "DROP TRIGGER count_claim_update ON claim",
    "DROP TRIGGER count_claim_delete ON claim",
    "DROP TRIGGER count_batch_item_insert ON batch_item",
    "DROP TRIGGER count_batch_item_update ON batch_item",
    "DROP TRIGGER count_batch_item_delete ON batch_item",
    "DROP TRIGGER same_record_copy_insert ON record_copy",
    "DROP TRIGGER same_record_copy_update ON record_copy",
    "DROP TRIGGER same_record_copy_delete ON record_copy",
    "DROP TRIGGER same_claim_insert ON claim",
    "DROP TRIGGER same_claim_delete ON claim",
    "DROP TRIGGER count_content_update ON content",
    "DROP FUNCTION note_copy",
    "DROP FUNCTION note_file",
    "DROP FUNCTION note_claimed",
    "DROP FUNCTION note_content",
)

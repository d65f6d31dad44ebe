"""What lies inside a content, when the system last saw a file change, and where a moved file came from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the index that makes closing a scan a matter of what changed."""
    op.add_column("content", sa.Column("members", sa.LargeBinary(), nullable=True))
    op.add_column("content", sa.Column("member_count", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("content", sa.Column("read_by", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_content_size", "content", ["size_bytes"], unique=False)
    # 0 is no change time that a file has: every file is read once more, and then known by it
    op.add_column("record_copy", sa.Column("changed_ns", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("record_copy", sa.Column("moved_from", sa.BigInteger(), nullable=True))
    op.drop_index("ix_record_copy_scan", table_name="record_copy")
    op.create_index(
        "ix_record_copy_scan", "record_copy", ["source_id", "last_scan_id", "last_finding"], unique=False
    )


def downgrade() -> None:
    """Go back to the first catalogue; what the new columns say is lost, and nothing else."""
    op.drop_index("ix_record_copy_scan", table_name="record_copy")
    op.create_index("ix_record_copy_scan", "record_copy", ["last_scan_id"], unique=False)
    op.drop_column("record_copy", "moved_from")
    op.drop_column("record_copy", "changed_ns")
    op.drop_index("ix_content_size", table_name="content")
    op.drop_column("content", "read_by")
    op.drop_column("content", "member_count")
    op.drop_column("content", "members")

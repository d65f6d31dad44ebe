"""Watching: a scan may look at a part of a source only."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the folders that a scan of a part looks at; without any it is a scan of all."""
    op.add_column("scan", sa.Column("scope", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the column away again; scans of a part that are not finished must not be gone on with as if of all."""
    op.execute("UPDATE scan SET state = 'abandoned' WHERE scope IS NOT NULL AND state <> 'done'")
    op.drop_column("scan", "scope")

"""What the file system says of a file: who owns it, its attributes, and when it came to be there."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what was never kept; of copies known already it is unknown until they are examined again."""
    op.add_column("record_copy", sa.Column("file_owner", sa.Text(), nullable=True))
    op.add_column("record_copy", sa.Column("file_attributes", sa.BigInteger(), nullable=True))
    op.add_column("record_copy", sa.Column("file_created_ns", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take the columns away again."""
    for name in ("file_created_ns", "file_attributes", "file_owner"):
        op.drop_column("record_copy", name)

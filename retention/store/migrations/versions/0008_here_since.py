"""When a content was first seen at its location: what was said of a case before is not about it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was settled by something people said is appraised again, as it is heard otherwise now."""
    op.add_column("record_copy", sa.Column("here_since", sa.Text(), nullable=True))
    op.execute("UPDATE appraisal SET is_stale = (1 = 1) WHERE EXISTS (SELECT 1 FROM attestation)")


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("record_copy", "here_since")

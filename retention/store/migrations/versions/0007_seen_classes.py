"""Which classes were seen in a copy, so that a new version of the schedule need not look at it again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of appraisals made before it is not known, so the next version looks at them again."""
    op.add_column("appraisal", sa.Column("seen", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("appraisal", "seen")

"""Certificates are issued again when a batch has gone further: provisional, final, backups expired."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a batch have several certificates: one that replaces another stands beside it."""
    with op.batch_alter_table("certificate") as certificate:
        certificate.drop_constraint(op.f("uq_certificate_batch_id"), type_="unique")
    op.create_index("ix_certificate_batch", "certificate", ["batch_id"], unique=False)


def downgrade() -> None:
    """Keep the first certificate of each batch; the log knows of the others."""
    op.drop_index("ix_certificate_batch", table_name="certificate")
    op.execute(sa.text("DELETE FROM certificate WHERE certificate_id <> 'C-' || batch_id"))
    with op.batch_alter_table("certificate") as certificate:
        certificate.create_unique_constraint(op.f("uq_certificate_batch_id"), ["batch_id"])

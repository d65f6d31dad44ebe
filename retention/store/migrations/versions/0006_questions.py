"""Questions: what must be asked about a case, and what people have said of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the case of every appraisal; those made before know none, so all are to be made again."""
    op.add_column("appraisal", sa.Column("case_path", sa.LargeBinary(), nullable=True))
    op.add_column("appraisal", sa.Column("asked", sa.Text(), server_default="[]", nullable=False))
    op.add_column("appraisal", sa.Column("is_stale", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text("UPDATE appraisal SET is_stale = true"))
    op.create_table(
        "attestation",
        sa.Column("attestation_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("path_text", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Text(), nullable=True),
        sa.Column("holds", sa.Boolean(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('active', 'replaced', 'withdrawn')", name=op.f("ck_attestation_state")),
        sa.CheckConstraint("reach in ('case', 'everything')", name=op.f("ck_attestation_reach")),
        sa.CheckConstraint(
            "(happened_on is null) <> (holds is null)", name=op.f("ck_attestation_says_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_attestation_source_id_source")
        ),
        sa.ForeignKeyConstraint(
            ["stated_by"], ["person.person_id"], name=op.f("fk_attestation_stated_by_person")
        ),
        sa.PrimaryKeyConstraint("attestation_id", name=op.f("pk_attestation")),
    )
    op.create_index("ix_attestation_place", "attestation", ["source_id", "path"], unique=False)


def downgrade() -> None:
    """Take it away again, with what people said; what rests on it must be made again by the older program."""
    op.drop_index("ix_attestation_place", table_name="attestation")
    op.drop_table("attestation")
    op.execute(sa.text("DELETE FROM appraisal"))
    for name in ("is_stale", "asked", "case_path"):
        op.drop_column("appraisal", name)

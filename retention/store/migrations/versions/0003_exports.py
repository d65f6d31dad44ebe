"""Sources: patterns of what a scan leaves out; exports of other systems, and what they claim."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the kind and the patterns of a source, and the tables of imports and claims."""
    op.add_column("source", sa.Column("kind", sa.Text(), server_default="share", nullable=False))
    op.add_column("source", sa.Column("patterns", sa.Text(), server_default="{}", nullable=False))
    op.create_table(
        "export_import",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.Text(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_export_import_source_id_source")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_export_import")),
    )
    op.create_index(op.f("ix_export_import_source_id"), "export_import", ["source_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("copy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("protections", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["copy_id"], ["record_copy.copy_id"], name=op.f("fk_claim_copy_id_record_copy")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["export_import.import_id"], name=op.f("fk_claim_import_id_export_import")
        ),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_import_id"), "claim", ["import_id"], unique=False)


def downgrade() -> None:
    """Take the tables away again, with what the exports claimed."""
    op.drop_index(op.f("ix_claim_import_id"), table_name="claim")
    op.drop_table("claim")
    op.drop_index(op.f("ix_export_import_source_id"), table_name="export_import")
    op.drop_table("export_import")
    op.drop_column("source", "patterns")
    op.drop_column("source", "kind")

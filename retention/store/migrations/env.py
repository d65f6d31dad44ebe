"""Alembic's entry point: runs the migrations on the connection that `upgrading` hands over."""

from alembic import context

from retention.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    # SQLite cannot alter a table in place: Alembic copies it instead
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

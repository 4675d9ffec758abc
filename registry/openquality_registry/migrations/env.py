"""Run the steps on the connection that `adapters/sql/opening.py` hands over."""

from alembic import context

from openquality_registry.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()

"""Alembic's entry: runs the migrations over the connection that storage.migrate hands in."""

from __future__ import annotations

from alembic import context

from storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite cannot alter most of a table in place: batch mode rebuilds it.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

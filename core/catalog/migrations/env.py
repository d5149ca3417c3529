"""What Alembic runs: the migrations, on the connection that `core.catalog.migrating` hands over.

Without one (``--sql``), the statements are printed for the address in ``sqlalchemy.url``.
"""

from __future__ import annotations

from alembic import context

from core.catalog.tables import metadata

connection = context.config.attributes.get("connection")

if connection is None:
    context.configure(
        url=context.config.get_main_option("sqlalchemy.url"), target_metadata=metadata, literal_binds=True
    )
else:
    # SQLite can take schema changes back too; without this, a crash in between would leave half a schema.
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)

with context.begin_transaction():
    context.run_migrations()

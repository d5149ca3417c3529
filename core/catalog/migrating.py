"""Bringing the schema of a catalog up to date, with Alembic run from here at every start."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def migration_config() -> Config:
    """Return the configuration that would otherwise be an ``alembic.ini``."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(connection: Connection) -> None:
    """Run the missing migrations in the connection's transaction: all of them or none.

    Raises: alembic's CommandError where the schema is newer than this code.
    """
    config = migration_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present == head:
        return
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    log.info("catalog.migrated from=%s to=%s", present, head)

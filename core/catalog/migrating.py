"""Bringing the schema of a catalog up to date, with Alembic run from here at every start."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import StorageFull

log = logging.getLogger(__name__)

_FORMER_KEPT: Final = 3
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
    if present is not None:
        _keep_former(connection, present)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    log.info("catalog.migrated from=%s to=%s", present, head)


def _keep_former(connection: Connection, revision: str) -> None:
    """Copy a catalog file beside itself before it is changed, and keep the newest of such copies.

    A database on a server is not a file that could be copied: its own backups are its administrator's.
    """
    name = connection.engine.url.database
    if connection.dialect.name != "sqlite" or not name or not Path(name).is_file():
        return
    catalog = Path(name)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept = catalog.with_name(f"{catalog.stem}.before-update-{stamp}-{revision}{catalog.suffix}")
    draft = kept.with_name(f"{kept.name}.tmp")
    try:
        # A connection of its own: this one is in the transaction that changes the schema.
        with closing(sqlite3.connect(catalog)) as reading, closing(sqlite3.connect(draft)) as writing:
            reading.backup(writing)
        draft.replace(kept)
    except (sqlite3.Error, OSError) as exc:
        raise StorageFull(
            "The catalog has to be updated and no copy of it could be kept before. Free some space and check "
            "that the data folder may be written to, then start again."
        ) from exc
    finally:
        draft.unlink(missing_ok=True)
    former = sorted(catalog.parent.glob(f"{catalog.stem}.before-update-*{catalog.suffix}"))
    for old in former[:-_FORMER_KEPT]:
        old.unlink(missing_ok=True)
    log.info("catalog.kept_former revision=%s", revision)

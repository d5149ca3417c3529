"""The catalog as lines of JSON, one file a table, the same for SQLite and PostgreSQL.

Values are what the database keeps, told by its own columns and not by those of this version, so that a
backup of an older schema is put back as it was and then brought up to date like any other catalog.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, Integer, MetaData, Table, func, inspect, select, text
from sqlalchemy.engine import make_url

from core.catalog.columns import as_utc
from core.catalog.database import open_engine, translated
from core.catalog.migrating import migration_config
from core.errors import InputRefused, NotFound

_ROWS: Final = 500
_VERSIONS: Final = "alembic_version"

ChangeRow = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Gets a table's name and a row, and returns the row to write."""


def save_rows(url: str, folder: Path) -> str:
    """Write every table below ``folder`` as it is at one moment, and return the schema's revision.

    May be called while another process writes. Raises: NotFound where there is no catalog,
    CatalogUnavailable, SettingsError.
    """
    database = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and not Path(database or "").is_file():
        raise NotFound("There is no catalog here yet, so there is nothing to back up.")
    with _connected(url, "REPEATABLE READ") as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise NotFound("There is no catalog here yet, so there is nothing to back up.")
        for table in _tables(connection):
            with (folder / f"{table.name}.jsonl").open("w", encoding="ascii") as file:
                for row in connection.execute(select(table).order_by(*table.primary_key)).yield_per(_ROWS):
                    told = {name: _told(value) for name, value in row._mapping.items()}
                    file.write(json.dumps(told) + "\n")
        return revision


@contextmanager
def loading_rows(url: str, folder: Path, revision: str, change: ChangeRow) -> Iterator[None]:
    """Write what `save_rows` wrote into an empty catalog; it is there when the block has ended well.

    Raises: InputRefused where the catalog is not empty or the backup is a later version's,
    CatalogUnavailable, SettingsError, StorageFull.
    """
    config = migration_config()
    if revision not in {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}:
        raise InputRefused(
            "This backup was made by a newer version of Cuepoint. Restore it with that version."
        )
    with _connected(url, "SERIALIZABLE") as connection:
        for table in _tables(connection):
            if connection.execute(select(table).limit(1)).first() is not None:
                raise InputRefused(
                    "The catalog at DATABASE_URL is not empty. Restore into an empty database, "
                    "or take DATABASE_URL away to restore into the data folder."
                )
        config.attributes["connection"] = connection
        _empty(connection)
        command.upgrade(config, revision)
        for table in _tables(connection):
            _load(connection, table, folder / f"{table.name}.jsonl", change)
        yield


@contextmanager
def _connected(url: str, isolation: str) -> Iterator[Connection]:
    engine = open_engine(url)
    if engine.dialect.name != "sqlite":
        # SQLite reads one moment in every transaction.
        engine = engine.execution_options(isolation_level=isolation)
    try:
        with translated(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _tables(connection: Connection) -> list[Table]:
    """Return the tables as the database has them, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _VERSIONS]


def _empty(connection: Connection) -> None:
    """Remove tables without rows, so that those of the backup's own schema can be made."""
    if inspect(connection).get_table_names():
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)


def _load(connection: Connection, table: Table, file: Path, change: ChangeRow) -> None:
    if not file.is_file():
        return
    rows: list[dict[str, Any]] = []
    with file.open(encoding="ascii") as lines:
        for line in lines:
            rows.append(_storable(table, change(table.name, json.loads(line)), connection.dialect.name))
            if len(rows) == _ROWS:
                connection.execute(table.insert(), rows)
                rows = []
    if rows:
        connection.execute(table.insert(), rows)
    _go_on_counting(connection, table)


def _told(value: object) -> object:
    return as_utc(value).isoformat() if isinstance(value, datetime) else value


def _storable(table: Table, row: Mapping[str, Any], dialect: str) -> dict[str, Any]:
    stored = dict(row)
    for name, value in row.items():
        if isinstance(value, str) and isinstance(table.columns[name].type, DateTime):
            moment = as_utc(datetime.fromisoformat(value))
            stored[name] = moment.replace(tzinfo=None) if dialect == "sqlite" else moment
    return stored


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give new rows numbers above those that were put back; SQLite does so by itself."""
    key = list(table.primary_key)
    if connection.dialect.name != "postgresql" or len(key) != 1 or not isinstance(key[0].type, Integer):
        return
    highest = connection.execute(select(func.max(key[0]))).scalar()
    if highest is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
            {"table": table.name, "column": key[0].name, "highest": highest},
        )

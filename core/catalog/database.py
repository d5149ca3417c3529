"""The connection to the catalog database, and the one place where its driver's errors are translated."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from core.catalog.migrating import migrate
from core.errors import CatalogUnavailable, SettingsError, StorageFull, StoreError

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S: Final = 30
_WRITES: Final = "cuepoint_writes"


class Database:
    """A catalog database with its schema brought up to date.

    Raises: SettingsError where the address is wrong or the schema is a later version's,
    CatalogUnavailable where the database cannot be opened, StorageFull.
    """

    def __init__(self, url: str) -> None:
        self._closed = False
        self._turn = threading.RLock()
        self.changes = 0
        """Grows with every block of writing that has ended: what was read before may read otherwise now."""
        self._engine = open_engine(url)
        self._writing = self._engine.execution_options(**{_WRITES: True})
        try:
            with translated(), self._writing.begin() as connection:
                migrate(connection)
        except CommandError as exc:
            self.close()
            raise SettingsError(
                "The catalog was written by a newer version of Cuepoint. Use that version, "
                "or set DATABASE_URL to another catalog."
            ) from exc
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the catalog."""
        self.check_open()
        with translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, apart: bool = False) -> Iterator[Connection]:
        """Give a connection whose changes are durable at the end of the block, all or none.

        What is written ``apart`` does not count as a change: nothing that is kept depends on it.
        The writers of one process take turns, so what a writer has read stays true until it writes.
        """
        self.check_open()
        with self._turn:
            with translated(), self._writing.begin() as connection:
                yield connection
            self.changes += not apart

    def check_open(self) -> None:
        """Raises: CatalogUnavailable once the catalog was closed."""
        # A disposed engine would quietly open the file again.
        if self._closed:
            raise CatalogUnavailable("The library is closed. Open it again.")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLAlchemy or its driver raises into Cuepoint's errors."""
    try:
        yield
    except IntegrityError as exc:
        raise StoreError("The catalog has this already. Load the page again.") from exc
    except SQLAlchemyError as exc:
        told = str(getattr(exc, "orig", exc)).lower()
        log.warning("catalog.error kind=%s", type(exc).__name__)
        if "disk is full" in told or "no space left" in told or "could not extend file" in told:
            raise StorageFull(
                "The disk is full, so the catalog cannot be written. Free some space; work then goes on."
            ) from exc
        if "malformed" in told or "not a database" in told:
            raise CatalogUnavailable(
                "The catalog file is damaged. Put a backup of it in its place, then start again."
            ) from exc
        if "locked" in told:
            raise CatalogUnavailable(
                "The catalog is in use by another program. Close that one, then try again."
            ) from exc
        raise CatalogUnavailable(
            "The catalog database does not answer. Check DATABASE_URL and that the database is running."
        ) from exc


def open_engine(url: str) -> Engine:
    """Return a way to a database, whatever its schema is. Raises: SettingsError."""
    try:
        address = make_url(url)
        # Pages, uploads and workers all ask at the same time; a connection is cheap on SQLite.
        engine = create_engine(address, pool_size=16, max_overflow=48, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, TypeError, ValueError) as exc:
        raise SettingsError(
            "DATABASE_URL is not usable: it must look like sqlite:////folder/catalog.sqlite or "
            "postgresql+psycopg://user@host/name, with that driver installed."
        ) from exc
    if address.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        # The driver would begin transactions by itself, too late and always deferred.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: a task id that was paid for must survive a power cut, which NORMAL does not promise in WAL.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another wrote in between,
        # whatever the busy timeout is; one that says so at its beginning waits for its turn.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

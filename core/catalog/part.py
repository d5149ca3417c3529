"""What the parts of the catalog stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.catalog.database import Database


def utc_now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


class CatalogPart:
    """A group of the catalog's methods over the one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

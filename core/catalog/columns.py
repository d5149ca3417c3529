"""Column types that SQLite and PostgreSQL both bear: text of any origin, paths, and times in UTC."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator


class PlainText(TypeDecorator[str]):
    """Text of any origin; what no database can store (lone surrogates, NUL) becomes a question mark."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class PathText(TypeDecorator[str]):
    """A path of this machine, also one whose name is not valid UTF-8."""

    impl = Text
    cache_ok = True
    _AS_BYTES = "bytes:"

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or value == storable(value):
            return value
        return self._AS_BYTES + quote_from_bytes(os.fsencode(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or not value.startswith(self._AS_BYTES):
            return value
        return os.fsdecode(unquote_to_bytes(value.removeprefix(self._AS_BYTES)))


def storable(text: str) -> str:
    """Return the text with a question mark for each character that no database can store."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")


class UtcDateTime(TypeDecorator[datetime]):
    """A time that is always UTC and always aware in Python; one without a zone is taken as UTC.

    SQLite keeps no zones, so what is written there is the UTC time without one.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = as_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else as_utc(value)


def as_utc(value: datetime) -> datetime:
    """Return the same moment in UTC; a time without a zone is taken as UTC already."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

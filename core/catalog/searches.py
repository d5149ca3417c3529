"""Searches that people ran, and those that they saved under a name."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from core.catalog.columns import storable
from core.catalog.part import CatalogPart
from core.catalog.tables import searches
from core.errors import NotFound
from core.model import SavedSearch

RECENT_KEPT: Final = 50
"""So many searches without a name are kept; the ones that were not used for longest go."""

_SHOWN: Final = tuple(
    searches.c[name] for name in ("id", "name", "label", "address", "created_at", "used_at")
)


class SearchCatalog(CatalogPart):
    """Remembering, naming and forgetting searches."""

    def remember_search(self, address: str, label: str, subject: str) -> SavedSearch:
        """Note that an address was searched just now, and return what is kept of it.

        A known address, saved or not, only moves up. Otherwise it takes the place of the recent search of
        the same ``subject`` (any text: what is asked, without how it is weighed), where there is one.
        """
        now = self._clock()
        values = {"label": label, "used_at": now}
        with self._database.write(apart=True) as connection:
            known = _by_address(connection, address)
            if known is not None:
                return _change(connection, known.id, **values)
            values |= {"address": address, "address_digest": _digest(address)}
            same = select(searches.c.id).where(
                searches.c.name.is_(None), searches.c.subject_digest == _digest(subject)
            )
            search_id = connection.scalar(same)
            if search_id is not None:
                return _change(connection, search_id, **values)
            added = _add(connection, now, **values, name=None, subject_digest=_digest(subject))
            _drop_oldest(connection)
            return added

    def save_search(self, address: str, name: str, label: str) -> SavedSearch:
        """Keep an address under a name until it is removed, and return it.

        A recent search becomes the saved one; one that was saved before gets the new name. A name that
        another search has is made different by a number.
        """
        now = self._clock()
        with self._database.write() as connection:
            known = _by_address(connection, address)
            if known is not None:
                free = _free_name(connection, name, known.id)
                return _change(connection, known.id, name=free)
            digest = _digest(address)
            kept = {"address": address, "address_digest": digest, "subject_digest": digest, "used_at": now}
            return _add(connection, now, **kept, name=_free_name(connection, name), label=label)

    def rename_search(self, search_id: str, name: str) -> SavedSearch:
        """Give a search a name, a number behind it where another one has it; return it. Raises: NotFound."""
        with self._database.write() as connection:
            _existing(connection, search_id)
            return _change(connection, search_id, name=_free_name(connection, name, search_id))

    def forget_search(self, search_id: str) -> None:
        """Remove a search, recent or saved; one that is gone already stays gone."""
        with self._database.write() as connection:
            connection.execute(delete(searches).where(searches.c.id == search_id))

    def recent_searches(self, limit: int = RECENT_KEPT) -> list[SavedSearch]:
        """Return the searches without a name, the last used first."""
        with self._database.read() as connection:
            return [_search(row) for row in connection.execute(_recent().limit(limit)).mappings()]

    def saved_searches(self) -> list[SavedSearch]:
        """Return the searches with a name, in the order of their names."""
        wanted = select(*_SHOWN).where(searches.c.name.is_not(None))
        with self._database.read() as connection:
            found = [_search(row) for row in connection.execute(wanted).mappings()]
        # Databases sort text each in its own way.
        return sorted(found, key=lambda search: ((search.name or "").casefold(), search.name, search.id))


# -- within a transaction ------------------------------------------------------------------------


def _digest(text: str) -> str:
    return hashlib.sha256(storable(text).encode()).hexdigest()


def _recent() -> Select[Any]:
    return select(*_SHOWN).where(searches.c.name.is_(None)).order_by(searches.c.used_at.desc(), searches.c.id)


def _search(row: Any) -> SavedSearch:
    return SavedSearch(**row)


def _by_address(connection: Connection, address: str) -> SavedSearch | None:
    wanted = select(*_SHOWN).where(searches.c.address_digest == _digest(address))
    row = connection.execute(wanted).mappings().first()
    return None if row is None else _search(row)


def _existing(connection: Connection, search_id: str) -> SavedSearch:
    row = connection.execute(select(*_SHOWN).where(searches.c.id == search_id)).mappings().first()
    if row is None:
        raise NotFound("This search is not kept any more. Search again, then save it.")
    return _search(row)


def _add(connection: Connection, now: datetime, **values: Any) -> SavedSearch:
    search_id = uuid.uuid4().hex
    connection.execute(insert(searches).values(id=search_id, created_at=now, **values))
    return _existing(connection, search_id)


def _change(connection: Connection, search_id: str, **values: Any) -> SavedSearch:
    connection.execute(update(searches).where(searches.c.id == search_id).values(**values))
    return _existing(connection, search_id)


def _drop_oldest(connection: Connection) -> None:
    surplus = [row.id for row in connection.execute(_recent().offset(RECENT_KEPT))]
    if surplus:
        connection.execute(delete(searches).where(searches.c.id.in_(surplus)))


def _free_name(connection: Connection, name: str, own_id: str | None = None) -> str:
    wanted = select(searches.c.name).where(searches.c.name.is_not(None))
    if own_id is not None:
        wanted = wanted.where(searches.c.id != own_id)
    return free_name(name, connection.scalars(wanted).all())


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with the first number behind it that makes it unlike those taken in any case."""
    known = {one.casefold() for one in taken}
    if name.casefold() not in known:
        return name
    return next(one for n in count(2) if (one := f"{name} ({n})").casefold() not in known)

"""What people chose for the whole library: values under names of ours."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select

from core.catalog.columns import storable
from core.catalog.part import CatalogPart
from core.catalog.tables import preferences


class PreferenceCatalog(CatalogPart):
    """Texts by name; what they mean is known to whoever asks for them."""

    def preferences(self, names: Collection[str]) -> dict[str, str]:
        """Return the values of those names that have one."""
        wanted = select(preferences.c.name, preferences.c.value).where(preferences.c.name.in_(names))
        with self._database.read() as connection:
            return {row.name: row.value for row in connection.execute(wanted)}

    def prefer(self, name: str, value: str | None) -> None:
        """Keep a value under a name in place of a former one; None forgets it."""
        with self._database.write() as connection:
            connection.execute(delete(preferences).where(preferences.c.name == name))
            if value is not None:
                connection.execute(
                    insert(preferences).values(name=name, value=storable(value), updated_at=self._clock())
                )

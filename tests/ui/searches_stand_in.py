"""The stand-in's memory: recent and saved searches as the façade keeps them, in a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.catalog.searches import free_name
from core.errors import CuepointError, InputRefused, NotFound
from core.model import SavedSearch


class StandInSearches:
    """The part of the façade that remembers searches; ``memory_fault`` makes all of it raise."""

    def reset_searches(self) -> None:
        self.memory_fault: CuepointError | None = None
        self.remembered: list[SavedSearch] = []
        self.subjects: dict[str, str] = {}
        self.noted = 0

    def remember_search(self, address: str, label: str, *, subject: str | None = None) -> SavedSearch:
        self._works()
        self.noted += 1
        known = next((one for one in self.remembered if one.address == address), None)
        same = next(
            (one for one in self.remembered if not one.saved and self.subjects.get(one.id) == subject), None
        )
        found = known or same or self._new(address, label)
        self.subjects[found.id] = subject or address
        return self._put(replace(found, address=address, label=label, used_at=self._now()))

    def recent_searches(self, limit: int = 50) -> list[SavedSearch]:
        self._works()
        recent = [one for one in self.remembered if not one.saved]
        return sorted(recent, key=lambda one: one.used_at, reverse=True)[:limit]

    def save_search(self, address: str, name: str, *, label: str | None = None) -> SavedSearch:
        self._works()
        known = next((one for one in self.remembered if one.address == address), None)
        found = known or self._new(address, label or name)
        return self._named(found, name)

    def saved_searches(self) -> list[SavedSearch]:
        self._works()
        return sorted((one for one in self.remembered if one.saved), key=lambda one: one.name or "")

    def rename_search(self, search_id: str, name: str) -> SavedSearch:
        self._works()
        found = next((one for one in self.remembered if one.id == search_id), None)
        if found is None:
            raise NotFound("This search is not kept any more.")
        return self._named(found, name)

    def forget_search(self, search_id: str) -> None:
        self._works()
        self.remembered = [one for one in self.remembered if one.id != search_id]

    def _named(self, search: SavedSearch, name: str) -> SavedSearch:
        if not name.strip():
            raise InputRefused("This search has no name yet. Give it one, then save it.")
        taken = [one.name for one in self.remembered if one.name is not None and one.id != search.id]
        return self._put(replace(search, name=free_name(name.strip(), taken)))

    def _new(self, address: str, label: str) -> SavedSearch:
        now = self._now()
        return SavedSearch(f"{self.noted:032x}{len(self.remembered)}", None, label, address, now, now)

    def _put(self, search: SavedSearch) -> SavedSearch:
        self.remembered = [one for one in self.remembered if one.id != search.id] + [search]
        return search

    def _now(self) -> datetime:
        last = max((one.used_at for one in self.remembered), default=datetime(2026, 11, 20, 12, tzinfo=UTC))
        return last + timedelta(seconds=1)

    def _works(self) -> None:
        if self.memory_fault is not None:
            raise self.memory_fault

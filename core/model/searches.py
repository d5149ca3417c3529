"""Searches that are remembered: those of late, and those that somebody gave a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search as the catalog keeps it: what to show of it, and the address that asks it again."""

    id: str
    name: str | None
    """What somebody called it; None for a recent one that nobody saved."""
    label: str
    """What it asks, on one line, for people."""
    address: str
    """The query string of the search page, percent-encoded, without a question mark."""
    created_at: datetime
    used_at: datetime

    @property
    def saved(self) -> bool:
        return self.name is not None

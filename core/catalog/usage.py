"""How much footage was embedded, counted once and for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select

from core.catalog.part import CatalogPart
from core.catalog.tables import usage


class UsageCatalog(CatalogPart):
    """Counting what was embedded."""

    def record_usage(self, space_key: str, video_id: str, seconds: float, embedded_at: datetime) -> None:
        """Count seconds of footage as embedded; a job does so through `save_job`."""
        with self._database.write() as connection:
            connection.execute(
                insert(usage).values(
                    space_key=space_key, video_id=video_id, seconds=seconds, embedded_at=embedded_at
                )
            )

    def totals(self, since: datetime | None = None) -> dict[str, float]:
        """Return the embedded seconds by space key, all of them or those since a time."""
        wanted = select(usage.c.space_key, func.sum(usage.c.seconds)).group_by(usage.c.space_key)
        if since is not None:
            wanted = wanted.where(usage.c.embedded_at >= since)
        with self._database.read() as connection:
            return {key: float(seconds) for key, seconds in connection.execute(wanted)}

"""Spaces: which ones were ever used, which videos have rows in which, and the calls that they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.catalog.part import CatalogPart
from core.catalog.tables import calls, jobs, spaces, video_spaces, videos
from core.errors import SpaceMismatch
from core.model import ENDED_STATES, Space


@dataclass(frozen=True, slots=True)
class IndexedIn:
    """The rows that one video has in one space."""

    video_id: str
    space_key: str
    recipe: str
    segment_count: int
    indexed_at: datetime


Counts: TypeAlias = tuple[dict[str, int], int]


class SpaceCatalog(CatalogPart):
    """Spaces beside each other, and the calls for queries in each."""

    _counted: tuple[int, Counts] | None = None
    """How far the catalog had changed, and the counts of then."""

    def note_space(self, space: Space) -> None:
        """Write down what a space's key stands for; known ones stay. Raises: SpaceMismatch."""
        with self._database.write() as connection:
            see_space(connection, space, self._clock())

    def known_spaces(self) -> list[Space]:
        """Return every space that was ever used, the oldest first."""
        wanted = select(spaces.c.engine, spaces.c.model, spaces.c.dimension)
        with self._database.read() as connection:
            found = connection.execute(wanted.order_by(spaces.c.first_used_at, spaces.c.key)).all()
        return [Space(*row) for row in found]

    def space_counts(self) -> Counts:
        """Return how many videos have rows in each space, by its key, and how many were ever indexed.

        The space that was written to last comes first; those without any are left out. Every search
        asks, so the answer is kept until something is written.
        """
        # Read first: what is written while we count makes the kept answer an old one.
        changes = self._database.changes
        if self._counted is not None and self._counted[0] == changes:
            return self._counted[1]
        counted = (
            select(video_spaces.c.space_key, func.count())
            .group_by(video_spaces.c.space_key)
            .order_by(func.max(video_spaces.c.indexed_at).desc(), video_spaces.c.space_key)
        )
        indexed = select(func.count()).where(videos.c.indexed_at.is_not(None))
        with self._database.read() as connection:
            by_key: dict[str, int] = dict(connection.execute(counted).all())
            counts = by_key, connection.scalar(indexed) or 0
        self._counted = changes, counts
        return counts

    def indexed_in(self, space_key: str) -> list[IndexedIn]:
        """Return the videos that have rows in a space, in the order of their ids."""
        return self._entries(video_spaces.c.space_key == space_key)

    def spaces_of(self, video_id: str) -> list[IndexedIn]:
        """Return the spaces that a video has rows in, the one written last first."""
        found = self._entries(video_spaces.c.video_id == video_id)
        return sorted(found, key=lambda one: one.indexed_at, reverse=True)

    def missing_in(self, space_key: str) -> list[str]:
        """Return the ids of the videos that were indexed once, but have no rows in this space."""
        here = select(video_spaces.c.video_id).where(video_spaces.c.space_key == space_key)
        wanted = select(videos.c.id).where(videos.c.indexed_at.is_not(None), videos.c.id.not_in(here))
        with self._database.read() as connection:
            return list(connection.scalars(wanted.order_by(videos.c.id)))

    def refused_in(self, space_key: str) -> int:
        """Return how many of the missing videos the engine of a space has refused for good."""
        here = select(video_spaces.c.video_id).where(video_spaces.c.space_key == space_key)
        at_work = select(jobs.c.video_id).where(
            jobs.c.state.not_in(ENDED_STATES), jobs.c.video_id.is_not(None)
        )
        wanted = (
            select(func.count(videos.c.id.distinct()))
            .select_from(jobs.join(videos, videos.c.id == jobs.c.video_id))
            .where(jobs.c.state == "failed", ~jobs.c.retryable, jobs.c.space_key == space_key)
            .where(videos.c.indexed_at.is_not(None), videos.c.id.not_in(here), videos.c.id.not_in(at_work))
        )
        with self._database.read() as connection:
            return connection.scalar(wanted) or 0

    def forget_rows(self, space_key: str, video_id: str | None = None) -> None:
        """Strike out the rows of one video, or of all, in a space."""
        gone = video_spaces.c.space_key == space_key
        if video_id is not None:
            gone &= video_spaces.c.video_id == video_id
        with self._database.write() as connection:
            connection.execute(delete(video_spaces).where(gone))

    def forget_space(self, space_key: str) -> None:
        """Strike out a space and its rows; the calls that were made for it stay counted."""
        self.forget_rows(space_key)
        with self._database.write() as connection:
            connection.execute(delete(spaces).where(spaces.c.key == space_key))

    def drop_job(self, job_id: str) -> None:
        """Remove a job that was never begun, without a trace."""
        with self._database.write() as connection:
            connection.execute(delete(jobs).where(jobs.c.id == job_id))

    # -- calls --

    def record_call(self, space_key: str, kind: str) -> None:
        """Count one call to an engine for a query of this kind, today (UTC)."""
        day = self._clock().astimezone(UTC).date().isoformat()
        with self._database.write() as connection:
            new = _upsert(connection, calls).values(space_key=space_key, kind=kind, day=day, count=1)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=[calls.c.space_key, calls.c.kind, calls.c.day],
                    set_={"count": calls.c.count + 1},
                )
            )

    def call_totals(self, since: date | None = None) -> dict[tuple[str, str], int]:
        """Return the calls by (space key, kind), all of them or those from a day (UTC) on."""
        wanted = select(calls.c.space_key, calls.c.kind, func.sum(calls.c.count))
        if since is not None:
            wanted = wanted.where(calls.c.day >= since.isoformat())
        with self._database.read() as connection:
            found = connection.execute(wanted.group_by(calls.c.space_key, calls.c.kind)).all()
        return {(key, kind): int(count) for key, kind, count in found}

    def _entries(self, condition: Any) -> list[IndexedIn]:
        wanted = select(video_spaces).where(condition).order_by(video_spaces.c.video_id)
        with self._database.read() as connection:
            return [IndexedIn(**row) for row in connection.execute(wanted).mappings()]


# -- within a transaction ------------------------------------------------------------------------


def see_space(connection: Connection, space: Space, now: datetime) -> None:
    """Write down a space that is used, unless it is known.

    Raises: SpaceMismatch where another space has the same key, so that the two would share a collection.
    """
    known = connection.execute(
        select(spaces.c.engine, spaces.c.model, spaces.c.dimension).where(spaces.c.key == space.key)
    ).first()
    if known is not None and Space(*known) != space:
        raise SpaceMismatch(
            "Two engines would share the vectors of one space. Set another CUEPOINT_MODEL for the new one."
        )
    row = {
        "key": space.key,
        "engine": space.engine,
        "model": space.model,
        "dimension": space.dimension,
        "first_used_at": now,
    }
    connection.execute(_upsert(connection, spaces).values(**row).on_conflict_do_nothing())


def see_rows(connection: Connection, entry: IndexedIn) -> None:
    """Write down the rows that a video has in a space now."""
    told = {
        "recipe": entry.recipe,
        "segment_count": entry.segment_count,
        "indexed_at": entry.indexed_at,
    }
    new = _upsert(connection, video_spaces).values(video_id=entry.video_id, space_key=entry.space_key, **told)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[video_spaces.c.video_id, video_spaces.c.space_key], set_=told
        )
    )


def _upsert(connection: Connection, table: Any) -> Any:
    """Return an insert that knows ON CONFLICT, in the words of this database."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)

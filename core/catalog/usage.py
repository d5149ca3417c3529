"""How much footage was embedded where it costs money, counted once and for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, and_, func, insert, or_, select

from core.catalog.part import CatalogPart
from core.catalog.queue import ASKED, TASK_ID
from core.catalog.tables import jobs, usage, videos
from core.model import ENDED_STATES, Job


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

    def embedded_s(self, since: datetime | None = None) -> float:
        """Return the embedded seconds of all spaces, all of them or those since a time."""
        return sum(self.totals(since).values())

    def in_flight_s(self, since: datetime, leaving_out: Collection[str] = ()) -> float:
        """Return the seconds of footage that the engine was asked for and that are not counted yet.

        A job that was cancelled or failed ``since`` with its task under way is among them: the task
        comes to its end, and is paid for. ``leaving_out`` names jobs.
        """
        ended_late = and_(TASK_ID.is_not(None), jobs.c.updated_at >= since)
        wanted = (
            select(func.sum(videos.c.duration_s))
            .select_from(jobs.join(videos, videos.c.id == jobs.c.video_id))
            .where(jobs.c.id.not_in(leaving_out), ASKED)
            .where(or_(jobs.c.state.not_in(ENDED_STATES), ended_late))
            .where(or_(TASK_ID.is_(None), TASK_ID.not_in(_counted())))
        )
        with self._database.read() as connection:
            return float(connection.scalar(wanted) or 0.0)

    def known_tasks(self) -> frozenset[str]:
        """Return the ids of all tasks that belong to a job, or that were counted: nobody else's."""
        with self._database.read() as connection:
            held = connection.scalars(select(TASK_ID).where(TASK_ID.is_not(None))).all()
            counted = connection.scalars(_counted()).all()
        return frozenset(str(task_id) for task_id in (*held, *counted))


# -- within a transaction ------------------------------------------------------------------------


def count_embedded(connection: Connection, job: Job, seconds: float, now: datetime) -> None:
    """Count the seconds of a job's video, unless its task was counted before."""
    task_id = job.ticket.task_id
    if task_id is not None:
        known = select(usage.c.id).where(usage.c.task_id == task_id)
        if connection.scalar(known) is not None:
            return
    connection.execute(
        insert(usage).values(
            space_key=job.space_key or "",
            video_id=job.video_id or "",
            seconds=seconds,
            embedded_at=now,
            task_id=task_id,
        )
    )


def _counted() -> Select[tuple[str]]:
    return select(usage.c.task_id).where(usage.c.task_id.is_not(None))

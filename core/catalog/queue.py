"""The queue: which job is worked on next, and how much there is to do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import case, func, or_, select

from core.catalog.part import CatalogPart
from core.catalog.rows import as_job
from core.catalog.tables import jobs
from core.model import ENDED_STATES, RUNNING_STATES, Job


class QueueCatalog(CatalogPart):
    """What a worker asks."""

    def next_job(
        self,
        now: datetime,
        *,
        busy_jobs: Collection[str] = (),
        busy_videos: Collection[str] = (),
        may_begin: bool = True,
        only_cancelled: bool = False,
    ) -> Job | None:
        """Return the oldest job that can be worked on now, None where there is none.

        A job can be worked on when it waits for nothing (a cancel ends all waiting) and no other job
        of its video is at work. ``may_begin=False`` leaves out those that were not begun yet.
        """
        other = jobs.alias("other")
        at_work = (
            select(other.c.id)
            .where(
                other.c.video_id == jobs.c.video_id,
                other.c.id != jobs.c.id,
                other.c.state.in_(RUNNING_STATES),
            )
            .exists()
        )
        due = or_(jobs.c.not_before.is_(None), jobs.c.not_before <= now, jobs.c.cancel_requested)
        wanted = (
            select(jobs)
            .where(jobs.c.state.not_in(ENDED_STATES), due, or_(jobs.c.state != "queued", ~at_work))
            .where(jobs.c.id.not_in(busy_jobs))
            .where(or_(jobs.c.video_id.is_(None), jobs.c.video_id.not_in(busy_videos)))
            .order_by(jobs.c.created_at, jobs.c.id)
            .limit(1)
        )
        if not may_begin:
            wanted = wanted.where(jobs.c.state != "queued")
        if only_cancelled:
            wanted = wanted.where(jobs.c.cancel_requested)
        with self._database.read() as connection:
            row = connection.execute(wanted).mappings().first()
            return None if row is None else as_job(row)

    def count_active(self) -> tuple[int, int]:
        """Return how many jobs are queued, and how many are running (or waiting within a step)."""
        running = case((jobs.c.state == "queued", 0), else_=1)
        wanted = select(running, func.count()).where(jobs.c.state.not_in(ENDED_STATES)).group_by(running)
        with self._database.read() as connection:
            counts: dict[int, int] = dict(connection.execute(wanted).all())
        return counts.get(0, 0), counts.get(1, 0)

    def next_due_at(self, now: datetime) -> datetime | None:
        """Return when, after now, the first of the waiting jobs goes on; None where none waits."""
        wanted = select(func.min(jobs.c.not_before)).where(
            jobs.c.state.not_in(ENDED_STATES), jobs.c.not_before > now
        )
        with self._database.read() as connection:
            return cast("datetime | None", connection.scalar(wanted))

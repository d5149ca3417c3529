"""Jobs: written by one worker at a time, cancelled and retried by people at any moment.

A save names the version that it read and is refused when the job was changed since, so neither of
the two ever overwrites the other.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    case,
    insert,
    select,
    update,
)

from core.catalog.part import CatalogPart
from core.catalog.rows import as_job, clean_title, job_row
from core.catalog.tables import jobs, videos
from core.catalog.usage import count_embedded
from core.errors import JobChanged, NotFound
from core.indexing import transitions
from core.model import ENDED_STATES, Job


class JobCatalog(CatalogPart):
    """Reading and changing jobs."""

    def job(self, job_id: str) -> Job:
        """Return one job. Raises: NotFound."""
        with self._database.read() as connection:
            return read_job(connection, job_id)

    def jobs(
        self, active_only: bool = False, video_id: str | None = None, limit: int | None = None
    ) -> list[Job]:
        """Return jobs, the newest first; ``active_only`` leaves out those that have ended."""
        wanted = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
        if active_only:
            wanted = wanted.where(jobs.c.state.not_in(ENDED_STATES))
        if video_id is not None:
            wanted = wanted.where(jobs.c.video_id == video_id)
        with self._database.read() as connection:
            return [as_job(row) for row in connection.execute(wanted).mappings()]

    def add_job(
        self,
        video_id: str | None = None,
        *,
        source_url: str | None = None,
        title: str | None = None,
        details: str = "",
        force: bool = False,
        batch_id: str | None = None,
    ) -> Job:
        """Return a queued job for a video, or for an address that is still to be downloaded.

        A video, or an address, has one job at a time: where one is queued or running already, that
        one is returned (and a queued one takes over ``force``), so that pressing twice does not
        embed twice. Raises: NotFound.
        """
        with self._database.write() as connection:
            if video_id is not None:
                found = connection.scalar(select(videos.c.title).where(videos.c.id == video_id))
                if found is None:
                    raise NotFound("This video is not in your library any more. Load the page again.")
                present = _present_job(connection, video_id)
                if present is not None:
                    return self._join(connection, present, force)
                title = title or found
            elif (downloading := _downloading(connection, source_url)) is not None:
                return downloading
            return self.insert_job(
                connection,
                title=clean_title(title or source_url or ""),
                video_id=video_id,
                source_url=source_url,
                details=details,
                force=force,
                batch_id=batch_id,
            )

    def insert_job(self, connection: Connection, *, title: str, **known: Any) -> Job:
        """Write a new queued job within a transaction and return it."""
        now = self._clock()
        job = Job(id=uuid.uuid4().hex, title=title, created_at=now, updated_at=now, **known)
        connection.execute(insert(jobs).values(job_row(job)))
        return job

    def _join(self, connection: Connection, present: Job, force: bool) -> Job:
        if not force or present.force or present.state != "queued":
            return present
        connection.execute(
            update(jobs).where(jobs.c.id == present.id).values(force=True, version=present.version + 1)
        )
        return read_job(connection, present.id)

    def newest_job(self, video_id: str) -> Job | None:
        """Return the job that a video has its status from: one at work, or else the last to end."""
        wanted = select(jobs).where(jobs.c.video_id == video_id).order_by(*newest_first()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(wanted).mappings().first()
            return None if row is None else as_job(row)

    # -- saving --

    def save_job(self, job: Job, *, embedded_s: float | None = None) -> Job:
        """Write a job that was changed since it was read, and return it with its new version.

        ``embedded_s`` counts so many seconds of footage as embedded, in the same transaction, unless
        they were counted before for the same task.
        Raises: JobChanged when somebody else saved it in between, NotFound when it is gone.
        """
        with self._database.write() as connection:
            saved = write_job(connection, job)
            if embedded_s is not None:
                count_embedded(connection, job, embedded_s, self._clock())
            return saved

    def request_cancel(self, job_id: str) -> Job:
        """Cancel a queued job, ask a running one to stop; one that has ended stays. Raises: NotFound."""
        with self._database.write() as connection:
            job = read_job(connection, job_id, lock=True)
            changed = transitions.request_cancel(job, self._clock())
            return job if changed is job else write_job(connection, changed)

    def retry(self, job_id: str, *, batch_id: str | None = None) -> Job:
        """Queue a failed or cancelled job again; end the waiting of one that waits.

        With a ``batch_id``, one that had ended belongs to that batch from now on.

        Raises: NotFound, IllegalTransition for one that is ready.
        """
        with self._database.write() as connection:
            job = read_job(connection, job_id, lock=True)
            if job.ended and job.video_id is not None:
                found = connection.scalar(select(videos.c.id).where(videos.c.id == job.video_id))
                if found is None:
                    raise NotFound("The video of this work was deleted. Add it again.")
                present = _present_job(connection, job.video_id)
                if present is not None:
                    return present
            again = transitions.retry(job, self._clock())
            if job.ended and batch_id is not None:
                again = replace(again, batch_id=batch_id)
            return write_job(connection, again)


# -- within a transaction ------------------------------------------------------------------------


def newest_first() -> tuple[ColumnElement[Any], ...]:
    """Return how the jobs of one video are ordered so that the first gives its status."""
    at_work = case((jobs.c.state.in_(ENDED_STATES), 2), (jobs.c.state == "queued", 1), else_=0)
    return at_work, jobs.c.updated_at.desc(), jobs.c.id


def read_job(connection: Connection, job_id: str, *, lock: bool = False) -> Job:
    """Return one job; ``lock`` keeps others from changing it until the transaction ends."""
    wanted: Select[Any] = select(jobs).where(jobs.c.id == job_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    if row is None:
        raise NotFound("This work is not known any more. Load the page again.")
    return as_job(row)


def write_job(connection: Connection, job: Job) -> Job:
    """Write a job over the version that it was read as, and return it with the next version."""
    values = job_row(job) | {"version": job.version + 1}
    same = (jobs.c.id == job.id) & (jobs.c.version == job.version)
    done = cast("CursorResult[Any]", connection.execute(update(jobs).where(same).values(values)))
    if done.rowcount != 1:
        read_job(connection, job.id)
        raise JobChanged("This work was changed at the same moment. Load the page again.")
    return as_job(values)


def _present_job(connection: Connection, video_id: str) -> Job | None:
    """Return the job of a video that is queued or running, and was not asked to stop."""
    wanted = (
        select(jobs)
        .where(jobs.c.video_id == video_id, jobs.c.state.not_in(ENDED_STATES), ~jobs.c.cancel_requested)
        .order_by(jobs.c.created_at.desc())
        .limit(1)
    )
    row = connection.execute(wanted).mappings().first()
    return None if row is None else as_job(row)


def _downloading(connection: Connection, source_url: str | None) -> Job | None:
    """Return the unfinished job that brings this address already."""
    wanted = select(jobs).where(
        jobs.c.source_url == source_url, jobs.c.state.not_in(ENDED_STATES), ~jobs.c.cancel_requested
    )
    row = connection.execute(wanted.limit(1)).mappings().first()
    return None if row is None else as_job(row)

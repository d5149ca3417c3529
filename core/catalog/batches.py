"""Batches: jobs that were added together, and go on, wait and are cancelled together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from core.catalog.jobs import write_job
from core.catalog.part import CatalogPart
from core.catalog.rows import as_job, clean_title
from core.catalog.tables import batches, jobs, videos
from core.errors import NotFound
from core.indexing import transitions
from core.model import ENDED_STATES, Batch, Job


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job of a batch, with the length of its video; None while nobody knows it."""

    job: Job
    duration_s: float | None


class BatchCatalog(CatalogPart):
    """Reading and changing batches."""

    def open_batch(self, name: str, *, held: bool = False, batch_id: str | None = None) -> Batch:
        """Return a new batch; of an id that is known already, the batch that has it, unchanged."""
        batch_id = batch_id or uuid.uuid4().hex
        row = {"id": batch_id, "name": clean_title(name) or "Batch", "created_at": self._clock()}
        with self._database.write() as connection:
            if (known := _find(connection, batch_id)) is not None:
                return known
            connection.execute(insert(batches).values(**row, held=held, paused=False))
            return _existing(connection, batch_id)

    def batch(self, batch_id: str) -> Batch:
        """Return one batch. Raises: NotFound."""
        with self._database.read() as connection:
            return _existing(connection, batch_id)

    def batches(self, *, active_only: bool = False) -> list[Batch]:
        """Return the batches, the newest first; ``active_only`` leaves out those without unfinished jobs."""
        wanted = select(batches).order_by(batches.c.created_at.desc(), batches.c.id)
        if active_only:
            wanted = wanted.where(batches.c.id.in_(_unfinished()))
        with self._database.read() as connection:
            return [Batch(**row) for row in connection.execute(wanted).mappings()]

    def change_batch(self, batch_id: str, *, held: bool | None = None, paused: bool | None = None) -> Batch:
        """Hold or let go, pause or resume; None leaves that as it is. Raises: NotFound."""
        told = {"held": held, "paused": paused}
        values: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
        with self._database.write() as connection:
            if values:
                connection.execute(update(batches).where(batches.c.id == batch_id).values(**values))
            return _existing(connection, batch_id)

    def batch_jobs(self, batch_id: str) -> list[BatchJob]:
        """Return the jobs of a batch in the order in which they were added. Raises: NotFound."""
        wanted = (
            select(jobs, videos.c.duration_s.label("_duration_s"))
            .select_from(jobs.outerjoin(videos, videos.c.id == jobs.c.video_id))
            .where(jobs.c.batch_id == batch_id)
            .order_by(jobs.c.created_at, jobs.c.id)
        )
        with self._database.read() as connection:
            _existing(connection, batch_id)
            found = connection.execute(wanted).mappings().all()
        return [_batch_job(dict(row)) for row in found]

    def cancel_batch(self, batch_id: str) -> list[Job]:
        """Cancel what is queued of a batch, ask the rest to stop; return those jobs. Raises: NotFound.

        It is neither held nor paused any more then, so what it has ended with can be retried.
        """
        now = self._clock()
        wanted = select(jobs).where(jobs.c.batch_id == batch_id, jobs.c.state.not_in(ENDED_STATES))
        with self._database.write() as connection:
            _existing(connection, batch_id)
            connection.execute(
                update(batches).where(batches.c.id == batch_id).values(held=False, paused=False)
            )
            found = connection.execute(wanted.with_for_update()).mappings().all()
            return [write_job(connection, transitions.request_cancel(as_job(row), now)) for row in found]


# -- within a transaction ------------------------------------------------------------------------


def _batch_job(row: dict[str, Any]) -> BatchJob:
    duration_s = row.pop("_duration_s")
    return BatchJob(as_job(row), duration_s)


def _unfinished() -> Select[Any]:
    return select(jobs.c.batch_id).where(jobs.c.batch_id.is_not(None), jobs.c.state.not_in(ENDED_STATES))


def _find(connection: Connection, batch_id: str) -> Batch | None:
    row = connection.execute(select(batches).where(batches.c.id == batch_id)).mappings().first()
    return None if row is None else Batch(**row)


def _existing(connection: Connection, batch_id: str) -> Batch:
    found = _find(connection, batch_id)
    if found is None:
        raise NotFound("This batch is not known any more. Load the page again.")
    return found

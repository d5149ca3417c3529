"""The part of the façade that is about many videos at once, and what they cost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from core.indexing.ceiling import day_of
from core.indexing.progress import Paces, batch_progress
from core.library_model import BatchProgress, Estimate, Usage
from core.model import Batch, Video
from core.parts import Parts

_MANY: Final = 20
"""More videos than this are read together with all others instead of one by one."""


class LibraryBatches:
    """Batches of jobs, estimates and totals."""

    _parts: Parts

    @cached_property
    def _paces(self) -> Paces:
        return Paces()

    @property
    def billable(self) -> bool:
        """Whether embedding costs money: then people are asked first."""
        return self._parts.embedder.billable

    def open_batch(self, name: str, *, hold: bool = False) -> Batch:
        """Return a new batch, to be named when videos are added.

        With ``hold``, all is done for its videos that costs nothing, and nothing is sent to the
        engine before `release`.
        """
        return self._parts.catalog.open_batch(name, held=hold)

    def batches(self, active_only: bool = True) -> list[BatchProgress]:
        """Return how far the batches are, the newest first; ``active_only`` leaves out those that ended."""
        catalog, blocked = self._parts.catalog, self._parts.worker.blocked
        return [
            batch_progress(batch, catalog.batch_jobs(batch.id), self._paces, blocked=blocked)
            for batch in catalog.batches(active_only=active_only)
        ]

    def estimate(self, batch_id: str) -> Estimate:
        """Return what the unfinished jobs of a batch will ask of the engine. Raises: NotFound."""
        jobs = [member.job for member in self._parts.catalog.batch_jobs(batch_id)]
        unfinished = [job for job in jobs if not job.ended]
        asked = {job.video_id for job in unfinished if job.ticket.task_id or job.state == "storing"}
        return self._parts.pipeline.estimate(
            self._videos({job.video_id for job in unfinished if job.video_id is not None}),
            started={video_id for video_id in asked if video_id is not None},
            unread=sum(job.video_id is None for job in unfinished),
            refused=sum(job.state == "failed" for job in jobs),
        )

    def release(self, batch_id: str) -> Batch:
        """Let a held batch go on to the engine: a person has seen what it costs. Raises: NotFound."""
        return self._change(batch_id, held=False)

    def pause(self, batch_id: str) -> Batch:
        """Begin no further step of a batch; what the engine works on already is fetched. Raises: NotFound."""
        return self._change(batch_id, paused=True)

    def resume(self, batch_id: str) -> Batch:
        """Let a paused batch go on. Raises: NotFound."""
        return self._change(batch_id, paused=False)

    def cancel_batch(self, batch_id: str) -> None:
        """Cancel all unfinished jobs of a batch. Raises: NotFound."""
        self._parts.catalog.cancel_batch(batch_id)
        self._parts.worker.wake()

    def usage(self) -> Usage:
        """Return what was asked of engines that cost money, so far and today (UTC)."""
        catalog, settings = self._parts.catalog, self._parts.settings
        today = day_of(datetime.now(UTC))
        minutes = catalog.embedded_s() / 60
        return Usage(
            minutes_today=catalog.embedded_s(since=today) / 60,
            minutes_total=minutes,
            minutes_in_flight=catalog.in_flight_s(today) / 60 if self._parts.embedder.billable else 0.0,
            daily_minutes=settings.daily_minutes,
            calls_today=sum(catalog.call_totals(today.date()).values()),
            calls_total=sum(catalog.call_totals().values()),
            price_total=minutes * settings.price_per_minute if settings.price_per_minute else None,
            currency=settings.currency,
        )

    # -- the queue as a whole --

    def blocked(self) -> str | None:
        """Return why no job goes on at all (the engine refuses the key), None while the queue moves."""
        return self._parts.worker.blocked

    def unblock(self) -> None:
        """Try again after the engine refused the key."""
        self._parts.worker.resume()

    def _videos(self, video_ids: Collection[str]) -> list[Video]:
        if len(video_ids) > _MANY:
            return [video for video in self._parts.catalog.videos() if video.id in video_ids]
        found = (self._parts.catalog.find(video_id) for video_id in video_ids)
        return [video for video in found if video is not None]

    def _change(self, batch_id: str, *, held: bool | None = None, paused: bool | None = None) -> Batch:
        batch = self._parts.catalog.change_batch(batch_id, held=held, paused=paused)
        self._parts.worker.wake()
        return batch

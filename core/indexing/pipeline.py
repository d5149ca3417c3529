"""One step of one job at a time, each saved before the next begins.

A process may die at any moment: every step can be done again and gives the same, and what costs
money leaves a trace in the catalog (the ticket) or the archive before and after it is spent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from core.catalog.catalog import Catalog, utc_now
from core.config import Settings
from core.embedding.port import Concurrency, Embedder
from core.errors import (
    Cancelled,
    CuepointError,
    EngineBusy,
    EngineLimitReached,
    EngineOutcomeUnknown,
    EngineUnauthorized,
    IndexUnavailable,
    MediaMissing,
    StorageFull,
)
from core.indexing import transitions
from core.indexing.ceiling import Ceiling, until_next_day_s
from core.indexing.cleaning import Remover
from core.indexing.embedding import embed, release, upload
from core.indexing.estimating import estimate_videos
from core.indexing.files import writing
from core.indexing.patience import Patience
from core.indexing.picturing import MissingSprites
from core.indexing.ports import MediaTools
from core.indexing.preparing import prepare
from core.indexing.record import JobRecord, JobTaken, Stopping
from core.indexing.resuming import take_up
from core.indexing.storing import store
from core.indexing.workbench import Workbench
from core.layout import Layout
from core.library_model import Estimate
from core.model import Job, JobState, Ticket, Video
from core.vectors.archive import Archive
from core.vectors.port import VectorIndex

log = logging.getLogger(__name__)

UNEXPECTED: Final = (
    "Something unexpected went wrong inside Cuepoint. Try again; if it happens again, the log file says more."
)


def never() -> bool:
    return False


def _begin(bench: Workbench, record: JobRecord) -> None:
    record.change(transitions.start)
    log.info("job.started job=%s video=%s attempt=%d", record.job.id, record.job.video_id, record.job.attempt)


_STEPS: Final[dict[JobState, Callable[[Workbench, JobRecord], None]]] = {
    "queued": _begin,
    "preparing": prepare,
    "uploading": upload,
    "embedding": embed,
    "storing": store,
}

_RISKY: Final[frozenset[JobState]] = frozenset({"preparing", "storing"})
"""Steps that work on the file in this process, and that a file might bring down with the process."""


class Pipeline:
    """Advances jobs. Safe to call from several threads, for different videos."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        archive: Archive,
        index: VectorIndex,
        embedder: Embedder,
        layout: Layout,
        settings: Settings,
        media: MediaTools,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        daily_minutes = settings.daily_minutes if embedder.billable else 0.0
        self._bench = Workbench(
            catalog=catalog,
            archive=archive,
            index=index,
            embedder=embedder,
            layout=layout,
            settings=settings,
            media=media,
            patience=patience or Patience(),
            clock=clock,
            ceiling=Ceiling(catalog, daily_minutes, clock),
        )
        self._remover = Remover(catalog, archive, index, layout)
        self.missing_sprites = MissingSprites(self._bench)

    @property
    def concurrency(self) -> Concurrency:
        """Return how much the engine takes at once."""
        return self._bench.embedder.concurrency

    def advance(self, job: Job, stopping: Callable[[], bool] = never) -> Job:
        """Do one step of a job that has not ended; return it as it was saved.

        It has then moved on, waits until ``not_before``, or has ended. Failures of every kind end up
        in the job; only these are raised:

        Raises: Stopping as soon as ``stopping`` answers True and the step notices; the job stays as it
        was saved last. EngineUnauthorized, which concerns all jobs and not this one; it stays.
        CatalogUnavailable and StorageFull where not even the job can be saved.
        """
        record = JobRecord(self._bench.catalog, job, stopping, self._bench.clock)
        try:
            self._attempt(record)
        except JobTaken as exc:
            return exc.job
        return record.job

    # -- what the library asks --

    def recipe_of(self, video: Video) -> str:
        """Return how the engine would embed a video now; unlike `Video.recipe`, it is outdated."""
        return self._bench.recipe(video)

    def remove_video(self, video_id: str, *, keep_embeddings: bool) -> None:
        """Delete a video everywhere; see `Remover.remove_video`."""
        self._remover.remove_video(video_id, keep_embeddings=keep_embeddings)

    def estimate(
        self,
        videos: Iterable[Video],
        *,
        started: Collection[str] = (),
        unread: int = 0,
        refused: int = 0,
    ) -> Estimate:
        """Return what embedding these videos would cost; see `estimate_videos`."""
        return estimate_videos(self._bench, videos, started=started, unread=unread, refused=refused)

    def take_up(self, job: Job) -> Job:
        """Continue a job that an earlier process left; see `core.indexing.resuming`. Raises: JobChanged."""
        return take_up(self._bench, job)

    def remove_unsettled(self) -> None:
        """Finish deletions, and undo arrivals, that were cut short. Raises: IndexUnavailable."""
        self._remover.remove_unsettled()

    # -- one step --

    def _attempt(self, record: JobRecord) -> None:
        risky = False
        try:
            record.check()
            risky = record.job.state in _RISKY
            record.change(transitions.take_in_hand if risky else transitions.resume)
            with writing():
                _STEPS[record.job.state](self._bench, record)
        except JobTaken:
            raise
        except Stopping:
            if risky:
                record.change(transitions.put_down)
            raise
        except Cancelled:
            self._cancel(record)
        except EngineUnauthorized as exc:
            record.change(transitions.hold, exc.message)
            raise
        except StorageFull as exc:
            self._park(record, exc.message, self._bench.patience.full_disk_s)
        except EngineLimitReached as exc:
            left_s = until_next_day_s(self._bench.clock()) + 1
            self._park(record, exc.message, min(left_s, self._bench.patience.limit_s))
        except EngineBusy as exc:
            # To be asked to wait is no failure, however often it happens.
            self._park(record, exc.message, self._bench.patience.delay_s(0, exc.retry_after_s))
        except CuepointError as exc:
            if self._is_deleted(record.job):
                # Its files went while the step was using them: that is no failure.
                self._cancel(record)
            elif isinstance(exc, IndexUnavailable):
                self._park(record, exc.message, self._bench.patience.index_s)
            else:
                self._take(record, exc)
        except Exception:
            # A bug ends this job, not the worker.
            log.exception("job.unexpected job=%s state=%s", record.job.id, record.job.state)
            record.change(transitions.fail, UNEXPECTED, retryable=True)

    def _is_deleted(self, job: Job) -> bool:
        return job.video_id is not None and self._bench.catalog.find(job.video_id) is None

    def _cancel(self, record: JobRecord) -> None:
        job = record.change(transitions.cancel)
        log.info("job.cancelled job=%s video=%s", job.id, job.video_id)
        if job.video_id is not None and self._is_deleted(job):
            if job.ticket != Ticket():
                release(self._bench, job)
            try:
                self._remover.remove_unsettled(job.video_id)
            except CuepointError:
                # It stays noted as unsettled, and the worker comes back to it.
                log.warning("video.not_settled video=%s", job.video_id, exc_info=True)

    def _take(self, record: JobRecord, error: CuepointError) -> None:
        """Park the job after an error that may pass by itself, fail it after any other."""
        patience, job = self._bench.patience, record.job
        log.warning(
            "job.error job=%s state=%s kind=%s failures=%d",
            job.id,
            job.state,
            type(error).__name__,
            job.failures,
            exc_info=error,
        )
        asked = job.ticket.intent is not None and job.ticket.task_id is None
        unknown = asked or isinstance(error, EngineOutcomeUnknown)
        if error.retryable and job.failures + 1 < (patience.looks if unknown else patience.tries):
            named_s = getattr(error, "retry_after_s", None)
            delay = patience.look_s if unknown else patience.delay_s
            self._park(record, error.message, delay(job.failures, named_s), counts=True)
        else:
            retryable = error.retryable or isinstance(error, MediaMissing)
            record.change(transitions.fail, error.message, retryable=retryable)

    def _park(self, record: JobRecord, message: str, delay_s: float, *, counts: bool = False) -> None:
        until = self._bench.clock() + timedelta(seconds=delay_s)
        record.change(transitions.park, until, message, counts=counts)
        log.warning("job.parked job=%s state=%s seconds=%.1f", record.job.id, record.job.state, delay_s)

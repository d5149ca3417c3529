"""The threads that advance jobs, until there are none left or the application stops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from core.catalog.catalog import Catalog, utc_now
from core.catalog.queue import Lane, lane_of
from core.config import Settings
from core.errors import CuepointError, EngineUnauthorized, JobChanged
from core.indexing.lanes import Lanes
from core.indexing.pipeline import Pipeline
from core.indexing.record import Stopping
from core.model import RUNNING_STATES, Job

log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 5.0
_AFTER_TROUBLE_S: Final = 2.0
_TIDY_EVERY_S: Final = 60.0


class Worker:
    """Works on jobs in the threads that `Lanes` gives, the oldest job first, one job a video at a time."""

    def __init__(
        self,
        pipeline: Pipeline,
        catalog: Catalog,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._pipeline = pipeline
        self._catalog = catalog
        self._lanes = Lanes.of(settings.workers, pipeline.concurrency)
        self._clock = clock
        self._stopping = threading.Event()
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        """A thread that is woken and finds a job wakes the next one, so nobody looks in vain."""
        self._rested = threading.Condition(lock)
        """For those who wait until there is nothing left to do."""
        self._threads: list[threading.Thread] = []
        self._in_hand: dict[str, tuple[Lane, str | None]] = {}
        """The lane, and where it is known the video, of every job that a thread works on."""
        self._due_at: datetime | None = None
        """The time that one sleeping thread wakes at by itself; the others need not."""
        self._blocked: str | None = None
        self._calls = 0
        self._tidy_at = float("-inf")

    @property
    def blocked(self) -> str | None:
        """Return why no job goes on (the engine refuses the key), None while the queue moves."""
        return self._blocked

    def start(self) -> None:
        """Take up what an earlier process left, and begin to work."""
        if self._threads:
            return
        self._stopping.clear()
        self._blocked = None
        self._take_up()
        self._threads = [
            threading.Thread(target=self._work, name=f"cuepoint-worker-{number + 1}", daemon=True)
            for number in range(self._lanes.threads)
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for work now: a job was added, cancelled or retried."""
        with self._changed:
            self._calls += 1
            self._changed.notify_all()

    def resume(self) -> None:
        """Try again after the queue was blocked."""
        self._blocked = None
        self.wake()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Interrupt all work where it stands, to be continued at the next start.

        Returns whether every thread has ended; one that is in the middle of a call that cannot be
        interrupted ends after it, or with the process.
        """
        self._stopping.set()
        self.wake()
        ends = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        alive = [thread for thread in self._threads if thread.is_alive()]
        self._threads = alive
        if alive:
            log.warning("worker.slow_to_stop threads=%d", len(alive))
        return not alive

    def wait_idle(self, timeout_s: float) -> bool:
        """Return True once no job is queued or running; False after the time, or while blocked."""
        ends = time.monotonic() + timeout_s
        while True:
            with self._changed:
                idle = not self._in_hand and self._catalog.count_active() == (0, 0)
                left_s = ends - time.monotonic()
                if idle or self._blocked is not None or left_s <= 0:
                    return idle
                self._rested.wait(min(left_s, 0.2))

    # -- one thread --

    def _work(self) -> None:
        while not self._stopping.is_set():
            calls, now = self._calls, self._clock()
            try:
                self._tidy()
                job = self._claim(now)
                if job is not None:
                    self._work_on(job)
                elif not self._fill_in(calls, now):
                    self._sleep(calls, now)
            except Exception as exc:
                # A store that does not answer, or a bug: the job keeps its saved state, the thread lives.
                if not self._stopping.is_set():
                    log.exception("worker.trouble kind=%s", type(exc).__name__)
                    self._stopping.wait(_AFTER_TROUBLE_S)

    def _claim(self, now: datetime) -> Job | None:
        """Return the next job, marked as in hand, None where there is nothing to do now."""
        with self._changed:
            under_way = self._catalog.under_way(now, leaving_out=list(self._in_hand))
            found = self._catalog.next_jobs(
                now,
                2,
                busy_jobs=list(self._in_hand),
                busy_videos=list(self._busy_videos()),
                may_begin=under_way.begun + len(self._in_hand) < self._lanes.begun,
                only_cancelled=self._blocked is not None,
                full=self._lanes.full([lane for lane, _ in self._in_hand.values()], under_way),
            )
            if not found:
                return None
            self._in_hand[found[0].id] = (lane_of(found[0]), found[0].video_id)
            if len(found) > 1 or self._due_at is None:
                # For the second one, or to watch the time.
                self._changed.notify()
            return found[0]

    def _work_on(self, job: Job) -> None:
        try:
            while not self._stopping.is_set():
                advanced = self._pipeline.advance(job, self._stopping.is_set)
                if advanced.ended or advanced.not_before is not None or not self._keep(advanced):
                    return
                job = advanced
        except Stopping:
            log.info("job.interrupted job=%s state=%s", job.id, job.state)
        except EngineUnauthorized as exc:
            self._blocked = exc.message
            log.exception("worker.blocked job=%s", job.id)
        finally:
            with self._changed:
                del self._in_hand[job.id]
                # What had to wait for this job, its video or its place may go on; this thread looks next.
                self._calls += 1
                self._rested.notify_all()

    def _keep(self, job: Job) -> bool:
        """Return whether the thread goes on with a job: its video may only be known now, its lane be full."""
        lane = lane_of(job)
        with self._changed:
            others = {other: held for other, held in self._in_hand.items() if other != job.id}
            if job.video_id in self._busy_videos(leaving_out=job.id):
                return False
            if not job.cancel_requested and not self._may_go_on(job, [held for held, _ in others.values()]):
                return False
            left, _ = self._in_hand[job.id]
            self._in_hand[job.id] = (lane, job.video_id)
            if lane != left:
                # There is a place in the lane that it came from.
                self._calls += 1
                self._changed.notify()
            return True

    def _busy_videos(self, leaving_out: str | None = None) -> set[str]:
        """Return the videos that threads work on, but for that of one job."""
        held = {job: video for job, (_, video) in self._in_hand.items() if job != leaving_out}
        return {
            video for video in (*held.values(), self._pipeline.missing_sprites.in_hand) if video is not None
        }

    def _may_go_on(self, job: Job, others: list[Lane]) -> bool:
        if self._blocked is not None:
            return False
        under_way = self._catalog.under_way(self._clock(), leaving_out=list(self._in_hand))
        if lane_of(job) in self._lanes.full(others, under_way):
            return False
        return job.batch_id is None or not self._catalog.is_kept_back(job.id)

    def _fill_in(self, calls: int, now: datetime) -> bool:
        """Use an idle moment for one video's missing pictures; return whether there was one to look at."""
        missing = self._pipeline.missing_sprites
        if missing.ended or self._in_hand or self._catalog.next_due_at(now) is not None:
            return False
        return missing.make_one(lambda: self._stopping.is_set() or self._calls != calls)

    def _sleep(self, calls: int, now: datetime) -> None:
        """Wait for a call since ``calls``, for the first job that waits beyond ``now``, or for a while."""
        due_at = None if self._blocked else self._catalog.next_due_at(now)
        with self._changed:
            if self._calls != calls or self._stopping.is_set():
                return
            wait_s = _LOOK_EVERY_S
            watches = due_at is not None and (self._due_at is None or due_at < self._due_at)
            if due_at is not None and watches:
                self._due_at = due_at
                wait_s = min(wait_s, (due_at - self._clock()).total_seconds())
            self._changed.wait(max(wait_s, 0.01))
            if watches and self._due_at == due_at:
                self._due_at = None

    def _tidy(self) -> None:
        """Now and then, finish what a deletion or an arrival that was cut short has left."""
        with self._changed:
            if time.monotonic() < self._tidy_at:
                return
            self._tidy_at = time.monotonic() + _TIDY_EVERY_S
        try:
            self._pipeline.remove_unsettled()
        except CuepointError:
            log.warning("worker.not_settled", exc_info=True)

    # -- at the start --

    def _take_up(self) -> None:
        for job in self._catalog.jobs(active_only=True):
            if job.state in RUNNING_STATES:
                # One that is cancelled at this very moment is looked at in a moment anyway.
                with suppress(JobChanged):
                    self._pipeline.take_up(job)

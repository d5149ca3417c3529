"""The job in hand: every change of it is saved at once, and whoever wants it to stop is heard."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from core.catalog.catalog import Catalog
from core.errors import Cancelled, JobChanged, NotFound
from core.indexing import transitions
from core.model import Job, Ticket

SAVE_EVERY_S: Final = 0.25
"""Progress is written no more often than this."""
_WORTH_SAVING: Final = 0.005


class Stopping(Exception):
    """The application shuts down. The job stays as it was saved last and continues at the next start."""


class JobTaken(Exception):
    """Somebody else ended (or ended and queued) the job; ``job`` is what it is now."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


class JobRecord:
    """One job while one thread works on it. ``job`` is always what the catalog holds.

    ``stopping`` answers whether the application shuts down.
    """

    def __init__(
        self, catalog: Catalog, job: Job, stopping: Callable[[], bool], clock: Callable[[], datetime]
    ) -> None:
        self.job = job
        self._catalog = catalog
        self._stopping = stopping
        self._clock = clock
        self._looked_at = float("-inf")

    def change(
        self,
        transition: Callable[..., Job],
        *told: Any,
        save: Callable[[Job], Job] | None = None,
        **named: Any,
    ) -> Job:
        """Apply a function of `transitions` and save what it returns, by ``save`` where given.

        Where a person changed the job meanwhile, it is applied to the job as it is now, so a wish to
        cancel is never overwritten. Raises: JobTaken.
        """
        write = save or self._catalog.save_job
        while True:
            changed = transition(self.job, self._clock(), *told, **named)
            if changed is self.job and save is None:
                return self.job
            try:
                self.job = write(changed)
            except JobChanged:
                self._read_again()
            except NotFound as exc:
                raise JobTaken(transitions.cancel(self.job, self._clock())) from exc
            else:
                return self.job

    def check(self) -> None:
        """Raise Stopping or Cancelled where the work should not go on."""
        if self._stopping():
            raise Stopping
        if self.job.cancel_requested:
            raise Cancelled("This work was cancelled.")

    def report(self, progress: float) -> None:
        """Take progress from 0 to 1: a `Report` for engines and media. Raises: Stopping, Cancelled."""
        self.check()
        now = time.monotonic()
        if now - self._looked_at < SAVE_EVERY_S:
            return
        self._looked_at = now
        if abs(progress - self.job.progress) >= _WORTH_SAVING:
            self.change(transitions.report, progress)
        else:
            self._read_again()
        self.check()

    def save_ticket(self, ticket: Ticket) -> None:
        """Write a ticket durably: a `SaveTicket` for engines. Raises: Cancelled, after it was saved."""
        if ticket != self.job.ticket:
            self.change(transitions.take_ticket, ticket)
        self.check()

    def _read_again(self) -> None:
        try:
            fresh = self._catalog.job(self.job.id)
        except NotFound as exc:
            raise JobTaken(transitions.cancel(self.job, self._clock())) from exc
        if (fresh.state, fresh.attempt) != (self.job.state, self.job.attempt):
            raise JobTaken(fresh)
        self.job = fresh

"""The daily ceiling: no more minutes of footage a day (UTC) than the settings allow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from core.catalog.catalog import Catalog
from core.errors import EngineLimitReached

_WHOLE_S: Final = 0.5
"""Lengths are floats; so much over the ceiling is not worth a day's waiting."""


class Ceiling:
    """Lets footage pass to the engine as long as the day's minutes last; safe over threads.

    What counts is what was embedded since midnight, what the engine was asked for and is not counted
    yet, and what other threads are just asking for.
    """

    def __init__(self, catalog: Catalog, daily_minutes: float, clock: Callable[[], datetime]) -> None:
        self._catalog = catalog
        self._daily_s = daily_minutes * 60
        self._clock = clock
        self._turn = threading.Lock()
        self._asking: dict[str, float] = {}
        """The seconds of each job that a thread is just submitting."""

    def check(self, job_id: str, duration_s: float) -> None:
        """Raise EngineLimitReached where a video of this length would not pass now."""
        if self._daily_s:
            with self._turn:
                self._refuse(job_id, duration_s)

    @contextmanager
    def passing(self, job_id: str, duration_s: float) -> Iterator[None]:
        """Keep the minutes of a job while it is being submitted. Raises: EngineLimitReached."""
        if not self._daily_s:
            yield
            return
        with self._turn:
            self._refuse(job_id, duration_s)
            self._asking[job_id] = duration_s
        try:
            yield
        finally:
            with self._turn:
                del self._asking[job_id]

    def _refuse(self, job_id: str, duration_s: float) -> None:
        minutes = self._daily_s / 60
        if duration_s > self._daily_s + _WHOLE_S:
            raise EngineLimitReached(
                f"This video is {duration_s / 60:.1f} minutes long, more than the {minutes:g} minutes that "
                "may be embedded in a whole day. Raise CUEPOINT_DAILY_MINUTES, or cancel it."
            )
        today = day_of(self._clock())
        used_s = self._catalog.embedded_s(since=today)
        used_s += self._catalog.in_flight_s(today, leaving_out=[job_id, *self._asking])
        used_s += sum(seconds for other, seconds in self._asking.items() if other != job_id)
        if used_s + duration_s > self._daily_s + _WHOLE_S:
            raise EngineLimitReached(
                f"The {minutes:g} minutes that may be embedded in a day are used up. It goes on tomorrow "
                "(UTC) by itself, or at once after CUEPOINT_DAILY_MINUTES was raised."
            )


def day_of(now: datetime) -> datetime:
    """Return when the day (UTC) began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def until_next_day_s(now: datetime) -> float:
    """Return the seconds that are left of the day (UTC)."""
    return (day_of(now) + timedelta(days=1) - now).total_seconds()

"""Which tasks of ours are being started just now, or were started without an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_SAME_DURATION_S: Final = 1.0
_FORGOTTEN_AFTER_S: Final = 3600.0
"""A job that was cancelled never says that it no longer waits."""


@dataclass(frozen=True, slots=True)
class Others:
    """How many other requests for a video of the same length have no task id yet."""

    sending: int
    unknown: int


@dataclass(slots=True)
class _Request:
    duration_s: float | None
    first_seen: float
    last_seen: float
    sending: bool = False


class Outstanding:
    """The requests of this process that have no task id yet, by the names of their files.

    Needed where the provider names no files: then the length of a video is all that tells tasks
    apart, and two jobs with videos of one length must not take each other's. Safe for threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests: dict[str, _Request] = {}
        self._lock = threading.Lock()

    def visit(self, name: str, duration_s: float | None) -> float:
        """Note that this one waits for its outcome; return the seconds since it was first noted."""
        with self._lock:
            request = self._noted(name, duration_s)
            return request.last_seen - request.first_seen

    @contextmanager
    def sending(self, name: str, duration_s: float | None) -> Iterator[None]:
        """Note that a request is on its way while this lasts; afterwards it stays until `settle`."""
        with self._lock:
            self._noted(name, duration_s).sending = True
        try:
            yield
        finally:
            with self._lock:
                if name in self._requests:
                    self._requests[name].sending = False

    def settle(self, name: str) -> None:
        """Note that the outcome is known, and saved where there is a task."""
        with self._lock:
            self._requests.pop(name, None)

    def others(self, name: str, duration_s: float | None) -> Others:
        """Return what else waits for a task of about this length."""
        with self._lock:
            alike = [
                request
                for other, request in self._requests.items()
                if other != name and _alike(request.duration_s, duration_s)
            ]
        sending = sum(request.sending for request in alike)
        return Others(sending, len(alike) - sending)

    def _noted(self, name: str, duration_s: float | None) -> _Request:
        now = self._clock()
        for other in [
            key for key, held in self._requests.items() if now - held.last_seen > _FORGOTTEN_AFTER_S
        ]:
            del self._requests[other]
        request = self._requests.setdefault(name, _Request(duration_s, now, now))
        request.last_seen = now
        return request


def _alike(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= _SAME_DURATION_S

"""Turns at drawing: the page of one visitor after the other, not all of them at once.

Python runs one thread at a time. Drawn at once, every page is as late as the last one, and the threads
spend half of the processor on taking it from each other (benchmarks/README.md has the figures).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOOK_S: Final = 0.05
_WORKING: Final = 0.2
"""Who gets less of the processor than this waits for something else, as for an engine far away."""
LONGEST_S: Final = 1.0


class _Drawing:
    """One visitor's turn, begun by the thread that draws."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._began = time.monotonic()
        self._worked = time.thread_time()
        # Asked for by the thread itself: with the name of one that has ended, the question could crash.
        known = hasattr(time, "pthread_getcpuclockid")
        self._clock = time.pthread_getcpuclockid(threading.get_ident()) if known else None

    def waits(self) -> bool:
        """Return whether others need not wait for this any longer."""
        lasted = time.monotonic() - self._began
        if self._clock is None or lasted > LONGEST_S:
            return lasted > LONGEST_S
        try:
            return time.clock_gettime(self._clock) - self._worked < _WORKING * lasted
        except OSError:
            return True


class Turns:
    """Lets one thread after the other in; who only waits for something else holds up nobody."""

    def __init__(self) -> None:
        self._first = threading.Lock()
        """Held by the first of those that wait."""
        self._drawing: _Drawing | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for whoever draws, then draw."""
        with self._first:
            before = self._drawing
            while before is not None and not before.over.wait(_LOOK_S):
                if before.waits():
                    break
            mine = self._drawing = _Drawing()
        try:
            yield
        finally:
            mine.over.set()


TURNS: Final = Turns()
"""Of this process."""

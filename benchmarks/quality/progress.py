"""Says on the error output how far it is, every few seconds."""

from __future__ import annotations

import sys
import time
from typing import Final

_EVERY_S: Final = 5.0


class Progress:
    """Counts the steps of one part of the work."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._said = time.monotonic()

    def step(self, count: int = 1) -> None:
        self._done += count
        if time.monotonic() - self._said >= _EVERY_S:
            self._said = time.monotonic()
            print(f"{self._what}: {self._done:,} of {self._total:,}", file=sys.stderr, flush=True)

"""How long indexing waits before it tries again. The only place where anything is retried."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times, in seconds."""

    first_s: float = 2.0
    """After the first transient failure; doubled after each further one."""
    longest_s: float = 300.0
    tries: int = 8
    """Failures in a row within one step after which a job fails for now."""
    tasks: int = 3
    """Tasks that may be started at the engine for one attempt of a job."""
    full_disk_s: float = 60.0
    limit_s: float = 900.0
    """After a quota or ceiling was reached."""
    poll_s: float = 2.0
    """Between two looks at a task, where the engine names no time."""
    least_poll_s: float = 1.0
    """Whatever the engine names: looks without a pause would keep the threads from all other jobs."""

    def delay_s(self, failures: int, retry_after_s: float | None = None) -> float:
        """Return how long to wait after so many failures in a row, at least what the engine asked for.

        Half of it is by chance, so that jobs that failed together do not come back together.
        """
        full_s = min(self.longest_s, self.first_s * 2.0 ** min(failures, 30))
        waited_s = full_s * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
        return max(waited_s, retry_after_s or 0.0)

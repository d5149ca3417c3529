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
    tasks: int = 6
    """Uploads that were of no use, and tasks, that there may be at the engine for one attempt of a job."""
    index_s: float = 5.0
    """While the index does not answer. That is no failure of a job, however long it lasts."""
    full_disk_s: float = 60.0
    limit_s: float = 900.0
    """After a quota or ceiling was reached."""
    poll_s: float = 2.0
    """Between two looks at a task, where the engine names no time."""
    least_poll_s: float = 0.1
    """Whatever the engine names: looks without a pause would keep the threads from all other jobs."""
    unknown_s: float = 3.0
    """Before looking whether a request was carried out whose answer never came."""
    unknown_longest_s: float = 20.0
    looks: int = 40
    """Tries in a row, instead of `tries`, while there may be a task that nobody knows the id of."""
    slow_task_s: float = 15 * 60.0
    """A task that takes longer, beyond the length of its video, is worth a sentence."""
    longest_task_s: float = 6 * 3600.0
    """A task that takes longer is given up for now, unless its video is very long."""
    longest_task_lengths: float = 4.0
    cut_offs: int = 10
    """Deaths of the process in a row within one step of a job after which the job fails."""
    cut_offs_borne: int = 2
    """After more than so many, a job waits, and others go first."""
    cut_off_s: float = 10.0
    """How long it waits; doubled with each further one,"""
    longest_cut_off_s: float = 60.0
    """up to this."""

    def task_s(self, duration_s: float) -> float:
        """Return how long a task for so many seconds of footage may take."""
        return max(self.longest_task_s, self.longest_task_lengths * duration_s)

    def look_s(self, failures: int, retry_after_s: float | None = None) -> float:
        """Return how long to wait before looking for a task that may have been started: soon, at first."""
        soon_s = retry_after_s or self.unknown_s
        return max(soon_s, min(self.unknown_longest_s, soon_s * 2.0 ** (min(failures, 30) - 4)))

    def delay_s(self, failures: int, retry_after_s: float | None = None) -> float:
        """Return how long to wait after so many failures in a row, at least what the engine asked for.

        Half of it is by chance, so that jobs that failed together do not come back together.
        """
        full_s = min(self.longest_s, self.first_s * 2.0 ** min(failures, 30))
        waited_s = full_s * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
        return max(waited_s, retry_after_s or 0.0)

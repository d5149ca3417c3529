"""How far a batch is, how long it will still take, and why it stands."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from core.catalog.batches import BatchJob
from core.library_model import BatchProgress
from core.model import Batch, Job, JobState

_BEHIND: Final[dict[JobState, float]] = {
    "queued": 0.0, "preparing": 0.0, "uploading": 0.1, "embedding": 0.25, "storing": 0.9,
}  # fmt: skip
"""How much of a job's work lies behind it when it comes to a state: a guess that only moves the bar."""
_AHEAD: Final[dict[JobState, float]] = {
    "queued": 0.0, "preparing": 0.1, "uploading": 0.15, "embedding": 0.65, "storing": 0.1,
}  # fmt: skip
_UNKNOWN_S: Final = 60.0
"""The length that stands for one that nobody knows, where no other is known either."""
HELD: Final = "It waits for your word: look at what it costs, then start it."
PAUSED: Final = "It is paused. Resume it to go on."


class Paces:
    """How fast each batch has moved since it last began to move, as far as somebody looked."""

    _LOOK_BACK_S: Final = 900.0
    _EVERY_S: Final = 1.0
    _ENOUGH_S: Final = 3.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, deque[tuple[float, float]]] = {}

    def remaining_s(self, batch_id: str, share: float) -> float | None:
        """Return the seconds until a batch at this share is done at its pace, None while nobody can know."""
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault(batch_id, deque())
            if seen and share < seen[-1][1]:
                # It has got more jobs since: another batch, in a way.
                seen.clear()
            if not seen or now - seen[-1][0] >= self._EVERY_S:
                seen.append((now, share))
            while now - seen[0][0] > self._LOOK_BACK_S:
                seen.popleft()
            since, first = seen[0]
        if now - since < self._ENOUGH_S or share <= first:
            return None
        return (1.0 - share) * (now - since) / (share - first)

    def forget(self, batch_id: str) -> None:
        """Begin anew: the batch stands, or has ended."""
        with self._lock:
            self._seen.pop(batch_id, None)


def batch_progress(
    batch: Batch, members: Sequence[BatchJob], paces: Paces, *, blocked: str | None = None
) -> BatchProgress:
    """Return how far a batch is; ``blocked`` is what stops the whole queue, where something does."""
    jobs = [member.job for member in members]
    counts = {state: sum(job.state == state for job in jobs) for state in ("ready", "failed", "cancelled")}
    share = _share(members)
    waiting = _waiting(batch, [job for job in jobs if not job.ended], blocked)
    remaining_s = None
    if waiting is None and sum(counts.values()) < len(jobs):
        remaining_s = paces.remaining_s(batch.id, share)
    else:
        paces.forget(batch.id)
    return BatchProgress(
        batch=batch,
        jobs=len(jobs),
        ready=counts["ready"],
        failed=counts["failed"],
        cancelled=counts["cancelled"],
        share=share,
        remaining_s=remaining_s,
        waiting=waiting,
    )


def _share(members: Sequence[BatchJob]) -> float:
    known = [member.duration_s for member in members if member.duration_s is not None]
    usual_s = sum(known) / len(known) if known else _UNKNOWN_S
    lengths = [usual_s if member.duration_s is None else member.duration_s for member in members]
    whole = sum(lengths)
    if not whole:
        return 0.0
    done = sum(length * _done(member.job) for length, member in zip(lengths, members, strict=True))
    return min(1.0, done / whole)


def _done(job: Job) -> float:
    if job.ended:
        return 1.0
    return _BEHIND[job.state] + _AHEAD[job.state] * job.progress


def _waiting(batch: Batch, unfinished: Sequence[Job], blocked: str | None) -> str | None:
    """Return why nothing of a batch goes on, in one sentence, None where something does."""
    if not unfinished:
        return None
    if batch.paused:
        return PAUSED
    if blocked is not None:
        return blocked
    if batch.held:
        return HELD
    explained = [job for job in unfinished if job.message is not None and job.not_before is not None]
    begun = [job for job in unfinished if job.state != "queued"]
    # Those that wait behind them in the queue, or for a look at their task, do not make it move.
    if explained and len(explained) == len(begun):
        return min(explained, key=lambda job: (job.not_before is None, job.not_before)).message
    return None

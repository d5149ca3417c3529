"""How many jobs may do what at once: compute here, go up, be at the engine, and be asked about there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from core.catalog.queue import Lane, UnderWay
from core.embedding.port import Concurrency

BEGUN_PER_WORKER: Final = 4
"""Jobs that wait at the engine give their thread to others; so many may be begun for each worker."""
_MOST_ASKING: Final = 8
"""Threads that talk to the engine about tasks; each call is short, but its result has to be archived."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """The bounds. An engine that computes in our own threads has no lanes of its own.

    Each lane has as many threads as it may use, so a long upload or a long proxy keeps nobody from
    asking whether a task is done.
    """

    workers: int
    uploads: int | None = None
    tasks: int | None = None

    @classmethod
    def of(cls, workers: int, engine: Concurrency) -> Lanes:
        return cls(workers, engine.uploads, engine.tasks)

    @property
    def asking(self) -> int:
        """Return how many threads talk to the engine about tasks."""
        return min(self.tasks or 0, _MOST_ASKING)

    @property
    def threads(self) -> int:
        return self.workers + (self.uploads or 0) + self.asking

    @property
    def look_ahead(self) -> int:
        """Return how many videos may lie at the engine without a task: enough to fill every place at once."""
        return (self.tasks or self.workers) + (self.uploads or 0)

    @property
    def begun(self) -> int:
        """Return how many jobs may be under way."""
        ahead = self.look_ahead if self.uploads is not None else 0
        return self.workers * BEGUN_PER_WORKER + (self.tasks or 0) + ahead

    def full(self, in_hand: Collection[Lane], under_way: UnderWay) -> frozenset[Lane]:
        """Return the lanes that take no further job.

        ``in_hand`` has the lane of every job that a thread works on; ``under_way`` counts the others.
        """
        full: set[Lane] = set()
        ours: set[Lane] = {"work"}
        ahead = under_way.uploaded + _count(in_hand, "upload")
        if self.uploads is None:
            ours.add("upload")
        elif _count(in_hand, "upload") >= self.uploads or ahead >= self.look_ahead:
            full.add("upload")
        if self.tasks is None:
            ours |= {"submit", "look"}
        else:
            asking = _count(in_hand, "submit", "look")
            if asking >= self.asking:
                full |= {"submit", "look"}
            if under_way.at_engine + asking >= self.tasks:
                full.add("submit")
        if _count(in_hand, *ours) >= self.workers:
            full |= ours
        return frozenset(full)


def _count(in_hand: Collection[Lane], *lanes: Lane) -> int:
    return sum(lane in lanes for lane in in_hand)

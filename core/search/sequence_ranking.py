"""The exact ranking of chains, best first, from the rankings of their steps, read no deeper than needed.

A chain that uses a segment which was not read yet in some step is worth at most what that step's ranking
still holds. So a chain above the bounds of all steps is settled, and the step with the highest bound is
read on (a threshold algorithm, as in `core.search.ranking`, but over time instead of over modalities).

Steps are read in the order of their positive terms: no penalty lifts a score above that, so it bounds
what is left with negative terms as well.

A listed chain splits the stretch of the video in which it lies, and later ones have to lie before or after
it: so none overlaps a better one, and what is listed depends on better chains alone.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.search.ranking import Ranking
from core.search.sequence_chains import Chain, Link, Rank, Stretch

LEAST: Final = 0.25
"""A segment that scores no more answers no step: 0 is the background, 1 a typical best match."""
_AT_ONCE: Final = 32
_PORTION: Final = 4
"""A reading takes this part of all that was read before, as stretches are looked through after each."""
_SLACK: Final = 1e-4
"""How far a ranking may be off its order, at most: an index computes cosines in float32."""


class StepReader:
    """Reads the ranking of one step."""

    def __init__(self, ranking: Ranking | None) -> None:
        """``ranking`` is one without penalties; None stands for a step of which nothing was understood."""
        self._ranking = ranking
        self.bound = math.inf if ranking is not None else -math.inf
        """What a segment that was not read yet scores at most; -inf where none is left above `LEAST`."""
        self.found = 0
        """How many links it gave."""

    def read(self, full: Collection[str]) -> Link | None:
        """Return the next segment; None where it does not score above `LEAST`, or there is none."""
        scored = self._ranking.pop(full) if self._ranking is not None else None
        if scored is None or scored.positive + _SLACK <= LEAST:
            self.bound = -math.inf
            return None
        self.bound = scored.positive + _SLACK
        if scored.score <= LEAST:
            return None
        self.found += 1
        segment = scored.joined.segment
        return Link(segment.start_ms, segment.end_ms, scored)


@dataclass(order=True, slots=True)
class _Candidate:
    rank: Rank
    chain: Chain = field(compare=False)
    stretch: Stretch = field(compare=False)


class ChainRanking:
    """Hands out chains in exact order, one at a time; none overlaps an earlier one of its video."""

    def __init__(self, steps: Sequence[StepReader], within_ms: Sequence[int]) -> None:
        """``within_ms`` holds the longest gap before each step but the first."""
        self._steps = tuple(steps)
        self._within_ms = tuple(within_ms)
        self._stretches: dict[str, list[Stretch]] = {}
        """What is left of each video that was met; they do not overlap."""
        self._changed: set[Stretch] = set()
        """Those whose best chain is not known yet."""
        self._candidates: list[_Candidate] = []
        """The best chains of stretches; those of a stretch that changed since are passed over."""
        self._read = 0

    @property
    def videos(self) -> Collection[str]:
        """Return the videos that were met."""
        return self._stretches.keys()

    def pop(self, full: Collection[str] = ()) -> Chain | None:
        """Return the best chain that is left, None at the end.

        Chains of videos that are ``full`` may be left out once much was read.
        """
        while True:
            self._look_through()
            if self._candidates and self._candidates[0].chain.score > self._bound():
                return self._take(heapq.heappop(self._candidates))
            if self._bound() == -math.inf:
                return None
            self._read_on(full)

    def _bound(self) -> float:
        """Return what a chain is worth at most of which a link was not read yet; -inf where none can be."""
        if any(step.bound == -math.inf and not step.found for step in self._steps):
            return -math.inf
        return max(step.bound for step in self._steps)

    def _read_on(self, full: Collection[str]) -> None:
        """Read some more segments, each from the step that holds the most."""
        best = self._candidates[0].chain.score if self._candidates else -math.inf
        for _ in range(max(_AT_ONCE, self._read // _PORTION)):
            if not best <= self._bound() or self._bound() == -math.inf:
                return
            number, step = max(enumerate(self._steps), key=lambda one: (one[1].bound, -one[0]))
            link = step.read(full)
            self._read += 1
            if link is not None:
                self._place(number, link)

    def _place(self, number: int, link: Link) -> None:
        video_id = link.scored.joined.video_id
        if video_id not in self._stretches:
            self._stretches[video_id] = [Stretch(video_id, self._within_ms, -math.inf, math.inf)]
        for stretch in self._stretches[video_id]:
            if stretch.add(number, link):
                self._changed.add(stretch)
                return

    def _look_through(self) -> None:
        """Find the best chain of every stretch that changed, and forget those that are out of date."""
        for stretch in self._changed:
            stretch.chosen = stretch.best()
            if stretch.chosen is not None:
                heapq.heappush(self._candidates, _Candidate(stretch.chosen.rank, stretch.chosen, stretch))
        self._changed.clear()
        while self._candidates and self._candidates[0].stretch.chosen is not self._candidates[0].chain:
            heapq.heappop(self._candidates)

    def _take(self, candidate: _Candidate) -> Chain:
        """Let what is left of its stretch take the place of the stretch."""
        parts = candidate.stretch.split(candidate.chain)
        own = self._stretches[candidate.chain.video_id]
        own.remove(candidate.stretch)
        own.extend(parts)
        self._changed.update(parts)
        candidate.stretch.chosen = None
        return candidate.chain

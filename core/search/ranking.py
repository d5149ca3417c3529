"""The exact ranking of a whole collection, best first, read no deeper than is asked for.

Each modality has a list of its rows by their value for the positive terms. A segment that appears in no
list yet is worth at most the sum of the last values seen (the threshold), so a segment whose exact score
reaches the threshold is settled: nothing unseen can come before it. Otherwise the lists are deepened.
Segments that were seen are worth at most what the lists say of them. When that bound brings one to the
front, first only the vectors of its rows that no list has are fetched, which makes the bound its value for
the positive terms; most fall far back then. Those that stay in front are computed exactly, with all that
they are to be explained by. (Fagin's threshold algorithm.)

Which rows of the other modalities belong to a listed row is told by the times of the video's rows, which
are in memory.

With negative terms the order has two tiers: segments among the best `POOL` for the positive terms, then
all others, each by the score with penalties. A penalty reorders what matches and lifts nothing else over
it. The border is a value taken from the whole collection: no filter and no number of results moves it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np

from core.model import Modality
from core.search.cuts import Cuts, LoadTimelines
from core.search.lists import SortedLists
from core.search.scoring import Scored, Scorer
from core.search.timelines import JoinedSegment

__all__ = ["POOL", "LoadTimelines", "Ranking", "border_of", "take"]

POOL: Final = 100
_ROUNDING: Final = 2e-6
"""Error of a cosine that an index computed in float32, at most."""
_FIRST_BATCH: Final = 64
_LARGEST_BATCH: Final = 256
_EXACT_AT_ONCE: Final = 48
"""Segments of a batch that are computed exactly: about as many as a page of moments is made of."""
_PATIENCE: Final = 1_000
"""Segments computed exactly before those of videos that are full are passed over."""

_Key: TypeAlias = tuple[int, float]
_Waiting: TypeAlias = tuple[_Key, str, JoinedSegment]
_Ready: TypeAlias = tuple[_Key, str, Scored]
"""Plain tuples, which are compared a hundred thousand times; no two keys are equal."""


class Ranking:
    """Hands out joined segments in exact order, one at a time."""

    def __init__(
        self,
        lists: SortedLists,
        scorer: Scorer,
        modalities: Sequence[Modality],
        load: LoadTimelines,
        *,
        border: float | None = None,
        penalties: bool = True,
    ) -> None:
        """``modalities`` are those that join, in their order; ``load`` gives their timelines.

        ``border`` is the value of positive terms from which a segment is in the first tier. Without
        ``penalties`` the order is that of the positive terms alone.
        """
        self._lists = lists
        self._scorer = scorer
        self._cuts = Cuts(lists.index, lists.space, modalities, load)
        self._border = -math.inf if border is None else border
        self._penalties = penalties
        self._values: dict[Modality, dict[str, float]] = {m: {} for m in lists.combined}
        """Values of rows: what the lists say, and what was computed for rows that no list had."""
        self._last: dict[Modality, float] = {}
        """What no unlisted row of a modality exceeds, as far as the lists were read."""
        self._seen: set[str] = set()
        """Keys of all listed rows that were looked at."""
        self._known: set[str] = set()
        """Keys of all segments that ever waited."""
        self._waiting: list[_Waiting] = []
        self._ready: list[_Ready] = []
        self._step = 0
        self._batch = _FIRST_BATCH
        self._computed = 0
        lengths = math.fsum(some.length for some in lists.combined.values())
        self._slack = _ROUNDING * lengths * lists.presence.largest

    def pop(self, full: Collection[str] = ()) -> Scored | None:
        """Return the best segment that is left, None at the end.

        Segments of videos that are ``full`` may be left out once many were computed.
        """
        while True:
            if self._step != self._lists.step:
                self._step = self._lists.step
                self._absorb()
            first = self._ready[0][0] if self._ready else (2, math.inf)
            if self._waiting and self._waiting[0][0] <= first:
                self._compute(full)
            elif self._rank(self._unseen()) < first and self._lists.deepen():
                continue
            elif self._ready:
                return heapq.heappop(self._ready)[2]
            elif not self._waiting:
                return None

    def front(self, count: int) -> list[JoinedSegment]:
        """Return some segments that are likely to come next, already computed."""
        return [scored.joined for _, _, scored in heapq.nsmallest(count, self._ready)]

    def _unseen(self) -> float:
        """Return what an unseen segment is worth at most.

        Where it may equal the best that was seen, a list of one modality already has equal rows in order
        of their keys. Several lists have not: there a tie is looked for, so that filters cannot reorder it.
        """
        value = self._lists.unseen()
        return value + 2 * self._slack if len(self._lists.combined) > 1 else value

    def _rank(self, value: float, positive: float | None = None) -> _Key:
        tier = int((value if positive is None else positive) < self._border)
        return (tier, -value)

    # -- what waits --

    def _absorb(self) -> None:
        """Let the segments of newly listed rows wait, and tighten the bounds of those that do."""
        rows = {key: row for key, row in self._lists.rows.items() if key not in self._seen}
        self._seen.update(rows)
        self._cuts.look_up(row.video_id for row in rows.values())
        for modality, values in self._lists.values.items():
            self._values[modality] |= values
        waiting = [one for _, _, one in self._waiting]
        for row in rows.values():
            for one in self._cuts.segments_of(row):
                if one.key not in self._known:
                    self._known.add(one.key)
                    waiting.append(one)
        self._last = {modality: self._lists.last(modality) for modality in self._values}
        self._waiting = self._bounded(waiting)
        heapq.heapify(self._waiting)

    def _bounded(self, some: Iterable[JoinedSegment]) -> list[_Waiting]:
        """Return them with what they are worth at most, by what the lists say and by what was fetched."""
        presence, border, slack = self._lists.presence, self._border, self._slack
        known = [(modality, values.get, self._last[modality]) for modality, values in self._values.items()]
        found: list[_Waiting] = []
        for one in some:  # A search does this two thousand times, so nothing is called that need not be.
            total = 0.0
            for modality, value_of, last in known:
                for key, portion in one.rows.get(modality, ()):
                    total += portion * value_of(key, last)
            bound = presence.of(one.rows) * total + slack
            found.append(((int(bound < border), -bound), one.key, one))
        return found

    def _unlisted(self, one: JoinedSegment) -> list[tuple[Modality, str]]:
        """Return its rows whose value for the positive terms is not known."""
        return [
            (modality, key)
            for modality, values in self._values.items()
            for key, _ in one.rows.get(modality, ())
            if key not in values
        ]

    # -- what is computed --

    def _compute(self, full: Collection[str]) -> None:
        """Find out more about the foremost that wait: their values, or all that there is to them."""
        exact: list[JoinedSegment] = []
        vague: list[JoinedSegment] = []
        unlisted: list[tuple[Modality, str]] = []
        later: list[_Waiting] = []
        while self._waiting and len(exact) + len(vague) < self._batch:
            item = heapq.heappop(self._waiting)
            one = item[2]
            if self._computed > _PATIENCE and one.video_id in full:
                continue
            missing = self._unlisted(one)
            if missing:
                vague.append(one)
                unlisted += missing
            elif len(exact) < _EXACT_AT_ONCE:
                exact.append(one)
            else:
                later.append(item)
                if len(later) >= _LARGEST_BATCH:
                    break
        self._batch = min(2 * self._batch, _LARGEST_BATCH)
        self._computed += len(exact)
        self._evaluate(unlisted, [key for one in exact for key in one.row_keys()])
        # Those of which something is still not known are gone.
        found = [one for one in vague if not self._unlisted(one)]
        later += self._bounded(found)
        for item in later:
            heapq.heappush(self._waiting, item)
        for scored in self._scorer.score(exact):
            if scored is not None:
                value = scored.score if self._penalties else scored.positive
                rank = self._rank(value, scored.positive)
                heapq.heappush(self._ready, (rank, scored.joined.key, scored))

    def _evaluate(self, rows: Sequence[tuple[Modality, str]], others: Sequence[str]) -> None:
        """Compute the values of rows that no list has; ``others`` are fetched in the same request."""
        stored = self._scorer.stored([*(key for _, key in rows), *others])
        for modality, combined in self._lists.combined.items():
            own = [key for place, key in rows if place == modality and key in stored]
            if own:
                cosines = np.stack([stored[key] for key in own]) @ combined.direction
                self._values[modality].update(
                    (key, combined.value(cosine)) for key, cosine in zip(own, cosines.tolist(), strict=True)
                )


def border_of(ranking: Ranking) -> float | None:
    """Return the value of the last segment in the first tier; None where all segments are in it.

    The ranking has to be one without penalties and without filters.
    """
    last: Scored | None = None
    for _ in range(POOL):
        last = ranking.pop()
        if last is None:
            return None
    return last.positive if last is not None else None


def take(ranking: Ranking, count: int) -> Iterable[Scored]:
    """Yield at most ``count`` segments, best first."""
    for _ in range(count):
        scored = ranking.pop()
        if scored is None:
            return
        yield scored

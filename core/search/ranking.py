"""The exact ranking of a whole collection, best first, read no deeper than is asked for.

Each modality has a list of its rows by their value for the positive terms. A segment that appears in no
list yet is worth at most the sum of the last values seen (the threshold), so a segment whose exact score
reaches the threshold is settled: nothing unseen can come before it. Otherwise the lists are deepened.
Segments that were seen are worth at most what the lists say of them, and are computed exactly only when
that bound brings them to the front. (Fagin's threshold algorithm.)

Which rows of the other modalities belong to a listed row is found by their keys where the boundaries are
equal, and by the video's timeline where they are not.

With negative terms the order has two tiers: segments among the best `POOL` for the positive terms, then
all others, each by the score with penalties. A penalty reorders what matches and lifts nothing else over
it. The border is a value taken from the whole collection: no filter and no number of results moves it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from core.model import Modality, Segment
from core.search.lists import SortedLists
from core.search.scoring import Scored, Scorer
from core.search.timelines import JoinedSegment, Timeline, key_of

POOL: Final = 100
_ROUNDING: Final = 2e-6
"""Error of a cosine that an index computed in float32, at most."""
_FIRST_BATCH: Final = 32
_LARGEST_BATCH: Final = 256
_PATIENCE: Final = 1_000
"""Segments computed exactly before those of videos that are full are passed over."""

LoadTimelines: TypeAlias = Callable[[Iterable[str]], Mapping[str, Timeline]]
"""Gives the timelines of some videos."""

_Key: TypeAlias = tuple[int, float]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """Boundaries of a listed row, of which it is not known yet what else belongs to them."""

    video_id: str
    segment: Segment
    keys: Mapping[Modality, str]
    """The rows that would have the same boundaries."""

    @property
    def key(self) -> str:
        return next(iter(self.keys.values()))

    def joined(self) -> JoinedSegment:
        """Return what it is where all of these rows exist."""
        rows = {modality: ((key, 1.0),) for modality, key in self.keys.items()}
        return JoinedSegment(self.video_id, self.segment, self.key, rows)


@dataclass(order=True, slots=True)
class _Ready:
    rank: _Key
    key: str
    scored: Scored = field(compare=False)


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
        self._modalities = tuple(modalities)
        self._load = load
        self._border = -math.inf if border is None else border
        self._penalties = penalties
        self._timelines: dict[str, Timeline] = {}
        self._seen: set[str] = set()
        """Keys of all segments and sightings that ever waited."""
        self._waiting: list[tuple[_Key, str, JoinedSegment | _Sighting]] = []
        self._ready: list[_Ready] = []
        self._step = 0
        self._batch = _FIRST_BATCH
        self._computed = 0
        self._slack = _ROUNDING * math.fsum(some.length for some in lists.combined.values())

    def pop(self, full: Collection[str] = ()) -> Scored | None:
        """Return the best segment that is left, None at the end.

        Segments of videos that are ``full`` may be left out once many were computed.
        """
        while True:
            if self._step != self._lists.step:
                self._step = self._lists.step
                self._absorb(self._lists.rows)
            first = self._ready[0].rank if self._ready else (2, math.inf)
            if self._waiting and self._waiting[0][0] <= first:
                self._compute(full)
            elif self._rank(self._unseen()) < first and self._lists.deepen():
                continue
            elif self._ready:
                return heapq.heappop(self._ready).scored
            elif not self._waiting:
                return None

    def front(self, count: int) -> list[JoinedSegment]:
        """Return some segments that are likely to come next, already computed."""
        return [ready.scored.joined for ready in heapq.nsmallest(count, self._ready)]

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

    def _absorb(self, rows: Iterable[str]) -> None:
        """Let the segments of listed rows wait, and tighten the bounds of those that do."""
        waiting = [one for _, _, one in self._waiting]
        for key in rows:
            for one in self._segments_of(key):
                if one.key not in self._seen:
                    self._seen.add(one.key)
                    waiting.append(one)
        best = self._best_of_videos()
        bounded = [(self._rank(self._bound(one, best)), one.key, one) for one in waiting]
        self._waiting = sorted(bounded, key=lambda one: one[:2])

    def _segments_of(self, key: str) -> Sequence[JoinedSegment | _Sighting]:
        """Return what a listed row may belong to."""
        row = self._lists.rows[key]
        timeline = self._timelines.get(row.video_id)
        if timeline is not None:
            return [timeline.segments[place] for place in timeline.by_row.get(key, ())]
        keys = {m: key_of(row.video_id, row.segment, m) for m in self._modalities}
        sighting = _Sighting(row.video_id, row.segment, keys)
        everywhere = all(other in self._lists.rows for other in keys.values())
        return [sighting.joined() if everywhere else sighting]

    def _best_of_videos(self) -> dict[tuple[Modality, str], float]:
        best: dict[tuple[Modality, str], float] = {}
        for modality, values in self._lists.values.items():
            for key, value in values.items():
                place = (modality, self._lists.rows[key].video_id)
                best[place] = max(best.get(place, -math.inf), value)
        return best

    def _bound(self, one: JoinedSegment | _Sighting, best: Mapping[tuple[Modality, str], float]) -> float:
        """Return what it is worth at most, by what the lists say."""
        total = self._slack
        for modality, values in self._lists.values.items():
            last = self._lists.last(modality)
            if isinstance(one, JoinedSegment):
                total += math.fsum(
                    portion * values.get(key, last) for key, portion in one.rows.get(modality, ())
                )
            else:
                # Some rows of this video, or none.
                total += max(0.0, last, best.get((modality, one.video_id), 0.0))
        return total

    # -- what is computed --

    def _compute(self, full: Collection[str]) -> None:
        """Compute the foremost that wait exactly, or find out what they are."""
        batch, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
        self._batch = min(2 * self._batch, _LARGEST_BATCH)
        chosen = [one for _, _, one in batch]
        if self._computed > _PATIENCE:
            chosen = [one for one in chosen if one.video_id not in full]
        self._computed += len(chosen)
        segments = [one for one in chosen if isinstance(one, JoinedSegment)]
        sightings = [one for one in chosen if isinstance(one, _Sighting)]
        stored = self._scorer.stored(
            [key for one in segments for key in one.row_keys()]
            + [k for s in sightings for k in s.keys.values()]
        )
        unequal: dict[str, None] = {}
        for sighting in sightings:
            if all(key in stored for key in sighting.keys.values()):
                segments.append(sighting.joined())
            else:
                unequal[sighting.video_id] = None
        for scored in self._scorer.score(segments):
            if scored is not None:
                value = scored.score if self._penalties else scored.positive
                ready = _Ready(self._rank(value, scored.positive), scored.joined.key, scored)
                heapq.heappush(self._ready, ready)
        if unequal:
            self._read_timelines(unequal, {one.key for one in sightings} - {one.key for one in segments})

    def _read_timelines(self, videos: Collection[str], unresolved: Collection[str]) -> None:
        """Let the segments of these videos' timelines wait in place of their sightings."""
        self._timelines |= self._load(videos)
        self._seen.difference_update(unresolved)
        keep = []
        for item in self._waiting:
            if isinstance(item[2], _Sighting) and item[2].video_id in videos:
                self._seen.discard(item[2].key)
            else:
                keep.append(item)
        self._waiting = keep
        self._absorb([key for key, row in self._lists.rows.items() if row.video_id in videos])


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

"""From one segment to the moment around it, with as few requests as there are rounds of reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from core.model import Moment
from core.search.confidence import Judge
from core.search.moments import MergeRule, best_first, grow
from core.search.ranking import LoadTimelines, Ranking
from core.search.scoring import Scored, Scorer
from core.search.timelines import JoinedSegment, Timeline

_REACH: Final = 3
"""Segments that are computed at once where a moment goes on beyond what is known."""
_AHEAD: Final = 32
"""Segments that may follow, whose timelines are read as well: one reading costs about as much as many."""


class Grower:
    """Makes the moments of one query; a segment is part of one of them at most."""

    def __init__(
        self, ranking: Ranking, scorer: Scorer, load: LoadTimelines, rule: MergeRule, judge: Judge
    ) -> None:
        self._ranking = ranking
        self._scorer = scorer
        self._load = load
        self._rule = rule
        self._judge = judge
        self.timelines: dict[str, Timeline] = {}
        """Of every video that a segment was prepared of."""
        self.taken: set[str] = set()
        """Keys of segments that are part of a moment."""

    def prepare(self, seeds: Sequence[Scored], growing: Sequence[Scored]) -> None:
        """Read the timelines of all these segments' videos, and what surrounds those that will grow."""
        videos = {one.joined.video_id: None for one in seeds}
        if not videos.keys() <= self.timelines.keys():
            videos |= {joined.video_id: None for joined in self._ranking.front(_AHEAD)}
            self.timelines |= self._load([one for one in videos if one not in self.timelines])
        self._look_around([one for one in growing if one.joined.key not in self.taken])

    def moment(self, seed: Scored) -> Moment:
        """Return the moment around a segment, made of it and of neighbours that are in no other."""
        segments = self._neighbourhood(seed.joined)
        place = [joined.key for joined in segments].index(seed.joined.key)
        places = grow(
            [joined.segment for joined in segments],
            place,
            lambda at: self._score_at(segments, at),
            self._rule,
        )
        members = [segments[at] for at in places]
        self.taken.update(joined.key for joined in members)
        hits = sorted((one.hit() for one in self._scorer.score(members) if one is not None), key=best_first)
        return Moment(
            video_id=seed.joined.video_id,
            start_s=min(hit.segment.start_s for hit in hits),
            end_s=max(hit.segment.end_s for hit in hits),
            score=hits[0].score,
            band=self._judge.band(hits[0].parts),
            hits=tuple(hits),
        )

    def _neighbourhood(self, joined: JoinedSegment) -> Sequence[JoinedSegment]:
        """Return the segments of its video that could be part of one moment with it, in order of time."""
        timeline = self.timelines[joined.video_id]
        place = timeline.places.get(joined.key)
        if place is None:
            return [joined]  # The video was indexed anew while we searched.
        segments, reach_s = timeline.segments, self._rule.longest_s + self._rule.gap_s
        low, high = place, place + 1
        while low > 0 and segments[low - 1].segment.gap_to(joined.segment) < reach_s:
            low -= 1
        while high < len(segments) and segments[high].segment.gap_to(joined.segment) < reach_s:
            high += 1
        return segments[low:high]

    def _score_at(self, segments: Sequence[JoinedSegment], place: int) -> float | None:
        if segments[place].key in self.taken:
            return None
        if not self._scorer.known(segments[place]):
            # Not foreseen, as another moment ended where this one goes on: what follows comes with it.
            self._scorer.score(segments[max(0, place - _REACH) : place + _REACH + 1])
        (scored,) = self._scorer.score([segments[place]])
        return None if scored is None else scored.score

    def _look_around(self, seeds: Sequence[Scored]) -> None:
        """Compute what the moments around these segments may be made of: one request for all their
        neighbours, and one for each further stretch of those that go on."""
        edges = [
            edge
            for seed in seeds
            if seed.joined.key in self.timelines[seed.joined.video_id].places
            for edge in (_Edge(seed, self.timelines[seed.joined.video_id], way) for way in (-1, 1))
        ]
        reach = 1
        while edges:
            self._scorer.score([joined for edge in edges for joined in edge.next(reach)])
            edges = [edge for edge in edges if edge.advance(self._goes_on)]
            reach = _REACH

    def _goes_on(self, seed: Scored, joined: JoinedSegment) -> bool | None:
        """Return whether a moment may take in a segment beside it; None where that is not computed yet."""
        within = joined.segment.gap_to(seed.joined.segment) < self._rule.longest_s + self._rule.gap_s
        if not within or seed.score <= 0 or joined.key in self.taken:
            return False
        if not self._scorer.known(joined):
            return None
        (scored,) = self._scorer.score([joined])
        return scored is not None and scored.score >= self._rule.fraction * seed.score


class _Edge:
    """How far a moment may reach from its seed in one direction."""

    def __init__(self, seed: Scored, timeline: Timeline, way: int) -> None:
        """``way`` is 1 towards later segments, -1 towards earlier ones."""
        self._seed = seed
        self._segments = timeline.segments
        self._way = way
        self._place = timeline.places[seed.joined.key] + way

    def next(self, count: int) -> list[JoinedSegment]:
        """Return so many segments from the edge on, fewer at the end of the video."""
        places = range(self._place, self._place + count * self._way, self._way)
        return [self._segments[place] for place in places if 0 <= place < len(self._segments)]

    def advance(self, goes_on: Callable[[Scored, JoinedSegment], bool | None]) -> bool:
        """Move on over what the moment may take in; True where it ends at what is not computed yet."""
        while 0 <= self._place < len(self._segments):
            answer = goes_on(self._seed, self._segments[self._place])
            if not answer:
                return answer is None
            self._place += self._way
        return False

"""From a ranking of segments to the list of moments: merged, capped per video, as many as asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from core.model import Filters, Moment
from core.search.confidence import Judge
from core.search.moments import MergeRule, best_first, grow, merge
from core.search.planning import Plan
from core.search.ranking import LoadTimelines, Ranking
from core.search.scoring import Scored, Scorer
from core.search.timelines import JoinedSegment, Timeline

_AHEAD: Final = 32
"""Segments that may follow, whose timelines are read as well: one reading costs about as much as many."""
_MOST_HELD: Final = 500
"""Where nothing else can be listed, so many held-back segments are counted at most."""


class Gathering:
    """Collects the moments of one query."""

    def __init__(
        self,
        plan: Plan,
        ranking: Ranking,
        scorer: Scorer,
        load: LoadTimelines,
        rule: MergeRule,
        filters: Filters,
    ) -> None:
        self._plan = plan
        self._ranking = ranking
        self._scorer = scorer
        self._load = load
        self._judge = Judge(plan.parts)
        self._rule = rule
        self._filters = filters
        self._timelines: dict[str, Timeline] = {}
        self._taken: set[str] = set()
        """Keys of segments that are part of a moment."""
        self._counts: Counter[str] = Counter()
        self._held: list[Scored] = []
        """Segments of videos that are full, as they came."""
        self._alone = False
        """Whether no video is left that could give another moment."""
        self._over = False

    def moments(self, limit: int, per_video: int | None) -> list[Moment]:
        """Return the best moments, at most ``per_video`` of one video, reading on until there are enough."""
        found: list[Moment] = []
        full: set[str] = set()
        while len(found) < limit and not self._over:
            # Each gives one moment at most, so none is taken from the ranking in vain.
            seeds = [s for _ in range(limit - len(found)) if (s := self._ranking.pop(full)) is not None]
            if not seeds:
                break
            self._read_timelines(seeds)
            self._look_around([one.joined for one in seeds if one.joined.video_id not in full])
            for scored in seeds:
                if scored.joined.video_id in full:
                    self._hold_back(scored)
                elif scored.joined.key not in self._taken:
                    found.append(self._moment(scored))
                    self._count(scored.joined.video_id, per_video, full)
        return found

    def _count(self, video_id: str, per_video: int | None, full: set[str]) -> None:
        self._counts[video_id] += 1
        if self._counts[video_id] == per_video:
            full.add(video_id)
            self._alone = self._nothing_else(full)

    def _hold_back(self, scored: Scored) -> None:
        if scored.joined.key not in self._taken:
            self._held.append(scored)
            weak = self._judge.band(scored.parts) == "weak"
            self._over = self._alone and (weak or len(self._held) >= _MOST_HELD)

    def held_back(self) -> tuple[tuple[str, int], ...]:
        """Return how many further moments the cap held back, most first.

        Counted are those that the list was read past and that are not weak.
        """
        worth = [scored.hit() for scored in self._held if self._judge.band(scored.parts) != "weak"]
        counts = Counter(group[0].video_id for group in merge(worth, self._rule))
        return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def _nothing_else(self, full: set[str]) -> bool:
        """Return whether no video is left that could give another moment."""
        if self._filters.video_ids and full.issuperset(self._filters.video_ids):
            return True
        return all(
            sum(self._timelines[video_id].row_counts[modality] for video_id in full)
            >= self._plan.rows[modality]
            for modality in self._plan.combined
        )

    # -- one moment --

    def _moment(self, seed: Scored) -> Moment:
        segments = self._neighbourhood(seed.joined)
        place = [joined.key for joined in segments].index(seed.joined.key)
        places = grow(
            [joined.segment for joined in segments],
            place,
            lambda at: self._score_at(segments, at),
            self._rule,
        )
        members = [segments[at] for at in places]
        self._taken.update(joined.key for joined in members)
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
        timeline = self._timelines[joined.video_id]
        place = timeline.places.get(joined.key)
        if place is None:
            return [joined]  # The video was indexed anew while we searched.
        reach_s = self._rule.longest_s + self._rule.gap_s
        low, high = place, place + 1
        while low > 0 and timeline.segments[low - 1].segment.gap_to(joined.segment) < reach_s:
            low -= 1
        while (
            high < len(timeline.segments) and timeline.segments[high].segment.gap_to(joined.segment) < reach_s
        ):
            high += 1
        return timeline.segments[low:high]

    def _read_timelines(self, seeds: Sequence[Scored]) -> None:
        """Read the timelines of these segments' videos, together with those that are likely to follow."""
        videos = {one.joined.video_id: None for one in seeds}
        if not videos.keys() <= self._timelines.keys():
            videos |= {joined.video_id: None for joined in self._ranking.front(_AHEAD)}
            self._timelines |= self._load([one for one in videos if one not in self._timelines])

    def _score_at(self, segments: Sequence[JoinedSegment], place: int) -> float | None:
        joined = segments[place]
        if joined.key in self._taken:
            return None
        if not self._scorer.known(joined):
            self._look_around([joined], 3)
        (scored,) = self._scorer.score([joined])
        return None if scored is None else scored.score

    def _look_around(self, segments: Sequence[JoinedSegment], width: int = 1) -> None:
        """Compute segments and their neighbours on both sides, in one request."""
        wanted: list[JoinedSegment] = []
        for joined in segments:
            timeline = self._timelines[joined.video_id]
            place = timeline.places.get(joined.key)
            if place is not None:
                wanted += timeline.segments[max(0, place - width) : place + width + 1]
        self._scorer.score(wanted)

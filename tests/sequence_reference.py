"""Sequences the plain way: every tuple of segments is looked at. The rules are in `core.search.sequences`."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.model import Hit, Moment, Query, Segment
from core.search.searcher import Searcher
from core.search.sequence_ranking import LEAST

Scores: TypeAlias = Mapping[tuple[str, Segment], float]


@dataclass(frozen=True)
class Found:
    """A sequence of the reference."""

    video_id: str
    segments: tuple[Segment, ...]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        return min(self.scores)

    @property
    def rank(self) -> tuple[object, ...]:
        total = sum(round(score * 10**12) for score in self.scores)
        return -self.score, -total, self.video_id, [(s.start_ms, s.end_ms) for s in self.segments]

    def overlaps(self, other: Found) -> bool:
        starts = self.segments[0].start_ms, other.segments[0].start_ms
        ends = self.segments[-1].end_ms, other.segments[-1].end_ms
        return self.video_id == other.video_id and max(starts) < min(ends)


def every_chain(scores: Sequence[Scores], within_s: Sequence[float]) -> list[Found]:
    """Return every chain, best first, whatever it overlaps."""
    videos = sorted({video_id for some in scores for video_id, _ in some})
    chains = []
    for video_id in videos:
        own = [[(s, value) for (video, s), value in some.items() if video == video_id] for some in scores]
        for links in itertools.product(*own):
            gaps = [b.start_ms - a.end_ms for (a, _), (b, _) in itertools.pairwise(links)]
            in_time = all(0 <= gap <= round(1000 * s) for gap, s in zip(gaps, within_s, strict=True))
            if in_time and all(value > LEAST for _, value in links):
                segments, values = zip(*links, strict=True)
                chains.append(Found(video_id, segments, values))
    return sorted(chains, key=lambda chain: chain.rank)


def listed(chains: Sequence[Found], per_video: int | None = None) -> list[Found]:
    """Return those that overlap no better one, at most so many of one video."""
    apart: list[Found] = []
    for chain in chains:
        if not any(chain.overlaps(better) for better in apart):
            apart.append(chain)
    counts: Counter[str] = Counter()
    kept = []
    for chain in apart:
        counts[chain.video_id] += 1
        if per_video is None or counts[chain.video_id] <= per_video:
            kept.append(chain)
    return kept


def step_queries(query: Query) -> list[Query]:
    """Return each step as a query of its own, for everything that it finds."""
    steps = [query.terms, *(then.terms for then in query.then)]
    return [Query(terms, query.modalities, query.filters, limit=500) for terms in steps]


def scores_by_hits(searcher: Searcher, query: Query) -> list[Scores]:
    """Return what each step's own raw hits score."""
    return [
        {(hit.video_id, hit.segment): hit.score for hit in searcher.hits(step)}
        for step in step_queries(query)
    ]


def chains_of(query: Query, scores: Sequence[Scores]) -> list[Found]:
    return every_chain(scores, [then.within_s for then in query.then])


def as_found(moments: Collection[Moment]) -> list[Found]:
    """Return moments in the words of the reference, after looking at what they say of themselves."""
    found = []
    for moment in moments:
        assert [hit.step for hit in moment.hits] == list(range(len(moment.hits)))
        assert {hit.video_id for hit in moment.hits} == {moment.video_id}
        chain = found_of(moment.hits)
        assert (moment.start_s, moment.end_s) == (chain.segments[0].start_s, chain.segments[-1].end_s)
        assert moment.score == chain.score
        found.append(chain)
    return found


def found_of(hits: Sequence[Hit]) -> Found:
    return Found(hits[0].video_id, tuple(h.segment for h in hits), tuple(h.score for h in hits))

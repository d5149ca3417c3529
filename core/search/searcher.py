"""Search: one algebra for every kind of query, from terms to moments."""

from __future__ import annotations

import logging
import time
from typing import Final

from core.embedding.port import Embedder
from core.embedding.query_cache import QueryCache
from core.model import Filters, Hit, Modality, Query, Results, Segment, Space
from core.search.checking import check_query
from core.search.gathering import Gathering
from core.search.lists import SortedLists
from core.search.moments import MergeRule
from core.search.planning import Plan, Planner
from core.search.ranking import LoadTimelines, Ranking, border_of, take
from core.search.scoring import Scorer
from core.search.terms import Called, TermResolver
from core.search.timelines import Timelines
from core.search.yardsticks import Kind
from core.vectors.port import VectorIndex

log = logging.getLogger(__name__)

CAP_PER_VIDEO: Final = 3


def _nobody(kind: Kind) -> None:
    """Count nothing."""


class Searcher:
    """Answers queries from an index, embedding their terms through a cache.

    An engine for which the meaning of a text changes without a new space (the preview engine knows the words
    of titles) has an attribute ``text_version: str``; see `core.search.terms.TermResolver`.

    Safe to use from several threads. What it keeps between queries (backgrounds, timelines) belongs to
    one version of the index, so that a deleted video is gone from the next answer.
    """

    def __init__(
        self,
        index: VectorIndex,
        embedder: Embedder,
        query_cache: QueryCache,
        *,
        called: Called | None = None,
        cap_per_video: int = CAP_PER_VIDEO,
        gap_s: float = 1.0,
    ) -> None:
        """``called`` hears of every call to the engine that was answered. ``cap_per_video`` holds where a
        query sets none; ``gap_s`` is the largest gap within a moment."""
        self._index = index
        self._embedder = embedder
        self._timelines = Timelines(index)
        resolver = TermResolver(index, embedder, query_cache, called or _nobody)
        self._planner = Planner(index, resolver, self._timelines)
        self._cap = cap_per_video
        self._rule = MergeRule(gap_s=gap_s)

    def search(self, query: Query, *, space: Space | None = None) -> Results:
        """Return the moments that match best, best first, at most ``query.limit``.

        A cap holds per video, except where the filter names a single one. Terms that nothing could be
        understood of are left out and reported; where no positive term remains, there are no moments
        and ``good_match`` is False. A longer limit continues the same list.

        Raises: QueryRefused; SpaceMismatch; IndexUnavailable; what the engine raises.
        """
        started = time.perf_counter()
        plan = self._plan(query, space)
        gathering = self._gathering(plan, query.filters)
        moments = gathering.moments(query.limit, self._cap_of(query))
        took_ms = 1000 * (time.perf_counter() - started)
        log.info("search.answered terms=%d moments=%d took_ms=%.0f", len(query.terms), len(moments), took_ms)
        return Results(
            moments=tuple(moments),
            terms=plan.reports,
            good_match=any(moment.band != "weak" for moment in moments),
            more_by_video=gathering.held_back(),
            searched_segments=sum(plan.rows.values()),
            took_ms=took_ms,
        )

    def hits(self, query: Query, *, space: Space | None = None) -> list[Hit]:
        """Return the best ``query.limit`` raw hits: not merged, and without a cap per video.

        Raises: as `search`.
        """
        plan = self._plan(query, space)
        ranking = self._ranking(plan, self._scorer(plan), query.filters)
        return [scored.hit() for scored in take(ranking, query.limit)]

    def relevance(
        self, query: Query, video_id: str, *, space: Space | None = None
    ) -> list[tuple[Segment, float]]:
        """Return the score of every segment of a video in order of time; filters have no say.

        Empty where the video has no rows in the searched modalities, or nothing was understood.
        Raises: as `search`.
        """
        plan = self._plan(query, space)
        if not plan.combined:
            return []
        timeline = self._loader(plan)([video_id])[video_id]
        found = self._scorer(plan).score(timeline.segments)
        return [(scored.joined.segment, scored.score) for scored in found if scored is not None]

    # -- parts of a search --

    def _plan(self, query: Query, space: Space | None) -> Plan:
        modalities: tuple[Modality, ...] = check_query(
            query, self._embedder.modalities, self._embedder.limits
        )
        return self._planner.plan(space or self._embedder.space, query, modalities)

    def _cap_of(self, query: Query) -> int | None:
        if query.per_video is not None:
            return query.per_video
        return None if len(query.filters.video_ids) == 1 else self._cap

    def _scorer(self, plan: Plan) -> Scorer:
        return Scorer(self._index, plan.space, plan.parts)

    def _gathering(self, plan: Plan, filters: Filters) -> Gathering:
        scorer = self._scorer(plan)
        ranking = self._ranking(plan, scorer, filters)
        return Gathering(plan, ranking, scorer, self._loader(plan), self._rule, filters)

    def _loader(self, plan: Plan) -> LoadTimelines:
        return lambda videos: self._timelines.load(plan.space, plan.version, plan.directions, videos)

    def _ranking(self, plan: Plan, scorer: Scorer, filters: Filters) -> Ranking:
        modalities, load = tuple(plan.parts), self._loader(plan)
        lists = SortedLists(self._index, plan.space, plan.combined, filters, plan.lists)
        border = None
        if plan.has_penalties:
            whole = lists
            if not filters.empty:
                whole = SortedLists(self._index, plan.space, plan.combined, None, plan.lists)
            border = border_of(Ranking(whole, scorer, modalities, load, penalties=False))
        return Ranking(lists, scorer, modalities, load, border=border)

"""Search: one algebra for every kind of query, from terms to moments."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.embedding.port import Embedder
from core.embedding.query_cache import QueryCache
from core.model import Filters, Hit, Modality, Query, Results, Segment, Space, Text, Vector
from core.model.insights import Matches
from core.search.checking import MOST_MOMENTS, check_query
from core.search.confidence import Judge
from core.search.gathering import Gathering
from core.search.lists import SortedLists
from core.search.measuring import measure
from core.search.moments import MergeRule
from core.search.planning import Plan, Planner
from core.search.ranking import LoadTimelines, Ranking, border_of, take
from core.search.remembering import Remembering
from core.search.scoring import Scorer
from core.search.sequences import Sequences
from core.search.terms import Called, TermResolver
from core.search.timelines import Timelines
from core.search.yardsticks import Kind
from core.vectors.port import VectorIndex

log = logging.getLogger(__name__)

CAP_PER_VIDEO: Final = 3
_WORDS_AT_ONCE: Final = 4


def _nobody(kind: Kind) -> None:
    """Count nothing."""


def _utc_today() -> date:
    return datetime.now(UTC).date()


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
        today: Callable[[], date] = _utc_today,
    ) -> None:
        """``called`` hears of every call to the engine that was answered. ``cap_per_video`` holds where a
        query sets none; ``gap_s`` is the largest gap within a moment. ``today`` tells the UTC day that
        `Filters.last_days` counts from, once a search."""
        self._index = Remembering(index)
        self._embedder = embedder
        self._timelines = Timelines(self._index)
        self._resolver = TermResolver(self._index, embedder, query_cache, called or _nobody)
        self._planner = Planner(self._index, self._resolver, self._timelines)
        self._sequences = Sequences(self._index, self._planner, self._timelines)
        self._cap = cap_per_video
        self._rule = MergeRule(gap_s=gap_s)
        self._today = today

    def search(self, query: Query, *, space: Space | None = None) -> Results:
        """Return one page of the moments that match best, best first.

        A page is a stretch of one list: ``query.offset`` results are left out, ``query.limit`` follow, and
        ``more`` says whether there is another. Moments that repeat one of the list (`Query.fold`) are its
        ``similar``, or ``echoes`` where that one is on an earlier page; they count for no limit. A cap
        holds per video, except where the filter names a single one. With ``by_video`` results are videos in
        the order of their best moments, and ``moments`` holds all that was met of each, up to the cap.
        The list ends after `MOST_MOMENTS` results.

        Terms that nothing could be understood of are left out and reported; where no positive term
        remains, there are no moments and ``good_match`` is False. That is told of the list down to the end of
        the page, ``confidence`` of its best moment, whatever the page. `core.search.sequences` says what a
        query with further steps gives.

        Raises: QueryRefused; SpaceMismatch; IndexUnavailable; what the engine raises.
        """
        asked = self._checked(query, space)
        query = asked[1]
        cap = self._cap_of(query)
        found = self._sequences.search(*asked, cap) if query.then else self._search(*asked, cap)
        within = query.offset + query.limit < MOST_MOMENTS
        return found if within or not found.more else replace(found, more=False)

    def hits(self, query: Query, *, space: Space | None = None) -> list[Hit]:
        """Return ``query.limit`` of the best raw hits from ``query.offset`` on: not merged, without a cap.

        Raises: as `search`.
        """
        if query.then:
            return self._sequences.hits(*self._checked(query, space))
        asked = self._checked(query, space)
        plan, query = self._planner.plan(*asked), asked[1]
        ranking = self._ranking(plan, self._scorer(plan), query.filters)
        found = list(take(ranking, query.offset + query.limit))
        return [scored.hit() for scored in found[query.offset :]]

    def relevance(
        self, query: Query, video_id: str, *, space: Space | None = None
    ) -> list[tuple[Segment, float]]:
        """Return the score of every segment of a video in order of time; filters have no say.

        Empty where the video has no rows in the searched modalities, or nothing was understood.
        Raises: as `search`.
        """
        if query.then:
            return self._sequences.relevance(*self._checked(query, space), video_id)
        plan = self._planner.plan(*self._checked(query, space))
        if not plan.combined:
            return []
        timeline = self._loader(plan)([video_id])[video_id]
        found = self._scorer(plan).score(timeline.segments)
        return [(scored.joined.segment, scored.score) for scored in found if scored is not None]

    def measure(self, query: Query, vectors: NDArray[np.float32], *, space: Space | None = None) -> Matches:
        """Return how every one of these rows answers a query of one step in one modality.

        The numbers are those that a search in that modality gives rows with these vectors; filters have no
        say. Raises: as `search`; ValueError for several modalities or steps.
        """
        asked = self._checked(query, space)
        if len(asked[2]) != 1 or query.then:
            raise ValueError("rows are measured in one modality, by one step")
        plan = self._planner.plan(*asked)
        ignored = tuple(word for report in plan.reports for word in report.ignored)
        return measure(plan.parts.get(asked[2][0], ()) if plan.combined else (), vectors, ignored)

    def word_vectors(
        self, words: Sequence[str], modality: Modality, *, space: Space | None = None
    ) -> list[Vector | None]:
        """Return a unit vector for each of these words in a modality; None for one that says nothing there.

        Each is embedded once and then comes out of the cache, also where another one could not be embedded.
        Raises: what the engine raises.
        """
        where = space or self._embedder.space
        # A provider answers in half a second or so, and a vocabulary has a hundred words.
        with ThreadPoolExecutor(_WORDS_AT_ONCE, "words") as pool:
            found = list(pool.map(lambda word: self._resolver.resolve(where, 0, Text(word)), words))
        return [one.vectors.get(modality) for one in found]

    # -- parts of a search --

    def _checked(self, query: Query, space: Space | None) -> tuple[Space, Query, tuple[Modality, ...]]:
        """Return where to search, the query as it is meant today and within the list, and its modalities."""
        modalities = check_query(query, self._embedder.modalities, self._embedder.limits)
        limit = min(query.limit, MOST_MOMENTS - query.offset)
        query = replace(query, limit=limit, filters=query.filters.on(self._today()))
        return space or self._embedder.space, query, modalities

    def _search(
        self, space: Space, query: Query, modalities: tuple[Modality, ...], per_video: int | None
    ) -> Results:
        started = time.perf_counter()
        plan = self._planner.plan(space, query, modalities)
        gathering = self._gathering(plan, query, per_video)
        gathering.read()
        listed, page = gathering.listed, gathering.page
        took_ms = 1000 * (time.perf_counter() - started)
        log.info("search.answered terms=%d moments=%d took_ms=%.0f", len(query.terms), len(page), took_ms)
        return Results(
            moments=page,
            terms=plan.reports,
            good_match=any(moment.band != "weak" for moment in listed),
            more_by_video=gathering.held_back(),
            more=gathering.more,
            echoes=gathering.echoes,
            confidence=Judge(plan.parts).confidence(listed[0].hits[0].parts) if listed else 0.0,
            searched_segments=sum(plan.rows.values()),
            took_ms=took_ms,
        )

    def _cap_of(self, query: Query) -> int | None:
        if query.per_video is not None:
            return query.per_video
        return None if len(query.filters.video_ids) == 1 else self._cap

    def _scorer(self, plan: Plan) -> Scorer:
        return Scorer(self._index, plan.space, plan.parts, plan.presence)

    def _gathering(self, plan: Plan, query: Query, per_video: int | None) -> Gathering:
        scorer = self._scorer(plan)
        ranking = self._ranking(plan, scorer, query.filters)
        return Gathering(plan, ranking, scorer, self._loader(plan), self._rule, query, per_video)

    def _loader(self, plan: Plan) -> LoadTimelines:
        return lambda videos: self._timelines.load(plan.space, plan.version, plan.directions, videos)

    def _ranking(self, plan: Plan, scorer: Scorer, filters: Filters) -> Ranking:
        modalities, load = tuple(plan.parts), self._loader(plan)
        lists = SortedLists(self._index, plan.space, plan.combined, filters, plan.lists, plan.presence)
        border = None
        if plan.has_penalties:
            whole = lists
            if not filters.empty:
                whole = SortedLists(self._index, plan.space, plan.combined, None, plan.lists, plan.presence)
            border = border_of(Ranking(whole, scorer, modalities, load, penalties=False))
        return Ranking(lists, scorer, modalities, load, border=border)

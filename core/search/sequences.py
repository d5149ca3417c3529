"""Sequences: "A, then B, then C within so many seconds" in one video.

What is found, exactly:

- Every step is a query of its own: its terms are calibrated and weighed among themselves, its segments are
  joined from the modalities that its terms have, and each gets an exact score (0 is the background, 1 a
  typical best match). Modalities and filters are shared.
- A chain takes one segment a step, all of one video. A step begins where the one before ends or later, and
  the gap between the two is at most ``within_s`` of the later one, in whole milliseconds. Stretches are
  half-open, so touching is a gap of 0.
- A chain is worth its weakest segment. Of equal ones the larger sum of scores comes first (scores rounded
  to 12 decimals), then video and time.
- Every segment of a chain scores above `core.search.sequence_ranking.LEAST`, a quarter of a typical best
  match: what hardly stands above the background is no match. So the list ends.
- The list has the best chain first. A chain that overlaps a better one of its video in time, from the start
  of its first segment to the end of its last, is left out: else one A would be listed with every B near it.
- The cap per video, pages and ``by_video`` are those of moments. Sequences are not folded.

With negative terms the scores have their penalties. The two tiers of a plain list have no say here.

Lists are read no deeper than `core.search.lists.DEPTHS` says. In a larger collection a chain is found as long
as each of its segments is among so many rows of a modality for its step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from core.model import MODALITIES, Filters, Hit, Modality, Query, Results, Segment, Space
from core.search.confidence import Judge
from core.search.lists import SortedLists
from core.search.planning import Plan, Planner
from core.search.ranking import LoadTimelines, Ranking
from core.search.scoring import Scorer
from core.search.sequence_listing import Listing, PlannedStep, hits_of
from core.search.sequence_ranking import ChainRanking, StepReader
from core.search.timelines import Timelines
from core.vectors.port import VectorReader

log = logging.getLogger(__name__)


class Sequences:
    """Answers queries that have further steps."""

    def __init__(self, index: VectorReader, planner: Planner, timelines: Timelines) -> None:
        self._index = index
        self._planner = planner
        self._timelines = timelines

    def search(
        self, space: Space, query: Query, modalities: tuple[Modality, ...], per_video: int | None
    ) -> Results:
        """Return the sequences of a checked query, best first, as moments from first start to last end.

        ``per_video`` is the cap; `TermReport`s are those of every step, and shares add up within a step.
        Raises: what resolving the terms raises; IndexUnavailable.
        """
        started = time.perf_counter()
        steps = self._steps(space, query, modalities)
        listing = Listing(query, steps, self._ranking(query, steps), per_video)
        listing.read()
        took_ms = 1000 * (time.perf_counter() - started)
        log.info("search.sequence steps=%d moments=%d took_ms=%.0f", len(steps), len(listing.page), took_ms)
        return Results(
            moments=tuple(listing.page),
            terms=tuple(report for step in steps for report in step.plan.reports),
            good_match=any(moment.band != "weak" for moment in listing.found),
            more_by_video=listing.held_back(),
            more=listing.more,
            confidence=listing.confidence,
            searched_segments=sum(steps[0].plan.rows.values()),
            took_ms=took_ms,
        )

    def hits(self, space: Space, query: Query, modalities: tuple[Modality, ...]) -> list[Hit]:
        """Return the segments of the best ``query.limit`` sequences, one a step in order, without a cap.

        Raises: as `search`.
        """
        steps = self._steps(space, query, modalities)
        ranking = self._ranking(query, steps)
        chains = [ranking.pop() for _ in range(query.offset + query.limit)][query.offset :]
        return [hit for chain in chains if chain is not None for hit in hits_of(chain, steps)]

    def relevance(
        self, space: Space, query: Query, modalities: tuple[Modality, ...], video_id: str
    ) -> list[tuple[Segment, float]]:
        """Return what every segment of a video scores for the step that it answers best, in order of time.

        Segments are those that the modalities of all steps make together. Raises: as `search`.
        """
        plans = [step.plan for step in self._steps(space, query, modalities) if step.plan.combined]
        if not plans:
            return []
        every = {m: direction for plan in plans for m, direction in plan.directions.items()}
        directions = {modality: every[modality] for modality in MODALITIES if modality in every}
        version = plans[0].version
        timeline = self._timelines.load(space, version, directions, [video_id])[video_id]
        scores: dict[Segment, float] = {}
        for plan in plans:
            for scored in Scorer(self._index, space, plan.parts, plan.presence).score(timeline.segments):
                if scored is not None:
                    segment = scored.joined.segment
                    scores[segment] = max(scored.score, scores.get(segment, scored.score))
        return sorted(scores.items())

    # -- parts of a search --

    def _steps(self, space: Space, query: Query, modalities: tuple[Modality, ...]) -> list[PlannedStep]:
        steps: list[PlannedStep] = []
        first_term = 0
        for terms in (query.terms, *(then.terms for then in query.then)):
            plan = self._planner.plan(space, replace(query, terms=terms, then=()), modalities)
            steps.append(PlannedStep(plan, Judge(plan.parts), first_term, self._loader(plan)))
            first_term += len(terms)
        return steps

    def _ranking(self, query: Query, steps: Sequence[PlannedStep]) -> ChainRanking:
        readers = [
            StepReader(self._step_ranking(step, query.filters) if step.plan.combined else None)
            for step in steps
        ]
        return ChainRanking(readers, [round(1000 * then.within_s) for then in query.then])

    def _step_ranking(self, step: PlannedStep, filters: Filters) -> Ranking:
        plan = step.plan
        lists = SortedLists(self._index, plan.space, plan.combined, filters, plan.lists, plan.presence)
        scorer = Scorer(self._index, plan.space, plan.parts, plan.presence)
        return Ranking(lists, scorer, tuple(plan.parts), step.load, penalties=False)

    def _loader(self, plan: Plan) -> LoadTimelines:
        return lambda videos: self._timelines.load(plan.space, plan.version, plan.directions, videos)

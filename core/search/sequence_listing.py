"""From a ranking of chains to a page of moments: capped per video, as many as asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.model import Band, Hit, Moment, Query
from core.search.confidence import Judge
from core.search.planning import Plan
from core.search.ranking import LoadTimelines
from core.search.sequence_chains import Chain
from core.search.sequence_ranking import ChainRanking

_MOST_PASSED: Final = 500
"""Where no video is left that could give another result, so many further chains are looked at, at most."""
_BANDS: Final[tuple[Band, ...]] = ("weak", "possible", "strong")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a sequence, planned as a query of its own."""

    plan: Plan
    judge: Judge
    first_term: int
    """The place of its first term among those of all steps."""
    load: LoadTimelines


def hits_of(chain: Chain, steps: Sequence[PlannedStep]) -> tuple[Hit, ...]:
    """Return the hits of a chain, one a step in order; their parts name terms among those of all steps."""
    hits = []
    for number, (link, step) in enumerate(zip(chain.links, steps, strict=True)):
        hit = link.scored.hit()
        parts = tuple(replace(part, term=part.term + step.first_term) for part in hit.parts)
        hits.append(replace(hit, parts=parts, step=number))
    return tuple(hits)


def moment_of(chain: Chain, steps: Sequence[PlannedStep]) -> Moment:
    """Return what a person plays: from the start of the first step to the end of the last."""
    hits = hits_of(chain, steps)
    bands = [step.judge.band(link.scored.parts) for link, step in zip(chain.links, steps, strict=True)]
    return Moment(
        video_id=chain.video_id,
        start_s=hits[0].segment.start_s,
        end_s=hits[-1].segment.end_s,
        score=chain.score,
        band=min(bands, key=_BANDS.index),
        hits=hits,
    )


def confidence_of(chain: Chain, steps: Sequence[PlannedStep]) -> float:
    """Return how much a chain speaks for the sequence being there: no more than its weakest step does."""
    return min(
        step.judge.confidence(link.scored.parts) for link, step in zip(chain.links, steps, strict=True)
    )


class Listing:
    """The list of one query, read to the end of its page and as far as says whether there is another."""

    def __init__(
        self, query: Query, steps: Sequence[PlannedStep], ranking: ChainRanking, per_video: int | None
    ) -> None:
        """``per_video`` is the cap."""
        self._query = query
        self._steps = steps
        self._ranking = ranking
        self._per_video = per_video
        self._wanted = query.offset + query.limit
        self.found: list[Moment] = []
        """What was listed from the top on, best first."""
        self.more = False
        """Whether there is another page."""
        self.confidence = 0.0
        """What the best one speaks for."""
        self._counts: Counter[str] = Counter()
        """Of each listed video, in the order in which they were met."""
        self._full: set[str] = set()
        self._held: list[Moment] = []
        """Of videos that are full."""
        self._alone = False
        """Whether no video is left that could give another result."""
        self._passed = 0
        """How many chains came since."""

    def read(self) -> None:
        """Read the list."""
        while (chain := self._ranking.pop(self._full)) is not None:
            moment = moment_of(chain, self._steps)
            if chain.video_id in self._full:
                self._held.append(moment)
            elif self._enough(chain.video_id):
                self.more = True
                return
            else:
                if not self.found:
                    self.confidence = confidence_of(chain, self._steps)
                self.found.append(moment)
                self._count(chain.video_id)
            self._passed += self._alone
            if self._alone and (moment.band == "weak" or self._passed >= _MOST_PASSED):
                return

    @property
    def page(self) -> list[Moment]:
        """Return the moments of the page; by video, they are together, the video with the best one first."""
        if not self._query.by_video:
            return self.found[self._query.offset : self._wanted]
        return [moment for video_id in self._videos() for moment in self.found if moment.video_id == video_id]

    def held_back(self) -> tuple[tuple[str, int], ...]:
        """Return how many further sequences the cap held back, most first.

        Counted are those that the list was read past and that are not weak; by video only those of the
        videos on the page.
        """
        videos = self._videos() if self._query.by_video else self._full
        worth = [moment.video_id for moment in self._held if moment.band != "weak"]
        counts = Counter(video_id for video_id in worth if video_id in videos)
        return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def _videos(self) -> list[str]:
        """Return the videos of the page, where results are videos."""
        return list(self._counts)[self._query.offset : self._wanted]

    def _enough(self, video_id: str) -> bool:
        """Return whether a result of this video would be on a later page."""
        if self._query.by_video:
            return len(self._counts) == self._wanted and video_id not in self._counts
        return len(self.found) == self._wanted

    def _count(self, video_id: str) -> None:
        new = video_id not in self._counts
        self._counts[video_id] += 1
        if self._counts[video_id] == self._per_video:
            self._full.add(video_id)
        elif not (new and self._query.by_video):
            return
        closed = self._counts.keys() if self._query.by_video else self._full
        # Timelines are read to find out, so only where no other video was met.
        self._alone = closed >= set(self._ranking.videos) and self._nothing_beside(closed)

    def _nothing_beside(self, videos: Collection[str]) -> bool:
        """Return whether no other video has a row for some step, or passes the filter."""
        asked = self._query.filters.video_ids
        return (bool(asked) and set(videos).issuperset(asked)) or any(
            _has_all(step, videos) for step in self._steps
        )


def _has_all(step: PlannedStep, videos: Collection[str]) -> bool:
    timelines = step.load(videos).values()
    return all(
        sum(timeline.row_counts[modality] for timeline in timelines) >= step.plan.rows[modality]
        for modality in step.plan.combined
    )

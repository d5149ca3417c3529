"""The part of the façade that counts: what matches, when it does more often, how much there is of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.insights.clustering import Clustering
from core.insights.counting import points_of
from core.insights.coverage import (
    Coverage,
    DateKind,
    Period,
    PeriodAmount,
    by_period,
    coverage,
    day_of,
    minutes_by_video,
)
from core.insights.questions import Chosen
from core.insights.selecting import selected_videos
from core.insights.trends import Footage, Trend, compare_categories, trend
from core.model import Filters, Query
from core.model.insights import InsightRun, Matches, Points, Selection
from core.parts import Parts

_NOT_READ: Final = "The embeddings are still being read. Try again in a moment."
_NOT_GROUPED: Final = "The groups are still being looked for. Try again in a moment."


@dataclass(frozen=True, slots=True)
class QuerySubject:
    """What answers a query."""

    label: str
    query: Query


@dataclass(frozen=True, slots=True)
class ClusterSubject:
    """What is in a group of those found with ``k`` (None: as many as there are)."""

    label: str
    k: int | None
    number: int


Subject: TypeAlias = QuerySubject | ClusterSubject


@dataclass(frozen=True, slots=True)
class TrendLine:
    """How much of the footage shows one subject over time: all of it, or that of one category."""

    label: str
    category: str | None
    """"" stands for videos without one; None for all categories together."""
    trend: Trend


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """How much footage there is, over all modalities of the searched space."""

    coverage: Coverage
    periods: tuple[PeriodAmount, ...]
    """By date, in order of time; a last one without a start holds what has none."""
    lengths_min: tuple[float, ...]
    """Minutes of each video with a segment, as long as it is, the longest first."""
    undated: int
    """Videos with a segment that have no such date."""


class _Surveys(Protocol):
    @property
    def _parts(self) -> Parts: ...

    def _chosen(self, selection: Selection) -> Chosen: ...

    def _read(self, selection: Selection) -> Points: ...

    def _shows(self, selection: Selection, subject: Subject, points: Points) -> NDArray[np.bool_]: ...

    def clusters(self, selection: Selection, k: int | None = None) -> InsightRun[Clustering]: ...

    def matches(self, selection: Selection, query: Query) -> Matches: ...


class LibraryTrends:
    """Counts over all rows of a selection; quick enough to be asked while a page is drawn."""

    _parts: Parts

    def matches(self: _Surveys, selection: Selection, query: Query) -> Matches:
        """Return how every row of the selection's survey answers a query, as a search in its modality would.

        Raises: NotFound until the survey has a result; QueryRefused, EngineError, IndexUnavailable.
        """
        points = self._read(selection)
        query = replace(query, modalities=(selection.modality,), filters=Filters())
        return self._parts.spaces.searcher().measure(query, points.vectors)

    def trends(
        self: _Surveys,
        selection: Selection,
        subjects: Sequence[Subject],
        *,
        period: Period,
        dates: DateKind,
        compare: bool = False,
    ) -> tuple[TrendLine, ...]:
        """Return a line for each subject; with ``compare`` one for each subject and category.

        Minutes are those of the segments of videos with such a date; days are UTC, weeks begin on Monday.
        A row matches a query from a "possible" match on. Raises: as `matches`; NotFound until the groups
        that are asked for have been found.
        """
        points = self._read(selection)
        videos = {video.id: video for video in self._parts.catalog.videos()}
        found = [videos.get(video_id) for video_id in points.video_ids]
        moments = tuple(
            None if video is None else video.recorded_at if dates == "recorded" else video.indexed_at
            for video in found
        )
        categories = tuple(video.category if video is not None else None for video in found)
        minutes = (points.end_s - points.start_s) / 60
        lines: list[TrendLine] = []
        for subject in subjects:
            shown = self._shows(selection, subject, points)
            footage = Footage(points.video_of, minutes, shown, moments, categories)
            if compare:
                compared = compare_categories(footage, period)
                lines += [TrendLine(subject.label, one.category or "", one) for one in compared]
            else:
                lines.append(TrendLine(subject.label, None, trend(footage, period)))
        return tuple(lines)

    def coverage(self, filters: Filters, *, period: Period, dates: DateKind) -> CoverageReport:
        """Return how much footage satisfies filters, over all that the searched engine embeds.

        A minute counts once, however many segments show it. Raises: IndexUnavailable, CatalogUnavailable.
        """
        space = self._parts.spaces.searched()
        videos = {video.id: video for video in self._parts.catalog.videos()}
        chosen = [video.id for video in selected_videos(videos.values(), filters, datetime.now(UTC).date())]
        rows = self._parts.index.rows_of(space, chosen)
        points = [points_of(space, modality, rows) for modality in self._parts.spaces.engine().modalities]
        found = coverage(points, videos)
        minutes = minutes_by_video(points)
        return CoverageReport(
            coverage=found,
            periods=by_period(minutes, videos, dates, period),
            lengths_min=tuple(
                sorted((videos[one].duration_s / 60 for one in minutes if one in videos), reverse=True)
            ),
            undated=sum(day_of(videos.get(one), dates) is None for one in minutes),
        )

    # -- parts --

    def _read(self: _Surveys, selection: Selection) -> Points:
        points = self._parts.insights.points(self._chosen(selection))
        if points is None:
            raise NotFound(_NOT_READ)
        return points

    def _shows(self: _Surveys, selection: Selection, subject: Subject, points: Points) -> NDArray[np.bool_]:
        if isinstance(subject, QuerySubject):
            return self.matches(selection, subject.query).good
        found = self.clusters(selection, subject.k).result
        if found is None:
            raise NotFound(_NOT_GROUPED)
        shown: NDArray[np.bool_] = found.labels == subject.number
        return shown

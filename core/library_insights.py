"""The part of the façade that says what is in the footage: map, groups, outliers and repeats.

Runs never block: asking again is how a page follows one. All row numbers are those of the points of the
same selection's `survey`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from core.errors import InputRefused
from core.insights.alarms import Change
from core.insights.clustering import Cluster, Clustering
from core.insights.coverage import Amount, Coverage, PeriodAmount
from core.insights.mixing import Mixture, mixture_of
from core.insights.outlying import Outlier, OutlierKind
from core.insights.questions import Chosen, Question
from core.insights.reading import MOST
from core.insights.repeats import RepeatGroup, RepeatMember, Repeats
from core.insights.selecting import chosen_recipes
from core.insights.storing import without_vectors
from core.insights.trends import Bucket, Trend
from core.model.insights import InsightRun, Landscape, Points, Selection
from core.parts import Parts

__all__ = [
    "Amount",
    "Bucket",
    "Change",
    "Cluster",
    "Clustering",
    "Coverage",
    "LibraryInsights",
    "Mixture",
    "Outlier",
    "OutlierKind",
    "PeriodAmount",
    "RepeatGroup",
    "RepeatMember",
    "Repeats",
    "Trend",
]

FEWEST_GROUPS: Final = 2
MOST_GROUPS: Final = 50
_NOTHING: Final = (
    "Nothing is indexed yet. Add videos on the Library page; then this page shows what is in them."
)
_FILTERED: Final = "No indexed video satisfies these filters. Take some of them out."
_SILENT: Final = "None of these videos has anything of this kind. Choose another one, or other filters."


class LibraryInsights:
    """Questions that are answered in the background, and kept by content."""

    _parts: Parts

    def survey(self, selection: Selection) -> InsightRun[Landscape]:
        """Return how the map of a selection stands.

        ``result`` is the first picture as soon as the embeddings are read, and the map in the end. Beyond
        100,000 segments a sample is taken (`Points.sampled`). Where there is nothing to see, the run is
        ready at once and its message says why. Raises: CatalogUnavailable.
        """
        chosen = self._chosen(selection)
        if not chosen.videos:
            message = _NOTHING if selection.filters.empty else _FILTERED
            return _nothing(_no_points(chosen), message)
        run = self._parts.insights.ask(Question(chosen, "map"))
        points = self._parts.insights.points(chosen)
        if points is None:
            return replace(run, result=None)
        bare = without_vectors(points)
        if not len(bare):
            return _nothing(bare, _SILENT)
        if run.result is not None:
            return replace(run, result=Landscape(bare, run.result.places, run.result.mapped, final=True))
        first = self._parts.insights.first_picture(chosen)
        if first is None:
            return replace(run, result=None)
        mapped = np.zeros(len(bare), bool)
        return replace(run, result=Landscape(bare, first.places, mapped, final=False))

    def clusters(self, selection: Selection, k: int | None = None) -> InsightRun[Clustering]:
        """Return how the groups of a selection stand: k of them, or as many as there are.

        How a group is mixed over categories is told by the categories of now.
        Raises: InputRefused for k outside 2 to 50, CatalogUnavailable.
        """
        if k is not None and not FEWEST_GROUPS <= k <= MOST_GROUPS:
            raise InputRefused(f"Groups can be {FEWEST_GROUPS} to {MOST_GROUPS}. Choose a number between.")
        chosen = self._chosen(selection)
        run = self._parts.insights.ask(Question(chosen, "clusters", {"k": k}))
        points = self._parts.insights.points(chosen)
        if run.result is None or points is None:
            return replace(run, result=None)
        categories = {video.id: video.category or "" for video in self._parts.catalog.videos()}
        return replace(run, result=_categorized(run.result, points, categories))

    def outliers(
        self, selection: Selection, kind: OutlierKind = "library"
    ) -> InsightRun[tuple[Outlier, ...]]:
        """Return how the search for segments that stand out stands: from the library, or from their video."""
        run = self._parts.insights.ask(Question(self._chosen(selection), "outliers", {"kind": kind}))
        return replace(run, result=None if run.result is None else run.result.all)

    def repeats(self, selection: Selection) -> InsightRun[Repeats]:
        """Return how the search for footage that is there more than once stands."""
        chosen = self._chosen(selection)
        wanted = {video_id for video_id, _ in chosen.videos}
        files = {
            video.id: [video.duration_s, video.size_bytes, video.added_at.isoformat()]
            for video in self._parts.catalog.videos()
            if video.id in wanted
        }
        return self._parts.insights.ask(Question(chosen, "repeats", {"files": files}))

    def cancel_insight(self, run_id: str) -> None:
        """Stop working out an answer. Raises: NotFound."""
        self._parts.insights.cancel(run_id)

    def retry_insight(self, run_id: str) -> None:
        """Have a question that failed or was cancelled answered when it is asked next."""
        self._parts.insights.again(run_id)

    # -- for the other parts of the façade --

    def _chosen(self, selection: Selection) -> Chosen:
        """Return the rows that a selection means today."""
        catalog = self._parts.catalog
        space = self._parts.spaces.searched()
        indexed = catalog.indexed_in(space.key)
        today = datetime.now(UTC).date()
        videos = chosen_recipes(catalog.videos(), indexed, selection.filters, today)
        stamps = {each.video_id: each.indexed_at.isoformat() for each in indexed}
        return Chosen(
            space,
            selection.modality,
            tuple(videos),
            tuple(stamps[video_id] for video_id, _ in videos),
            MOST,
        )


def _nothing(points: Points, message: str) -> InsightRun[Landscape]:
    nowhere = Landscape(points, np.zeros((0, 2), np.float32), np.zeros(0, bool), final=True)
    return InsightRun("", "ready", "", 1.0, nowhere, message)


def _no_points(chosen: Chosen) -> Points:
    none = np.zeros(0)
    return Points(
        chosen.space.key,
        chosen.modality,
        (),
        none.astype(np.int32),
        none,
        none,
        np.zeros((0, 0), np.float32),
        0,
    )


def _categorized(found: Clustering, points: Points, categories: dict[str, str]) -> Clustering:
    """Return the groups with how they are mixed over the categories of now."""
    possible = len({categories.get(video_id, "") for video_id in points.video_ids})
    width = len(points.video_ids)
    grouped = found.labels >= 0
    cells = found.labels[grouped].astype(np.int64) * width + points.video_of[grouped]
    counts = np.bincount(cells, minlength=width * len(found.clusters)).reshape(-1, width)
    clusters = []
    for cluster, row in zip(found.clusters, counts, strict=True):
        names: dict[str, int] = {}
        for owner in np.flatnonzero(row):
            name = categories.get(points.video_ids[owner], "")
            names[name] = names.get(name, 0) + int(row[owner])
        clusters.append(replace(cluster, categories=mixture_of(names, possible)))
    return replace(found, clusters=tuple(clusters))

"""Segments that stand out: least like the rest of the library, or least like their own video.

How far a row is from its nearest others says more than how far it is from the middle: of 20 planted outliers
the distance to the mean finds none (average precision 0.01), the local outlier factor in all dimensions all
(1.00). And a scene that nothing else resembles is near to itself, so it is no outlier. Beside a still shot
the plain factor fails (0.34), for everything is far from its nearest by a still shot's standard; so distances
below the library's usual one count as that (0.98 and more).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.insights.likeness import most_like
from core.insights.sampling import canonical_order
from core.insights.stepping import Report, part_of, tell
from core.model.insights import Points

OutlierKind: TypeAlias = Literal["library", "video"]
NEIGHBOURS: Final = 10
IN_VIDEO: Final = 3
FEWEST: Final = 5
"""Fewer rows, in the library or in a video, do not show what is usual."""
_LEAST: Final = 1e-6
"""Least distance: where most rows are the same the usual one is 0."""
_USUAL: Final = 0.9
"""The share of rows, the most usual ones, among which a reason is looked for."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A row that stands out, and the nearest one that does not."""

    row: int
    score: float
    """How many times as far it is from its nearest rows as is usual around it; about 1 for a usual row."""
    kind: OutlierKind
    neighbour_row: int
    """The most like it among the 90 % most usual rows of the library, or of its own video."""
    cosine: float
    """Cosine between the two."""


def outliers(
    points: Points, *, kind: OutlierKind = "library", most: int = 50, report: Report = None
) -> tuple[Outlier, ...]:
    """Return the rows that stand out most, first the most; none where there are too few to say."""
    scores = library_scores(points, report) if kind == "library" else video_scores(points, report)
    # What is no farther from its nearest than usual stands out from nothing; NaN is never above 1.
    order = canonical_order(points)
    ranked = order[np.argsort(-np.round(np.nan_to_num(scores[order]), 6), kind="stable")]
    found = []
    for row in ranked[:most]:
        if not scores[row] > 1.0:
            break
        own = points.video_of == points.video_of[row] if kind == "video" else np.ones(len(points), bool)
        own[row] = False
        neighbour, cosine = _nearest_usual(points, int(row), np.flatnonzero(own), scores)
        found.append(Outlier(int(row), float(scores[row]), kind, neighbour, cosine))
    return tuple(found)


def library_scores(points: Points, report: Report = None) -> NDArray[np.float64]:
    """Return each row's local outlier factor among all rows; NaN where there are fewer than five.

    It is the mean density around the row's ten nearest others divided by the density around the row itself,
    where density is 1 by the mean distance to the ten nearest, and no distance to a row counts less than the
    distance from that row to its own tenth, nor than the median of those tenths.
    """
    if len(points) < FEWEST:
        return np.full(len(points), np.nan)
    order = canonical_order(points)
    count = min(NEIGHBOURS, len(points) - 1)
    distances, places = most_like(points.vectors[order], count, part_of(report, 0.0, 0.95))
    farthest = distances[:, -1]
    floor = max(float(np.median(farthest)), _LEAST)
    reach = np.maximum(np.maximum(distances, farthest[places]), floor)
    density = 1.0 / reach.mean(axis=1)
    scores = np.empty(len(points))
    scores[order] = density[places].mean(axis=1) / density
    tell(report, 1.0)
    return scores


def video_scores(points: Points, report: Report = None) -> NDArray[np.float64]:
    """Return how far each row is from its video's other rows; NaN in videos of fewer than five.

    It is the mean distance to the three nearest other rows of the video, divided by the median of that over
    the video's rows, or by the median over all rows where that is more.
    """
    apart = np.full(len(points), np.nan)
    usual = np.full(len(points), np.nan)
    order = np.argsort(points.video_of, kind="stable")
    ends = np.cumsum(np.bincount(points.video_of, minlength=len(points.video_ids)))
    for number, rows in enumerate(np.split(order, ends[:-1]) if len(ends) else []):
        if len(rows) >= FEWEST:
            apart[rows] = most_like(points.vectors[rows], IN_VIDEO)[0].mean(axis=1)
            usual[rows] = np.median(apart[rows])
        tell(report, (number + 1) / len(ends))
    if np.isnan(apart).all():
        return apart
    least = max(float(np.nanmedian(apart)), _LEAST)
    scores: NDArray[np.float64] = apart / np.maximum(usual, least)
    return scores


def _nearest_usual(
    points: Points, row: int, others: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[int, float]:
    usual = others[scores[others] <= np.quantile(scores[others], _USUAL)]
    cosines = points.vectors[usual] @ points.vectors[row]
    best = int(cosines.argmax())
    return int(usual[best]), float(np.clip(cosines[best], -1.0, 1.0))

"""Groups of segments that are alike, and what is in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.density import MOST_COMPARED, dense_groups
from core.insights.durations import covered_s
from core.insights.lloyd import k_means
from core.insights.mixing import Mixture, mixture_of
from core.insights.reducing import DIMENSIONS, blocks, reduce_to
from core.insights.sampling import canonical_order, sample_of
from core.insights.stepping import Report, part_of, tell
from core.model.insights import Points

MEDOIDS: Final = 8
_SEEN: Final = 20_000
NO_GROUP: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """One group. Rows are those of the points that were given; minutes are theirs alone."""

    id: int
    """Place among the groups by size, the largest 0; of equal ones the one whose middle comes first."""
    size: int
    minutes: float
    """Minutes of video in at least one of its segments."""
    medoids: tuple[int, ...]
    """Rows nearest to the group's mean direction: first the nearest of each video, then the next nearest."""
    spread: float
    """Mean of 1 - cosine between its rows and their mean direction; 0 where all are the same."""
    videos: Mixture
    categories: Mixture


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """A group for every row, or none."""

    labels: NDArray[np.int32]
    """(n,) id of the group, -1 for rows that belong to none."""
    clusters: tuple[Cluster, ...]
    compared: int
    """How many rows the groups were found among; the others joined those that they are nearest to."""

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(cluster.size for cluster in self.clusters)

    @property
    def without_group(self) -> int:
        """How many rows belong to no group."""
        return int((self.labels == NO_GROUP).sum())

    def rows_of(self, cluster_id: int) -> NDArray[np.int64]:
        """Return the rows of a group, ascending."""
        return np.flatnonzero(self.labels == cluster_id)


def cluster(
    points: Points,
    *,
    k: int | None = None,
    categories: Mapping[str, str | None] | None = None,
    seed: int = 0,
    report: Report = None,
) -> Clustering:
    """Return k groups, or with None as many as are denser than what is around them.

    With k every row is in a group (k-means); without, rows may be in none (HDBSCAN), and with many rows the
    groups are found in a sample. Both on 50 principal axes. Categories are by video id.
    """
    order = canonical_order(points)
    rows = reduce_to(points.vectors, DIMENSIONS, order, part_of(report, 0.0, 0.1))
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    finding = part_of(report, 0.1, 0.9)
    sample = np.sort(inverse[sample_of(points, MOST_COMPARED if k is None else _SEEN, seed)])
    found = dense_groups(rows, sample, finding) if k is None else k_means(rows, sample, k, seed, finding)
    labels = _by_size(found)
    in_order = [np.flatnonzero(labels == number) for number in range(int(labels.max(initial=-1)) + 1)]
    known = categories or {}
    clusters = tuple(
        described(points, order[rows_of], number, known) for number, rows_of in enumerate(in_order)
    )
    tell(report, 1.0)
    return Clustering(labels[inverse], clusters, len(sample) if k is None else len(points))


def described(
    points: Points, rows: NDArray[np.int64], number: int, categories: Mapping[str, str | None]
) -> Cluster:
    """Return what is in a group; rows by video and time, so that equals come in that order."""
    cosines = _cosines_to_mean(points.vectors, rows)
    owners = points.video_of[rows]
    names = [points.video_ids[owner] for owner in owners]
    return Cluster(
        id=number,
        size=len(rows),
        minutes=covered_s(owners, points.start_s[rows], points.end_s[rows]) / 60,
        medoids=_medoids(rows, cosines, owners),
        spread=max(0.0, float(1.0 - cosines.mean(dtype=np.float64))),
        videos=mixture_of(names, len(points.video_ids)),
        categories=mixture_of(
            [categories.get(name) or "" for name in names],
            len({categories.get(video_id) or "" for video_id in points.video_ids}),
        ),
    )


def _cosines_to_mean(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    mean = np.zeros(vectors.shape[1])
    for block in blocks(vectors, rows):
        mean += block.sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    direction = (mean / length if length > 0 else mean).astype(np.float32)
    return np.concatenate([block @ direction for block in blocks(vectors, rows)])


def _medoids(
    rows: NDArray[np.int64], cosines: NDArray[np.float32], owners: NDArray[np.int32]
) -> tuple[int, ...]:
    # Rounded, so that rows that are the same to all purposes keep the order of time.
    central = np.argsort(-np.round(cosines, 6), kind="stable")
    _, first = np.unique(owners[central], return_index=True)
    ahead = np.sort(first)
    chosen = np.concatenate([ahead, np.setdiff1d(np.arange(len(central)), ahead)])[:MEDOIDS]
    return tuple(int(row) for row in rows[central[chosen]])


def _by_size(found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the same groups numbered by size, of equal ones first the one whose first row is first."""
    present, first, counts = np.unique(found[found >= 0], return_index=True, return_counts=True)
    ranks = np.full(int(found.max(initial=-1)) + 2, NO_GROUP, np.int32)
    ranks[present[np.lexsort((first, -counts))]] = np.arange(len(present))
    return ranks[found]

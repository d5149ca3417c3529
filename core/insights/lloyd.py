"""k-means from a start that knows the library's structure.

k-means alone cuts a large group in two sooner than it leaves a small one whole: among twelve groups of 20 to
2000 rows its best of ten starts agrees with them by an adjusted Rand index of 0.6 to 0.8. So rows are first
gathered into many small knots, the knots are joined by average linkage, and k-means goes on from there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.stepping import Report, tell

KNOTS: Final = 300
_BLOCK: Final = 16_384
_SEEN: Final = 20_000
"""Rows among which the knots' starts are looked for."""


def k_means(
    rows: NDArray[np.float32], sample: NDArray[np.int64], k: int, seed: int, report: Report = None
) -> NDArray[np.int32]:
    """Return each row's group, 0 up to k; every row is in the group whose mean is nearest.

    Fewer groups come back where fewer than k different rows exist. `sample` is the rows to begin with.
    """
    from sklearn.cluster import kmeans_plusplus

    if k <= 1 or len(rows) <= 1:
        return np.zeros(len(rows), np.int32)
    seen = rows[sample[:_SEEN]]
    knots, _ = kmeans_plusplus(seen, min(max(KNOTS, 3 * k), len(seen)), random_state=seed)
    knots, belongs = _settled(rows, _different(knots), 10)
    tell(report, 0.5)
    if k >= len(knots):
        return belongs
    _, labels = _settled(rows, _joined(knots, np.bincount(belongs, minlength=len(knots)), k), 100)
    tell(report, 1.0)
    return labels


def cells_of(rows: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the means of at most `count` cells, and each row's cell: the one whose mean is nearest."""
    from sklearn.cluster import kmeans_plusplus

    seen = rows[:: max(1, len(rows) // _SEEN)]
    means, _ = kmeans_plusplus(seen, min(count, len(seen)), random_state=0)
    return _settled(rows, _different(means), 5)


def _joined(knots: NDArray[np.float32], sizes: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """Return k means to start from: the largest branches, cut where k of them are more than a few rows."""
    from scipy.cluster.hierarchy import fcluster, linkage

    few = max(1, min(5, int(sizes.sum()) // (4 * k)))
    tree = linkage(knots.astype(np.float64), "average")
    for count in range(k, len(knots) + 1):
        branches = fcluster(tree, count, "maxclust") - 1
        held = np.bincount(branches, sizes)
        if (held >= few).sum() >= k:
            break
    largest = np.argsort(-held, kind="stable")[:k]
    return np.stack(
        [
            np.average(knots[branches == branch], axis=0, weights=sizes[branches == branch])
            for branch in largest
        ]
    ).astype(np.float32)


def _settled(
    rows: NDArray[np.float32], means: NDArray[np.float32], steps: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return means and labels after Lloyd's steps, until no row changes its group; empty ones go."""
    labels = nearest_mean(rows, means)
    for _ in range(steps):
        counts = np.bincount(labels, minlength=len(means))
        sums = np.stack(
            [np.bincount(labels, column, minlength=len(means)) for column in rows.T.astype(np.float64)],
            axis=1,
        )
        means = (sums[counts > 0] / counts[counts > 0, None]).astype(np.float32)
        before, labels = labels, nearest_mean(rows, means)
        if len(means) == len(counts) and np.array_equal(before, labels):
            break
    used, compact = np.unique(labels, return_inverse=True)
    return means[used], compact.astype(np.int32)


def nearest_mean(rows: NDArray[np.float32], means: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return which of the means is nearest to each row, the first of several."""
    own = 0.5 * np.einsum("kd,kd->k", means, means)
    found = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        found[start : start + len(block)] = (block @ means.T - own).argmax(axis=1)
    return found


def _different(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.unique(rows, axis=0)

"""Groups that are denser than what is around them (HDBSCAN); what belongs to none is left alone."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.neighbours import nearest
from core.insights.stepping import Report, part_of, tell

MOST_COMPARED: Final = 8000
"""Rows that HDBSCAN takes within about three seconds on two cores."""
_NEIGHBOURS: Final = 5
_FLAT: Final = 1e-9


def least_group(rows: int) -> int:
    """Return how many of so many rows make a group: a fifth of the square root, at least 5."""
    return max(5, round(math.sqrt(rows) / 5))


def dense_groups(
    rows: NDArray[np.float32], sample: NDArray[np.int64], report: Report = None
) -> NDArray[np.int32]:
    """Return each row's group, -1 where it has none.

    Rows that are not in the sample join the group of the nearest sampled row, if they are no farther from it
    than the group's own rows are from each other. Rows that are all the same are one group.
    """
    labels = np.full(len(rows), -1, np.int32)
    if not len(rows):
        return labels
    if float(rows.var(axis=0).sum()) <= _FLAT:
        return np.zeros(len(rows), np.int32)
    known = rows[sample]
    known_labels = _hdbscan(known)
    labels[sample] = known_labels
    tell(report, 0.6)
    others = np.setdiff1d(np.arange(len(rows)), sample)
    grouped = known_labels >= 0
    if len(others) and grouped.any():
        reach = _reaches(known[grouped], known_labels[grouped])
        distances, places = nearest(rows[others], known[grouped], 1, part_of(report, 0.6, 1.0))
        joined = known_labels[grouped][places[:, 0]]
        labels[others] = np.where(distances[:, 0] <= reach[joined], joined, -1)
    tell(report, 1.0)
    return labels


def _hdbscan(rows: NDArray[np.float32]) -> NDArray[np.int32]:
    least = least_group(len(rows))
    if len(rows) < 2 * least:
        return np.full(len(rows), -1, np.int32)
    from sklearn.cluster import HDBSCAN

    found = HDBSCAN(min_cluster_size=least, min_samples=_NEIGHBOURS, copy=True)
    return np.asarray(found.fit(rows.astype(np.float64)).labels_, np.int32)


def _reaches(rows: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return for each group the greatest distance from a row of it to its fifth nearest grouped row."""
    distances, _ = nearest(rows, rows, _NEIGHBOURS + 1)
    reach = np.zeros(int(labels.max()) + 1)
    np.maximum.at(reach, labels, distances[:, -1])
    return reach

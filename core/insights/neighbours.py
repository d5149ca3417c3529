"""The nearest rows of a reference, exactly, in blocks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.stepping import Report, tell

_BLOCK: Final = 8192


def nearest(
    rows: NDArray[np.float32], reference: NDArray[np.float32], count: int, report: Report = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distances (Euclidean) and places in the reference of the `count` nearest, nearest first."""
    from sklearn.neighbors import NearestNeighbors

    count = min(count, len(reference))
    distances = np.empty((len(rows), count))
    places = np.empty((len(rows), count), np.int64)
    if not len(rows) or not count:
        return distances, places
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(reference)
    for start in range(0, len(rows), _BLOCK):
        stop = min(start + _BLOCK, len(rows))
        distances[start:stop], places[start:stop] = search.kneighbors(rows[start:stop])
        tell(report, stop / len(rows))
    return distances, places

"""The rows most like each row among the others, in all dimensions.

Few dimensions would not do for outliers: what fits no group differs in directions that the principal axes
leave out, so the outliers fall together and look like a group of their own. Comparing everything with
everything takes minutes at 100,000 rows. So beyond `MOST_COMPARED` rows are parted into cells, and a row is
compared with those of the cells that are nearest to its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.lloyd import cells_of
from core.insights.reducing import reduce_to
from core.insights.stepping import Report, part_of, tell

MOST_COMPARED: Final = 10_000
_CELL: Final = 250
"""Rows that a cell is meant to hold."""
_MOST_CELLS: Final = 200
_NEAR: Final = 8
"""Cells that a row is compared with: its own and the next."""
_BLOCK_ITEMS: Final = 8_000_000
"""Cosines held at once: 32 MB."""


def most_like(
    vectors: NDArray[np.float32], count: int, report: Report = None, *, most: int = MOST_COMPARED
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distances and rows of the `count` nearest other rows of each row, nearest first.

    Vectors are of unit length; a distance is the square root of 2 - 2 cosine. Exact up to `most` rows. Needs
    more than `count` rows.
    """
    rows = len(vectors)
    distances = np.empty((rows, count))
    places = np.empty((rows, count), np.int64)
    everything = np.arange(rows)
    done = 0
    for members, others in [(everything, everything)] if rows <= most else _cells(vectors, count, report):
        compared = np.ascontiguousarray(vectors[others])
        step = max(1, _BLOCK_ITEMS // len(others))
        for start in range(0, len(members), step):
            part = members[start : start + step]
            distances[part], places[part] = _nearest(vectors, part, others, compared, count)
            done += len(part)
            tell(report, 0.2 + 0.8 * done / rows)
    return distances, places


def _nearest(
    vectors: NDArray[np.float32],
    part: NDArray[np.int64],
    others: NDArray[np.int64],
    compared: NDArray[np.float32],
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    cosines = vectors[part] @ compared.T
    # `others` ascends and holds every row of `part`.
    cosines[np.arange(len(part)), np.searchsorted(others, part)] = -np.inf
    best = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(cosines, best, axis=1)
    order = np.lexsort((best, -values), axis=1)
    values = np.take_along_axis(values, order, axis=1).astype(np.float64)
    found = others[np.take_along_axis(best, order, axis=1)]
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * values)), found


def _cells(
    vectors: NDArray[np.float32], count: int, report: Report
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the rows of each cell, with the rows of it and of the cells around it, both ascending."""
    rows = reduce_to(vectors, report=part_of(report, 0.0, 0.1))
    means, belongs = cells_of(rows, min(_MOST_CELLS, len(vectors) // _CELL + 1))
    members = [np.flatnonzero(belongs == cell) for cell in range(len(means))]
    found = []
    for mean, own in zip(means, members, strict=True):
        # As many cells more as it takes to have enough to compare with.
        nearest = np.argsort(((means - mean) ** 2).sum(axis=1), kind="stable")
        held = np.cumsum([len(members[cell]) for cell in nearest])
        cells = max(_NEAR, int(np.searchsorted(held, count + 1)) + 1)
        found.append((own, np.sort(np.concatenate([members[cell] for cell in nearest[:cells]]))))
    return found

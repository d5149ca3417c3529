"""Fewer dimensions: the directions in which vectors differ most, found in blocks to keep memory bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.stepping import Report, tell

DIMENSIONS: Final = 50
"""What maps, groups and outliers are computed in."""
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Principal axes: `(vector - mean) @ directions` are the coordinates, the one that varies most first."""

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]
    """(dimension of the vectors, number of axes), each of unit length, its largest part positive."""
    variances: NDArray[np.float64]
    """Variance of the coordinates along each axis."""


def principal_axes(
    vectors: NDArray[np.float32], most: int, order: NDArray[np.int64] | None = None, report: Report = None
) -> Axes:
    """Return at most `most` principal axes of the rows; all rows count.

    Summing in another order rounds differently, and t-SNE makes much of that: `order` says in which to go.
    """
    rows, dimension = vectors.shape
    count = min(most, dimension)
    sums = np.zeros(dimension)
    for block in blocks(vectors, order):
        sums += block.sum(axis=0, dtype=np.float64)
    centre = (sums / max(rows, 1)).astype(np.float32)
    products = np.zeros((dimension, dimension))
    done = 0
    for block in blocks(vectors, order):
        apart = block - centre
        products += apart.T @ apart
        done += len(block)
        tell(report, done / rows)
    variances, directions = np.linalg.eigh(products / max(rows, 1))
    directions = directions[:, ::-1][:, :count]
    # An eigenvector is as good as its opposite; the sign is chosen so that it is always the same.
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(count)])
    kept = np.maximum(variances[::-1][:count], 0.0)
    return Axes(centre, np.ascontiguousarray(directions * signs, dtype=np.float32), kept)


def reduced(
    vectors: NDArray[np.float32], axes: Axes, order: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Return the coordinates of the rows along the axes, in the given order."""
    found = np.empty((len(vectors), axes.directions.shape[1]), np.float32)
    done = 0
    for block in blocks(vectors, order):
        found[done : done + len(block)] = (block - axes.mean) @ axes.directions
        done += len(block)
    return found


def reduce_to(
    vectors: NDArray[np.float32],
    most: int = DIMENSIONS,
    order: NDArray[np.int64] | None = None,
    report: Report = None,
) -> NDArray[np.float32]:
    """Return the rows in their own principal axes, in the given order."""
    return reduced(vectors, principal_axes(vectors, most, order, report), order)


def blocks(vectors: NDArray[np.float32], order: NDArray[np.int64] | None) -> Iterator[NDArray[np.float32]]:
    """Give the rows in the given order, some at a time."""
    for start in range(0, len(vectors if order is None else order), _BLOCK):
        stop = start + _BLOCK
        yield vectors[start:stop] if order is None else vectors[order[start:stop]]

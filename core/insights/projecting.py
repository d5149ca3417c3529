"""A map: a place in two dimensions for every row, so that what is alike lies together.

The first picture is the two directions in which the rows differ most, at once. The map itself is t-SNE on 50
principal axes, started from that picture, so that it does not turn between runs. t-SNE is too slow for many
rows: beyond `MOST_MAPPED` a sample is mapped and every other row is put between its nearest mapped ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.neighbours import nearest
from core.insights.reducing import DIMENSIONS, reduce_to
from core.insights.sampling import canonical_order, sample_of
from core.insights.stepping import Report, part_of, tell
from core.model.insights import Points

MOST_MAPPED: Final = 3000
"""Rows that t-SNE takes within about seven seconds on one core."""
_PERPLEXITY: Final = 30.0
_STEPS: Final = 500
_EXAGGERATION: Final = 4.0
_FEWEST: Final = 8
"""Fewer rows than these have no neighbourhoods to keep; their first picture is their map."""
_BETWEEN: Final = 3
_FLAT: Final = 1e-9
"""Variance below which rows are the same: what is left is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Where each row is on the map. Only nearness means something: axes have no unit."""

    places: NDArray[np.float32]
    """(n, 2)."""
    mapped: NDArray[np.bool_]
    """(n,) True for rows that were mapped themselves, False for those put between mapped ones."""


def first_picture(points: Points, report: Report = None) -> NDArray[np.float32]:
    """Return each row's place along the two directions in which the rows differ most, (n, 2).

    The wider of the two has a standard deviation of 1; rows that are all the same lie at (0, 0).
    """
    return _scaled(_padded(reduce_to(points.vectors, 2, report=report)))


def project(points: Points, report: Report = None, *, most: int = MOST_MAPPED) -> Projection:
    """Return the map of all rows, the same at every run and in whatever order the rows come."""
    order = canonical_order(points)
    rows = reduce_to(points.vectors, DIMENSIONS, order, part_of(report, 0.0, 0.1))
    chosen = sample_of(points, most)
    mapped = np.zeros(len(points), bool)
    mapped[chosen] = True
    here = mapped[order]
    places = np.empty((len(points), 2), np.float32)
    places[order[here]] = _mapped(rows[here])
    tell(report, 0.9)
    if not here.all():
        placing = part_of(report, 0.9, 1.0)
        places[order[~here]] = _between(rows[~here], rows[here], places[order[here]], placing)
    tell(report, 1.0)
    return Projection(places, mapped)


def _mapped(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    start = _scaled(_padded(rows[:, :2]))
    if len(rows) < _FEWEST or not start.any():
        return start
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

    method = TSNE(
        n_components=2,
        # A start as wide as the finished map, not the usual tiny one: a hundredth of the rows more or less
        # then moves the others by 2 to 6 % of the map's width, not by 11 to 70 %, and the fit is better.
        init=start * np.float32(np.sqrt(len(rows))),
        early_exaggeration=_EXAGGERATION,
        perplexity=min(_PERPLEXITY, (len(rows) - 1) / 3),
        max_iter=_STEPS,
        learning_rate="auto",
        random_state=0,
    )
    # One thread: several wait for each other in a busy loop, thousands of times. Where other work wants the
    # cores too that took ten times as long, and it would slow that work down.
    with threadpool_limits(1, user_api="openmp"):
        return np.asarray(method.fit_transform(rows), np.float32)


def _between(
    rows: NDArray[np.float32], known: NDArray[np.float32], places: NDArray[np.float32], report: Report
) -> NDArray[np.float32]:
    """Return the mean place of each row's three nearest known rows, nearer ones counting more."""
    distances, found = nearest(rows, known, _BETWEEN, report)
    weights = 1.0 / np.maximum(distances, 1e-6) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    mean: NDArray[np.float32] = np.einsum("nk,nkd->nd", weights, places[found]).astype(np.float32)
    return mean


def _padded(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return two columns also where the vectors have only one."""
    missing = 2 - rows.shape[1]
    return np.pad(rows, ((0, 0), (0, missing))) if missing > 0 else rows


def _scaled(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    width = float(rows.std(axis=0).max()) if len(rows) else 0.0
    if width * width <= _FLAT:
        return np.zeros_like(rows)
    return (rows / np.float32(width)).astype(np.float32)

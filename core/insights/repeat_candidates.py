"""Which pairs of videos are worth aligning: exact blockwise products, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.insights import Points

NEAREST: Final = 6
"""Other videos that each segment may propose."""
USUAL: Final = 9
"""The how-manieth nearest video shows how alike segments are that are no repeats."""
REACH: Final = 0.45
"""How far from the usual product to that with itself a segment's product with another must reach."""
_FEW: Final = 24
_SHORT: Final = 96
_BLOCK_BYTES: Final = 48_000_000


def candidate_pairs(
    points: Points, report: Callable[[float], None] | None = None
) -> tuple[NDArray[np.int64], float]:
    """Return pairs of videos (m, 2), lower index first, and the line that a repeat's cosines lie above.

    Usual: the median, over segments, of the cosine with the best segment of their ninth nearest other
    video (with fewer than 24 videos: of the mean cosine with other videos). The line lies halfway from
    there to 1. Two videos are a pair where two segments of either have the other among their six nearest
    and reach nearly half of the way from their own usual cosine to 1. Rows lie video by video.
    """
    many = len(points.video_ids)
    begins = np.searchsorted(points.video_of, np.arange(many))
    present = np.flatnonzero(np.diff(np.append(begins, len(points))))
    if len(present) < 2:
        return np.empty((0, 2), np.int64), 1.0
    starts, column = begins[present], {int(v): n for n, v in enumerate(present)}
    own = np.array([column[int(v)] for v in points.video_of], np.int64)
    short = _shortened(points.vectors)
    depth = min(USUAL, len(present) - 1)
    near = min(NEAREST, depth)
    best = np.empty((len(points), near), np.float32)
    which = np.empty((len(points), near), np.int32)
    usual = np.empty(len(points), np.float32)
    rows = max(1, _BLOCK_BYTES // (4 * len(points)))
    for start in range(0, len(points), rows):
        if report is not None:
            report(start / len(points))
        here = slice(start, start + rows)
        top = np.maximum.reduceat(short[here] @ short.T, starts, axis=1)
        top[np.arange(len(top)), own[here]] = -2.0
        order = np.argpartition(-top, depth - 1, axis=1)[:, :depth]
        values = np.take_along_axis(top, order, axis=1)
        sort = np.argsort(-values, axis=1, kind="stable")
        order, values = np.take_along_axis(order, sort, axis=1), np.take_along_axis(values, sort, axis=1)
        usual[here], best[here], which[here] = values[:, -1], values[:, :near], order[:, :near]
    middle = float(np.clip(np.median(_usual(points.vectors, own, starts, depth)), 0.0, 1.0))
    line = (1 + middle) / 2
    # Shortened vectors have shorter products; a row's product with itself says how much.
    alone = np.einsum("ij,ij->i", short, short)[:, None]
    floor = usual[:, None] if len(present) >= _FEW else np.minimum(middle, usual[:, None])
    good = best >= floor + REACH * (alone - floor)
    from_, to = np.repeat(own, near).reshape(-1, near)[good], which[good].astype(np.int64)
    keys, counts = np.unique(from_ * len(present) + to, return_counts=True)
    keys = keys[counts >= 2]
    pairs = np.sort(present[np.stack([keys // len(present), keys % len(present)], axis=1)], axis=1)
    return np.unique(pairs, axis=0).astype(np.int64).reshape(-1, 2), line


def _shortened(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return at most 96 coordinates of each vector along which the collection differs most, unit length.

    Not centred, so that cosines stay what they are but for what is left out; that is spread evenly.
    """
    if vectors.shape[1] <= _SHORT or len(vectors) < 4_000:
        return vectors
    # A sample of rows tells the directions well enough, and its order is fixed.
    some = vectors[:: max(1, len(vectors) // 20_000)].astype(np.float32)
    _, axes = np.linalg.eigh((some.T @ some).astype(np.float64))
    return np.ascontiguousarray(vectors @ axes[:, -_SHORT:].astype(np.float32))


def _usual(
    vectors: NDArray[np.float32], own: NDArray[np.int64], starts: NDArray[np.int64], depth: int
) -> NDArray[np.float32]:
    """Return the usual cosine of segments, for 2,000 rows evenly taken, from the vectors as they are."""
    rows = np.arange(0, len(own), max(1, len(own) // 2_000))
    found = np.empty(len(rows), np.float32)
    many = len(starts)
    lengths = np.diff(np.append(starts, len(own)))
    step = max(1, _BLOCK_BYTES // (4 * len(own)))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        block = vectors[some] @ vectors.T
        if many < _FEW:
            sums = np.add.reduceat(block, starts, axis=1)
            mine = sums[np.arange(len(some)), own[some]]
            found[start : start + step] = (sums.sum(axis=1) - mine) / (len(own) - lengths[own[some]])
            continue
        top = np.maximum.reduceat(block, starts, axis=1)
        top[np.arange(len(some)), own[some]] = -2.0
        found[start : start + step] = np.partition(top, many - depth, axis=1)[:, many - depth]
    return found

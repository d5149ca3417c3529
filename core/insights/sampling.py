"""Which rows stand for all: the same share of every video, the same rows whenever the library is the same.

Each row has a lot that comes from its video's id and its start alone. So neither the order of the rows nor
another video that comes or goes changes who is chosen within a video, apart from how many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.insights import Points

_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def sample_rows(
    video_ids: Sequence[str], video_of: NDArray[np.int32], start_s: NDArray[np.float64], most: int, seed: int
) -> NDArray[np.int64]:
    """Return at most `most` row numbers, ascending; all where there are no more.

    While there is room every video has at least one row; beyond that all have the same share of theirs.
    """
    rows = len(video_of)
    if rows <= most:
        return np.arange(rows, dtype=np.int64)
    lots = _lots(video_ids, video_of, start_s, seed)
    order = np.lexsort((lots, video_of))
    owners = video_of[order]
    counts = np.bincount(owners, minlength=len(video_ids))
    place = np.arange(rows) - np.searchsorted(owners, owners)
    # The first of a video comes before everything; the others stand evenly along the video's own line.
    turn = np.where(place == 0, -1.0, (place + lots[order]) / counts[owners])
    first = order[np.lexsort((order, lots[order], turn))[:most]]
    return np.sort(first).astype(np.int64)


def sample_of(points: Points, most: int, seed: int = 0) -> NDArray[np.int64]:
    """Return at most `most` row numbers of points; see `sample_rows`."""
    return sample_rows(points.video_ids, points.video_of, points.start_s, most, seed)


def canonical_order(points: Points) -> NDArray[np.int64]:
    """Return the row numbers by video id and time: what is computed so is free of the given order."""
    ranks = np.empty(len(points.video_ids), np.int64)
    ranks[np.argsort(np.asarray(points.video_ids, dtype=object), kind="stable")] = np.arange(len(ranks))
    owners = ranks[points.video_of] if len(ranks) else np.zeros(0, np.int64)
    return np.lexsort((points.end_s, points.start_s, owners)).astype(np.int64)


def _lots(
    video_ids: Sequence[str], video_of: NDArray[np.int32], start_s: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Return a number from 0 up to 1 for each row, out of its video's id, its start and the seed."""
    names = [
        int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "little")
        for name in video_ids
    ]
    mixed = np.asarray(names, np.uint64)[video_of]
    with np.errstate(over="ignore"):
        mixed = mixed + np.rint(start_s * 1000).astype(np.int64).astype(np.uint64) * _MIX[0]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[2]
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53

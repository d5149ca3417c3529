"""What groups are called: by people, by words that stand out, by a vocabulary; and under which key."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.insights.clustering import Clustering
from core.model.insights import Points

T = TypeVar("T")
_KEPT: Final = 16


def content_keys(points: Points, found: Clustering) -> tuple[str, ...]:
    """Return for each group a key that is the same wherever the same segments are together."""
    order = np.lexsort((points.start_s, points.video_of, found.labels))
    labels = found.labels[order]
    edges = np.searchsorted(labels, np.arange(len(found.clusters) + 1))
    names = np.asarray(points.video_ids, dtype=object)
    keys = []
    for start, stop in pairwise(edges):
        rows = order[start:stop]
        told = hashlib.sha256(f"{points.space_key} {points.modality}\n".encode())
        # By the videos' ids, not their numbers: those change with every video that comes.
        owners, firsts = np.unique(points.video_of[rows], return_index=True)
        bounds = [*np.sort(firsts).tolist(), len(rows)]
        for owner, low, high in zip(owners, bounds[:-1], bounds[1:], strict=True):
            spans = np.stack([points.start_s[rows[low:high]], points.end_s[rows[low:high]]])
            told.update(f"{names[owner]} {high - low}\n".encode())
            told.update(np.rint(spans * 1000).astype("<i8").tobytes())
        keys.append(told.hexdigest()[:32])
    return tuple(keys)


def centroids(points: Points, found: Clustering) -> NDArray[np.float64]:
    """Return the mean vector of each group (groups, d), as it is."""
    sums = np.zeros((len(found.clusters), points.vectors.shape[1]))
    for start in range(0, len(points), 8192):
        labels = found.labels[start : start + 8192]
        here = labels >= 0
        np.add.at(sums, labels[here], points.vectors[start : start + 8192][here].astype(np.float64))
    means: NDArray[np.float64] = sums / np.maximum(1, np.asarray(found.sizes))[:, None]
    return means


class Remembered:
    """Keeps the answers to the last questions, so that a page that is drawn again costs nothing."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._guard = Lock()
        self._kept: OrderedDict[Sequence[object], object] = OrderedDict()

    def once(self, key: Sequence[object], work: Callable[[], T]) -> T:
        """Return the answer to a question, worked out where it is not known. Keys are hashable tuples."""
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]  # what this very question was answered
        answer = work()
        with self._guard:
            self._kept[key] = answer
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer

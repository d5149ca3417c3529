"""Rows that the index of a server may not cover yet, and that are therefore compared here.

A server builds its index for a part of the rows when that part is full, some seconds after they were
written. Until then it searches them by an index of its own in between, that looks at an eighth of the
rows and misses most of what a filter admits (Milvus: `queryNode.segcore.interimIndex`). Every search of
ours has to find what is there, so what was written lately is kept here too until the index covers it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model import Filters, Modality, Space
from core.vectors.contents import contents_of, kept_conditions
from core.vectors.expressions import TagStyle
from core.vectors.port import ScoredRow
from core.vectors.read_copy import ReadCopy

MOST: Final = 20_000
"""Rows that are kept here: 40 MB, and two milliseconds of a search."""


class Uncovered:
    """The clip rows of one space that were written since its index last covered everything."""

    def __init__(self, space: Space, tags: TagStyle) -> None:
        self._dimension = space.dimension
        self._tags: TagStyle = tags
        self._lock = threading.Lock()
        self._copy = ReadCopy(self._dimension, {})
        self._view = self._copy.view(0)
        self._rows = 0

    @property
    def full(self) -> bool:
        """Return whether the index should cover what is here before more is written."""
        return self._rows >= MOST

    def put(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Make these records all that there is of their videos."""
        with self._lock:
            for contents in contents_of((one for one in records if one["scope"] == "clip"), self._tags):
                self._copy.put(contents, 0)
                self._rows += sum(len(keys) for keys, _ in contents.clips.values())
            self._view = self._copy.view(0)

    def remove(self, video_ids: Iterable[str]) -> None:
        """Forget the rows of these videos."""
        with self._lock:
            for video_id in video_ids:
                self._copy.remove(video_id)
            self._view = self._copy.view(0)

    def clear(self) -> None:
        """Forget all: the index covers them."""
        with self._lock:
            self._copy = ReadCopy(self._dimension, {})
            self._view = self._copy.view(0)
            self._rows = 0

    def add_to(
        self,
        found: Sequence[Sequence[ScoredRow]],
        modality: Modality,
        vectors: NDArray[np.float32],
        limit: int,
        filters: Filters | None,
    ) -> list[list[ScoredRow]]:
        """Return the lists of a server's search, best first, with what is here and it did not find."""
        view = self._view
        if not view.count(modality):
            return [list(hits) for hits in found]
        ours = view.search(modality, vectors, limit, kept_conditions(filters, self._tags))
        return [_merged(theirs, mine, limit) for theirs, mine in zip(found, ours, strict=True)]


def _merged(theirs: Sequence[ScoredRow], ours: Sequence[ScoredRow], limit: int) -> list[ScoredRow]:
    known = {hit.row.key for hit in theirs}
    both = [*theirs, *(hit for hit in ours if hit.row.key not in known)]
    return sorted(both, key=lambda hit: -hit.cosine)[:limit]

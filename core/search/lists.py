"""The rows of each modality in the order of their value for the positive terms, read as deep as needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.model import Filters, Modality, Space
from core.search.calibration import DEPTH
from core.search.scoring import Combined
from core.vectors.port import Row, ScoredRow, VectorIndex

DEPTHS: Final = (DEPTH, 512, 2_048, 8_192, 16_384)
"""How deep lists are read, step by step; Milvus answers no more than the last. The steps do not depend
on the number of results asked for: more results continue the same ranking."""


class SortedLists:
    """The rows of each modality nearest to its combined vector, deepened together."""

    def __init__(
        self,
        index: VectorIndex,
        space: Space,
        combined: Mapping[Modality, Combined],
        filters: Filters | None,
        first: Mapping[Modality, list[ScoredRow]],
    ) -> None:
        """``first`` holds lists of the first depth that were searched before, where there are any."""
        self.combined = combined
        self.values: dict[Modality, dict[str, float]] = {modality: {} for modality in combined}
        self.rows: dict[str, Row] = {}
        """Every listed row by its key."""
        self._index = index
        self._space = space
        self._filters = None if filters is None or filters.empty else filters
        self._first = dict(first)
        self._last: dict[Modality, float] = dict.fromkeys(combined, math.inf)
        self._open = set(combined)
        self.step = 0
        """How often the lists were read."""

    def deepen(self) -> bool:
        """Read every list that is not at its end one step deeper; False where no step is left."""
        if not self._open or self.step == len(DEPTHS):
            return False
        depth = DEPTHS[self.step]
        self.step += 1
        for modality in sorted(self._open):
            self._take(modality, self._read(modality, depth), depth)
        return True

    def last(self, modality: Modality) -> float:
        """Return a value that no unlisted row of the modality exceeds."""
        return self._last[modality]

    def unseen(self) -> float:
        """Return what a segment is worth at most that is in no list; -inf where there is none."""
        if self.step == len(DEPTHS):
            return -math.inf  # No list can be read any deeper: what is left is out of reach.
        values = [self._last[modality] for modality in self._open]
        above = [value for value in values if value > 0]
        return math.fsum(above) if above else max(values, default=-math.inf)

    def _read(self, modality: Modality, depth: int) -> Sequence[ScoredRow]:
        known = self._first.pop(modality, None)
        if known is not None and self._filters is None:
            return known
        asked = self.combined[modality].direction[np.newaxis]
        (rows,) = self._index.search(self._space, modality, asked, limit=depth, filters=self._filters)
        return rows

    def _take(self, modality: Modality, rows: Sequence[ScoredRow], depth: int) -> None:
        combined, values = self.combined[modality], self.values[modality]
        for hit in rows:
            values[hit.row.key] = combined.value(hit.cosine)
            self.rows[hit.row.key] = hit.row
        if rows:
            self._last[modality] = combined.value(rows[-1].cosine)
        if len(rows) < depth:
            self._open.discard(modality)
            if not rows:
                self._last[modality] = 0.0

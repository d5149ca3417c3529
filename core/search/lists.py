"""The rows of each modality in the order of their value for the positive terms, read as deep as needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.model import Filters, Modality, Space
from core.search.calibration import DEPTH
from core.search.presence import Presence, subsets
from core.search.scoring import Combined
from core.vectors.port import Row, ScoredRow, VectorReader

DEPTHS: Final = (512, 2_048, 8_192, 16_384)
"""How deep lists are read, step by step; Milvus answers no more than the last. The steps do not depend
on the number of results asked for: more results continue the same ranking.

The first is where reading and looking up cost least together (50 us a hit against 95 us a vector on Milvus
Lite): of 50,000 segments whose sound has nothing to do with their pictures the best hundred are settled at
512, at 128 and 256 they are not. Lists are deepened for later pages, where a few videos hold the whole
list, and where the best of one modality are among the worst of the other."""


class SortedLists:
    """The rows of each modality nearest to its combined vector, deepened together."""

    def __init__(
        self,
        index: VectorReader,
        space: Space,
        combined: Mapping[Modality, Combined],
        filters: Filters | None,
        first: Mapping[Modality, list[ScoredRow]],
        presence: Presence | None = None,
    ) -> None:
        """``first`` holds unfiltered lists of at least `DEPTH` rows, where some were searched before;
        ``presence`` says what a segment is multiplied by that lacks modalities."""
        self.combined = combined
        self.values: dict[Modality, dict[str, float]] = {modality: {} for modality in combined}
        self.presence = presence or Presence()
        self.rows: dict[str, Row] = {}
        """Every listed row by its key."""
        self.index = index
        self.space = space
        self._filters = None if filters is None or filters.empty else filters
        self._first = dict(first) if self._filters is None else {}
        self._last: dict[Modality, float] = dict.fromkeys(combined, math.inf)
        self._open = set(combined)
        self._unseen = math.inf
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
        self._unseen = self._most()
        return True

    def last(self, modality: Modality) -> float:
        """Return a value that no unlisted row of the modality exceeds."""
        return self._last[modality]

    def unseen(self) -> float:
        """Return what a segment is worth at most that is in no list; -inf where there is none."""
        return self._unseen

    def _most(self) -> float:
        """Return the most that the last rows of the open lists are worth together, whichever it has."""
        if self.step == len(DEPTHS):
            return -math.inf  # No list can be read any deeper: what is left is out of reach.
        sets = subsets([modality for modality in self.combined if modality in self._open])
        return max(
            (
                self.presence.of(dict.fromkeys(some)) * math.fsum(self._last[modality] for modality in some)
                for some in sets
            ),
            default=-math.inf,
        )

    def _read(self, modality: Modality, depth: int) -> Sequence[ScoredRow]:
        known = self._first.get(modality)
        if known is not None and (len(known) >= depth or len(known) < DEPTH):
            return known  # Deep enough, or all there is.
        asked = self.combined[modality].direction[np.newaxis]
        (rows,) = self.index.search(self.space, modality, asked, limit=depth, filters=self._filters)
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

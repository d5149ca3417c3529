"""Near-duplicates: segments that look and sound the same as one that is listed already.

Re-encodes of one film, a shot that was used twice, a still camera: a list of them is one result repeated.
Two segments are alike where every modality that either of them has is present in both, and the cosine of
their stored vectors is above `ALIKE` in each: the same picture with another sound stays another result.
Only vectors that scoring has fetched are compared, so folding asks the index for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Modality, Vector
from core.search.scoring import Scorer
from core.search.timelines import JoinedSegment

ALIKE: Final = 0.98
"""Cosine above which two segments are the same. Re-encodes of real footage lie above 0.97 and mostly above
0.99, other shots of one scene between 0.90 and 0.95. A camera that stands still may reach it within one
video, while nothing in its picture changes; its segments are then one result, which is what they show."""

_Vectors: TypeAlias = Mapping[Modality, Vector]
_FIRST_CAPACITY: Final = 32


class Folding:
    """The listed segments of one query, to tell whether another one repeats one of them."""

    def __init__(self, scorer: Scorer) -> None:
        """``scorer`` has scored whatever is asked about."""
        self._scorer = scorer
        self._groups: dict[tuple[Modality, ...], _Group] = {}
        """By the modalities that segments have: others are never alike."""
        self._count = 0

    def add(self, joined: JoinedSegment) -> None:
        """Take in the next listed segment; they are numbered from 0 on."""
        vectors = self._vectors(joined)
        if vectors:
            self._groups.setdefault(tuple(vectors), _Group()).add(self._count, vectors)
        self._count += 1

    def head_of(self, joined: JoinedSegment) -> int | None:
        """Return the number of the first listed segment that it repeats, None where there is none."""
        vectors = self._vectors(joined)
        group = self._groups.get(tuple(vectors))
        return None if group is None else group.first_alike(vectors)

    def _vectors(self, joined: JoinedSegment) -> dict[Modality, Vector]:
        """Return its unit vector of each modality, empty where a row is gone."""
        stored = self._scorer.stored(joined.row_keys())
        vectors: dict[Modality, Vector] = {}
        for modality, rows in joined.rows.items():
            if any(key not in stored for key, _ in rows):
                return {}
            if len(rows) == 1:
                vectors[modality] = stored[rows[0][0]]
                continue
            mean = np.sum([portion * stored[key] for key, portion in rows], axis=0)
            length = float(np.linalg.norm(mean))
            if length == 0:
                return {}
            vectors[modality] = (mean / length).astype(np.float32)
        return vectors


class _Group:
    """Listed segments with the same modalities."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._matrices: dict[Modality, NDArray[np.float32]] = {}

    def add(self, number: int, vectors: _Vectors) -> None:
        place = len(self._numbers)
        for modality, vector in vectors.items():
            matrix = self._matrices.get(modality)
            if matrix is None:
                matrix = np.empty((_FIRST_CAPACITY, len(vector)), np.float32)
            elif place == len(matrix):
                matrix = np.concatenate([matrix, np.empty_like(matrix)])
            matrix[place] = vector
            self._matrices[modality] = matrix
        self._numbers.append(number)

    def first_alike(self, vectors: _Vectors) -> int | None:
        count = len(self._numbers)
        alike = np.ones(count, bool)
        for modality, vector in vectors.items():
            alike &= self._matrices[modality][:count] @ vector > ALIKE
        place = int(alike.argmax())
        return self._numbers[place] if alike[place] else None

"""Scores of joined segments: calibrated parts of every term and modality, added up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.model import Hit, Modality, Part, Space, Vector
from core.search.calibration import DECIMALS, Background
from core.search.timelines import JoinedSegment
from core.search.yardsticks import Yardstick
from core.vectors.port import VectorIndex


@dataclass(frozen=True, slots=True, eq=False)
class TermPart:
    """One term in one modality, ready to score with.

    ``share`` is the term's weight over the sum of the positive weights that take part: the shares of
    positive terms add up to 1, a negative term has a negative share, and scaling all weights alike
    changes nothing.
    """

    term: int
    modality: Modality
    share: float
    vector: Vector
    background: Background
    yardstick: Yardstick
    reach: float = 1.0
    """What the term's best segments are worth over all its modalities; see `core.search.reach`."""

    @property
    def scale(self) -> float:
        """Return what the part is divided by."""
        return self.background.scale(self.yardstick.floor) * self.reach

    def value(self, cosine: float) -> float:
        """Return what the term adds to a score; a negative term only ever takes away."""
        above = cosine - self.background.mean
        return self.share * (above if self.share > 0 else max(0.0, above)) / self.scale


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """All positive terms of one modality as one vector: value of a row = length * cosine - offset."""

    direction: Vector
    """Unit vector to search with."""
    length: float
    offset: float

    def value(self, cosine: float) -> float:
        return self.length * cosine - self.offset


def combine(parts: Sequence[TermPart]) -> Combined:
    """Return q = sum(share * vector / scale) of the positive parts of one modality."""
    positive = [part for part in parts if part.share > 0]
    vectors = np.stack([part.vector for part in positive]).astype(np.float64)
    factors = np.array([part.share / part.scale for part in positive])
    total = factors @ vectors
    length = float(np.linalg.norm(total))
    offset = math.fsum(part.share * part.background.mean / part.scale for part in positive)
    # Terms that cancel each other leave no direction: any will do, every row is worth about the same.
    # A single term is searched with its very vector, so that its list can be used again.
    plain = len(positive) == 1 or length <= 1e-6 * float(factors.sum())
    direction = positive[0].vector if plain else (total / length).astype(np.float32)
    return Combined(direction, length, offset)


@dataclass(frozen=True, slots=True)
class Scored:
    """A joined segment with its exact score."""

    joined: JoinedSegment
    score: float
    positive: float
    """The score without the penalties of negative terms."""
    parts: tuple[Part, ...]

    def hit(self) -> Hit:
        """Return it in the words of the results."""
        by_modality: dict[Modality, float] = {}
        for part in self.parts:
            by_modality[part.modality] = by_modality.get(part.modality, 0.0) + part.value
        strongest = max(by_modality, key=by_modality.__getitem__)
        return Hit(self.joined.video_id, self.joined.segment, strongest, self.score, self.parts)


class Scorer:
    """Computes scores from stored vectors, each segment once."""

    def __init__(
        self, index: VectorIndex, space: Space, parts: Mapping[Modality, Sequence[TermPart]]
    ) -> None:
        self._index = index
        self._space = space
        self._parts = parts
        self._matrices = {
            modality: np.stack([part.vector for part in some]).astype(np.float64)
            for modality, some in parts.items()
        }
        self._stored: dict[str, Vector | None] = {}
        self._known: dict[str, Scored | None] = {}

    def stored(self, keys: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors of rows that exist; those not fetched before come in one request."""
        wanted = list(dict.fromkeys(keys))
        new = [key for key in wanted if key not in self._stored]
        if new:
            found = self._index.fetch(self._space, new)
            self._stored.update((key, found.get(key)) for key in new)
        return {key: vector for key in wanted if (vector := self._stored[key]) is not None}

    def score(self, segments: Iterable[JoinedSegment]) -> list[Scored | None]:
        """Return a score per segment, from at most one request; None where its rows are gone."""
        wanted = list(segments)
        new = [joined for joined in wanted if joined.key not in self._known]
        stored = self.stored(key for joined in new for key in joined.row_keys())
        cosines: dict[Modality, dict[str, NDArray[np.float64]]] = {}
        for modality in self._parts:
            keys = dict.fromkeys(key for joined in new for key, _ in joined.rows.get(modality, ()))
            cosines[modality] = self._cosines(modality, list(keys), stored)
        for joined in new:
            self._known[joined.key] = self._scored(joined, cosines)
        return [self._known[joined.key] for joined in wanted]

    def known(self, joined: JoinedSegment) -> bool:
        """Return whether the score of a segment was computed before."""
        return joined.key in self._known

    def _cosines(
        self, modality: Modality, keys: Sequence[str], stored: Mapping[str, Vector]
    ) -> dict[str, NDArray[np.float64]]:
        """Return each row's cosines to the terms of the modality."""
        present = [key for key in keys if key in stored]
        if not present:
            return {}
        rows = np.stack([stored[key] for key in present]).astype(np.float64)
        products = rows @ self._matrices[modality].T
        return dict(zip(present, products, strict=True))

    def _scored(
        self, joined: JoinedSegment, cosines: Mapping[Modality, Mapping[str, NDArray[np.float64]]]
    ) -> Scored | None:
        parts: list[Part] = []
        positive: list[float] = []
        for modality, terms in self._parts.items():
            met = [(cosines[modality].get(key), portion) for key, portion in joined.rows.get(modality, ())]
            if not met:
                continue
            if any(found is None for found, _ in met):
                return None
            mean = np.round(sum(found * portion for found, portion in met if found is not None), DECIMALS)
            for term, cosine in zip(terms, mean.tolist(), strict=True):
                value = term.value(cosine)
                parts.append(Part(term.term, modality, cosine, term.background.mean, value))
                if term.share > 0:
                    positive.append(value)
        if not parts:
            return None
        return Scored(joined, math.fsum(part.value for part in parts), math.fsum(positive), tuple(parts))

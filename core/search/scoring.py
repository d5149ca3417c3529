"""Scores of joined segments: calibrated parts of every term and modality, added up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Hit, Modality, Part, Space, Vector
from core.search.calibration import DECIMALS, Background
from core.search.presence import Presence
from core.search.timelines import JoinedSegment
from core.search.yardsticks import Yardstick
from core.vectors.port import VectorReader


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
    factor: float = 1.0
    """What the part is multiplied by: the weight of the modality within the term, and what balances the term
    with others; see `core.search.reliability` and `core.search.balance`."""

    @property
    def scale(self) -> float:
        """Return what the part is divided by."""
        return self.background.scale(self.yardstick.floor) / self.factor

    def value(self, cosine: float, scale: float | None = None) -> float:
        """Return what the term adds to a score; a negative term only ever takes away.

        ``scale`` is its own, where it is at hand.
        """
        above = cosine - self.background.mean
        return self.share * (above if self.share > 0 else max(0.0, above)) / (scale or self.scale)


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


_Cosines: TypeAlias = tuple[NDArray[np.float64], list[float]]
"""Of one row to the terms of its modality, as they are and rounded."""


_Values: TypeAlias = tuple[tuple[Modality, Sequence[TermPart], list[float], list[float]], ...]
"""Per modality that a segment has: the terms, their cosines, and what each adds."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A joined segment with its exact score."""

    joined: JoinedSegment
    score: float
    positive: float
    """The score without the penalties of negative terms."""
    _values: _Values

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return what every term adds in every modality; made when asked for, as most are never shown."""
        return tuple(
            Part(term.term, modality, cosine, term.background.mean, value)
            for modality, terms, cosines, values in self._values
            for term, cosine, value in zip(terms, cosines, values, strict=True)
        )

    def hit(self) -> Hit:
        """Return it in the words of the results."""
        by_modality = {modality: math.fsum(values) for modality, _, _, values in self._values}
        strongest = max(by_modality, key=by_modality.__getitem__)
        return Hit(self.joined.video_id, self.joined.segment, strongest, self.score, self.parts)


class Scorer:
    """Computes scores from stored vectors, each segment once."""

    def __init__(
        self,
        index: VectorReader,
        space: Space,
        parts: Mapping[Modality, Sequence[TermPart]],
        presence: Presence | None = None,
    ) -> None:
        """``presence`` says what parts are multiplied by where a modality is missing."""
        self._presence = presence or Presence()
        self._index = index
        self._space = space
        self._parts = parts
        self._matrices = {
            modality: np.stack([part.vector for part in some]).astype(np.float64)
            for modality, some in parts.items()
        }
        self._scales = {modality: [part.scale for part in some] for modality, some in parts.items()}
        self._penalties = any(part.share < 0 for some in parts.values() for part in some)
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
        if not new:
            return [self._known[joined.key] for joined in wanted]
        stored = self.stored(key for joined in new for key in joined.row_keys())
        cosines: dict[Modality, dict[str, _Cosines]] = {}
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
    ) -> dict[str, _Cosines]:
        """Return each row's cosines to the terms of the modality, and the same rounded."""
        present = [key for key in keys if key in stored]
        if not present:
            return {}
        rows = np.stack([stored[key] for key in present]).astype(np.float64)
        products = rows @ self._matrices[modality].T
        rounded = np.round(products, DECIMALS).tolist()
        return dict(zip(present, zip(products, rounded, strict=True), strict=True))

    def _scored(
        self, joined: JoinedSegment, cosines: Mapping[Modality, Mapping[str, _Cosines]]
    ) -> Scored | None:
        found: list[tuple[Modality, Sequence[TermPart], list[float], list[float]]] = []
        presence = self._presence.of(joined.rows)
        for modality, terms in self._parts.items():
            met = joined.rows.get(modality, ())
            if not met:
                continue
            of_rows = [cosines[modality].get(key) for key, _ in met]
            if None in of_rows:
                return None
            means = self._means(cosines[modality], met)
            scales = self._scales[modality]
            values = [
                presence * term.value(cosine, scale)
                for term, scale, cosine in zip(terms, scales, means, strict=True)
            ]
            found.append((modality, terms, means, values))
        if not found:
            return None
        score = math.fsum(value for _, _, _, values in found for value in values)
        if not self._penalties:
            return Scored(joined, score, score, tuple(found))
        positive = math.fsum(
            value
            for _, terms, _, values in found
            for term, value in zip(terms, values, strict=True)
            if term.share > 0
        )
        return Scored(joined, score, positive, tuple(found))

    @staticmethod
    def _means(cosines: Mapping[str, _Cosines], met: Sequence[tuple[str, float]]) -> list[float]:
        """Return a segment's cosines to the terms of a modality: the mean over its rows, by portion."""
        if len(met) == 1:
            return cosines[met[0][0]][1]  # One row, so its portion is all.
        total = sum(cosines[key][0] * portion for key, portion in met)
        means: list[float] = np.round(total, DECIMALS).tolist()
        return means

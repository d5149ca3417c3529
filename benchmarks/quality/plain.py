"""The plain ways, in numpy on the same vectors: the raw weighted sum, and rank fusion."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.asking import Answer, Asked
from benchmarks.quality.loading import Given
from benchmarks.quality.placing import Placed
from core.model import Filters, Modality

Scores = NDArray[np.float64]
FUSION: Final = 60
"""The usual constant of rank fusion: a list gives 1 / (60 + place)."""
_KEPT: Final = 128


class Cosines:
    """Cosines of texts and clips with every unit, modality by modality; NaN where a unit has no row in it."""

    def __init__(self, given: Given, placed: Placed) -> None:
        self._given = given
        self.placed = placed
        self._members = {modality: self._matrix(modality) for modality in placed.modalities}
        self._kept: OrderedDict[tuple[str, int], dict[Modality, Scores]] = OrderedDict()

    def of(self, kind: str, number: int) -> dict[Modality, Scores]:
        """Return an array over all units per modality."""
        name = (kind, number)
        if name not in self._kept:
            self._kept[name] = self._computed(kind, number)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[name]

    def _computed(self, kind: str, number: int) -> dict[Modality, Scores]:
        vectors = self._given.queries if kind == "text" else self._given.examples
        cosines = (self._given.items @ vectors[number]).astype(np.float64)
        found: dict[Modality, Scores] = {}
        for modality, (units, items, portions, present) in self._members.items():
            sums = np.bincount(units, cosines[items] * portions, minlength=len(self.placed.units))
            found[modality] = np.where(present, sums, np.nan)
        return found

    def likeness(self, units: Sequence[int]) -> NDArray[np.float64]:
        """Return the cosines between units, the lowest of the modalities that both have; 0 without one."""
        least = np.full((len(units), len(units)), np.inf)
        for modality in self.placed.modalities:
            vectors = np.stack([self._vector(unit, modality) for unit in units])
            cosines = vectors @ vectors.T
            least = np.fmin(least, np.where(np.isnan(cosines), np.inf, cosines))
        return np.where(np.isinf(least), 0.0, least)

    def _vector(self, unit: int, modality: Modality) -> NDArray[np.float64]:
        members = self.placed.units[unit].members.get(modality, ())
        if not members:
            return np.full(self._given.items.shape[1], np.nan)
        total = sum(portion * self._given.items[item].astype(np.float64) for item, portion in members)
        return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12))

    def _matrix(
        self, modality: Modality
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores, NDArray[np.bool_]]:
        entries = [
            (number, item, portion)
            for number, unit in enumerate(self.placed.units)
            for item, portion in unit.members.get(modality, ())
        ]
        units = np.array([unit for unit, _, _ in entries], np.int64)
        present = np.zeros(len(self.placed.units), bool)
        present[units] = True
        items = np.array([item for _, item, _ in entries], np.int64)
        return units, items, np.array([portion for _, _, portion in entries]), present


class WeightedSum:
    """weight * cosine, added over terms and modalities as they are; what is missing counts 0."""

    def __init__(self, cosines: Cosines) -> None:
        self._cosines = cosines

    def answer(self, asked: Sequence[Asked], limit: int, filters: Filters | None = None) -> list[Answer]:
        return [best(self.scores(one), limit) for one in asked]

    def scores(self, asked: Asked) -> Scores:
        """Return the score of every unit."""
        total = np.zeros(len(self._cosines.placed.units))
        for kind, number, weight in asked.terms:
            for found in self._cosines.of(kind, number).values():
                total += weight * np.nan_to_num(found)
        return total


class RankFusion:
    """Every term has a list in every modality; a unit gets weight / (60 + place) from each."""

    def __init__(self, cosines: Cosines) -> None:
        self._cosines = cosines

    def answer(self, asked: Sequence[Asked], limit: int, filters: Filters | None = None) -> list[Answer]:
        return [best(self._scores(one), limit) for one in asked]

    def _scores(self, asked: Asked) -> Scores:
        total = np.zeros(len(self._cosines.placed.units))
        for kind, number, weight in asked.terms:
            for found in self._cosines.of(kind, number).values():
                units = np.flatnonzero(~np.isnan(found))
                ranked = units[np.argsort(-found[units], kind="stable")]
                total[ranked] += weight / (FUSION + 1.0 + np.arange(len(ranked)))
        return total


def best(scores: Scores, limit: int) -> Answer:
    """Return the units with the highest scores; of equal ones the first."""
    order = np.argsort(-scores, kind="stable")[:limit]
    return Answer(tuple(order.tolist()), float(scores[order[0]]))

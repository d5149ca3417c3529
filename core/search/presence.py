"""What a segment is worth of which a modality is missing: it is judged by what it has.

Added up plainly, silence would count as sound that is no better than the average, and of two scenes that
look alike the one with any sound would win. So the parts of a
segment that lacks modalities are multiplied by a factor, with which it stands as high among the segments that
are complete as it would if they lacked the same:

    factor = mean of the best `LEARNT` totals / mean of the best `LEARNT` present sums

of the complete segments near the term's top, each sorted by itself. (A line through their pairs tells what to
expect of one segment, but the top is not made of expected ones: 0.16 to 0.22 more of the top ten had sound
than of what is relevant.) The factor is never below 1, nor above 1 + `MOST` for each missing modality, moves
towards 1 where fewer are complete, and is 1 where none is. For a query the factors of its terms are averaged
by share, so that a segment has one, and its bound is that of its parts, multiplied.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Modality

LEARNT: Final = 10
MOST: Final = 4.0
"""Without a bound, the little that a silent segment has of words that are only heard would be blown up to a
match."""

Set: TypeAlias = tuple[Modality, ...]
"""Modalities, in the order in which rows join."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The factor of a segment by the modalities that it has."""

    modalities: Set = ()
    """Those that positive terms are compared in; others make no difference."""
    factors: Mapping[Set, float] = field(default_factory=dict)
    """Of every set in which one is missing; empty where nothing is ever missing."""

    @property
    def largest(self) -> float:
        return max(self.factors.values(), default=1.0)

    def of(self, rows: Mapping[Modality, object]) -> float:
        """Return the factor of a segment with these rows."""
        if not self.factors or all(map(rows.__contains__, self.modalities)):
            return 1.0
        return self.factors.get(tuple(m for m in self.modalities if m in rows), 1.0)


def learn(modalities: Set, values: NDArray[np.float64]) -> dict[Set, float]:
    """Return one term's factor for every set of some, but not all of its modalities.

    ``values`` holds its parts of complete segments near its top, (segments, modalities).
    """
    best = _mean_of_best(values.sum(axis=1))
    factors: dict[Set, float] = {}
    for some in subsets(modalities)[:-1]:
        present = _mean_of_best(values[:, [modalities.index(modality) for modality in some]].sum(axis=1))
        more = max(0.0, best / present - 1) if present > 0 else 0.0
        known = min(1.0, len(values) / LEARNT)
        factors[some] = 1.0 + min(more * known, MOST * (len(modalities) - len(some)))
    return factors


def subsets(modalities: Sequence[Modality]) -> list[Set]:
    """Return all sets of at least one of the modalities, the whole last."""
    sizes = range(1, len(modalities) + 1)
    return [some for size in sizes for some in itertools.combinations(modalities, size)]


def averaged(modalities: Set, terms: Sequence[tuple[float, Set, Mapping[Set, float]]]) -> Presence:
    """Return a query's factors from those of its positive terms: share, modalities and factors of each.

    A term has a say where the segment has a modality of its own.
    """
    factors: dict[Set, float] = {}
    for some in subsets(modalities)[:-1]:
        own = [(share, tuple(m for m in some if m in every), known) for share, every, known in terms]
        having = [(share, known.get(present, 1.0)) for share, present, known in own if present]
        total = sum(share for share, _ in having)
        if total > 0:
            factors[some] = sum(share * factor for share, factor in having) / total
    return Presence(modalities, factors if any(factor != 1 for factor in factors.values()) else {})


def _mean_of_best(sums: NDArray[np.float64]) -> float:
    return float(np.sort(sums)[-LEARNT:].mean()) if len(sums) else 0.0

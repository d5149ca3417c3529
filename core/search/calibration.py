"""What a term's cosines look like over a whole collection: the background that a hit stands above.

Cosines of different kinds cannot be added (text-image ones may lie around 0.15 where image-image ones
lie around 0.52), so a term's part of a score is

    part = (cosine - mean) / scale        scale = mean(best k) - mean(all)

where mean(all) is the vector times the mean vector of the modality, k = min(10, ceil(rows / 10)), and
near-duplicates among the best count once. Everything here comes from all clip rows of the modality;
filters have no say, so that a filter never reorders what remains.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, TypeAlias

import numpy as np

from core.model import Modality, Space, Vector
from core.vectors.port import ScoredRow, Statistics, VectorReader

_Name: TypeAlias = tuple[str, Modality, int, bytes]
"""Space, modality, version of the index, digest of the vector."""

BEST: Final = 10
"""Most rows that the scale is averaged over."""
DEPTH: Final = 128
"""Rows asked for at first: enough for ten that differ, and for the spread."""
DEEPEST: Final = 2_048
"""Where a shot is repeated more often than this, fewer than k rows that differ are averaged."""
SAME: Final = 0.995
"""Rows with a cosine above this to a better one show the same thing (re-encodes, a still camera)."""
DECIMALS: Final = 9
"""Cosines are rounded to this, so that equal rows are equal however a product was computed."""


@dataclass(frozen=True, slots=True)
class Background:
    """A term's cosines over all clip rows of one modality."""

    count: int
    mean: float
    lift: float
    """How far the best k that differ stand above the mean, on average; may be 0 or less."""
    crowd: float
    """The same with near-duplicates counted as often as they are."""
    spread: float
    """Standard deviation of rows that do not match; 0 where it cannot be told."""
    best: float
    """The highest cosine."""
    others: float
    """Mean cosine of those that come next and differ: what the best one stands out from."""
    low_spread: float
    """Standard deviation of the rows as the lowest of them tell it: no match ever widens it, nor a topic
    that is near; 0 where it cannot be told."""

    def scale(self, floor: float) -> float:
        """Return what a part is divided by: the lift, never below the floor."""
        return max(self.lift, floor)


def best_count(rows: int) -> int:
    """Return k, the number of best rows that the scale is averaged over."""
    return min(BEST, math.ceil(rows / 10))


def distinct_best(cosines: Sequence[float], vectors: Sequence[Vector], k: int) -> list[float]:
    """Return the cosines of the first ``k`` rows that are no near-duplicate of a better one.

    ``cosines`` and unit ``vectors`` belong together, best first.
    """
    kept: list[int] = []
    for place in range(len(cosines)):
        if len(kept) == k:
            break
        if not kept or float(np.max(np.stack([vectors[i] for i in kept]) @ vectors[place])) <= SAME:
            kept.append(place)
    return [cosines[i] for i in kept]


def spread_of(cosines: Sequence[float], count: int, mean: float) -> float:
    """Return the standard deviation of unrelated rows, told from the best of them.

    Taken where the upper quartile of a normal distribution would lie, or as deep as the list goes, so
    that a handful of matches at its top does not widen it; measured from the median where the list
    reaches it, because matches lift the mean of a small collection.
    """
    middle = (count - 1) // 2
    centre = cosines[middle] if middle < len(cosines) else mean
    rank = min(len(cosines), max(1, round(count / 4)))
    quantile = NormalDist().inv_cdf(1 - (rank - 0.5) / count)
    # Below a quarter deviation the division would only magnify noise (one or two rows).
    return max(0.0, (cosines[rank - 1] - centre) / quantile) if quantile > 0.25 else 0.0


class Calibrator:
    """Measures backgrounds, and keeps them until the index changes.

    Moving weights therefore searches nothing again.
    """

    def __init__(self, index: VectorReader, entries: int = 1_024) -> None:
        self._index = index
        self._entries = entries
        self._guard = threading.Lock()
        self._kept: OrderedDict[_Name, Background] = OrderedDict()

    def measure(
        self,
        space: Space,
        modality: Modality,
        statistics: Statistics,
        vectors: Sequence[Vector],
        depth: int = DEPTH,
    ) -> tuple[list[Background], list[list[ScoredRow] | None]]:
        """Return the background of each unit vector, and the list of its best ``depth`` rows.

        A list is None where the background was known and nothing was searched. All vectors whose
        background is not known go into one search. The modality has rows. A ``depth`` above `DEPTH` is
        for lists that are ranked as well; backgrounds are the same whatever it is.
        """
        names = [
            (space.key, modality, statistics.version, hashlib.sha256(vector.tobytes()).digest())
            for vector in vectors
        ]
        with self._guard:
            known = {name: self._kept[name] for name in names if name in self._kept}
        unknown = {name: vector for name, vector in zip(names, vectors, strict=True) if name not in known}
        lists: dict[_Name, list[ScoredRow]] = {}
        if unknown:
            asked = np.stack(list(unknown.values())).astype(np.float32)
            # The farthest rows are the nearest of the opposite. Further vectors of a search cost little, but
            # every hit of theirs costs, so a deep list is not read for them.
            more = statistics.count > depth
            together = more and depth <= DEPTH
            both = np.concatenate([asked, -asked]) if together else asked
            answers = self._index.search(space, modality, both, limit=depth)
            lists = dict(zip(unknown, answers, strict=False))
            opposite = answers[len(unknown) :]
            if more and not together:
                opposite = self._index.search(space, modality, -asked, limit=DEPTH)
            farthest = dict(zip(unknown, opposite, strict=False))
            best = self._distinct(space, modality, statistics, unknown, lists, depth)
            for name, vector in unknown.items():
                known[name] = _background(statistics, vector, lists[name], best[name], farthest.get(name))
        self._keep({name: known[name] for name in lists})
        return [known[name] for name in names], [lists.get(name) for name in names]

    def _keep(self, new: Mapping[_Name, Background]) -> None:
        with self._guard:
            self._kept.update(new)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)

    def _distinct(
        self,
        space: Space,
        modality: Modality,
        statistics: Statistics,
        vectors: Mapping[_Name, Vector],
        lists: Mapping[_Name, list[ScoredRow]],
        depth: int,
    ) -> dict[_Name, list[float]]:
        """Return the cosines of the best k that differ, looking deeper only where shots are repeated.

        Vectors are fetched for twice as many rows each time, so that a few repeated shots cost little;
        all lists together in one request.
        """
        k = best_count(statistics.count)
        pending = dict(lists)
        found: dict[_Name, list[float]] = {}
        stored: dict[str, Vector] = {}
        looked = 2 * k
        while pending:
            heads = {name: rows[:looked] for name, rows in pending.items()}
            wanted = {hit.row.key: None for rows in heads.values() for hit in rows}
            stored.update(self._index.fetch(space, [key for key in wanted if key not in stored]))
            for name, rows in heads.items():
                present = [hit for hit in rows if hit.row.key in stored]
                found[name] = distinct_best(
                    [hit.cosine for hit in present], [stored[hit.row.key] for hit in present], k
                )
                everything = looked >= len(rows) >= min(statistics.count, DEEPEST)
                if len(found[name]) == k or everything:
                    del pending[name]
            if pending and looked >= depth:
                depth = min(DEEPEST, 4 * depth)
                asked = np.stack([vectors[name] for name in pending]).astype(np.float32)
                deeper = self._index.search(space, modality, asked, limit=depth)
                if all(len(new) <= len(old) for new, old in zip(deeper, pending.values(), strict=True)):
                    break  # Rows vanished while we looked: what was found has to do.
                pending = dict(zip(pending, deeper, strict=True))
            looked = min(2 * looked, depth)
        return found


def _background(
    statistics: Statistics,
    vector: Vector,
    rows: Sequence[ScoredRow],
    best: Sequence[float],
    farthest: Sequence[ScoredRow] | None,
) -> Background:
    """Return the background told by the nearest rows and the farthest, those by their cosines to the opposite
    vector, which are None where the nearest are all that there are."""
    mean = round(float(np.dot(vector.astype(np.float64), statistics.mean.astype(np.float64))), DECIMALS)
    if not rows or not best:
        return Background(statistics.count, mean, 0.0, 0.0, 0.0, mean, mean, 0.0)
    low = [-hit.cosine for hit in reversed(rows)] if farthest is None else [h.cosine for h in farthest]
    cosines, k = [hit.cosine for hit in rows[:DEPTH]], best_count(statistics.count)
    next_best = best[1:] or cosines[1 : BEST + 1] or cosines
    return Background(
        count=statistics.count,
        mean=mean,
        lift=math.fsum(best) / len(best) - mean,
        crowd=math.fsum(cosines[:k]) / len(cosines[:k]) - mean,
        spread=spread_of(cosines, max(statistics.count, len(cosines)), mean),
        best=cosines[0],
        others=math.fsum(next_best) / len(next_best),
        low_spread=spread_of(low[:DEPTH], max(statistics.count, len(cosines)), -mean),
    )

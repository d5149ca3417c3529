"""Times ways of searching and compares what they find with the truth; numpy and FAISS are the plain ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_vectors import DIMENSION, LIMIT, House
from benchmarks.results import Way

WARM: Final = 5
"""Tries that are not counted: they load what the others find loaded."""

Ask = Callable[[int], Sequence[int]]
"""Returns the rows that answer a question."""


@dataclass(frozen=True)
class Truth:
    """The ten best of every question, of all rows and of those that satisfy the filter."""

    every: list[set[int]]
    wanted: list[set[int]]


def truth(house: House) -> Truth:
    """Compare everything with everything."""
    wanted = house.wanted
    every, among = [], []
    for question in house.questions:
        cosines = house.vectors @ question
        every.append(_best(cosines))
        cosines[~wanted] = -2.0
        among.append(_best(cosines))
    return Truth(every, among)


def _best(cosines: NDArray[np.float32]) -> set[int]:
    return set(np.argpartition(-cosines, LIMIT)[:LIMIT].tolist())


def way(name: str, best: Truth, ask: Ask, ask_filtered: Ask) -> Way:
    """Time a way of searching, and compare what it finds."""
    times, recall = _timed(ask, best.every)
    filtered, filtered_recall = _timed(ask_filtered, best.wanted)
    return Way(name, median(times), p95(times), recall, median(filtered), filtered_recall)


def _timed(ask: Ask, best: list[set[int]]) -> tuple[list[float], float]:
    found: list[Sequence[int]] = []
    times = timed(lambda n: found.append(ask(n)), len(best))
    shares = [len(set(rows) & some) / LIMIT for rows, some in zip(found, best, strict=True)]
    return times, round(statistics.mean(shares), 4)


def timed(work: Callable[[int], object], tries: int) -> list[float]:
    """Return milliseconds of every try but the first ones."""
    times = []
    for number in range(tries):
        began = time.perf_counter()
        work(number)
        times.append(1000 * (time.perf_counter() - began))
    return times[WARM:]


def median(times: Sequence[float]) -> float:
    return round(statistics.median(times), 2)


def p95(times: Sequence[float]) -> float:
    return round(sorted(times)[min(len(times) - 1, int(0.95 * len(times)))], 2)


def plain(house: House, best: Truth) -> list[Way]:
    """Return numpy and FAISS, both comparing everything."""
    asked, rows = house.questions, np.flatnonzero(house.wanted)

    def by_numpy(n: int) -> list[int]:
        cosines = house.vectors @ asked[n]
        return list(np.argpartition(-cosines, LIMIT)[:LIMIT])

    def filtered_by_numpy(n: int) -> list[int]:
        cosines = house.vectors[rows] @ asked[n]
        return list(rows[np.argpartition(-cosines, LIMIT)[:LIMIT]])

    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(house.vectors)
    few = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]  # its stubs lack it
    return [
        way("numpy", best, by_numpy, filtered_by_numpy),
        way(
            "FAISS",
            best,
            lambda n: list(flat.search(asked[n : n + 1], LIMIT)[1][0]),
            lambda n: list(flat.search(asked[n : n + 1], LIMIT, params=few)[1][0]),
        ),
    ]

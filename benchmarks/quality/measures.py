"""The figures: recall, rank, gain, separation, common share, repeats. All are 0 to 1, 1 is best.

With R relevant units of a query: recall@k = relevant among the first k / R; hit@k = 1 where any is; MRR = 1 /
place of the first relevant one within the first `DEPTH`, else 0; nDCG@10 with gain 1 for a relevant unit,
the ideal list having min(10, R) of them at its top.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

DEPTH: Final = 100
TOP: Final = 10


def recall(found: Sequence[int], relevant: Collection[int], k: int) -> float:
    return sum(unit in relevant for unit in found[:k]) / len(relevant)


def of_the_possible(found: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Return the recall where k places are all there is: relevant among the first k / min(k, R)."""
    return sum(unit in relevant for unit in found[:k]) / min(k, len(relevant))


def hit(found: Sequence[int], relevant: Collection[int], k: int) -> float:
    return float(any(unit in relevant for unit in found[:k]))


def reciprocal_rank(found: Sequence[int], relevant: Collection[int]) -> float:
    return next((1 / place for place, unit in enumerate(found, 1) if unit in relevant), 0.0)


def ndcg(found: Sequence[int], relevant: Collection[int], k: int) -> float:
    gained = math.fsum(1 / math.log2(place + 2) for place, unit in enumerate(found[:k]) if unit in relevant)
    return gained / math.fsum(1 / math.log2(place + 2) for place in range(min(k, len(relevant))))


_RETRIEVAL: Final[Mapping[str, Callable[[Sequence[int], Collection[int]], float]]] = {
    "recall_at_1": lambda found, relevant: recall(found, relevant, 1),
    "recall_at_10": lambda found, relevant: recall(found, relevant, TOP),
    "recall_of_possible_at_10": lambda found, relevant: of_the_possible(found, relevant, TOP),
    "hit_at_1": lambda found, relevant: hit(found, relevant, 1),
    "hit_at_10": lambda found, relevant: hit(found, relevant, TOP),
    "mrr": reciprocal_rank,
    "ndcg_at_10": lambda found, relevant: ndcg(found, relevant, TOP),
}


def retrieval(lists: Sequence[Sequence[int]], relevant: Sequence[Collection[int]]) -> dict[str, float | None]:
    """Return the means over the answerable queries; None where there is no such query."""
    answerable = [(found, some) for found, some in zip(lists, relevant, strict=True) if some]
    return {name: mean([figure(*one) for one in answerable]) for name, figure in _RETRIEVAL.items()}


def auc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Return how often an answerable query has the higher value, ties counting half; None without both."""
    if not answerable or not unanswerable:
        return None
    values = np.array([*answerable, *unanswerable], np.float64)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = float(ranks[: len(answerable)].sum()) - len(answerable) * (len(answerable) + 1) / 2
    return above / (len(answerable) * len(unanswerable))


def common(found: Sequence[int], pure: Sequence[int]) -> float:
    """Return the share of two top tens that is in both."""
    most = max(1, min(TOP, max(len(found), len(pure))))
    return len(set(found[:TOP]) & set(pure[:TOP])) / most


def repeats(likeness: NDArray[np.floating], above: float) -> int:
    """Return how many of a list's results look like a better one; ``likeness`` is between all of them."""
    return int((np.tril(likeness, -1) > above).any(axis=1).sum())


def mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None

"""How the positive terms of a query are balanced, so that equal weights give equal shares of the top.

Scaled parts of different kinds still differ: a clip's best ten lie close together and far above the rest,
those of words in a slope, and a term that is compared in two modalities reaches more than one. Whatever one
figure of each list they are scaled by, up to 0.17 was left between the two shares of the top ten on generated
sets. So it is tried out: each term gets a factor with which, at equal weights, the best ten segments hold as
many of either's own best ten. What is tried is the union of all terms' own best twenty.

The factors depend on the set of positive terms only, never on their weights or on filters. Their geometric
mean is 1, and they stay within `BOUND`: a term that matches nothing is not blown up to one that does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

TOP: Final = 10
UNION: Final = 20
BOUND: Final = math.sqrt(8)
"""Largest factor; its inverse is the least."""
_STEPS: Final = 16
"""Of the ratio of two factors that are tried, to the double of it."""
_ROUNDS: Final = 48
"""Of more than two."""
_PROJECTIONS: Final = 100
"""Each brings the mean nearer to 0 by as much of it as terms are below the bound."""
_ALIKE: Final = 1e-7
"""Scores this close are equal: the same shot twice counts twice, in whatever order it comes."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Segments to try factors on."""

    totals: Scores
    """(terms, segments): the sum of each term's parts."""
    alone: Scores
    """The same as the term ranks them by itself; -inf where it has no part."""
    presence: Scores
    """(segments): what a score of all terms at equal weights is multiplied by."""


def balanced(trial: Trial) -> list[float]:
    """Return the factor of each term; 1 of those of which nothing can be told."""
    told = [place for place, scores in enumerate(trial.alone) if _tells(scores)]
    factors = [1.0] * len(trial.alone)
    if len(told) < 2:
        return factors
    union = np.any([_best(scores, UNION) for scores in trial.alone[told]], axis=0)
    own = np.stack([_best(scores, TOP) for scores in trial.alone[told]])[:, union]
    totals = trial.totals[told][:, union] * trial.presence[union]
    found = _of_two(totals, own) if len(told) == 2 else _of_many(totals, own)
    for place, factor in zip(told, found, strict=True):
        factors[place] = factor
    return factors


def _tells(scores: Scores) -> bool:
    """Return whether a term matches anything, and not everything alike."""
    finite = scores[np.isfinite(scores)]
    return len(finite) > TOP and float(finite.max()) > _ALIKE and not _best(finite, TOP).all()


def _best(scores: Scores, count: int) -> NDArray[np.bool_]:
    """Return which are the best, those that are equal to the last of them too."""
    if len(scores) <= count:
        return np.isfinite(scores)
    return scores >= max(float(np.partition(scores, -count)[-count]) - _ALIKE, float(np.finfo(float).min))


def _of_two(totals: Scores, own: NDArray[np.bool_]) -> list[float]:
    """Return the middle of the ratios at which both terms have as many.

    The whole range is looked through: shares do not change steadily where segments of neither's own top
    come and go.
    """
    reach = round(2 * math.log2(BOUND) * _STEPS)
    ratios = 2.0 ** (np.arange(-reach, reach + 1) / _STEPS)
    scores = totals[0] + ratios[:, np.newaxis] * totals[1]
    if scores.shape[1] > TOP:
        last = np.partition(scores, -TOP, axis=1)[:, -TOP]
        top = scores >= last[:, np.newaxis] - _ALIKE
    else:
        top = np.ones(scores.shape, bool)
    lead = (top & own[0]).sum(axis=1) - (top & own[1]).sum(axis=1)
    first, second = np.flatnonzero(lead > 0), np.flatnonzero(lead < 0)
    low = ratios[first[-1]] if len(first) else ratios[0]
    high = ratios[second[0]] if len(second) else ratios[-1]
    ratio = math.sqrt(low * high)
    return [1 / math.sqrt(ratio), math.sqrt(ratio)]


def _of_many(totals: Scores, own: NDArray[np.bool_]) -> list[float]:
    """Return the mean of the last half of a series in which whoever has more than the others is lessened."""
    logs = np.zeros(len(totals))
    kept = np.zeros(len(totals))
    for turn in range(_ROUNDS):
        top = _best(np.exp(logs) @ totals, TOP)
        counts = (own & top).sum(axis=1)
        logs += (counts.mean() - counts) / TOP / (1 + turn / 4)
        logs = _bounded(logs)
        if 2 * turn >= _ROUNDS:
            kept += logs
    return [float(factor) for factor in np.exp(_bounded(kept / (_ROUNDS // 2)))]


def _bounded(logs: Scores) -> Scores:
    """Return the nearest logarithms of factors whose mean is 0 and of which none is beyond the bound."""
    for _ in range(_PROJECTIONS):
        logs = np.clip(logs - logs.mean(), -math.log(BOUND), math.log(BOUND))
    return logs

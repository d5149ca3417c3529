"""Where a share rises or falls further than its own history, and chance, explain.

Two things must both be true. Against its history: the arcsine of a window's share lies too many standard
errors above or below the level before it, where the error holds the sampling noise (segments of a video
agree with each other), the uncertainty of the level, and how much earlier buckets differ beyond noise.
Against chance: dealing the videos out anew over the buckets leads to a distance as great, anywhere in the
series, in at most 1 of 100 deals. The second needs no model of how unlike videos are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

WINDOWS: Final = (1, 2, 4)
"""Buckets with footage that are taken together: a lasting rise shows where no single bucket does."""
HISTORY: Final = 4
"""Fewest earlier buckets with footage that are a history."""
DEALS: Final = 999
_SEED: Final = 20
_LEVEL: Final = 0.01
"""Chance that a flat series is pointed at at all."""
LEAST: Final = 0.02
"""Changes of less than two points of share are not worth pointing at."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rise or fall that stands out."""

    direction: Literal["rise", "fall"]
    first: int
    """Index of the first bucket of it."""
    last: int
    """Index of the last bucket, included."""
    before: float
    """Share of all footage of the buckets before `first`."""
    share: float
    """Share of all footage of the buckets from `first` to `last`."""
    distance: float
    """How many standard errors the one lies from the other; negative for a fall."""
    chance: float
    """Share of the deals in which a distance as great turned up anywhere in the series."""


def changes(
    bucket_of: NDArray[np.int64],
    total: NDArray[np.float64],
    matched: NDArray[np.float64],
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    buckets: int,
    looks: int = 1,
) -> tuple[Change, ...]:
    """Return the changes of a series, in order, none overlapping another.

    One row a video: its bucket, minutes, minutes that match, segments, and n(1 + (n - 1)r). ``looks`` is
    the number of series that are looked at together.
    """
    present = np.unique(bucket_of)
    if len(present) <= HISTORY or not 0 < matched.sum() < total.sum():
        return ()
    dense = np.searchsorted(present, bucket_of)
    table = np.stack([total, matched, rows, noise])
    seen = _distances(_per_bucket(dense[None, :], table, len(present)))
    line = _line(len(present), looks)
    if not (np.abs(seen) > line).any():
        return ()
    greatest = _dealt(dense, table, len(present))
    found: list[Change] = []
    taken = np.zeros(len(present), bool)
    sums = _per_bucket(dense[None, :], table, len(present))[:, 0]
    for flat in np.argsort(-np.abs(seen[:, 0]), axis=None, kind="stable"):
        which, last = np.unravel_index(flat, seen[:, 0].shape)
        distance = float(seen[which, 0, last])
        chance = float((1 + (greatest >= abs(distance)).sum()) / (1 + len(greatest)))
        if abs(distance) <= line or chance > _LEVEL / looks + 1 / (1 + len(greatest)) * (looks > 1):
            break
        first = int(last) - WINDOWS[which] + 1
        share = float(sums[1, first : last + 1].sum() / sums[0, first : last + 1].sum())
        before = float(sums[1, :first].sum() / sums[0, :first].sum())
        if taken[first : last + 1].any() or abs(share - before) < LEAST:
            continue
        taken[first : last + 1] = True
        found.append(
            Change("rise" if distance > 0 else "fall", int(present[first]), int(present[last]), before, share,
                   distance, chance)
        )  # fmt: skip
    return tuple(sorted(found, key=lambda change: change.first))


def _line(buckets: int, looks: int) -> float:
    """Return the distance that chance exceeds in one of twenty series, as a normal distribution has it."""
    from statistics import NormalDist

    tests = len(WINDOWS) * max(1, buckets - HISTORY) * looks
    return NormalDist().inv_cdf(1 - 0.05 / 2 / tests)


def _per_bucket(dealt: NDArray[np.int64], table: NDArray[np.float64], buckets: int) -> NDArray[np.float64]:
    """Return (4, deals, buckets) sums over the videos of each bucket."""
    deals = len(dealt)
    flat = (dealt + buckets * np.arange(deals)[:, None]).ravel()
    return np.stack(
        [np.bincount(flat, np.tile(row, deals), deals * buckets).reshape(deals, buckets) for row in table]
    )


def _dealt(dense: NDArray[np.int64], table: NDArray[np.float64], buckets: int) -> NDArray[np.float64]:
    """Return the greatest distance of each deal of the videos over the buckets."""
    chance = np.random.default_rng(_SEED)
    # The order of the videos must not matter: they are dealt in an order of their own.
    order = np.lexsort((*table, dense))
    dense, table = dense[order], table[:, order]
    greatest: list[NDArray[np.float64]] = []
    at_once = max(1, min(100, 2_000_000 // max(1, len(dense))))
    for start in range(0, DEALS, at_once):
        deals = min(at_once, DEALS - start)
        dealt = chance.permuted(np.tile(dense, (deals, 1)), axis=1)
        greatest.append(np.abs(_distances(_per_bucket(dealt, table, buckets))).max(axis=(0, 2)))
    return np.concatenate(greatest)


def _distances(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (windows, deals, buckets): how far the window that ends with a bucket stands from before it.

    0 where there is too little history. y = 2 asin(sqrt(share)), whose noise is 1 / (independent segments)
    whatever the share; level = mean of earlier y, weighted by certainty; what earlier buckets differ by
    beyond noise (DerSimonian and Laird) widens the error as much as one bucket, however long the window.
    """
    total, matched, rows, noise = sums
    worth = rows**2 / noise
    y = _arcsine(matched / total, worth)
    run = [_before(part) for part in (worth, worth * y, worth * y * y, worth**2)]
    weight = np.maximum(run[0], 1e-12)
    excess = run[2] - run[1] ** 2 / weight - (np.arange(y.shape[1]) - 1)
    between = np.maximum(0.0, excess) / np.maximum(weight - run[3] / weight, 1e-12)
    result = np.zeros((len(WINDOWS), *y.shape))
    for number, window in enumerate(WINDOWS):
        if window + HISTORY > y.shape[1]:
            continue
        first = slice(HISTORY, y.shape[1] - window + 1)
        pooled = [_window(part, window)[:, HISTORY:] for part in sums]
        own = pooled[2] ** 2 / pooled[3]
        spread = between[:, first]
        many = np.arange(HISTORY, y.shape[1] - window + 1)
        error = np.sqrt(1 / own + 1 / weight[:, first] + spread * (1 + 1 / many))
        level = run[1][:, first] / weight[:, first]
        result[number][:, HISTORY + window - 1 :] = (_arcsine(pooled[1] / pooled[0], own) - level) / error
    return result


def _arcsine(share: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2 asin(sqrt(share)), drawn in from 0 and 1 as Anscombe does."""
    drawn = (np.clip(share, 0, 1) * worth + 0.375) / (worth + 0.75)
    return np.asarray(2 * np.arcsin(np.sqrt(drawn)), np.float64)


def _before(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(values, axis=1) - values


def _window(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    whole = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return np.asarray(whole[:, window:] - whole[:, :-window], np.float64)

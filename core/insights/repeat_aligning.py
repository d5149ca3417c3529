"""Where two videos show the same at the same pace: offsets at which not only the look but its changes agree.

A still camera looks alike at every offset, so a high cosine proves nothing there. What proves a repeat is
that the two change in the same way at the same moments: less each stretch's own mean, the aligned vectors
still point the same way. Brightening, cropping or a lower bitrate shift the mean and leave the changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_SEGMENTS: Final = 3
"""Fewer segments than this hold too little change to tell a repeat from a similar shot."""
_PEAKS: Final = 8
_REFINED: Final = 5
_STEP_S: Final = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The segments of one video, in order of time."""

    start_s: Floats
    end_s: Floats
    vectors: Floats


@dataclass(frozen=True, slots=True)
class Stretch:
    """``first`` [a0, a1) shows what ``second`` [b0, b1) shows; both last as long."""

    first: int
    second: int
    a0_s: float
    a1_s: float
    b0_s: float
    b1_s: float
    cosine: float
    """Mean cosine of the aligned segments."""
    agreement: float
    """Cosine of their changes: of all aligned vectors less the mean of their stretch, together."""
    segments: int

    @property
    def seconds(self) -> float:
        return self.a1_s - self.a0_s


def needed_agreement(segments: int, whole: bool) -> float:
    """Return the agreement that a stretch of so many segments must reach; chance does more with few.

    More is asked of a part of both videos than of one as a whole: parts meet at many more offsets.
    """
    return (0.55 if whole else 0.7) + 0.9 / max(segments, LEAST_SEGMENTS)


class _Products:
    """All that aligning needs of two videos: the products of their vectors, whatever the dimension."""

    def __init__(self, first: Strip, second: Strip) -> None:
        self.first, self.second = first, second
        self.across = first.vectors @ second.vectors.T
        self.within = first.vectors @ first.vectors.T
        self.second_within = second.vectors @ second.vectors.T
        self.lasts_s = second.end_s - second.start_s

    def shown(self, offset: float) -> tuple[Floats, Floats, Floats]:
        """Return weights (first, second) that mix what the first shows during each segment of the second, by
        the seconds that they share, to unit length; the seconds covered; and the cosine of the two."""
        overlap = np.minimum(self.first.end_s[:, None] + offset, self.second.end_s)
        overlap -= np.maximum(self.first.start_s[:, None] + offset, self.second.start_s)
        np.maximum(overlap, 0.0, out=overlap)
        covered = overlap.sum(axis=0)
        lengths = np.sqrt(np.maximum((overlap * (self.within @ overlap)).sum(axis=0), 0.0))
        overlap /= np.where(lengths > 0, lengths, 1.0)
        return overlap, covered, (overlap * self.across).sum(axis=0)

    def changes_agree(self, weights: Floats, cosines: Floats, part: NDArray[np.bool_]) -> float:
        """Return the cosine of the changes of both over a part of the second's segments."""
        many = int(part.sum())
        mixed = weights[:, part].sum(axis=1)
        both = float(cosines[part].sum()) - float(mixed @ self.across[:, part].sum(axis=1)) / many
        one = many - float(mixed @ self.within @ mixed) / many
        other = many - float(self.second_within[np.ix_(part, part)].sum()) / many
        return both / float(np.sqrt(one * other)) if min(one, other) > 1e-6 else 0.0

    def score(self, offset: float) -> float:
        """Return how much speaks for an offset: cosine and agreement, by the number of segments."""
        weights, covered, cosines = self.shown(offset)
        part = covered >= 0.5 * self.lasts_s
        if part.sum() < 2:
            return -1.0
        return float(cosines[part].sum()) + self.changes_agree(weights, cosines, part) * int(part.sum())


def align(first: Strip, second: Strip, line: float, numbers: tuple[int, int]) -> list[Stretch]:
    """Return the stretches that two videos share, none overlapping another in either, best first."""
    if min(len(first.start_s), len(second.start_s)) < LEAST_SEGMENTS:
        return []
    # A half of what is mixed into an aligned segment is nearly as like it as the mixture, so a pair without
    # three such segments on either side has no stretch, and is not worth trying offsets for.
    near = first.vectors @ second.vectors.T >= line - 0.5 * (1 - line)
    if min(int(near.any(axis=0).sum()), int(near.any(axis=1).sum())) < LEAST_SEGMENTS:
        return []
    products = _Products(first, second)
    found = [s for offset in _offsets(products) for s in _stretches(products, offset, line, numbers)]
    found.sort(key=lambda s: (-s.seconds * s.agreement, s.a0_s, s.b0_s))
    kept: list[Stretch] = []
    for stretch in found:
        if not any(
            min(stretch.a1_s, other.a1_s) > max(stretch.a0_s, other.a0_s)
            or min(stretch.b1_s, other.b1_s) > max(stretch.b0_s, other.b0_s)
            for other in kept
        ):
            kept.append(stretch)
    return kept


def _offsets(products: _Products) -> list[float]:
    """Return the offsets (second less first, seconds) that most speaks for, to a quarter of a second."""
    first, second, raw = products.first, products.second, products.across
    changed = raw - raw.mean(axis=0) - raw.mean(axis=1)[:, None] + raw.mean()
    lag = ((second.start_s + second.end_s)[None, :] - (first.start_s + first.end_s)[:, None]) / 2
    low = float(lag.min())
    bins = np.rint((lag - low) / 0.5).astype(np.int64).ravel()
    width = float(np.median(np.append(first.end_s - first.start_s, second.end_s - second.start_s)))
    reach = max(1, round(width / 0.5))
    kernel = 1 - np.abs(np.arange(-reach + 1, reach)) / reach
    peaks: dict[float, None] = {}
    for cells in (changed, np.maximum(raw - np.median(raw), 0) ** 2):
        left = np.convolve(np.bincount(bins, cells.ravel()), kernel)[reach - 1 :][: int(bins.max()) + 1]
        for _ in range(_PEAKS):
            peak = int(left.argmax())
            if left[peak] <= 0:
                break
            peaks[low + 0.5 * peak] = None
            left[max(0, peak - 3) : peak + 4] = 0
    best = sorted(peaks, key=lambda offset: -max(products.score(offset + d) for d in (-1.0, 0.0, 1.0)))
    refined = []
    for coarse in best[:_REFINED]:
        near = coarse + np.arange(-2.0, 2.01, _STEP_S)
        scores = [products.score(float(offset)) for offset in near]
        refined.append(round(float(near[int(np.argmax(scores))]), 3))
    return sorted(set(refined))


def _stretches(products: _Products, offset: float, line: float, numbers: tuple[int, int]) -> list[Stretch]:
    first, second = products.first, products.second
    weights, covered, cosines = products.shown(offset)
    usable = covered >= 0.5 * products.lasts_s
    good = usable & (cosines >= line)
    # One segment that falls a little short between two that do not is part of the stretch.
    bridged = usable & (cosines >= line - 0.25 * (1 - line))
    good[1:-1] |= bridged[1:-1] & good[:-2] & good[2:]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    lasts = [float(strip.end_s[-1] - strip.start_s[0]) for strip in (first, second)]
    found = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        part = slice(start, stop)
        b0 = max(float(second.start_s[start]), float(first.start_s[0]) + offset)
        b1 = min(float(second.end_s[stop - 1]), float(first.end_s[-1]) + offset)
        inside = (first.end_s + offset > b0 + 0.5) & (first.start_s + offset < b1 - 0.5)
        segments = min(stop - start, int(inside.sum()))
        if segments < LEAST_SEGMENTS:
            continue
        chosen = np.zeros(len(good), bool)
        chosen[part] = True
        agreement = products.changes_agree(weights, cosines, chosen)
        whole = b1 - b0 >= 0.9 * min(lasts)
        if agreement >= needed_agreement(segments, whole):
            mean = float(cosines[part].mean())
            found.append(Stretch(*numbers, b0 - offset, b1 - offset, b0, b1, mean, agreement, segments))
    return found

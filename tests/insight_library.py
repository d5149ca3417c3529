"""Points with structure that is known, to see whether the insights find it: groups, outliers, odd videos.

Like real embeddings the vectors share a background, so that every cosine is positive; groups differ in size
and in how tight they are, and come as scenes of some segments that are spread over videos. With
``anisotropic`` few directions carry most of what differs, in groups and in scatter alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.insights import Points

SIZES: Final = (2000, 1400, 1000, 700, 500, 350, 240, 160, 110, 70, 40, 20)
"""Twelve groups, as unequal as those of a library are."""
SEGMENT_S: Final = 6.0
BACKGROUND: Final = 1.0
APART: Final = 0.7
"""Length of what a group has of its own, beside a background of length 1."""
SPREADS: Final = (0.35, 0.75)
"""Least and greatest length of the scatter within a group."""


def points_of(
    vectors: NDArray[np.floating], video_of: Sequence[int] | NDArray[np.int_] | None = None, *, total: int = 0
) -> Points:
    """Return vectors as points, of unit length (zeros stay), six seconds each, in one video or as told."""
    rows = len(vectors)
    owners = np.zeros(rows, np.int32) if video_of is None else np.asarray(video_of, np.int32)
    order = np.argsort(owners, kind="stable")
    owners = owners[order]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(lengths > 0, lengths, 1.0))[order].astype(np.float32)
    place = np.arange(rows) - np.searchsorted(owners, owners)
    names = tuple(f"video-{number:04d}" for number in range(int(owners.max(initial=-1)) + 1))
    start_s = place * SEGMENT_S
    return Points(
        "planted_v1_512", "visual", names, owners, start_s, start_s + SEGMENT_S, unit, max(rows, total)
    )


def planted_groups(
    seed: int,
    sizes: Sequence[int] = SIZES,
    *,
    dimension: int = 512,
    anisotropic: bool = False,
    videos: int = 60,
) -> tuple[Points, NDArray[np.int64]]:
    """Return points and, row by row, the group that each was made for."""
    chance = np.random.default_rng(seed)
    spectrum = _spectrum(dimension, anisotropic)
    centres = APART * _unit(chance.standard_normal((len(sizes), dimension)) * spectrum)
    spreads = chance.permutation(np.linspace(*SPREADS, len(sizes)))
    truth = np.repeat(np.arange(len(sizes)), sizes)
    vectors = _background(chance, dimension) + centres[truth]
    vectors += spreads[truth, None] * _scatter(chance, len(truth), spectrum)
    return _laid_out(chance, vectors, truth, videos)


def planted_outliers(
    seed: int, rows: int = 5000, outliers: int = 20, *, dimension: int = 512, anisotropic: bool = False
) -> tuple[Points, NDArray[np.bool_]]:
    """Return points of twelve groups, of which some were replaced by what is like no group, and which."""
    shares = np.asarray(SIZES) / sum(SIZES)
    sizes = np.maximum(12, (shares * rows).astype(int))
    points, _ = planted_groups(
        seed, sizes.tolist(), dimension=dimension, anisotropic=anisotropic, videos=max(20, rows // 100)
    )
    chance = np.random.default_rng(seed + 10_000)
    planted = np.zeros(len(points), bool)
    planted[chance.choice(len(points), outliers, replace=False)] = True
    spectrum = _spectrum(dimension, anisotropic)
    # As far from the background as a group is, each in a direction of its own, with an ordinary scatter.
    own = APART * _unit(chance.standard_normal((outliers, dimension)) * spectrum)
    odd = _common(points) + own
    odd += 0.55 * _scatter(chance, outliers, spectrum)
    vectors = points.vectors.copy()
    vectors[planted] = _unit(odd)
    return points_of(vectors, points.video_of), planted


def with_a_video_apart(points: Points, seed: int, rows: int = 30) -> tuple[Points, int]:
    """Return the points and one more video, alike in itself and like nothing else, and its number."""
    chance = np.random.default_rng(seed + 20_000)
    dimension = points.vectors.shape[1]
    own = APART * _unit(chance.standard_normal((1, dimension)))
    odd = _common(points) + own + 0.4 * _scatter(chance, rows, np.ones(dimension))
    number = len(points.video_ids)
    owners = np.concatenate([points.video_of, np.full(rows, number)])
    return points_of(np.concatenate([points.vectors, _unit(odd)]), owners), number


def permuted(points: Points, order: NDArray[np.int64]) -> Points:
    """Return the same points in another order of their rows."""
    return Points(
        points.space_key,
        points.modality,
        points.video_ids,
        points.video_of[order],
        points.start_s[order],
        points.end_s[order],
        points.vectors[order],
        points.total,
    )


def _laid_out(
    chance: np.random.Generator, vectors: NDArray[np.float64], truth: NDArray[np.int64], videos: int
) -> tuple[Points, NDArray[np.int64]]:
    """Cut each group into scenes of 3 to 15 segments and put the scenes into videos by chance."""
    owners = np.empty(len(truth), np.int64)
    place = 0
    while place < len(truth):
        stop = place + int(chance.integers(3, 16))
        stop = min(stop, place + int(np.searchsorted(truth[place:], truth[place], "right")))
        owners[place:stop] = chance.integers(0, videos)
        place = stop
    order = np.argsort(owners, kind="stable")
    return points_of(vectors, owners), truth[order]


def _background(chance: np.random.Generator, dimension: int) -> NDArray[np.float64]:
    return BACKGROUND * _unit(chance.standard_normal((1, dimension)))


def _common(points: Points) -> NDArray[np.float64]:
    return BACKGROUND * _unit(points.vectors.mean(axis=0, dtype=np.float64)[None, :])


def _spectrum(dimension: int, anisotropic: bool) -> NDArray[np.float64]:
    return np.arange(1, dimension + 1) ** -0.5 if anisotropic else np.ones(dimension)


def _scatter(chance: np.random.Generator, rows: int, spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of an expected length of 1; about as far from the middle as they usually are."""
    return chance.standard_normal((rows, len(spectrum))) * spectrum / np.linalg.norm(spectrum)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(vectors, np.float64) / np.linalg.norm(vectors, axis=1, keepdims=True)

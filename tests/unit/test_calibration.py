"""Backgrounds: mean, scale and spread of a term over a collection, and the confidence made of them."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from core.model import Modality, Space, Vector
from core.search.calibration import (
    Background,
    Calibrator,
    best_count,
    distinct_best,
    spread_of,
)
from core.search.confidence import FEW, POSSIBLE, STRONG, chance_best, standing
from core.search.yardsticks import Yardstick, yardstick
from core.vectors.memory import MemoryIndex
from tests.search_bench import Library, axis, make_library, reference_background, row, unit

PLAIN = Yardstick(floor=0.02, noise=0.02)
VISUAL: Modality = "visual"


def filled(folder: Path, vectors: list[Vector]) -> Library:
    library = make_library(folder, len(vectors[0]) if vectors else 8)
    for place, vector in enumerate(vectors):
        library.add(f"{place:064x}", [row(vector, 0, 4)])
    return library


def measured(library: Library, vector: Vector) -> Background:
    index, space = library.index, library.engine.space
    (background,), _ = Calibrator(index).measure(space, VISUAL, index.statistics(space, VISUAL), [vector])
    return background


def random_vectors(count: int, seed: int = 0, dimension: int = 16) -> list[Vector]:
    rng = np.random.default_rng(seed)
    return [unit(rng.normal(size=dimension) + 0.5) for _ in range(count)]


@pytest.mark.parametrize(
    ("rows", "k"), [(1, 1), (3, 1), (10, 1), (11, 2), (99, 10), (100, 10), (100_000, 10)]
)
def test_best_count(rows: int, k: int) -> None:
    """k is a tenth of the rows, rounded up, and at most ten."""
    assert best_count(rows) == k


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 40, 300])
def test_background_equals_brute_force(tmp_path: Path, count: int) -> None:
    """Mean and scale are those of looking at every row."""
    vectors = random_vectors(count)
    library = filled(tmp_path, vectors)
    (query,) = random_vectors(1, seed=9)
    mean, scale = reference_background(query, [row(v, 0, 4) for v in vectors], 0.02)
    background = measured(library, query)
    assert background.count == count
    assert background.mean == pytest.approx(mean, abs=1e-6)
    assert background.scale(0.02) == pytest.approx(scale, abs=1e-6)


@pytest.mark.parametrize("copies", [1, 30, 200, 1_000])
def test_near_duplicates_count_once(tmp_path: Path, copies: int) -> None:
    """A shot that is there a thousand times does not make up the best ten alone."""
    others = random_vectors(200)
    (query,) = random_vectors(1, seed=9)
    rng = np.random.default_rng(1)
    shot = unit(query + 0.1 * rng.normal(size=16))
    repeated = [unit(shot + 0.001 * rng.normal(size=16)) for _ in range(copies)]
    background = measured(filled(tmp_path, others + repeated), query)
    cosines = sorted((float(query @ v) for v in others), reverse=True)
    expected = float(np.mean([float(query @ shot), *cosines[:9]])) - background.mean
    assert background.lift == pytest.approx(expected, abs=2e-3)


def test_distinct_best_keeps_the_best_of_each_kind() -> None:
    """Of rows that show the same only the best counts, wherever the others stand in the list."""
    same, other = axis(0), axis(1)
    near = unit(same + 0.05 * axis(2))
    assert distinct_best([0.9, 0.8, 0.7, 0.6], [same, other, near, axis(3)], 3) == [0.9, 0.8, 0.6]
    assert distinct_best([0.9, 0.8], [same, same], 5) == [0.9]
    assert distinct_best([], [], 3) == []


def test_identical_rows_have_a_floored_scale(tmp_path: Path) -> None:
    """Where all rows are equal nothing stands out: the scale is the floor, and parts are 0."""
    background = measured(filled(tmp_path, [axis(0)] * 25), axis(0, rest=0.2))
    assert background.lift == pytest.approx(0, abs=1e-6)
    assert background.scale(0.02) == 0.02


def test_measuring_is_batched_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All new vectors go into one search; known ones are not searched again until the index changes."""
    library = filled(tmp_path, random_vectors(50))
    index, space = library.index, library.engine.space
    searched: list[int] = []
    real = MemoryIndex.search

    def spy(
        self: MemoryIndex, space: Space, modality: Modality, vectors: np.ndarray, **more: object
    ) -> object:
        searched.append(len(vectors))
        return real(self, space, modality, vectors, **more)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(MemoryIndex, "search", spy)
    calibrator = Calibrator(index)
    queries = random_vectors(4, seed=3)
    statistics = index.statistics(space, VISUAL)
    first, lists = calibrator.measure(space, VISUAL, statistics, [*queries[:3], queries[0]])
    assert searched == [3]
    assert all(some is not None for some in lists)
    again, lists = calibrator.measure(space, VISUAL, statistics, queries)
    assert searched == [3, 1]
    assert again[:3] == first[:3]
    assert [some is None for some in lists] == [True, True, True, False]
    library.add("f" * 64, [row(axis(0, 16), 0, 4)])
    calibrator.measure(space, VISUAL, index.statistics(space, VISUAL), queries)
    assert searched == [3, 1, 4]


@pytest.mark.parametrize("count", [40, 400, 4_000])
def test_spread_is_that_of_the_background(count: int) -> None:
    """The spread is told from the best rows alone, and a handful of matches does not widen it."""
    quantiles = [NormalDist(0.15, 0.04).inv_cdf((i + 0.5) / count) for i in range(count)]
    cosines = sorted([*quantiles, 0.5, 0.48, 0.45], reverse=True)
    mean = float(np.mean(cosines))
    assert spread_of(cosines[:128], count + 3, mean) == pytest.approx(0.04, rel=0.25)


def test_spread_of_one_row_is_unknown() -> None:
    """One row has no spread."""
    assert spread_of([0.4], 1, 0.4) == 0.0


def test_every_kind_has_a_floor() -> None:
    """Whatever the engine, kind and modality, there is a positive floor."""
    space = Space("unheard of", "one", 8)
    for kind in ("text", "clip", "image", "like"):
        for modality in ("visual", "audio", "transcription", "fused"):
            assert yardstick(space, kind, modality).floor > 0  # type: ignore[arg-type]  # literals in a loop


# -- confidence --


def background(count: int, mean: float = 0.15, spread: float = 0.04) -> Background:
    return Background(
        count, mean, lift=0.1, crowd=0.1, spread=spread, best=0.4, others=0.3, low_spread=spread
    )


def test_chance_best_is_the_expected_maximum() -> None:
    """The best of n draws is what simulation says."""
    rng = np.random.default_rng(0)
    for rows in (2, 10, 1_000):
        simulated = rng.normal(size=(4_000, rows)).max(axis=1).mean()
        assert chance_best(rows) == pytest.approx(simulated, abs=0.05)
    assert chance_best(1) == 0.0


@pytest.mark.parametrize("count", [20, 1_000, 100_000])
def test_the_best_of_chance_is_no_match(count: int) -> None:
    """A row that is only the best of so many unrelated ones is below possible; far above it is strong."""
    chance = 0.15 + 0.04 * chance_best(count)
    assert standing(chance, background(count), PLAIN) < POSSIBLE
    assert standing(chance + 0.04 * 0.6, background(count), PLAIN) >= POSSIBLE
    assert standing(chance + 0.04 * 1.6, background(count), PLAIN) >= STRONG


def test_noise_below_the_floor_is_no_match() -> None:
    """Cosines that all lie within the engine's noise never stand out, however small their spread."""
    flat = background(100, mean=0.0, spread=0.0005)
    assert standing(0.01, flat, PLAIN) < POSSIBLE
    assert standing(0.15, flat, PLAIN) >= STRONG


def test_a_cosine_that_only_matches_get_decides_alone() -> None:
    """Where half of the footage matches, nothing stands out, but the cosine itself says so."""
    common = background(100, mean=0.5, spread=0.4)
    known = Yardstick(floor=0.02, noise=0.02, unrelated=0.0, certain=0.8)
    assert standing(0.85, common, PLAIN) < POSSIBLE
    assert standing(0.85, common, known) >= STRONG
    assert standing(0.05, common, known) < POSSIBLE


def test_few_rows_are_let_through_unless_more_is_known() -> None:
    """Too few rows to judge by are shown; an engine whose cosines are known is judged by them."""
    few = background(FEW - 1, mean=0.2, spread=0.0)
    known = Yardstick(floor=0.02, noise=0.02, unrelated=0.0, certain=0.8)
    assert standing(0.2, few, PLAIN) == POSSIBLE
    assert standing(0.2, few, known) < POSSIBLE
    assert standing(0.2, background(FEW, mean=0.2, spread=0.0), PLAIN) < POSSIBLE


def test_standing_is_finite_and_rises_with_the_cosine() -> None:
    """More similar is never less sure."""
    for count in (1, 2, 3, 10, 11, 1_000):
        values = [standing(c, background(count), PLAIN) for c in np.linspace(-1, 1, 41)]
        assert all(map(math.isfinite, values))
        assert values == sorted(values)

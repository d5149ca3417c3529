"""The map: what is alike lies together, the same at every run, for few rows and for many."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from core.insights.neighbours import nearest
from core.insights.projecting import first_picture, project
from core.insights.reducing import principal_axes, reduce_to
from core.insights.sampling import sample_of
from core.model.insights import Points
from tests.insight_library import permuted, planted_groups, points_of


@pytest.fixture(scope="module")
def grouped() -> tuple[Points, NDArray[np.int64]]:
    """Five groups in 600 rows."""
    return planted_groups(1, (250, 150, 100, 60, 40))


def agreement(places: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """Return the share of rows whose nearest five on the map are of their own group."""
    _, found = nearest(places, places, 6)
    return float((truth[found[:, 1:]] == truth[:, None]).mean())


def test_what_is_alike_lies_together(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """On the map nearly all neighbours of a row are of its own group."""
    points, truth = grouped
    found = project(points)
    assert found.places.dtype == np.float32
    assert found.mapped.all()
    assert agreement(found.places, truth) > 0.98


def test_many_rows_are_put_between_those_that_are_mapped(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """Beyond the limit a sample is mapped, which is said; the others lie in the place of their own group."""
    points, truth = grouped
    found = project(points, most=200)
    assert np.array_equal(np.flatnonzero(found.mapped), sample_of(points, 200))
    assert agreement(found.places, truth) > 0.95


def test_the_map_is_the_same_again_and_in_any_order(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """A second run gives the same places to the bit; shuffled rows have those of their rows."""
    points, _ = grouped
    order = np.random.default_rng(2).permutation(len(points))
    first = project(points, most=300)
    assert np.array_equal(first.places, project(points, most=300).places)
    shuffled = project(permuted(points, order), most=300)
    assert np.array_equal(shuffled.places, first.places[order])
    assert np.array_equal(shuffled.mapped, first.mapped[order])


def test_a_small_change_does_not_turn_the_map(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """Without one row in a hundred half of the others move by less than a fifth of the map's width."""
    points, _ = grouped
    kept = np.flatnonzero(np.arange(len(points)) % 100 != 50)
    before, after = project(points).places, project(permuted(points, kept)).places
    moved = np.linalg.norm(after - before[kept], axis=1)
    assert np.median(moved) < 0.2 * np.sqrt(before.var(axis=0).sum())


def test_the_first_picture_is_the_two_widest_directions(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """No two directions hold more variance; the wider of the two has a standard deviation of 1."""
    points, _ = grouped
    picture = first_picture(points)
    centred = points.vectors - points.vectors.mean(axis=0)
    values = np.linalg.svd(centred.astype(float), compute_uv=False)
    assert picture.std(axis=0).max() == pytest.approx(1, abs=1e-4)
    spread = picture.std(axis=0) * values[0] / np.sqrt(len(points))
    assert spread == pytest.approx(values[:2] / np.sqrt(len(points)), rel=1e-3)


def test_axes_point_one_way(grouped: tuple[Points, NDArray[np.int64]]) -> None:
    """The largest part of every axis is positive, axes are of unit length and stand upright on each other."""
    axes = principal_axes(grouped[0].vectors, 10)
    largest = np.abs(axes.directions).argmax(axis=0)
    assert (axes.directions[largest, np.arange(10)] > 0).all()
    assert axes.directions.T @ axes.directions == pytest.approx(np.eye(10), abs=1e-5)
    assert (np.diff(axes.variances) <= 0).all()
    assert reduce_to(grouped[0].vectors, 10).var(axis=0) == pytest.approx(axes.variances, rel=1e-3)


@pytest.mark.parametrize("dimension", [1, 2, 16])
@pytest.mark.parametrize("rows", [0, 1, 2, 7, 10])
def test_few_rows_are_no_reason_to_fail(rows: int, dimension: int) -> None:
    """Any small number of rows has finite places."""
    points = points_of(np.random.default_rng(rows).standard_normal((rows, dimension)))
    for places in (first_picture(points), project(points).places):
        assert places.shape == (rows, 2)
        assert np.isfinite(places).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rows_that_are_all_the_same_lie_in_one_place(value: float) -> None:
    """Identical vectors, and vectors without a direction, lie at (0, 0)."""
    points = points_of(np.full((40, 16), value))
    assert not first_picture(points).any()
    assert not project(points).places.any()


def test_rows_that_are_there_many_times_are_mapped() -> None:
    """Two vectors, twenty times each, have finite places, in two heaps."""
    points = points_of(np.repeat(np.eye(2, 16), 20, axis=0))
    places = project(points).places
    assert np.isfinite(places).all()
    assert np.linalg.norm(places[:20].mean(axis=0) - places[20:].mean(axis=0)) > 0

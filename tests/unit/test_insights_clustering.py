"""Groups: those that were planted are found, every figure can be made again, odd input is taken as it is."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from core.insights.clustering import NO_GROUP, Clustering, cluster
from core.insights.density import least_group
from core.insights.lloyd import k_means, nearest_mean
from core.insights.mixing import mixture_of
from core.insights.reducing import reduce_to
from core.model.insights import Points
from tests.insight_library import SIZES, permuted, planted_groups, planted_outliers, points_of


@pytest.mark.parametrize("anisotropic", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("k", [12, None])
def test_planted_groups_are_found(seed: int, anisotropic: bool, k: int | None) -> None:
    """Twelve groups of 20 to 2000 rows come back with an adjusted Rand index of at least 0.9."""
    points, truth = planted_groups(seed, anisotropic=anisotropic)
    assert adjusted_rand_score(truth, cluster(points, k=k).labels) >= 0.9


def test_planted_points_are_like_real_ones() -> None:
    """The generated library has the sizes it names, and all cosines are positive, as real embeddings' are."""
    points, truth = planted_groups(3)
    assert tuple(np.bincount(truth)) == SIZES
    some = points.vectors[::10]
    assert (some @ some.T).min() > 0


def test_a_large_library_is_grouped_by_a_sample_and_says_so() -> None:
    """Beyond the limit a sample is compared; the others join, and the groups are still those planted."""
    points, truth = planted_groups(4, tuple(2 * size for size in SIZES))
    found = cluster(points)
    assert found.compared == 8000 < len(points)
    assert adjusted_rand_score(truth, found.labels) >= 0.9


def test_what_fits_nowhere_is_in_no_group() -> None:
    """Planted outliers are without a group ten times as often as other rows; with k every row has one."""
    points, planted = planted_outliers(0, 3000)
    open_groups = cluster(points)
    alone = open_groups.labels == NO_GROUP
    assert alone[planted].mean() > max(0.2, 10 * alone[~planted].mean())
    assert open_groups.without_group == (open_groups.labels == NO_GROUP).sum() < 0.05 * len(points)
    assert cluster(points, k=12).without_group == 0


@pytest.mark.parametrize("k", [6, None])
def test_the_order_of_rows_does_not_matter(k: int | None) -> None:
    """Shuffled rows get the same groups, the same middle rows, the same figures."""
    points, _ = planted_groups(5, (200, 120, 60, 40, 30, 20))
    order = np.random.default_rng(1).permutation(len(points))
    straight, shuffled = cluster(points, k=k), cluster(permuted(points, order), k=k)
    assert np.array_equal(shuffled.labels, straight.labels[order])
    for one, other in zip(straight.clusters, shuffled.clusters, strict=True):
        assert one.medoids == tuple(int(order[row]) for row in other.medoids)
        assert one.spread == pytest.approx(other.spread, abs=1e-6)
        assert (one.videos, one.categories, one.minutes) == (other.videos, other.categories, other.minutes)


def test_every_figure_of_a_group_can_be_made_again() -> None:
    """Size, minutes, spread, shares and entropy follow from labels and points alone."""
    points, _ = planted_groups(6, (150, 90, 40), videos=7)
    categories = {name: ("road" if number % 2 else None) for number, name in enumerate(points.video_ids)}
    found = cluster(points, k=3, categories=categories)
    assert sum(found.sizes) == len(points)
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    for group in found.clusters:
        rows = [row for row in range(len(points)) if found.labels[row] == group.id]
        assert group.size == len(rows)
        assert list(found.rows_of(group.id)) == rows
        assert group.minutes == pytest.approx(len(rows) * 6 / 60)
        mean = np.sum([points.vectors[row].astype(float) for row in rows], axis=0)
        mean /= math.sqrt(float(mean @ mean))
        cosines = {row: float(points.vectors[row] @ mean) for row in rows}
        assert group.spread == pytest.approx(1 - sum(cosines.values()) / len(rows), abs=1e-5)
        owners = Counter(points.segment(row)[0] for row in rows)
        assert group.videos.names == len(owners)
        assert dict(group.videos.top) == {
            name: pytest.approx(owners[name] / len(rows)) for name, _ in group.videos.top
        }
        shares = [count / len(rows) for count in owners.values()]
        entropy = -sum(share * math.log(share) for share in shares)
        assert group.videos.mixed == pytest.approx(entropy / math.log(min(len(rows), len(points.video_ids))))
        assert {name for name, _ in group.categories.top} <= {"road", ""}
        assert cosines[group.medoids[0]] == pytest.approx(max(cosines.values()), abs=1e-5)
        # Different videos come first: seven videos fill seven of the eight places.
        assert len({points.video_of[row] for row in group.medoids}) == min(len(owners), 8)


def test_with_k_every_row_is_with_its_nearest_mean() -> None:
    """k-means ends where no row is nearer to the mean of another group."""
    points, _ = planted_groups(7, (300, 200, 50, 20))
    rows = reduce_to(points.vectors)
    labels = k_means(rows, np.arange(len(rows)), 4, seed=0)
    means = np.stack([rows[labels == group].mean(axis=0) for group in range(4)])
    assert np.array_equal(nearest_mean(rows, means), labels)


def test_mixture_goes_from_one_name_to_all_evenly() -> None:
    """One name is 0, all names evenly 1; fewer rows than names can still be mixed to the full."""
    assert mixture_of(["a"] * 9, 5).mixed == 0.0
    assert mixture_of(["a", "b", "c"] * 3, 3).mixed == pytest.approx(1.0)
    assert mixture_of(["a", "b"], 100).mixed == pytest.approx(1.0)
    assert mixture_of([], 3) == mixture_of([], 0)


@pytest.mark.parametrize("k", [1, 3, None])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 10])
def test_few_rows_are_no_reason_to_fail(rows: int, k: int | None) -> None:
    """Every small number of rows gives labels for all of them, and groups that are not empty."""
    chance = np.random.default_rng(rows)
    _assert_sound(cluster(points_of(chance.standard_normal((rows, 16))), k=k), rows)


@pytest.mark.parametrize("k", [1, 4, None])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rows_that_are_all_the_same_are_one_group(value: float, k: int | None) -> None:
    """Identical vectors, and vectors without a direction, are one group without spread."""
    found = cluster(points_of(np.full((40, 16), value)), k=k)
    assert found.sizes == (40,)
    if value:
        assert found.clusters[0].spread == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("k", [3, None])
def test_rows_that_are_there_twice_stay_together(k: int | None) -> None:
    """A row and its copy in another video are in the same group."""
    points, _ = planted_groups(8, (120, 60, 30), videos=5)
    twice = points_of(
        np.concatenate([points.vectors, points.vectors]),
        np.concatenate([points.video_of, points.video_of + len(points.video_ids)]),
    )
    labels = cluster(twice, k=k).labels
    assert np.array_equal(labels[: len(points)], labels[len(points) :])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 8), st.one_of(st.none(), st.integers(1, 12)))
def test_whatever_comes_labels_and_groups_agree(
    rows: int, videos: int, dimension: int, k: int | None
) -> None:
    """Random points with repeated rows: sizes, labels and groups always tell the same."""
    chance = np.random.default_rng(rows * 100 + dimension)
    vectors = chance.standard_normal((max(rows // 2, 1), dimension))[
        chance.integers(0, max(rows // 2, 1), rows)
    ]
    found = cluster(points_of(vectors.reshape(rows, dimension), chance.integers(0, videos, rows)), k=k)
    _assert_sound(found, rows)
    if k is not None and rows:
        assert 1 <= len(found.clusters) <= k
        assert found.without_group == 0


def test_the_work_can_be_stopped() -> None:
    """What `report` raises comes out; what it hears rises to 1."""
    points, _ = planted_groups(9, (100, 60))
    heard: list[float] = []
    cluster(points, report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        cluster(points, report=stop)


def test_a_group_needs_at_least_five_rows() -> None:
    """The least group grows with the library: 5 rows of few, 18 of the most that are compared."""
    assert [least_group(rows) for rows in (1, 500, 2500, 8000)] == [5, 5, 10, 18]


def _assert_sound(found: Clustering, rows: int) -> None:
    assert found.labels.shape == (rows,)
    assert all(size > 0 for size in found.sizes)
    assert [int((found.labels == group.id).sum()) for group in found.clusters] == list(found.sizes)
    assert sum(found.sizes) + found.without_group == rows
    for group in found.clusters:
        assert set(group.medoids) <= set(found.rows_of(group.id).tolist())
        assert 0 <= group.videos.mixed <= 1
        assert math.isfinite(group.spread)


def test_points_say_whether_they_are_a_sample() -> None:
    """Points know that there were more of them."""
    points: Points = points_of(np.ones((3, 4)), total=9)
    assert points.sampled
    assert not points_of(np.ones((3, 4))).sampled

"""Outliers: those that were planted come first, and what is only small, still or doubled is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from core.insights.likeness import most_like
from core.insights.outlying import OutlierKind, library_scores, outliers, video_scores
from tests.insight_library import permuted, planted_groups, planted_outliers, points_of, with_a_video_apart

KINDS: tuple[OutlierKind, ...] = ("library", "video")


@pytest.mark.parametrize("anisotropic", [False, True])
@pytest.mark.parametrize(("rows", "seed"), [(2000, 0), (2000, 1), (5000, 2), (20_000, 3)])
def test_planted_outliers_come_first(rows: int, seed: int, anisotropic: bool) -> None:
    """Twenty outliers in libraries of 2,000 to 20,000 rows: average precision at least 0.8."""
    points, planted = planted_outliers(seed, rows, anisotropic=anisotropic)
    assert average_precision_score(planted, library_scores(points)) >= 0.8


@pytest.mark.parametrize("anisotropic", [False, True])
def test_a_scene_like_no_other_is_no_outlier(anisotropic: bool) -> None:
    """A video of 30 similar segments that nothing else resembles is not among the first twenty."""
    points, number = with_a_video_apart(planted_outliers(1, 3000, anisotropic=anisotropic)[0], 1)
    found = outliers(points, most=20)
    assert len(found) == 20
    assert not any(points.video_of[each.row] == number for each in found)


def test_a_still_shot_spoils_nothing() -> None:
    """Beside a still shot of 200 segments, some of which flicker, the planted ones still come first."""
    points, planted = planted_outliers(2, 2000)
    chance = np.random.default_rng(2)
    still = points.vectors[7] + 0.0009 * chance.standard_normal((200, 512))
    still[:10] += 0.0036 * chance.standard_normal((10, 512))
    owners = np.concatenate([points.video_of, np.full(200, len(points.video_ids))])
    both = points_of(np.concatenate([points.vectors, still]), owners)
    truth = np.concatenate([planted, np.zeros(200, bool)])
    assert average_precision_score(truth, library_scores(both)) >= 0.8


def test_a_segment_unlike_its_video_is_found() -> None:
    """One segment of each of ten one-scene videos comes from another scene: those ten come first."""
    points, truth = planted_groups(3, (60,) * 10, videos=40)
    by_scene = points_of(points.vectors[np.argsort(truth, kind="stable")], np.sort(truth))
    vectors = by_scene.vectors.copy()
    strange = np.arange(10) * 60 + 17
    vectors[strange] = by_scene.vectors[(strange + 60) % 600 + 5]
    mixed = points_of(vectors, by_scene.video_of)
    found = outliers(mixed, kind="video", most=10)
    assert {each.row for each in found} == set(strange.tolist())
    for each in found:
        assert mixed.video_of[each.neighbour_row] == mixed.video_of[each.row]
        assert each.neighbour_row not in strange


def test_the_reason_is_the_nearest_usual_row() -> None:
    """The neighbour is the most like it among the nine tenths with the lowest scores, and is not itself."""
    points, _ = planted_outliers(4, 2000)
    scores = library_scores(points)
    for each in outliers(points, most=10):
        others = np.delete(np.arange(len(points)), each.row)
        usual = others[scores[others] <= np.quantile(scores[others], 0.9)]
        cosines = points.vectors[usual] @ points.vectors[each.row]
        assert each.neighbour_row == usual[cosines.argmax()]
        assert each.cosine == pytest.approx(cosines.max(), abs=1e-6)
        assert each.score == pytest.approx(scores[each.row])


def test_the_factor_is_the_one_that_is_described() -> None:
    """Scores follow from the sentence in the docstring, row by row, in plain Python."""
    points, _ = planted_groups(5, (40, 20, 12))
    near = []
    for row in range(len(points)):
        apart = np.linalg.norm(points.vectors.astype(float) - points.vectors[row].astype(float), axis=1)
        near.append(sorted((float(apart[other]), other) for other in range(len(points)) if other != row)[:10])
    tenth = [each[-1][0] for each in near]
    floor = float(np.median(tenth))
    density = [1 / np.mean([max(far, tenth[other], floor) for far, other in each]) for each in near]
    expected = [
        np.mean([density[other] for _, other in near[row]]) / density[row] for row in range(len(points))
    ]
    assert library_scores(points) == pytest.approx(np.asarray(expected), rel=1e-3)


def test_cells_find_neighbours_as_near() -> None:
    """Where rows are compared by cells, the tenth neighbour is at most 3 % farther than the true one."""
    points, _ = planted_outliers(6, 4000)
    exact, _ = most_like(points.vectors, 10)
    distances, found = most_like(points.vectors, 10, most=1000)
    assert (distances >= exact - 1e-4).all()
    assert (distances[:, -1] / exact[:, -1]).mean() < 1.03
    assert (np.diff(distances, axis=1) >= 0).all()
    assert not (found == np.arange(len(points))[:, None]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_rows_does_not_matter(kind: OutlierKind) -> None:
    """Shuffled rows give the same outliers in the same order."""
    points, _ = planted_outliers(7, 1000)
    order = np.random.default_rng(1).permutation(len(points))
    straight = outliers(points, kind=kind, most=15)
    shuffled = outliers(permuted(points, order), kind=kind, most=15)
    assert [each.row for each in straight] == [order[each.row] for each in shuffled]
    assert [each.neighbour_row for each in straight] == [order[each.neighbour_row] for each in shuffled]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [0, 1, 2, 4, 5, 10])
def test_few_rows_are_no_reason_to_fail(rows: int, kind: OutlierKind) -> None:
    """Fewer than five rows show nothing unusual; more never fail."""
    points = points_of(np.random.default_rng(rows).standard_normal((rows, 16)))
    found = outliers(points, kind=kind)
    assert len(found) <= rows
    if rows < 5:
        assert found == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rows_that_are_all_the_same_have_no_outlier(value: float, kind: OutlierKind) -> None:
    """Identical vectors, and vectors without a direction, stand out from nothing."""
    assert outliers(points_of(np.full((40, 16), value)), kind=kind) == ()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(1, 5), st.sampled_from(KINDS))
def test_whatever_comes_outliers_are_rows_with_reasons(rows: int, videos: int, kind: OutlierKind) -> None:
    """Random points with repeated rows: finite scores that fall, other rows as neighbours."""
    chance = np.random.default_rng(rows)
    vectors = chance.standard_normal((max(rows // 2, 1), 6))[chance.integers(0, max(rows // 2, 1), rows)]
    found = outliers(points_of(vectors, chance.integers(0, videos, rows)), kind=kind)
    scores = [each.score for each in found]
    assert np.isfinite(scores).all()
    assert np.all(np.diff(scores) <= 1e-6)
    assert all(each.row != each.neighbour_row and 0 <= each.neighbour_row < rows for each in found)


def test_a_short_video_is_not_judged_by_itself() -> None:
    """A video of four segments has no score of its own; one of five has."""
    chance = np.random.default_rng(0)
    scores = video_scores(points_of(chance.standard_normal((9, 8)), [0] * 4 + [1] * 5))
    assert np.isnan(scores[:4]).all()
    assert np.isfinite(scores[4:]).all()

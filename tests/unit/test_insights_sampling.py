"""Samples: the same share of every video, the same rows whenever the library is the same."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from core.insights.sampling import canonical_order, sample_of, sample_rows
from tests.insight_library import permuted, points_of

COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def share_of(counts: list[int], chosen: int) -> float:
    """Return the share of each video's rows, but one at least, that makes so many together."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(1.0, middle * c) for c in counts) < chosen else (low, middle)
    return high


@example([1, 1, 1, 10], 13, 0)
@given(COUNTS, st.integers(0, 300), st.integers(0, 5))
def test_every_video_has_the_same_share(counts: list[int], most: int, seed: int) -> None:
    """As many rows as asked for; each video has one while there is room, then a share like the others'."""
    points = points_of(np.ones((sum(counts), 2)), np.repeat(np.arange(len(counts)), counts))
    chosen = sample_of(points, most, seed)
    assert len(chosen) == min(most, len(points))
    assert (np.diff(chosen) > 0).all()
    held = np.bincount(points.video_of[chosen], minlength=len(counts))
    if most >= len(counts):
        assert held.min() >= 1
        share = share_of(counts, len(chosen))
        # Even, up to chance in the last places.
        assert all(abs(mine - max(1.0, share * count)) <= 2 for mine, count in zip(held, counts, strict=True))
    else:
        assert held.max(initial=0) <= 1


@given(COUNTS, st.integers(1, 100), st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(counts: list[int], most: int, seed: int) -> None:
    """Shuffled rows give the same segments."""
    points = points_of(np.ones((sum(counts), 2)), np.repeat(np.arange(len(counts)), counts))
    order = np.random.default_rng(seed).permutation(len(points))
    shuffled = permuted(points, order)
    assert sorted(order[sample_of(shuffled, most)]) == sample_of(points, most).tolist()
    assert np.array_equal(order[canonical_order(shuffled)], canonical_order(points))


def test_another_video_leaves_the_choice_within_a_video() -> None:
    """A video that comes changes how many rows of another are chosen, not which come first."""
    alone = sample_rows(["a"], np.zeros(50, np.int32), np.arange(50.0), 10, 0)
    both = sample_rows(
        ["z", "a"], np.repeat(np.asarray([0, 1], np.int32), 50), np.tile(np.arange(50.0), 2), 12, 0
    )
    assert set(both[both >= 50] - 50) <= set(alone.tolist())


def test_another_seed_is_another_sample() -> None:
    """Two seeds choose differently."""
    points = points_of(np.ones((500, 2)))
    assert not np.array_equal(sample_of(points, 50, 1), sample_of(points, 50, 2))

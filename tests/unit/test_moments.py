"""Merging neighbouring hits into moments."""

from __future__ import annotations

from core.model import Hit, Segment
from core.search.moments import MergeRule, merge

RULE = MergeRule(gap_s=1.0, fraction=0.6, longest_s=30.0)


def hit(start_s: float, end_s: float, score: float, video_id: str = "a") -> Hit:
    return Hit(video_id, Segment(start_s, end_s), "visual", score)


def spans(hits: list[Hit], rule: MergeRule = RULE) -> list[tuple[float, float]]:
    """Return the stretch of each moment, best first."""
    return [
        (min(one.segment.start_s for one in group), max(one.segment.end_s for one in group))
        for group in merge(hits, rule)
    ]


def test_neighbours_merge() -> None:
    """Hits that touch, overlap, or leave a small gap make one moment; its best hit is first."""
    hits = [hit(0, 4, 0.8), hit(4, 8, 1.0), hit(7, 11, 0.9), hit(12, 16, 0.7)]
    (group,) = merge(hits, RULE)
    assert [one.score for one in group] == [1.0, 0.9, 0.8, 0.7]
    assert spans(hits) == [(0, 16)]


def test_a_larger_gap_parts() -> None:
    """Hits further apart than the gap stay two moments."""
    assert spans([hit(0, 4, 1.0), hit(5.5, 9, 0.9)]) == [(0, 4), (5.5, 9)]
    assert spans([hit(0, 4, 1.0), hit(5.5, 9, 0.9)], MergeRule(gap_s=2.0)) == [(0, 9)]


def test_videos_never_merge() -> None:
    """The same stretch of two videos is two moments."""
    assert len(merge([hit(0, 4, 1.0, "a"), hit(4, 8, 1.0, "b")], RULE)) == 2


def test_a_weak_neighbour_stays_outside() -> None:
    """A neighbour below the stated fraction of the best hit is a moment of its own."""
    assert spans([hit(0, 4, 1.0), hit(4, 8, 0.59)]) == [(0, 4), (4, 8)]
    assert spans([hit(0, 4, 1.0), hit(4, 8, 0.61)]) == [(0, 8)]


def test_decline_is_measured_from_the_best() -> None:
    """Scores that fall little by little do not drag a moment along: each is compared with the best."""
    falling = [hit(4 * i, 4 * i + 4, 0.8**i) for i in range(6)]
    rising = [hit(4 * i, 4 * i + 4, 0.8 ** (5 - i)) for i in range(6)]
    assert spans(falling)[0] == (0, 12)
    assert spans(rising)[0] == (12, 24)


def test_a_whole_video_never_merges() -> None:
    """Equal hits end to end make moments no longer than the bound, and none is lost."""
    found = spans([hit(4 * i, 4 * i + 4, 0.5) for i in range(100)])
    assert all(end_s - start_s <= 30 for start_s, end_s in found)
    assert sum(end_s - start_s for start_s, end_s in found) == 400


def test_background_never_merges() -> None:
    """Hits at or below the background (score 0) stay single."""
    assert len(merge([hit(0, 4, 0.0), hit(4, 8, 0.0), hit(8, 12, -0.1)], RULE)) == 3


def test_a_long_segment_stays_whole() -> None:
    """A segment that is longer than the bound is a moment as it is, and takes nothing in."""
    assert spans([hit(0, 45, 1.0), hit(45, 49, 0.9)]) == [(0, 45), (45, 49)]


def test_the_better_side_comes_first() -> None:
    """Where not both neighbours fit, the better one is taken in."""
    hits = [hit(0, 14, 0.7), hit(14, 26, 1.0), hit(26, 40, 0.9)]
    assert spans(hits) == [(14, 40), (0, 14)]

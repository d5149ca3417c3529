"""What holds of merging hits into moments, whatever the hits are."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from core.model import Hit, Segment
from core.search.moments import MergeRule, merge

_hits = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(1, 12), st.floats(-1, 1.5)),
    max_size=40,
    unique_by=lambda one: one[:3],
)


def as_hits(drawn: list[tuple[str, int, int, float]]) -> list[Hit]:
    return [
        Hit(video, Segment(start, start + length), "visual", score) for video, start, length, score in drawn
    ]


@given(_hits, st.randoms(use_true_random=False), st.floats(0, 5), st.floats(5, 40))
def test_merging(
    drawn: list[tuple[str, int, int, float]], shuffling: random.Random, gap_s: float, longest_s: float
) -> None:
    """Merging is idempotent, blind to order, loses nothing, and stays within gap, fraction and length."""
    rule = MergeRule(gap_s=gap_s, longest_s=longest_s)
    hits = as_hits(drawn)
    groups = merge(hits, rule)
    assert sorted(map(repr, hits)) == sorted(repr(hit) for group in groups for hit in group)
    mixed = list(hits)
    shuffling.shuffle(mixed)
    assert merge(mixed, rule) == groups
    assert merge([hit for group in groups for hit in group], rule) == groups
    for group in groups:
        assert merge(group, rule) == [group]
        inside = sorted(group, key=lambda hit: hit.segment)
        reached = inside[0].segment.end_s
        for hit in inside[1:]:
            assert hit.segment.start_s - reached <= gap_s
            reached = max(reached, hit.segment.end_s)
        if len(group) > 1:
            assert reached - inside[0].segment.start_s <= longest_s
            assert min(hit.score for hit in group) >= rule.fraction * group[0].score > 0

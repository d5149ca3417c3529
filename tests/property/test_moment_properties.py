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


@given(_hits, st.floats(0, 5), st.floats(5, 40))
def test_the_best_moment_takes_in_all_that_it_may(
    drawn: list[tuple[str, int, int, float]], gap_s: float, longest_s: float
) -> None:
    """No hit next to the best moment is left out that is near, good and short enough."""
    rule = MergeRule(gap_s=gap_s, longest_s=longest_s)
    hits = as_hits(drawn)
    for best in merge(hits, rule)[:1]:
        if best[0].score <= 0:
            assert len(best) == 1
            continue
        of_video = sorted((h for h in hits if h.video_id == best[0].video_id), key=lambda h: h.segment)
        places = sorted(of_video.index(hit) for hit in best)
        assert places == list(range(places[0], places[-1] + 1))
        start_s = min(hit.segment.start_s for hit in best)
        end_s = max(hit.segment.end_s for hit in best)
        for place in (places[0] - 1, places[-1] + 1):
            if 0 <= place < len(of_video):
                other = of_video[place]
                length_s = max(end_s, other.segment.end_s) - min(start_s, other.segment.start_s)
                assert (
                    Segment(start_s, end_s).gap_to(other.segment) > gap_s
                    or length_s > longest_s
                    or other.score < rule.fraction * best[0].score
                )


@given(_hits, st.integers(0, 60), st.integers(1, 12), st.floats(-1, 1.5))
def test_another_video_changes_nothing(
    drawn: list[tuple[str, int, int, float]], start: int, length: int, score: float
) -> None:
    """What is merged in one video does not depend on what there is in another."""
    hits, other = as_hits(drawn), Hit("c", Segment(start, start + length), "visual", score)
    with_it = merge([*hits, other], MergeRule())
    assert [group for group in with_it if group != (other,)] == merge(hits, MergeRule())

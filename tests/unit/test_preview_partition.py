"""Where segments begin and end."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.embedding.preview.partition import SHORTEST_S, by_length, by_scenes
from core.model import Segment

durations = st.floats(min_value=0.05, max_value=2000, allow_nan=False)
lengths = st.floats(min_value=2, max_value=10, allow_nan=False)
cuts = st.lists(st.floats(min_value=-5, max_value=2100, allow_nan=False), max_size=60)


def assert_partition(segments: list[Segment], duration_s: float) -> None:
    """Check that the segments cover the video without gap or overlap, at whole milliseconds."""
    assert segments[0].start_s == 0
    assert segments[-1].end_ms == max(1, round(duration_s * 1000))
    for before, after in pairwise(segments):
        assert before.end_s == after.start_s
    for segment in segments:
        assert segment.start_s == segment.start_ms / 1000
        assert segment.end_s == segment.end_ms / 1000


@given(durations, cuts, lengths)
def test_scenes_partition_the_video(duration_s: float, found: list[float], longest_s: float) -> None:
    """Whatever the cuts: no gap, no overlap, no segment too long, none too short that can be longer."""
    segments = by_scenes(duration_s, found, longest_s)
    assert_partition(segments, duration_s)
    assert all(segment.end_ms - segment.start_ms <= round(longest_s * 1000) for segment in segments)
    if duration_s >= SHORTEST_S:
        assert all(segment.end_ms - segment.start_ms >= 999 for segment in segments)
    else:
        assert len(segments) == 1


@given(durations, lengths)
def test_fixed_lengths_partition_the_video(duration_s: float, length_s: float) -> None:
    """All segments but the last have the length; the last has half of it to one and a half."""
    segments = by_length(duration_s, length_s)
    assert_partition(segments, duration_s)
    length = round(length_s * 1000)
    assert all(segment.end_ms - segment.start_ms == length for segment in segments[:-1])
    last = segments[-1].end_ms - segments[-1].start_ms
    assert last < 1.5 * length + 1
    assert last >= length / 2 or len(segments) == 1


@given(durations, cuts, lengths)
def test_a_cut_with_room_around_it_is_an_edge(
    duration_s: float, found: list[float], longest_s: float
) -> None:
    """A cut a second or more from every other cut and from both ends is kept to the millisecond."""
    edges = {segment.start_ms for segment in by_scenes(duration_s, found, longest_s)}
    for cut in found:
        near = [other for other in found if other != cut and abs(other - cut) < 2 * SHORTEST_S]
        if SHORTEST_S + 0.001 < cut < duration_s - SHORTEST_S - 0.001 and not near:
            assert round(cut * 1000) in edges


def test_a_long_scene_is_cut_into_equal_parts() -> None:
    """Nine seconds without a cut become three times three, not four, four and one."""
    assert [segment.duration_s for segment in by_scenes(9, [], 4)] == [3, 3, 3]


def test_a_short_remainder_is_merged() -> None:
    """Nine seconds at a fixed four become four and five."""
    assert [segment.end_s for segment in by_length(9, 4)] == [4, 9]

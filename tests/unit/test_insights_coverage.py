"""Coverage: every minute counts once, and every figure can be made again by counting milliseconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.insights.coverage import Coverage, by_period, coverage, minutes_by_video, next_period, period_start
from core.insights.durations import covered_s
from core.model import MediaInfo, Modality, Video
from core.model.insights import Points

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
STRETCHES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(1, 15)), max_size=25)
"""Video, start and length in whole seconds; overlaps and gaps as they come."""


def video(video_id: str, category: str | None, recorded: date | None = None) -> Video:
    """Return a video of a minute."""
    moment = None if recorded is None else datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC)
    media = MediaInfo(60.0, 640, 360, Fraction(25), "h264")
    return Video(
        video_id, video_id, video_id, 1, media, NOW, category=category, recorded_at=moment, indexed_at=NOW
    )


def points(modality: Modality, stretches: list[tuple[int, int, int]]) -> Points:
    """Return segments of four videos."""
    rows = np.asarray(sorted(stretches), np.int64).reshape(-1, 3)
    start_s = rows[:, 1].astype(float)
    vectors = np.ones((len(rows), 2), np.float32) / np.float32(np.sqrt(2))
    names = ("a", "b", "c", "d")
    owners = rows[:, 0].astype(np.int32)
    return Points("s", modality, names, owners, start_s, start_s + rows[:, 2], vectors, len(rows))


VIDEOS = {
    "a": video("a", "road", date(2024, 1, 31)),
    "b": video("b", "road", date(2024, 3, 1)),
    "c": video("c", None),
    "d": video("d", "sea", date(2024, 3, 3)),
}


def seconds(stretches: list[tuple[int, int, int]]) -> set[tuple[int, int]]:
    """Return every (video, second) that is shown; a set counts each once."""
    return {(owner, second) for owner, start, length in stretches for second in range(start, start + length)}


@settings(max_examples=100, deadline=None)
@given(STRETCHES, STRETCHES)
def test_every_second_counts_once(
    seen: list[tuple[int, int, int]], heard: list[tuple[int, int, int]]
) -> None:
    """Minutes by video, category and modality are those of a set of seconds, however segments overlap."""
    found = coverage([points("visual", seen), points("audio", heard)], VIDEOS)
    both = seconds(seen) | seconds(heard)
    assert found.minutes == pytest.approx(len(both) / 60)
    names = "abcd"
    assert {each.name: each.minutes for each in found.by_video} == {
        name: pytest.approx(sum(owner == number for owner, _ in both) / 60)
        for number, name in enumerate(names)
        if any(owner == number for owner, _ in both)
    }
    for amount in found.by_category:
        own = [n for n, name in enumerate(names) if (VIDEOS[name].category or "") == amount.name]
        assert amount.minutes == pytest.approx(sum(owner in own for owner, _ in both) / 60)
        assert amount.segments == sum(owner in own for owner, _, _ in seen + heard)
        assert amount.videos == len({owner for owner, _ in both if owner in own})
        assert amount.share == pytest.approx(amount.minutes / found.minutes)
    told = {each.name: each.minutes for each in found.by_modality}
    assert told.get("visual", 0.0) == pytest.approx(len(seconds(seen)) / 60)
    assert told.get("audio", 0.0) == pytest.approx(len(seconds(heard)) / 60)


@settings(max_examples=50, deadline=None)
@given(STRETCHES)
def test_the_order_of_rows_does_not_matter(stretches: list[tuple[int, int, int]]) -> None:
    """Shuffled segments cover the same seconds."""
    rows = points("visual", stretches)
    order = np.random.default_rng(len(stretches)).permutation(len(rows))
    shuffled = covered_s(rows.video_of[order], rows.start_s[order], rows.end_s[order])
    assert shuffled == pytest.approx(covered_s(rows.video_of, rows.start_s, rows.end_s))


def test_nothing_covers_nothing() -> None:
    """No points, and points without rows, have no minutes and no parts."""
    empty = Coverage(0.0, (), (), (), 0.0, None)
    assert coverage([], VIDEOS) == empty
    assert coverage([points("visual", [])], VIDEOS) == empty


def test_how_long_and_how_new() -> None:
    """The median length and the newest date are of the videos that have a segment."""
    videos = {**VIDEOS, "b": replace(VIDEOS["b"], indexed_at=NOW + timedelta(days=1))}
    found = coverage([points("visual", [(0, 0, 6), (1, 0, 6)])], videos)
    assert found.median_video_minutes == 1.0
    assert found.newest == NOW + timedelta(days=1)


def test_a_video_that_the_catalog_lost_has_no_category() -> None:
    """Minutes of an unknown video are still counted."""
    found = coverage([points("visual", [(0, 0, 6)])], {})
    assert [(each.name, each.videos) for each in found.by_category] == [("", 1)]


def test_periods_are_in_order_with_the_empty_ones() -> None:
    """Months between the first and the last are there with nothing; what has no date comes last."""
    minutes = minutes_by_video([points("visual", [(0, 0, 6), (1, 0, 12), (2, 0, 6), (3, 0, 6)])])
    found = by_period(minutes, VIDEOS, "recorded", "month")
    assert [(each.start, each.minutes, each.videos) for each in found] == [
        (date(2024, 1, 1), pytest.approx(0.1), 1),
        (date(2024, 2, 1), 0.0, 0),
        (date(2024, 3, 1), pytest.approx(0.3), 2),
        (None, pytest.approx(0.1), 1),
    ]
    indexed = by_period(minutes, VIDEOS, "indexed", "day")
    assert [(each.start, each.videos) for each in indexed] == [(NOW.date(), 4)]
    assert by_period({}, VIDEOS, "indexed", "day") == ()


@given(st.dates(date(1970, 1, 1), date(9998, 12, 31)), st.sampled_from(("day", "week", "month")))
def test_every_day_is_in_its_period(day: date, period: str) -> None:
    """A day lies from the start of its period up to the start of the next, and starts are their own."""
    start = period_start(day, period)  # type: ignore[arg-type]  # hypothesis gives plain texts
    following = next_period(start, period)  # type: ignore[arg-type]  # as above
    assert start <= day < following
    assert period_start(following, period) == following  # type: ignore[arg-type]  # as above
    assert period != "week" or start.weekday() == 0

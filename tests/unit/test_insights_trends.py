"""Trends: minutes and shares a bucket, how certain they are, and what is pointed at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.insights.periods import Period, bucket_name, buckets_between, first_day
from core.insights.trends import Footage, Trend, compare_categories, trend, wilson

MONDAY = datetime(2024, 1, 1, 12, tzinfo=UTC)


def series(
    seed: int,
    buckets: int,
    *,
    rise: int | None = None,
    share: float = 0.05,
    high: float = 0.15,
    alike: float = 0.1,
    videos: tuple[int, int] = (2, 20),
) -> Footage:
    """Return weeks of uneven footage whose videos each have a share of their own (beta-distributed)."""
    chance = np.random.default_rng(seed)
    owners: list[int] = []
    matches: list[bool] = []
    moments: list[datetime | None] = []
    for week in range(buckets):
        mean = high if rise is not None and week >= rise else share
        for _ in range(int(chance.integers(*videos))):
            own = chance.beta(mean * (1 / alike - 1), (1 - mean) * (1 / alike - 1))
            segments = int(chance.integers(3, 60))
            owners += [len(moments)] * segments
            matches += (chance.random(segments) < own).tolist()
            moments.append(MONDAY + timedelta(days=7 * week + int(chance.integers(0, 7))))
    minutes = np.random.default_rng(seed + 1).uniform(0.03, 0.1, len(owners))
    return Footage(
        np.array(owners, np.int32), minutes, np.array(matches, bool), tuple(moments), (None,) * len(moments)
    )


def small(
    moments: list[datetime | None], matches: list[bool], categories: list[str | None] | None = None
) -> Footage:
    """Return one segment of one minute a video."""
    many = len(moments)
    return Footage(
        np.arange(many, dtype=np.int32), np.ones(many), np.array(matches, bool), tuple(moments),
        tuple(categories or [None] * many),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_alarm_on_flat_series(seed: int) -> None:
    """A share that does not change is never pointed at, whatever the length and however uneven the weeks."""
    length = (8, 10, 13, 17, 20, 26, 39, 52, 78, 104)[seed % 10]
    found = trend(series(seed, length, alike=(0.1, 0.3, 0.5)[seed % 3], share=(0.05, 0.3)[seed % 2]), "week")
    assert found.changes == ()


@pytest.mark.parametrize("length", [16, 26, 52])
def test_a_planted_rise_is_pointed_at(length: int) -> None:
    """A weekly share that goes from 5 to 15 % is pointed at after it began, and no fall or early rise is."""
    begins = length - 8
    found = trend(series(100 + length, length, rise=begins, videos=(10, 30)), "week")
    assert found.changes
    assert all(change.direction == "rise" and change.last >= begins for change in found.changes)
    assert all(change.share > change.before for change in found.changes)


def test_a_fall_is_pointed_at() -> None:
    """A share that goes from 30 to 8 % is a fall."""
    found = trend(series(5, 30, rise=22, share=0.3, high=0.08, videos=(10, 30)), "week")
    assert {change.direction for change in found.changes} == {"fall"}


def test_one_video_is_no_rise() -> None:
    """Many matching segments of a single video are one thing that happened, not many."""
    footage = series(8, 20, videos=(8, 15))
    week = MONDAY + timedelta(days=7 * 15)
    more = replace(
        footage,
        video_of=np.append(footage.video_of, np.full(60, len(footage.moments), np.int32)),
        minutes=np.append(footage.minutes, np.full(60, 0.07)),
        matches=np.append(footage.matches, np.ones(60, bool)),
        moments=(*footage.moments, week),
        categories=(*footage.categories, None),
    )
    assert trend(more, "week").changes == ()


def test_every_figure_is_a_plain_sum() -> None:
    """Minutes, share, count and videos of each bucket are what adding them up by hand gives."""
    footage = series(3, 9)
    found = trend(footage, "week")
    weeks = np.array([(m - MONDAY.replace(hour=0)).days // 7 for m in footage.moments if m])[footage.video_of]
    assert len(found.buckets) == 9
    for number, bucket in enumerate(found.buckets):
        here = weeks == number
        assert bucket.total_minutes == pytest.approx(footage.minutes[here].sum())
        assert bucket.minutes == pytest.approx(footage.minutes[here & footage.matches].sum())
        assert bucket.count == (here & footage.matches).sum()
        assert bucket.videos == len(set(footage.video_of[here].tolist()))
        assert bucket.share == pytest.approx(bucket.minutes / bucket.total_minutes)
        assert bucket.minutes_per_day == pytest.approx(bucket.minutes / 7)
        assert bucket.low is not None
        assert bucket.high is not None
        assert (bucket.low, bucket.high) == pytest.approx(wilson(bucket.share or 0, bucket.effective))
        assert 0 <= bucket.low <= (bucket.share or 0) <= bucket.high <= 1


def test_empty_buckets_are_there_and_uncertain() -> None:
    """A month without footage has a bucket without a share; unknown moments are counted apart."""
    found = trend(
        small([datetime(2025, 11, 30, tzinfo=UTC), None, datetime(2026, 2, 1, tzinfo=UTC)], [True] * 3),
        "month",
    )
    assert [bucket.name for bucket in found.buckets] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [bucket.share for bucket in found.buckets] == [1.0, None, None, 1.0]
    assert all(bucket.uncertain for bucket in found.buckets)
    assert found.undated_minutes == 1.0


def test_little_footage_is_uncertain_and_much_is_not() -> None:
    """Where many independent videos tell a share, it is not marked."""
    many = trend(small([MONDAY] * 200, [n % 4 == 0 for n in range(200)]), "week").buckets[0]
    few = trend(small([MONDAY] * 6, [True, False] * 3), "week").buckets[0]
    assert (many.uncertain, few.uncertain) == (False, True)


def test_buckets_follow_the_time_zone() -> None:
    """Half past eleven in the evening in London is the next day, week and year in Tokyo."""
    moment = datetime(2023, 12, 31, 23, 30, tzinfo=UTC)
    assert trend(small([moment], [True]), "day").buckets[0].first_day == date(2023, 12, 31)
    assert trend(small([moment], [True]), "week", ZoneInfo("Asia/Tokyo")).buckets[0].name == "2024-W01"
    assert trend(small([moment], [True]), "week").buckets[0].name == "2023-W52"
    spring = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert first_day(spring, "day", ZoneInfo("Europe/Berlin")) == date(2026, 3, 29)
    with pytest.raises(ValueError, match="time zone"):
        first_day(datetime(2026, 1, 1), "day", UTC)


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(0, 900),
    st.sampled_from(["day", "week", "month"]),
)
def test_buckets_leave_no_day_out(start: date, days: int, period: Period) -> None:
    """Buckets follow each other without a gap, have different names, and hold both ends."""
    zone = UTC
    last = start + timedelta(days=days)
    ends = [first_day(datetime(d.year, d.month, d.day, tzinfo=UTC), period, zone) for d in (start, last)]
    axis = buckets_between(ends[0], ends[1], period)
    assert (axis[0], axis[-1]) == (ends[0], ends[1])
    assert len({bucket_name(day, period) for day in axis}) == len(axis)
    if period == "week":
        assert all(day.weekday() == 0 for day in axis)
        assert [bucket_name(day, period) for day in axis] == [f"{day:%G-W%V}" for day in axis]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 14))
def test_the_order_of_segments_has_no_say(seed: int, buckets: int) -> None:
    """The same segments in another order give the same trend."""
    footage = series(seed, buckets, rise=buckets // 2, high=0.5)
    order = np.random.default_rng(seed).permutation(len(footage.minutes))
    turned = replace(
        footage,
        video_of=footage.video_of[order],
        minutes=footage.minutes[order],
        matches=footage.matches[order],
    )
    one, other = trend(footage, "week"), trend(turned, "week")
    assert [c.first for c in one.changes] == [c.first for c in other.changes]
    assert [b.minutes for b in one.buckets] == pytest.approx([b.minutes for b in other.buckets])
    assert one.alike == pytest.approx(other.alike)


def test_nothing_and_all_alike() -> None:
    """No footage gives no buckets; footage that all matches, or none of it, has no changes."""
    assert trend(small([], []), "day") == Trend("day", None, (), 0.2, (), 0.0)
    for every in (True, False):
        found = trend(small([MONDAY + timedelta(days=n) for n in range(40)], [every] * 40), "week")
        assert found.changes == ()
        assert {bucket.share for bucket in found.buckets} == {float(every)}


def test_categories_share_their_buckets_and_add_up() -> None:
    """Each category is counted over the same buckets, and together they make the whole."""
    moments: list[datetime | None] = [MONDAY + timedelta(days=n) for n in range(30)]
    footage = small(moments, [n % 3 == 0 for n in range(30)], ["road", None, "park"] * 10)
    each, whole = compare_categories(footage, "week"), trend(footage, "week")
    assert [one.category for one in each] == ["park", "road", None]
    for number, bucket in enumerate(whole.buckets):
        assert sum(one.buckets[number].minutes for one in each) == pytest.approx(bucket.minutes)
        assert sum(one.buckets[number].total_minutes for one in each) == pytest.approx(bucket.total_minutes)

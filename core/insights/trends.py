"""How much of the footage matches something, bucket by bucket over time, and where that stands out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.alarms import Change, changes
from core.insights.periods import Period, bucket_name, buckets_between, first_day, next_first_day

_Z95: Final = 1.959963984540054
UNCERTAIN_WIDTH: Final = 0.3
"""A share whose interval is wider than this (30 points) is marked as uncertain."""


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """Segments that are counted: n rows, and for each video when it is from and its category."""

    video_of: NDArray[np.int32]
    """(n,) index into `moments` and `categories`."""
    minutes: NDArray[np.float64]
    matches: NDArray[np.bool_]
    """Whether a segment matches: it is in the cluster, or its score is above the calibrated line."""
    moments: tuple[datetime | None, ...]
    """Recorded or indexed time of each video, with its time zone; None where nobody knows it."""
    categories: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day, week or month. Intervals are 95 %."""

    first_day: date
    end_day: date
    """The first day that is no longer in it."""
    name: str
    total_minutes: float
    """Sum of the minutes of all segments whose video's moment lies in the bucket."""
    minutes: float
    """Sum of the minutes of those that match."""
    count: int
    """Number of segments that match."""
    videos: int
    """Number of videos in the bucket."""
    share: float | None
    """`minutes` / `total_minutes`; None without footage."""
    minutes_per_day: float
    """`minutes` divided by the days of the bucket, so that months of different length compare."""
    low: float | None
    """Lower end of the Wilson interval of the share, for `effective` independent segments."""
    high: float | None
    effective: float
    """N^2 / sum of n(1 + (n - 1)r) over videos of n segments, N together: how many independent segments
    it is worth; r is `Trend.alike`."""
    uncertain: bool
    """Whether there is no footage, or the interval is wider than 0.3."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The buckets from the first with footage to the last, none left out."""

    period: Period
    category: str | None
    """None stands for all categories together (or, in a comparison, for none given)."""
    buckets: tuple[Bucket, ...]
    alike: float
    """How much segments of one video agree on matching, beyond their bucket's share: intraclass
    correlation, 0 to 1."""
    changes: tuple[Change, ...]
    """Where a rise or fall stands out against what was before."""
    undated_minutes: float
    """Minutes of videos whose moment is not known; they are in no bucket."""


def trend(footage: Footage, period: Period, zone: tzinfo = UTC) -> Trend:
    """Return how much of all footage matches, per bucket of the time zone."""
    days = _days(footage, period, zone)
    known = [day for day in days if day is not None]
    axis = buckets_between(min(known), max(known), period) if known else ()
    return _counted(footage, period, axis, days, None, np.ones(len(days), bool), 1)


def compare_categories(footage: Footage, period: Period, zone: tzinfo = UTC) -> tuple[Trend, ...]:
    """Return one trend a category, over the same buckets; named ones by name, then videos without one.

    The more categories there are, the more it takes for one to be pointed at.
    """
    days = _days(footage, period, zone)
    known = [day for day in days if day is not None]
    axis = buckets_between(min(known), max(known), period) if known else ()
    names = sorted(set(footage.categories), key=lambda name: (name is None, name or ""))
    belongs = [np.array([own == name for own in footage.categories], bool) for name in names]
    return tuple(
        _counted(footage, period, axis, days, name, mask, len(names))
        for name, mask in zip(names, belongs, strict=True)
    )


def _days(footage: Footage, period: Period, zone: tzinfo) -> list[date | None]:
    """Return each video's bucket; None where its moment is unknown or nothing of it is counted."""
    present = np.bincount(footage.video_of, minlength=len(footage.moments)) > 0
    return [
        first_day(moment, period, zone) if moment is not None and there else None
        for moment, there in zip(footage.moments, present, strict=True)
    ]


def _counted(
    footage: Footage,
    period: Period,
    axis: Sequence[date],
    days: Sequence[date | None],
    category: str | None,
    belongs: NDArray[np.bool_],
    looks: int,
) -> Trend:
    many = len(days)
    place = {day: number for number, day in enumerate(axis)}
    bucket_of = np.array([-1 if day is None else place[day] for day in days], np.int64)
    total, rows = _sums(footage, footage.minutes, many), _sums(footage, None, many)
    minutes = _sums(footage, footage.minutes * footage.matches, many)
    count = _sums(footage, footage.matches.astype(float), many)
    undated = float(total[belongs & (bucket_of < 0)].sum())
    kept = belongs & (bucket_of >= 0) & (rows > 0)
    total, rows, minutes, count = total[kept], rows[kept], minutes[kept], count[kept]
    bucket_of = bucket_of[kept]
    alike = agreement(bucket_of, rows, minutes, total)
    # Minutes may be of any unit; a video is worth as many segments as it has.
    noise = rows * (1 + (rows - 1) * alike)

    def per_bucket(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(bucket_of, values, len(axis)), np.float64)

    worth = np.divide(per_bucket(rows) ** 2, per_bucket(noise), where=per_bucket(noise) > 0,
                      out=np.zeros(len(axis)))  # fmt: skip
    videos, sums = per_bucket(np.ones(len(rows))), [per_bucket(v) for v in (total, minutes, count)]
    buckets = tuple(
        _bucket(day, period, float(sums[0][n]), float(sums[1][n]), round(sums[2][n]), round(videos[n]),
                float(worth[n]))
        for n, day in enumerate(axis)
    )  # fmt: skip
    found = changes(bucket_of, total, minutes, rows, noise, len(axis), looks)
    return Trend(period, category, buckets, alike, found, undated)


def _sums(footage: Footage, values: NDArray[np.float64] | None, many: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(footage.video_of, values, many), np.float64)


def agreement(
    bucket_of: NDArray[np.int64],
    rows: NDArray[np.float64],
    minutes: NDArray[np.float64],
    total: NDArray[np.float64],
) -> float:
    """Return the intraclass correlation of matching within videos, 0 to 1 (see `Trend.alike`).

    From how far videos lie from their bucket's share: with x the share of a video of n segments and p
    that of its bucket, the variance of x is p(1 - p)(1 + (n - 1)r)/n; summed over all videos, with the
    freedom that a bucket's own share takes away, that gives r. One lone video tells nothing: r is then 0.2.
    """
    most = int(bucket_of.max(initial=-1)) + 1
    all_minutes, all_rows = np.bincount(bucket_of, total, most), np.bincount(bucket_of, rows, most)
    share = np.divide(np.bincount(bucket_of, minutes, most), all_minutes, where=all_minutes > 0,
                      out=np.zeros(most))[bucket_of]  # fmt: skip
    own = np.divide(minutes, total, where=total > 0, out=np.zeros(len(rows)))
    free = 1 - rows / np.maximum(all_rows[bucket_of], 1)
    usual = share * (1 - share)
    seen = float((rows * (own - share) ** 2).sum())
    # A share taken from few videos makes p(1 - p) too small by the same freedom, so both sides carry it.
    alone, grows = float((usual * free).sum()), float((usual * free * (rows - 1)).sum())
    return 0.2 if grows <= 0 else min(1.0, max(0.0, (seen - alone) / grows))


def wilson(share: float, worth: float) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share that ``worth`` independent segments told."""
    middle = (share + _Z95**2 / (2 * worth)) / (1 + _Z95**2 / worth)
    half = _Z95 / (1 + _Z95**2 / worth) * math.sqrt(share * (1 - share) / worth + (_Z95 / worth) ** 2 / 4)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _bucket(
    day: date, period: Period, total: float, minutes: float, count: int, videos: int, worth: float
) -> Bucket:
    end = next_first_day(day, period)
    empty = Bucket(
        day, end, bucket_name(day, period), total, minutes, count, videos,
        None, minutes / (end - day).days, None, None, worth, True,
    )  # fmt: skip
    if total <= 0:
        return empty
    share = min(1.0, max(0.0, minutes / total))
    low, high = wilson(share, worth)
    return replace(empty, share=share, low=low, high=high, uncertain=high - low > UNCERTAIN_WIDTH)

"""How much footage there is of what: minutes by category, video, date and modality; how long, how new.

A minute of video counts once, whatever number of segments or modalities show it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

import numpy as np

from core.insights.durations import covered_by_video
from core.model import Video
from core.model.insights import Points

Period: TypeAlias = Literal["day", "week", "month"]
DateKind: TypeAlias = Literal["recorded", "indexed"]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is of one thing."""

    name: str
    """Category, video id or modality; "" is what has no category."""
    minutes: float
    """Minutes of video that lie in at least one segment."""
    share: float
    """Part of the minutes of all videos looked at, 0 to 1."""
    videos: int
    """Videos with at least one segment."""
    segments: int


@dataclass(frozen=True, slots=True)
class PeriodAmount:
    """How much there is of one day, week or month."""

    start: date | None
    """Its first day (weeks begin on Monday); None for videos without such a date."""
    minutes: float
    videos: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Amounts, the largest first, equal ones by name."""

    minutes: float
    by_category: tuple[Amount, ...]
    by_video: tuple[Amount, ...]
    by_modality: tuple[Amount, ...]
    """Their minutes overlap: they add up to more than the whole where footage is both seen and heard."""
    median_video_minutes: float
    """Median length of the videos with a segment, in minutes of the whole file; 0 without any."""
    newest: datetime | None
    """When the newest of these videos was indexed."""


def coverage(modalities: Sequence[Points], videos: Mapping[str, Video]) -> Coverage:
    """Return how much footage the segments of all given modalities cover together.

    Each item is one modality of the same space and filters. Of sampled points only the sample counts. Videos
    that are not among `videos` have no category and no length.
    """
    minutes = minutes_by_video(modalities)
    whole = math.fsum(minutes.values())
    segments: dict[str, int] = defaultdict(int)
    for points in modalities:
        for video_id, count in zip(points.video_ids, _counts(points), strict=True):
            segments[video_id] += int(count)
    of_category: dict[str, list[str]] = defaultdict(list)
    for video_id in minutes:
        of_category[category_of(videos.get(video_id))].append(video_id)

    def amount(name: str, ids: Iterable[str]) -> Amount:
        members = list(ids)
        sum_of = math.fsum(minutes[video_id] for video_id in members)
        share = sum_of / whole if whole else 0.0
        return Amount(name, sum_of, share, len(members), sum(segments[video_id] for video_id in members))

    present = [videos[video_id] for video_id in minutes if video_id in videos]
    dates = [video.indexed_at for video in present if video.indexed_at is not None]
    return Coverage(
        minutes=whole,
        by_category=_sorted(amount(name, ids) for name, ids in of_category.items()),
        by_video=_sorted(amount(video_id, [video_id]) for video_id in minutes),
        by_modality=_sorted(_modality(points, whole) for points in modalities if len(points)),
        median_video_minutes=float(np.median([video.duration_s for video in present])) / 60
        if present
        else 0.0,
        newest=max(dates, key=_utc, default=None),
    )


def minutes_by_video(modalities: Sequence[Points]) -> dict[str, float]:
    """Return, for each video with a segment, the minutes that lie in at least one segment of any modality."""
    ids = sorted({video_id for points in modalities for video_id in points.video_ids})
    if not ids:
        return {}
    number_of = {video_id: number for number, video_id in enumerate(ids)}
    owners = np.concatenate(
        [
            np.asarray([number_of[video_id] for video_id in points.video_ids], np.int64)[points.video_of]
            for points in modalities
            if len(points)
        ]
        or [np.zeros(0, np.int64)]
    )
    start_s = np.concatenate([points.start_s for points in modalities])
    end_s = np.concatenate([points.end_s for points in modalities])
    seconds = covered_by_video(owners, start_s, end_s, len(ids))
    return {ids[number]: float(seconds[number]) / 60 for number in np.unique(owners)}


def by_period(
    minutes: Mapping[str, float], videos: Mapping[str, Video], kind: DateKind, period: Period
) -> tuple[PeriodAmount, ...]:
    """Return the minutes of each day, week or month in which a video was recorded or indexed (UTC).

    In order of time, with the empty ones between; videos without such a date come last.
    """
    sums: dict[date | None, list[float]] = defaultdict(list)
    for video_id, amount in minutes.items():
        day = day_of(videos.get(video_id), kind)
        sums[None if day is None else period_start(day, period)].append(amount)
    days = [day for day in sums if day is not None]
    line: list[date | None] = []
    if days:
        day, last = min(days), max(days)
        line.append(day)
        while day < last:
            day = next_period(day, period)
            line.append(day)
    if None in sums:
        line.append(None)
    return tuple(
        PeriodAmount(start, math.fsum(sums.get(start, ())), len(sums.get(start, ()))) for start in line
    )


def period_start(day: date, period: Period) -> date:
    """Return the first day of the day's own period; weeks begin on Monday."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def next_period(start: date, period: Period) -> date:
    """Return the first day of the period after the one that starts on this day."""
    if period == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if period == "week" else 1)


def day_of(video: Video | None, kind: DateKind) -> date | None:
    """Return the day (UTC) on which a video was recorded or indexed, as filters see it."""
    if video is None:
        return None
    if kind == "recorded":
        return None if video.recorded_at is None else video.recorded_at.date()
    return None if video.indexed_at is None else _utc(video.indexed_at).date()


def category_of(video: Video | None) -> str:
    """Return a video's category, "" for none."""
    return (video.category if video is not None else None) or ""


def _modality(points: Points, whole: float) -> Amount:
    minutes = math.fsum(minutes_by_video([points]).values())
    videos = int((_counts(points) > 0).sum())
    return Amount(points.modality, minutes, minutes / whole if whole else 0.0, videos, len(points))


def _counts(points: Points) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.bincount(points.video_of, minlength=len(points.video_ids)).astype(np.int64)


def _sorted(amounts: Iterable[Amount]) -> tuple[Amount, ...]:
    return tuple(sorted(amounts, key=lambda each: (-each.minutes, each.name)))


def _utc(moment: datetime) -> datetime:
    """Return a moment in UTC; a time without a zone is UTC."""
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)

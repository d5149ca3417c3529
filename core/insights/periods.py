"""Days, ISO weeks and months of a time zone: the buckets that footage is counted in."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, TypeAlias

Period: TypeAlias = Literal["day", "week", "month"]


def first_day(moment: datetime, period: Period, zone: tzinfo) -> date:
    """Return the first local day of the bucket that a moment falls into; weeks begin on Monday.

    Raises: ValueError for a moment without a time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone lies in no certain day")
    day = moment.astimezone(zone).date()
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def next_first_day(day: date, period: Period) -> date:
    """Return the first day of the bucket after the one that begins on ``day``."""
    if period == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day + timedelta(days=7 if period == "week" else 1)


def buckets_between(first: date, last: date, period: Period) -> tuple[date, ...]:
    """Return the first days of all buckets from one to another, empty ones too, both included."""
    days = [first]
    while days[-1] < last:
        days.append(next_first_day(days[-1], period))
    return tuple(days)


def bucket_name(day: date, period: Period) -> str:
    """Return what a bucket is called: "2026-03-01", "2026-W09" (the ISO year) or "2026-03"."""
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat()[:7] if period == "month" else day.isoformat()

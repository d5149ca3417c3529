"""The chart of trends: bars over time with their intervals, and which bar a click means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from components.insight_downloads import PALETTE, framed
from components.markup import escaped
from core.library_insights import Bucket, Trend
from core.library_trends import TrendLine

_FOOTAGE = {"day": "day", "week": "week, by its Monday", "month": "month"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that somebody clicked: which line of those drawn, and which bucket of it."""

    line: int
    bucket: int


def bar_of(point: Mapping[str, Any]) -> Bar | None:
    """Return the bar that a selected point is; None for anything else that can be clicked."""
    meant = point.get("customdata")
    if not isinstance(meant, list | tuple) or len(meant) < 2:
        return None
    return Bar(int(meant[0]), int(meant[1]))


def figure_of(lines: Sequence[TrendLine], *, dates: str, share: bool, compare: bool) -> go.Figure:
    """Return bars beside each other, one colour a line; what stands out has an arrow over it."""
    figure = go.Figure()
    for number, line in enumerate(lines):
        name = escaped((line.category or "without category") if compare else line.label)
        figure.add_bar(**_bars(number, line.trend, name, PALETTE[number % len(PALETTE)], share))
        for change in line.trend.changes:
            _point_at(figure, line.trend, change.first, change.last, change.direction, share)
    period = lines[0].trend.period
    what = lines[0].label if compare or len(lines) == 1 else "each subject"
    measure = "Share" if share else "Minutes"
    figure = framed(
        figure,
        title=f"{measure} of the footage that shows {what}, by {period}"
        + (", compared by category" if compare else ""),
        x=f"{dates} in the {_FOOTAGE[period]}",
        y="share of footage" if share else "minutes",
        height=400,
    )
    figure.update_layout(barmode="group", bargap=0.25, clickmode="event+select", hovermode="closest")
    if share:
        figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure


def _bars(number: int, trend: Trend, name: str, colour: str, share: bool) -> dict[str, Any]:
    heights = [(bucket.share if share else bucket.minutes) for bucket in trend.buckets]
    return {
        "name": name,
        "x": [bucket.first_day for bucket in trend.buckets],
        "y": heights,
        "customdata": [
            [number, place, bucket.name, _said(bucket)] for place, bucket in enumerate(trend.buckets)
        ],
        # A bar that few segments or one video speak for is drawn paler.
        "marker": {"color": colour, "opacity": [0.45 if each.uncertain else 1.0 for each in trend.buckets]},
        "error_y": _intervals(trend) if share else None,
        "hovertemplate": f"{name}<br>%{{customdata[2]}}: %{{customdata[3]}}<extra></extra>",
    }


def _intervals(trend: Trend) -> dict[str, Any]:
    spans = [
        (0.0, 0.0)
        if each.share is None or each.low is None or each.high is None
        else (each.high - each.share, each.share - each.low)
        for each in trend.buckets
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": [above for above, _ in spans],
        "arrayminus": [below for _, below in spans],
        "thickness": 1,
        "width": 3,
        "color": "rgba(128, 128, 128, 0.9)",
    }


def _said(bucket: Bucket) -> str:
    if bucket.share is None:
        return "no footage"
    sure = "" if bucket.low is None or bucket.high is None else f" ({bucket.low:.0%} to {bucket.high:.0%})"
    return (
        f"{bucket.minutes:,.1f} of {bucket.total_minutes:,.1f} minutes, {bucket.share:.1%}{sure}, "
        f"in {bucket.videos:,} video{'' if bucket.videos == 1 else 's'}"
    )


def _point_at(figure: go.Figure, trend: Trend, first: int, last: int, direction: str, share: bool) -> None:
    stretch = trend.buckets[first : last + 1]
    top = max(((each.share or 0.0) if share else each.minutes) for each in stretch)
    middle = stretch[len(stretch) // 2].first_day
    figure.add_annotation(
        x=middle,
        y=top,
        text="▲ rise" if direction == "rise" else "▼ fall",
        showarrow=True,
        arrowhead=0,
        ax=0,
        ay=-34,
        font={"size": 12},
    )

"""The timeline of one video: its segments, or how well each of them matches a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from components.faults import action
from components.markup import escaped
from components.timecode import clock
from core.model import Segment

HEIGHT: Final = 190
COLOUR: Final = "#d08433"
"""Between the accents of both themes: Plotly draws one figure for either."""
TICKS: Final = 8
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def timeline(
    scored: Sequence[tuple[Segment, float]],
    *,
    duration_s: float,
    query: str | None,
    key: str,
    on_pick: Callable[[Segment], None],
) -> None:
    """Draw the timeline.

    ``on_pick`` is called with a segment that is clicked, before the page is drawn again. Without
    a query all scores count as equal and only the segments are shown.
    """
    kept = f"{key}_picked"

    def selected() -> None:
        points = st.session_state[key].selection.points
        if points:
            start_s, end_s = points[0]["customdata"][:2]
            st.session_state[kept] = Segment(float(start_s), float(end_s))
        # A second click on the same bar takes the selection away; it means that segment all the same.
        if kept in st.session_state:
            on_pick(st.session_state[kept])

    st.plotly_chart(
        timeline_figure(scored, duration_s=duration_s, query=query),
        key=key,
        on_select=action(selected),
        selection_mode="points",
        # Two clicks in quick succession are two clicks, not a double click that clears the selection.
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "doubleClickDelay": 1},
        height=HEIGHT,
        alt=_title(query),
    )


def timeline_figure(
    scored: Sequence[tuple[Segment, float]], *, duration_s: float, query: str | None
) -> go.Figure:
    """Return the figure: one bar a segment, as wide as it lasts."""
    heights = [score if query else 1.0 for _, score in scored]
    clocks = [(segment, clock(segment.start_s), clock(segment.end_s)) for segment, _ in scored]
    told = "%{customdata[2]}–%{customdata[3]}" + ("<br>score %{y:.2f}" if query else "")
    bars = go.Bar(
        x=[segment.middle_s for segment, _ in scored],
        # A hair of space between neighbours, whatever the scale.
        width=[max(segment.duration_s - duration_s / 900, segment.duration_s * 0.5) for segment, _ in scored],
        y=heights,
        customdata=[[segment.start_s, segment.end_s, start, end] for segment, start, end in clocks],
        hovertemplate=told + "<extra></extra>",
        marker={"color": COLOUR, "line": {"width": 0}, "opacity": 0.9 if query else 0.55},
        unselected={"marker": {"opacity": 0.55}},
        selected={"marker": {"opacity": 1}},
    )
    figure = go.Figure(bars)
    figure.update_layout(
        title={"text": escaped(_title(query)), "font": {"size": 13}, "x": 0, "xanchor": "left", "y": 0.98},
        margin={"l": 44 if query else 8, "r": 8, "t": 30, "b": 40},
        height=HEIGHT,
        showlegend=False,
        bargap=0,
        dragmode=False,
        clickmode="event+select",
        xaxis=_time_axis(duration_s),
        yaxis={
            "title": {"text": "score", "font": {"size": 11}} if query else None,
            "visible": bool(query),
            "fixedrange": True,
            "range": [min(0.0, *heights), max(1.05, *heights)] if query and heights else [0, 1.6],
            "nticks": 4,
        },
    )
    return figure


def _title(query: str | None) -> str:
    return f"How well each segment matches “{query}”" if query else "Segments of this video"


def _time_axis(duration_s: float) -> dict[str, Any]:
    step = next((step for step in _STEPS if duration_s / step <= TICKS), _STEPS[-1])
    ticks = [step * n for n in range(int(duration_s / step) + 1)]
    return {
        "title": {"text": "time", "font": {"size": 11}},
        "range": [0, max(duration_s, 0.1)],
        "fixedrange": True,
        "tickvals": ticks,
        "ticktext": [clock(tick) for tick in ticks],
        "showgrid": False,
    }

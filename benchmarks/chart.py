"""How the cost of a search grows, drawn; below it what many people at once meet, and how rows are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.results import Crowds, Ingesting, Results, Searching

WIDTH: Final = 960
HEIGHT: Final = 1040
_SEARCHES_END: Final = 0.67
"""Where the first panel ends; its legend stands to the right of it."""
BOUND_MS: Final = 300
"""What 25 sessions may meet at the 95th percentile."""


@dataclass(frozen=True)
class Look:
    """How a line is told from the others without its colour."""

    colour: str
    dash: str
    symbol: str


# The colours of Okabe and Ito, which colour-blind people can tell apart.
_GREY, _ORANGE, _BLUE, _GREEN, _RED, _INK = "#6b6b6b", "#d98200", "#0072b2", "#009e73", "#d55e00", "#1f2328"

LOOKS: Final = {
    "numpy": Look(_GREY, "dot", "x-thin-open"),
    "FAISS": Look(_GREEN, "dot", "triangle-up"),
    "Milvus Lite, bare": Look(_ORANGE, "dash", "square-open"),
    "Cuepoint on Milvus Lite, no copy": Look(_ORANGE, "dashdot", "diamond-open"),
    "Cuepoint on Milvus Lite": Look(_ORANGE, "solid", "square"),
    "Milvus server, bare": Look(_BLUE, "dash", "circle-open"),
    "Cuepoint on a Milvus server": Look(_BLUE, "solid", "circle"),
    "whole search on Milvus Lite": Look(_RED, "solid", "diamond"),
    "whole search on a Milvus server": Look(_INK, "solid", "star"),
}

Points = list[tuple[int, float]]


def lines(found: list[Searching]) -> dict[str, Points]:
    """Return milliseconds by rows for every way. Of two runs of numpy or FAISS the quicker one."""
    times: dict[str, dict[int, float]] = {}
    for one in found:
        whole = f"whole search on {'Milvus Lite' if one.engine == 'lite' else 'a Milvus server'}"
        for name, took in [*((way.name, way.ms) for way in one.ways), (whole, one.whole_ms)]:
            at = times.setdefault(name, {})
            at[one.rows] = min(took, at.get(one.rows, took))
    return {name: sorted(times[name].items()) for name in LOOKS if name in times}


def figure(results: Results) -> go.Figure:
    """Return the chart; panels without figures say so."""
    drawn = make_subplots(
        rows=2,
        cols=2,
        specs=[[{"colspan": 2}, None], [{}, {}]],
        row_heights=[0.62, 0.38],
        vertical_spacing=0.14,
        horizontal_spacing=0.13,
        subplot_titles=(
            "One search, by the size of the library",
            "Many people at once",
            "Writing rows into the index",
        ),
    )
    panels: tuple[tuple[Callable[[go.Figure, Any], None], type[Any], int, int], ...] = (
        (_searches, Searching, 1, 1),
        (_crowds, Crowds, 2, 1),
        (_ingests, Ingesting, 2, 2),
    )
    for draw, kind, row, column in panels:
        draw(drawn, results.of(kind))
        if not results.of(kind):
            _say_nothing_is_there(drawn, row, column)
    drawn.update_layout(
        width=WIDTH,
        height=HEIGHT,
        template="plotly_white",
        font={"family": "Inter, Segoe UI, DejaVu Sans, Arial, sans-serif", "size": 15, "color": _INK},
        margin={"l": 80, "r": 20, "t": 50, "b": 120},
        legend={"x": _SEARCHES_END + 0.01, "y": 1.0, "tracegroupgap": 14},
        legend2={"x": 0.0, "y": -0.1, "yanchor": "top", "orientation": "h"},
        legend3={"x": 0.565, "y": -0.1, "yanchor": "top", "orientation": "h"},
        barmode="group",
    )
    for title, left in zip(drawn.layout.annotations, (0.0, 0.0, 0.565), strict=False):
        title.update(font_size=17, x=left, xanchor="left")
    drawn.update_xaxes(showline=True, linecolor=_GREY, ticks="outside")
    drawn.update_yaxes(showline=True, linecolor=_GREY, ticks="outside")
    return drawn


def _say_nothing_is_there(drawn: go.Figure, row: int, column: int) -> None:
    # Without a trace Plotly draws no axes.
    nothing = {"x": [1], "y": [1], "text": ["not measured"], "mode": "text", "showlegend": False}
    drawn.add_trace(go.Scatter(**nothing), row=row, col=column)


def _searches(drawn: go.Figure, found: list[Searching]) -> None:
    for name, points in lines(found).items():
        look = LOOKS[name]
        drawn.add_trace(
            go.Scatter(
                x=[rows for rows, _ in points],
                y=[took for _, took in points],
                name=name,
                mode="lines+markers",
                line={"color": look.colour, "dash": look.dash, "width": 2.5},
                marker={"symbol": look.symbol, "size": 10, "line": {"width": 2, "color": look.colour}},
            ),
            row=1,
            col=1,
        )
    sizes = sorted({one.rows for one in found})
    drawn.update_xaxes(
        title_text="Rows (vectors of 512 numbers; logarithmic)",
        type="log",
        domain=[0.0, _SEARCHES_END],
        tickvals=sizes,
        ticktext=[f"{size:,}" for size in sizes],
        row=1,
        col=1,
    )
    drawn.update_yaxes(
        title_text="Median of one search, ms (logarithmic)",
        type="log",
        tickvals=[0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000],
        ticktext=["0.1", "0.3", "1", "3", "10", "30", "100", "300", "1,000", "3,000", "10,000"],
        row=1,
        col=1,
    )


def _crowds(drawn: go.Figure, found: list[Crowds]) -> None:
    for all_ in found[-1:]:
        counts = [str(one.sessions) for one in all_.crowds]
        values = (
            ("median", [one.p50_ms for one in all_.crowds], _BLUE, "circle", "bottom right"),
            ("95th percentile", [one.p95_ms for one in all_.crowds], _ORANGE, "diamond", "top right"),
        )
        for name, took, colour, symbol, written in values:
            drawn.add_trace(
                go.Scatter(
                    legend="legend2",
                    x=counts,
                    y=took,
                    name=name,
                    mode="markers+text",
                    marker={"color": colour, "symbol": symbol, "size": 14},
                    texttemplate="%{y:,.0f}",
                    textposition=written,
                    cliponaxis=False,
                ),
                row=2,
                col=1,
            )
        drawn.add_hline(y=BOUND_MS, line={"dash": "dash", "color": _GREY, "width": 1.5}, row=2, col=1)
        drawn.add_annotation(
            text=f"bound of 25: {BOUND_MS} ms",
            x=-0.45,
            # Plotly takes the logarithm of a line's place itself, and wants it of a text's.
            y=math.log10(BOUND_MS),
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            row=2,
            col=1,
        )
    size = f", {found[-1].embeddings:,} embeddings" if found else ""
    title = f"Sessions, a question every 3 s{size}"
    drawn.update_xaxes(title_text=title, type="category", range=[-0.5, 2.6], row=2, col=1)
    drawn.update_yaxes(
        title_text="Question to page, ms (log.)",
        type="log",
        range=[1.3, 4.2],
        tickvals=[30, 100, 300, 1000, 3000, 10000],
        ticktext=["30", "100", "300", "1,000", "3,000", "10,000"],
        row=2,
        col=1,
    )


def _ingests(drawn: go.Figure, found: list[Ingesting]) -> None:
    names = {"lite": "Milvus Lite", "server": "Milvus server"}
    where = [f"{names[one.engine]}<br>{one.rows:,} rows" for one in found]
    if found:
        bars = (
            ("Milvus, bare", [one.bare for one in found], _GREY, "/"),
            ("Cuepoint, from the archive", [one.ours for one in found], _BLUE, ""),
        )
        for name, rate, colour, hatch in bars:
            drawn.add_trace(_bars(name, where, rate, colour, hatch, "%{y:,.0f}", "legend3"), row=2, col=2)
    drawn.update_xaxes(title_text="Back end", type="category", row=2, col=2)
    drawn.update_yaxes(title_text="Rows a second", rangemode="tozero", tickformat=",", row=2, col=2)


def _bars(
    name: str, where: list[str], values: Any, colour: str, hatch: str, written: str, legend: str
) -> go.Bar:
    return go.Bar(
        legend=legend,
        x=where,
        y=values,
        name=name,
        marker={"color": colour, "pattern": {"shape": hatch, "fgcolor": "white", "size": 6}},
        texttemplate=written,
        textposition="outside",
        cliponaxis=False,
    )

"""Charts of an explanation: scores by modality, and cosines beside what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from components.clock import clock
from components.markup import escaped
from components.results.cards import part_sums
from components.results.naming import PLACES
from core.model import Modality, Moment, Part, Video

COLOURS: Final[Mapping[Modality, str]] = {
    "visual": "#d08433",
    "audio": "#5b8fb0",
    "transcription": "#7f9a56",
    "fused": "#a9729a",
}
"""Between the accents of both themes: Plotly draws one figure for either."""
_ROW: Final = 26
_AROUND: Final = 96
_LONGEST: Final = 30


def score_chart(moments: Sequence[Moment], videos: Mapping[str, Video]) -> go.Figure:
    """Return bars, one a moment, made of what each modality adds; what is taken away goes to the left."""
    labels = [
        f"{rank}. {_short(videos[one.video_id].title)} {clock(one.start_s)}"
        for rank, one in enumerate(moments, 1)
    ]
    sums = [part_sums(moment) for moment in moments]
    figure = go.Figure(
        [
            go.Bar(
                y=labels,
                x=[found.get(modality, 0.0) for found in sums],
                name=place,
                orientation="h",
                marker={"color": COLOURS[modality]},
                hovertemplate=f"%{{y}}<br>{place} adds %{{x:.2f}}<extra></extra>",
            )
            for modality, place in PLACES.items()
            if any(modality in found for found in sums)
        ]
    )
    _lay_out(figure, rows=len(labels), title="part of the score")
    figure.update_layout(barmode="relative")
    return figure


def cosine_chart(parts: Sequence[Part], names: Sequence[str]) -> go.Figure:
    """Return two bars for each term and modality: its cosine, and the mean cosine over the library."""
    labels = [
        f"{_short(names[part.term]) if part.term < len(names) else ''} · {PLACES[part.modality]}"
        for part in parts
    ]
    figure = go.Figure(
        [
            _bars(
                labels,
                [part.background for part in parts],
                "usual",
                ["rgba(128, 128, 128, 0.5)"] * len(parts),
            ),
            _bars(
                labels, [part.cosine for part in parts], "here", [COLOURS[part.modality] for part in parts]
            ),
        ]
    )
    _lay_out(figure, rows=2 * len(labels), title="cosine")
    figure.update_layout(barmode="group")
    return figure


def _bars(labels: Sequence[str], values: Sequence[float], name: str, colours: Sequence[str]) -> go.Bar:
    return go.Bar(
        y=labels,
        x=values,
        name=name,
        orientation="h",
        marker={"color": colours},
        hovertemplate=f"{name} %{{x:.3f}}<extra></extra>",
    )


def _lay_out(figure: go.Figure, *, rows: int, title: str) -> None:
    axis: dict[str, Any] = {"fixedrange": True, "automargin": True}
    figure.update_layout(
        height=_AROUND + _ROW * max(2, rows),
        margin={"l": 8, "r": 8, "t": 30, "b": 44},
        dragmode=False,
        bargap=0.3,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        xaxis={**axis, "title": {"text": title, "font": {"size": 12}}, "zeroline": True},
        yaxis={**axis, "autorange": "reversed"},
    )


def _short(text: str) -> str:
    # Plotly reads a little HTML in labels.
    return escaped(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")

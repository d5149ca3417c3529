"""The figure of the map: points on a plane without units, their names, and what a click tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from components.insight_downloads import OTHERS, framed
from components.insight_map_colours import Colouring, Part, scale_of
from components.markup import escaped

if TYPE_CHECKING:
    from core.model.insights import Landscape

HEIGHT: Final = 620
MOST_LABELS: Final = 24
_ABOVE: Final = 0.95
"""A group's name stands above this share of its points: few stray ones must not push it away."""
_SCALE: Final = "Cividis"
"""Read alike by people who are colour-blind."""


def map_figure(landscape: Landscape, colouring: Colouring) -> go.Figure:
    """Return the map; each point's custom data are its row, its video's number, start and end in seconds."""
    figure = go.Figure()
    points = landscape.points
    told = np.column_stack([np.arange(len(points)), points.video_of, points.start_s, points.end_s])
    size = _size(len(points))
    if colouring.values is not None:
        _numbered(figure, landscape.places, told, colouring, size)
    for part in colouring.parts:
        figure.add_scattergl(**_trace(landscape.places, told, part.rows, part.name, part.colour, size))
    title = f"{len(points):,} segments {colouring.title}"
    framed(figure, title=title, x="", y="", height=HEIGHT, legend=_legend(colouring))
    hidden = {"visible": False, "title": None}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    figure.update_layout(dragmode="lasso", hovermode="closest", legend={"itemsizing": "constant"})
    if _legend(colouring):
        figure.update_layout(margin={"b": 64})
    for part in colouring.labelled[:MOST_LABELS]:
        _label(figure, landscape.places, part)
    return figure


def _legend(colouring: Colouring) -> bool:
    """Return whether colours need a legend: those whose names stand on the map do not."""
    return len(colouring.parts) > 1 and not 0 < len(colouring.labelled) <= MOST_LABELS


def _numbered(
    figure: go.Figure, places: NDArray[np.float32], told: NDArray[Any], colouring: Colouring, size: float
) -> None:
    values = colouring.values
    if values is None:
        return
    known = np.isfinite(values)
    if not known.all():
        unknown = np.flatnonzero(~known)
        figure.add_scattergl(**_trace(places, told, unknown, "unknown", OTHERS, size))
    # The highest are drawn last, on top of the others.
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(values[rows], kind="stable")]
    trace = _trace(places, told, rows, "known", "", size)
    trace["marker"] |= {
        "color": values[rows],
        "colorscale": _SCALE,
        "showscale": True,
        "colorbar": scale_of(colouring),
    }
    figure.add_scattergl(**trace)


def _trace(
    places: NDArray[np.float32],
    told: NDArray[Any],
    rows: NDArray[np.int64],
    name: str,
    colour: str,
    size: float,
) -> dict[str, Any]:
    return {
        "x": places[rows, 0],
        "y": places[rows, 1],
        "customdata": told[rows],
        "name": escaped(name),
        "mode": "markers",
        "marker": {"size": size, "color": colour or None, "opacity": 0.8},
        # What is under the pointer is shown with its picture, beside the chart's own label.
        "hoverinfo": "none",
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 0.2}},
    }


def _label(figure: go.Figure, places: NDArray[np.float32], part: Part) -> None:
    if not len(part.rows):
        return
    x = np.median(places[part.rows, 0])
    y = np.quantile(places[part.rows, 1], _ABOVE)
    figure.add_annotation(
        x=float(x),
        y=float(y),
        text=escaped(part.name),
        showarrow=False,
        yanchor="bottom",
        yshift=10,
        font={"size": 12, "color": "#ffffff"},
        bgcolor="rgba(20, 20, 24, 0.62)",
        borderpad=2,
    )


def _size(many: int) -> float:
    return 9.0 if many <= 500 else 7.0 if many <= 5_000 else 4.0 if many <= 30_000 else 2.5

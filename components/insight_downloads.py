"""How charts of the insights are framed, and how what they show is taken along: as a table, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from components.markup import escaped
from components.table import csv_of

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

PALETTE: Final = (
    "#d08433",
    "#5b8fb0",
    "#7f9a56",
    "#a9729a",
    "#c2a83e",
    "#4fa3a0",
    "#b8604f",
    "#8a8f98",
)
"""Told apart by people who are colour-blind, and readable on the light and the dark page alike."""
OTHERS: Final = "rgba(128, 128, 128, 0.55)"
"""For what belongs to nothing, and for what is only there to be compared with."""
_PICTURE_SCALE: Final = 2
_TOOLS_KEPT: Final = ("toImage", "resetScale2d", "select2d", "lasso2d", "pan2d", "zoom2d")
_ALL_TOOLS: Final = ("zoomIn2d", "zoomOut2d", "autoScale2d", *_TOOLS_KEPT)

Mode = Literal["points", "box", "lasso"]


def framed(
    figure: go.Figure,
    *,
    title: str,
    x: str,
    y: str,
    height: int = 360,
    legend: bool = True,
) -> go.Figure:
    """Return the figure with a title that says what it shows, and axes that say their unit."""
    font = {"size": 12}
    figure.update_layout(
        title={"text": escaped(title), "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.98},
        height=height,
        margin={"l": 8, "r": 8, "t": 48, "b": 92 if legend else 44},
        showlegend=legend,
        # Below: above, its rows would lie on the title where the screen is narrow.
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": escaped(x), "font": font}, "automargin": True},
        yaxis={"title": {"text": escaped(y), "font": font}, "automargin": True},
        hoverlabel={"namelength": -1},
    )
    return figure


def chart(
    figure: go.Figure,
    *,
    name: str,
    key: str,
    on_select: Callable[[], None] | Literal["ignore", "rerun"] = "ignore",
    modes: Sequence[Mode] = ("points",),
    tools: Collection[str] = ("toImage",),
) -> Any:
    """Draw a chart whose picture is saved as ``name``.png; return what is selected in it.

    ``tools`` are the buttons that are left, of plotly's own names.
    """
    return st.plotly_chart(
        figure,
        key=key,
        on_select=on_select,
        selection_mode=tuple(modes),
        config={
            "displaylogo": False,
            "displayModeBar": True,
            "modeBarButtonsToRemove": [tool for tool in _ALL_TOOLS if tool not in tools],
            "toImageButtonOptions": {"format": "png", "filename": name, "scale": _PICTURE_SCALE},
        },
    )


def table_button(frame: pd.DataFrame, name: str, *, key: str, what: str) -> None:
    """Draw the button that saves a table as ``name``.csv; ``what`` says what is in it."""
    st.download_button(
        "CSV",
        csv_of([str(column) for column in frame], frame.itertuples(index=False, name=None)),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        help=f"Save {what} as a table for spreadsheets.",
        on_click="ignore",
    )

"""The frame under the pointer, for charts whose points are segments: painted in the browser, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.faults import action
from components.film import film_of
from components.player import cue_of

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video
    from core.model.insights import Points

MOST_FILMS: Final = 300
"""Of more videos only title and time are shown: their links would weigh more than the chart."""

_hover: Final = build(
    "insight_hover",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/film.js",
    "shared/play.js",
    "insight_hover/hover.js",
    css=("shared/base.css", "insight_hover/hover.css"),
)


def hover_frames(
    library: Library,
    points: Points,
    videos: Mapping[str, Video],
    *,
    chart_key: str,
    on_click: Callable[[int, str], None],
) -> None:
    """Show title, time and frame of the point under the pointer, in the chart of the container ``chart_key``.

    The points' custom data are (row, number of the video among the points', start, end in seconds). A click
    on a point plays it, and calls ``on_click`` with its row and the player's nonce, empty where the player
    has not got it yet. Streamlit's own chart hears no clicks while it has a lasso or a box.
    """
    key = f"{chart_key}_hover"

    def clicked() -> None:
        told = st.session_state[key].clicked
        if told and 0 <= int(told["row"]) < len(points):
            on_click(int(told["row"]), str(told["nonce"]) if told["played"] else "")

    known = [videos.get(one) for one in points.video_ids]
    at_hand = len(known) <= MOST_FILMS
    data: dict[str, Any] = {
        "chart": chart_key,
        "titles": ["" if video is None else video.title for video in known],
        "films": [film_of(library, one.id) if one is not None and at_hand else None for one in known],
        "cues": [
            cue_of(library, one, 0.0, one.duration_s).told() if one is not None and at_hand else None
            for one in known
        ],
    }
    _hover(key=key, data=data, on_clicked_change=action(clicked))

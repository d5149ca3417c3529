"""All videos as a wall of pictures, to choose one to watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.clock import clock
from components.formats import counted
from components.frame import heading, quiet
from components.tiles import Tile, tile_wall

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

MOST: Final = 60


def draw_choice(library: Library, videos: Sequence[Video]) -> None:
    """Draw all videos to choose one from."""
    if not videos:
        heading("Watch", "There are no videos yet. Add some, and they can be watched here frame by frame.")
        st.page_link("library.py", label="Add videos", icon=":material/upload:")
        return
    heading("Watch", "Choose a video.")
    words = st.text_input(
        "Find a video",
        key="watch_words",
        type="search",
        placeholder="Find by title",
        icon=":material/search:",
        label_visibility="collapsed",
        width=360,
    )
    found = [video for video in videos if (words or "").casefold() in video.title.casefold()]
    if not found:
        quiet("No title fits. Try another word.")
    shown = found[:MOST]
    tiles = [
        Tile(video.id, library.poster_link(video.id), video.title, clock(video.duration_s)) for video in shown
    ]
    picked = tile_wall(tiles, label="Videos", key="watch_wall")
    if len(found) > len(shown):
        quiet(f"{counted(len(found) - len(shown), 'more video')}: find them by their title.")
    if picked is not None:
        st.query_params["video"] = picked
        st.rerun()

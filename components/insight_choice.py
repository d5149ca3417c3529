"""Rows of the insights as moments: to be played, opened as results, kept, and taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from components.faults import action
from components.formats import counted, minutes
from components.insight_downloads import table_button
from components.keeping import keep_many
from components.moments import Shown, moment_row
from components.search_address import Place

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video
    from core.model.insights import Points

SHOWN: Final = 24
MOST_EXAMPLES: Final = 10
"""Moments that a search is opened with; more say no more."""
_TOUCHING_S: Final = 0.05


def place_of(points: Points, row: int) -> Place:
    """Return the place of one row."""
    video_id, segment = points.segment(row)
    return Place(video_id, segment.start_s, segment.end_s)


def stretches(points: Points, rows: Sequence[int]) -> list[Place]:
    """Return the places of rows by video and time; segments that touch are one place."""
    found: list[Place] = []
    for place in sorted((place_of(points, row) for row in rows), key=lambda one: (one.video_id, one.start_s)):
        before = found[-1] if found else None
        if before and before.video_id == place.video_id and place.start_s <= before.end_s + _TOUCHING_S:
            found[-1] = Place(before.video_id, before.start_s, max(before.end_s, place.end_s))
        else:
            found.append(place)
    return found


def spread(rows: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the rows, evenly spread."""
    if len(rows) <= most:
        return list(rows)
    return [rows[number * len(rows) // most] for number in range(most)]


def draw_chosen(
    library: Library, videos: Mapping[str, Video], points: Points, rows: Sequence[int], *, key: str
) -> None:
    """Draw what was chosen on the map, and what can be done with it."""
    rows = [row for row in sorted(set(rows)) if row < len(points)]
    places = stretches(points, rows)
    many = len({place.video_id for place in places})
    length = sum(place.end_s - place.start_s for place in places) / 60
    st.markdown(f"**{counted(len(rows), 'segment')}** of {counted(many, 'video')}, {minutes(length)}")
    with st.container(horizontal=True, gap="small"):
        if st.button("Open as results", key=f"{key}_open", icon=":material/search:"):
            open_results([place_of(points, row) for row in spread(rows, MOST_EXAMPLES)])
        st.button(
            "Keep all" if len(places) > 1 else "Keep",
            key=f"{key}_keep",
            icon=":material/bookmark:",
            on_click=action(keep_many),
            args=(library, places),
        )
        table_button(chosen_table(points, rows, videos), "segments", key=f"{key}_csv", what="these segments")
    shown = places[:SHOWN]
    moment_row(
        library, videos, [Shown(place) for place in shown], label="Chosen on the map", key=f"{key}_moments"
    )
    if len(places) > len(shown):
        st.caption(f"The first {len(shown)} of {counted(len(places), 'stretch', 'stretches')}.")


def open_results(examples: Sequence[Place]) -> None:
    """Leave for the search page, which finds more like these moments."""
    st.switch_page("search.py", query_params={"more": [str(place) for place in examples]})


def chosen_table(points: Points, rows: Sequence[int], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a segment."""
    told = []
    for row in rows:
        place = place_of(points, row)
        video = videos.get(place.video_id)
        told.append(
            (
                video.title if video else "",
                round(place.start_s, 3),
                round(place.end_s, 3),
                (video.category if video else "") or "",
                place.video_id,
            )
        )
    return pd.DataFrame(told, columns=["title", "start_s", "end_s", "category", "video_id"])

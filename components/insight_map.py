"""The map: every segment as a point, coloured by what somebody wants to see; chosen points can be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from components.address_values import tidy
from components.chosen import choose
from components.faults import action, show_fault
from components.frame import quiet
from components.insight_choice import draw_chosen, place_of
from components.insight_downloads import chart
from components.insight_groups import chosen_k
from components.insight_hover import hover_frames
from components.insight_map_colours import Colouring, by_date, by_group, by_likeness, by_name
from components.insight_map_figure import map_figure
from components.insight_progress import insight
from components.search_parameters import follow, write
from core.errors import CuepointError
from core.model import Query, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video
    from core.model.insights import Landscape, Points, Selection

KEY: Final = "insight_map"
COLOURS: Final = {
    "group": "Group",
    "category": "Category",
    "video": "Video",
    "date": "Date",
    "likeness": "Likeness to words",
}


def draw_map(
    library: Library, selection: Selection, landscape: Landscape, videos: Mapping[str, Video]
) -> None:
    """Draw the section."""
    points = landscape.points
    with st.container(key="map_line", horizontal=True, vertical_alignment="bottom", gap="small"):
        colour = _colour_control()
        words = _words_control() if colour == "likeness" else ""
    body, state = st.container(key=KEY), st.container(key="map_state")
    with state:
        colouring = _colouring(library, selection, points, videos, colour, words)
    key = f"{KEY}_{points.space_key}_{points.modality}_{len(points)}_{landscape.final}"
    with body:
        answer = chart(
            map_figure(landscape, colouring),
            name="map",
            key=key,
            on_select="rerun",
            modes=("points", "box", "lasso"),
            tools=("toImage", "pan2d", "zoom2d", "lasso2d", "select2d", "resetScale2d"),
        )
    hover_frames(
        library,
        points,
        videos,
        chart_key=KEY,
        on_click=lambda row, nonce: choose(place_of(points, row), nonce),
    )
    drawn = "" if landscape.final else " This is the first picture; the map replaces it."
    quiet(
        "What is alike lies together; directions and distances between far points mean nothing. Click a "
        f"point to play it, or drag around several (lasso, box) to use them.{drawn}"
    )
    rows = chosen_rows(answer)
    if rows:
        draw_chosen(library, videos, points, rows, key="map_chosen")


def chosen_rows(answer: Any) -> list[int]:
    """Return the rows that are selected in the chart."""
    selection = getattr(answer, "selection", None)
    found = [] if selection is None else selection.points
    return sorted({row for point in found if (row := _row(point.get("customdata"))) is not None})


def _row(told: Any) -> int | None:
    """Return the row of a point: numbers that were sent as such come back as an object."""
    values = list(told.values()) if isinstance(told, Mapping) else told
    return int(values[0]) if values else None


def _colouring(
    library: Library,
    selection: Selection,
    points: Points,
    videos: Mapping[str, Video],
    colour: str,
    words: str,
) -> Colouring:
    if colour == "category":
        return by_name(points, [_category(videos.get(one)) for one in points.video_ids], "categories")
    if colour == "video":
        titles = [videos[one].title if one in videos else "" for one in points.video_ids]
        return by_name(points, titles, "videos")
    if colour == "date":
        return by_date(points, [_recorded(videos.get(one)) for one in points.video_ids])
    if colour == "likeness":
        return _likeness(library, selection, points, words)
    k = chosen_k()
    found = insight(library, lambda: library.clusters(selection, k), key="map_clusters")
    if found is None:
        return by_group(np.full(len(points), -1, np.int32), ())
    names = library.cluster_names(selection, k)
    return by_group(found.labels, [name.title(number) for number, name in enumerate(names)])


def _likeness(library: Library, selection: Selection, points: Points, words: str) -> Colouring:
    scores = np.zeros(len(points))
    if words:
        try:
            matches = library.matches(selection, Query(terms=(Text(words),)))
        except CuepointError as exc:
            show_fault(exc)
        else:
            scores = matches.scores
            if matches.ignored:
                quiet(f"Not understood: {', '.join(matches.ignored)}")
    return by_likeness(scores, words)


def _category(video: Video | None) -> str:
    return (video.category if video else None) or "Without category"


def _recorded(video: Video | None) -> float | None:
    return video.recorded_at.timestamp() if video is not None and video.recorded_at else None


def _colour_control() -> str:
    told = st.query_params.get("colour", "group")
    chosen = told if told in COLOURS else "group"

    def changed() -> None:
        picked = st.session_state["insight_colour"]
        write({"colour": None if picked == "group" else picked})

    st.segmented_control(
        "Colour by",
        list(COLOURS),
        default=follow("insight_colour", chosen),
        key="insight_colour",
        required=True,
        format_func=lambda one: COLOURS[one],
        on_change=action(changed),
    )
    return chosen


def _words_control() -> str:
    words = tidy(st.query_params.get("words_like", ""))

    def changed() -> None:
        write({"words_like": tidy(st.session_state["insight_words_like"])})

    st.text_input(
        "Words",
        follow("insight_words_like", words),
        key="insight_words_like",
        placeholder="What to look for, as in a search",
        max_chars=500,
        on_change=action(changed),
    )
    return words

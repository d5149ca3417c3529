"""The page of the insights: which part of the library, which question; all of it in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chosen import chosen
from components.copy_link import copy_link
from components.faults import action, boundary
from components.filter_chips import filter_chips
from components.filters import filters_button, known_filters
from components.formats import counted
from components.frame import heading, quiet
from components.insight_coverage import draw_coverage
from components.insight_groups import draw_groups, followed_groups
from components.insight_map import draw_map
from components.insight_outliers import draw_outliers
from components.insight_progress import insight
from components.insight_repeats import draw_repeats
from components.insight_trends import draw_trends
from components.keeping import keep
from components.player import Cue, cue_of, player
from components.results.naming import PLACES
from components.search_parameters import current_request, follow, write
from components.search_stage import renewed
from components.strips import strip_of
from core.errors import NotFound
from core.model.insights import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.search_address import SearchRequest
    from core.library import Library
    from core.model import Modality, Video
    from core.model.insights import Landscape

SECTIONS: Final = {
    "map": "Map",
    "groups": "Groups",
    "outliers": "Outliers",
    "repeats": "Repeats",
    "trends": "Trends",
    "coverage": "Coverage",
}
_MEANINGS: Final = {
    "map": "Every segment as a point: what is alike lies together.",
    "groups": "What there is much of: segments that are like each other.",
    "outliers": "What is least like the rest.",
    "repeats": "What is there more than once, and what deleting it would save.",
    "trends": "When there is more or less of something.",
    "coverage": "How much footage there is of what, how long and how new it is.",
}


def draw_insights(library: Library) -> None:
    """Draw the page."""
    videos = library.videos()
    section = _section()
    heading("Insights", _MEANINGS[section])
    if not any(video.segment_count for video in videos):
        st.info(
            "Nothing is indexed yet. Add videos, and this page shows what is in them.",
            icon=":material/insights:",
        )
        st.page_link("library.py", label="Add videos", icon=":material/video_library:")
        return
    request = known_filters(current_request(), videos)
    with st.container(key="insight_line", horizontal=True, vertical_alignment="center", gap="small"):
        _section_control(section)
        modality = _modality_control(library, hidden=section == "coverage")
        filters_button(request, videos)
        copy_link(has_upload=False)
        filter_chips(request, videos)
    selection = Selection(modality, request.filters)
    with boundary():
        if section == "coverage":
            draw_coverage(library, selection, request)
        elif section == "trends":
            _trends(library, selection, request)
        else:
            _beside_player(library, selection, section, videos)


def _trends(library: Library, selection: Selection, request: SearchRequest) -> None:
    landscape = insight(library, lambda: library.survey(selection), key="survey")
    if landscape is None or not len(landscape.points):
        return
    draw_trends(library, selection, request, followed_groups(library, selection))


def _beside_player(library: Library, selection: Selection, section: str, videos: Sequence[Video]) -> None:
    cue = _cue(library)
    with st.container(key="insight_stage"):
        main = st.container(key="insight_main")
        # Its own container stays the same, or the player would be a new one at the first choice.
        with st.container(key="rail"):
            player(
                cue,
                key="insight_player",
                on_expired=renewed,
                strip=None if cue is None else strip_of(library, library.video(cue.video_id), None, ()),
                on_keep=lambda place: keep(library, place),
            )
    with main:
        # What comes and goes stands below: a chart must not move while somebody points at it.
        body, state = st.container(key="insight_body"), st.container(key="insight_state")
    with state, boundary():
        if cue is None:
            st.html('<span class="cp-nothing-chosen"></span>')
        landscape = insight(library, lambda: library.survey(selection), key="survey")
        if landscape is None or not len(landscape.points):
            return
        _sampled(landscape)
    with body, boundary():
        _section_body(library, selection, section, landscape, {video.id: video for video in videos})


def _section_body(
    library: Library,
    selection: Selection,
    section: str,
    landscape: Landscape,
    videos: Mapping[str, Video],
) -> None:
    points = landscape.points
    if section == "map":
        draw_map(library, selection, landscape, videos)
    elif section == "groups":
        draw_groups(library, selection, points, videos)
    elif section == "outliers":
        draw_outliers(library, selection, points, videos)
    else:
        found = insight(library, lambda: library.repeats(selection), key="repeats")
        if found is not None:
            draw_repeats(library, found)


def _sampled(landscape: Landscape) -> None:
    points = landscape.points
    if points.sampled:
        whole = counted(points.total, "segment")
        quiet(f"A sample of {len(points):,} of {whole}: the same share of each video.")


def _cue(library: Library) -> Cue | None:
    place, nonce = chosen()
    if place is None:
        return None
    try:
        return cue_of(library, library.video(place.video_id), place.start_s, place.end_s, nonce=nonce)
    except NotFound:
        return None


def _section() -> str:
    told = st.query_params.get("show", "map")
    return told if told in SECTIONS else "map"


def _section_control(section: str) -> None:
    def changed() -> None:
        picked = st.session_state["insight_show"]
        write({"show": None if picked == "map" else picked})

    st.segmented_control(
        "Show",
        list(SECTIONS),
        default=follow("insight_show", section),
        key="insight_show",
        required=True,
        format_func=lambda one: SECTIONS[one],
        label_visibility="collapsed",
        on_change=action(changed),
    )


def _modality_control(library: Library, *, hidden: bool) -> Modality:
    """Draw the choice of what is compared: picture, sound, ...; return it."""
    there = library.modalities()
    told = st.query_params.get("of")
    modality = next((one for one in there if one == told), there[0])
    if len(there) < 2 or hidden:
        return modality

    def changed() -> None:
        picked = st.session_state["insight_of"]
        write({"of": None if picked == there[0] else picked})

    st.segmented_control(
        "Compare by",
        there,
        default=follow("insight_of", modality),
        key="insight_of",
        required=True,
        format_func=lambda one: PLACES[one].capitalize(),
        label_visibility="collapsed",
        on_change=action(changed),
    )
    return modality

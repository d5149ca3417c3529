"""The page of one video: player, a search inside it, its segments, and what is like it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chosen import chosen
from components.elsewhere import elsewhere
from components.faults import guarded, show_fault
from components.filmstrip import filmstrip
from components.formats import counted
from components.frame import heading, quiet
from components.keeping import keep
from components.player import Cue, cue_of, player
from components.search_stage import LAST_SEARCH, renewed
from components.strips import strip_of
from components.watching.about import draw_about, draw_missing
from core.errors import CuepointError, NotFound
from core.model import Query, Segment, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

FOUND_FROM: Final = 0.5
"""A segment counts as found from half of a typical best match of the library."""


def draw_video(library: Library, video: Video) -> None:
    """Draw one video."""
    _top(video)
    draw_missing(library, video)
    with st.container(key="bench"):
        left, right = st.container(key="bench_left"), st.container(key="bench_right")
    with right, st.container(key="bench_inside"):
        query = _query()
        scored = _scored(library, video, query)
        hits = [segment for segment, score in scored if query is not None and score >= FOUND_FROM]
        st.fragment(guarded(_segments))(library, video, scored, hits, query is not None)
    with left:
        with st.container(key="rail"):
            player(
                _cue(library, video),
                key=f"player_{video.id}",
                on_expired=renewed,
                strip=strip_of(library, video, query, hits),
                on_keep=lambda place: keep(library, place),
            )
        if scored:
            with st.container(key="bench_elsewhere"):
                segments = [segment for segment, _ in scored]
                st.fragment(guarded(elsewhere))(library, video, segments, key=f"elsewhere_{video.id}")
    with right, st.container(key="bench_about"):
        draw_about(video)


def _top(video: Video) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="watch_top"):
        with st.container():
            heading(video.title, " · ".join(part for part in (video.category or "", *video.tags) if part))
        search = st.session_state.get(LAST_SEARCH)
        if search:
            st.page_link(
                "search.py", label="Back to the search", icon=":material/arrow_back:", query_params=search
            )
        st.page_link("browse.py", label="All videos", icon=":material/grid_view:", query_params={})


def _query() -> Query | None:
    text = st.text_input(
        "Search inside this video",
        key="inside",
        bind="query-params",
        type="search",
        max_chars=2000,
        placeholder="Search inside this video",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    words = " ".join((text or "").split())
    return Query(terms=(Text(words),)) if words else None


def _scored(library: Library, video: Video, query: Query | None) -> list[tuple[Segment, float]]:
    try:
        if query is not None:
            return library.relevance(query, video.id)
    except CuepointError as exc:
        show_fault(exc)
    try:
        return [(segment, 0.0) for segment in library.segments(video.id)]
    except CuepointError as exc:
        if query is None:
            show_fault(exc)
        return []


def _cue(library: Library, video: Video) -> Cue:
    """Return where the player stands: what was chosen last, also of another video, or the whole video."""
    place, nonce = chosen()
    if place is not None:
        try:
            shown = video if place.video_id == video.id else library.video(place.video_id)
            return cue_of(library, shown, place.start_s, place.end_s, nonce=nonce)
        except NotFound:
            # Deleted since: the page's own video is there all the same.
            pass
    return cue_of(library, video, 0.0, video.duration_s, nonce=f"whole {video.id}")


def _segments(
    library: Library,
    video: Video,
    scored: Sequence[tuple[Segment, float]],
    hits: Sequence[Segment],
    asked: bool,
) -> None:
    if not scored:
        quiet("Its segments appear here when it has been indexed.")
        return
    found = counted(len(hits), "match", "matches") if hits else "none matches well"
    quiet(f"{counted(len(scored), 'segment')} in order of time{f', {found}' if asked else ''}")
    filmstrip(library, video, scored, hits=hits, key=f"segments_{video.id}")

"""The page of one video: player, timeline, segments, and what is written about it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from components.chosen import choose, chosen
from components.faults import guarded, show_fault
from components.formats import counted, day, resolution, size
from components.frame import facts, heading, quiet
from components.player import Cue, cue_of, player
from components.search_address import Place
from components.search_stage import LAST_SEARCH, renewed
from components.tiles import Tile, tile_wall
from components.timecode import clock, timecode
from components.timeline import timeline
from core.errors import CuepointError
from core.model import Query, Segment, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video


def draw_choice(library: Library, videos: Sequence[Video]) -> None:
    """Draw all videos to choose one from."""
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
    if not videos:
        quiet("There are no videos yet.")
        st.page_link("library.py", label="Add videos", icon=":material/upload:")
    elif not found:
        quiet("No title fits. Try another word.")
    shown = found[:60]
    tiles = [
        Tile(video.id, library.poster_link(video.id), video.title, clock(video.duration_s)) for video in shown
    ]
    picked = tile_wall(tiles, label="Videos", key="watch_wall")
    if len(found) > len(shown):
        quiet(f"{counted(len(found) - len(shown), 'more video')}: find them by their title.")
    if picked is not None:
        st.query_params["video"] = picked
        st.rerun()


def draw_video(library: Library, video: Video) -> None:
    """Draw one video."""
    _top(video)
    left, right = st.columns([1.6, 1], gap="large")
    with right:
        query = _query()
    scored = _scored(library, video, query)
    with left:
        with st.container(key="rail"):
            player(_cue(library, video), key=f"player_{video.id}", on_expired=renewed)
        if scored:
            timeline(
                scored,
                duration_s=video.duration_s,
                query=query,
                key=f"timeline_{video.id}",
                on_pick=lambda segment: _go(video, segment),
            )
        else:
            quiet("Its segments appear here when it has been indexed.")
    with right:
        st.fragment(guarded(_segments))(library, video, scored, query is not None)
        _about(video)


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


def _query() -> str | None:
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
    return " ".join((text or "").split()) or None


def _scored(library: Library, video: Video, query: str | None) -> list[tuple[Segment, float]]:
    try:
        if query is None:
            return [(segment, 0.0) for segment in library.segments(video.id)]
        return library.relevance(Query(terms=(Text(query),)), video.id)
    except CuepointError as exc:
        show_fault(exc)
        return []


def _go(video: Video, segment: Segment) -> None:
    # A nonce of its own: the same segment again begins again.
    choose(Place(video.id, segment.start_s, segment.end_s), f"timeline {secrets.token_hex(4)}")


def _cue(library: Library, video: Video) -> Cue:
    """Return where the player stands: what was clicked last, or the whole video."""
    place, nonce = chosen()
    if place is not None and place.video_id == video.id:
        return cue_of(library, video, place.start_s, place.end_s, nonce=nonce)
    return cue_of(library, video, 0.0, video.duration_s, nonce=f"whole {video.id}")


def _segments(library: Library, video: Video, scored: Sequence[tuple[Segment, float]], ranked: bool) -> None:
    if not scored:
        return
    quiet(f"{counted(len(scored), 'segment')}, in order of time")
    tiles = [
        Tile(
            id=f"{segment.start_ms}",
            image=library.thumbnail_link(video.id, segment.middle_s),
            title="",
            below=timecode(segment.start_s, video.media.frame_rate),
            cue=cue_of(library, video, segment.start_s, segment.end_s),
            level=score if ranked else 0.0,
        )
        for segment, score in scored
    ]
    tile_wall(tiles, label="Segments", key=f"segments_{video.id}", size="small")


def _about(video: Video) -> None:
    media = video.media
    rate = f"{float(media.frame_rate):.3f}".rstrip("0").rstrip(".")
    rows = [
        ("Length", timecode(video.duration_s, media.frame_rate)),
        ("Picture", f"{resolution(media.width, media.height)}, {rate} frames a second"),
        ("Codecs", ", ".join(part for part in (media.video_codec, media.audio_codec) if part)),
        ("Size", size(video.size_bytes)),
        ("Recorded", day(video.recorded_at)),
        ("Added", day(video.added_at)),
        ("Subtitles", "yes" if video.has_subtitles else ""),
        ("From", video.source_url or ""),
    ]
    with st.expander("About this video", expanded=True):
        facts((name, value) for name, value in rows if value)

"""The query bar: words, a sample, where to look; its values live in the page's address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action
from components.sample_picker import sample_chip, sample_picker
from components.search_address import EVEN, SENSE_NAMES, SearchRequest, Sense, read_request, senses_of
from components.shortcuts import slash_focuses

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.library import Library
    from core.model import Video

QUERY_KEY: Final = "q"
_VIDEOS_KEY: Final = "videos_filter"


@dataclass(frozen=True, slots=True)
class QueryBar:
    """What the bar asks for, and the place in it where the effective weights are written."""

    request: SearchRequest
    weights: DeltaGenerator


def query_bar(library: Library, videos: Sequence[Video]) -> QueryBar:
    """Draw the bar."""
    slash_focuses(QUERY_KEY)
    with st.container(key="query_line", horizontal=True, vertical_alignment="center", gap="small"):
        text = st.text_input(
            "Search your footage",
            key=QUERY_KEY,
            bind="query-params",
            type="search",
            max_chars=2000,
            placeholder="Describe a moment: what is seen, what is heard   ( / )",
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_query_changed,
        )
        sample_picker(library, videos)
        categories = _filters(videos)
    places: tuple[Sense, ...] = senses_of(library.modalities())
    everywhere: Sense = "both"
    with st.container(key="query_options", horizontal=True, vertical_alignment="center", gap="medium"):
        sense = st.segmented_control(
            "Search in",
            places,
            key="in",
            default=everywhere,
            required=True,
            bind="query-params",
            format_func=lambda sense: SENSE_NAMES[sense],
            label_visibility="collapsed",
            on_change=_filters_changed,
        )
        sample_chip(library, videos)
        words, together = _weight(library, has_words=bool((text or "").strip()))
        weights = st.empty()
    request = read_request(
        {name: st.query_params.get_all(name) for name in st.query_params},
        text=text or "",
        words_percent=words,
        together=together,
        sense=sense or "both",
        categories=categories,
    )
    # A link may name a video that has been deleted since; a filter on it would find nothing for ever.
    known = {video.id for video in videos}
    request = replace(request, video_ids=tuple(one for one in request.video_ids if one in known))
    return QueryBar(request, weights)


def set_query(text: str) -> None:
    """Put words into the query box; for callbacks, which run before the box is drawn."""
    st.session_state[QUERY_KEY] = text
    _query_changed()


def forget(*names: str) -> None:
    """Take parameters out of the page's address."""
    for name in names:
        if name in st.query_params:
            del st.query_params[name]


def _filters(videos: Sequence[Video]) -> list[str]:
    known = {video.id: video.title for video in videos}
    chosen = [video_id for video_id in st.query_params.get_all("videos") if video_id in known]
    # The address says which videos; the control follows it, and writes it when somebody uses it.
    if st.session_state.get(_VIDEOS_KEY) != chosen:
        st.session_state[_VIDEOS_KEY] = chosen
    named = sorted({video.category for video in videos if video.category})
    count = len(chosen) + len(st.query_params.get_all("category"))
    with st.popover(f"Filters ({count})" if count else "Filters", icon=":material/tune:", key="filters"):
        categories = st.multiselect(
            "Category",
            named,
            key="category",
            bind="query-params",
            placeholder="Any category" if named else "No video has a category yet",
            on_change=_filters_changed,
        )
        st.multiselect(
            "Video",
            list(known),
            key=_VIDEOS_KEY,
            format_func=lambda video_id: known.get(video_id, video_id),
            placeholder="Any video",
            on_change=_videos_changed,
        )
    return categories


def _weight(library: Library, *, has_words: bool) -> tuple[int, bool]:
    """Draw how words and sample go together; return the words' percent, and whether the engine does it."""
    if not has_words or not ({"like", "sample"} & set(st.query_params)):
        return EVEN, False
    # A moment of the library has its vector already; what can be combined is what was uploaded.
    can_combine = library.combines and "like" not in st.query_params
    if can_combine and st.toggle(
        "Let Marengo combine them",
        key="together",
        bind="query-params",
        help="Marengo makes one question of words and sample. Off: the slider weighs them.",
        on_change=_filters_changed,
    ):
        return EVEN, True
    percent = st.slider(
        "Weight of words against sample",
        0,
        100,
        EVEN,
        5,
        key="words",
        bind="query-params",
        help="Left: only the sample counts. Right: only the words.",
        label_visibility="collapsed",
        width=220,
    )
    return percent, False


@action
def _query_changed() -> None:
    forget("at", "anyway", "n")


@action
def _filters_changed() -> None:
    forget("anyway", "n")


@action
def _videos_changed() -> None:
    st.query_params["videos"] = st.session_state[_VIDEOS_KEY]
    forget("anyway", "n")

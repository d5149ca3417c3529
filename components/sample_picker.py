"""Adding a sample clip or picture to the query: uploaded, or cut from a video of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chips import chip
from components.clock import clock
from components.faults import action
from components.search_address import Place, SearchRequest
from components.search_parameters import forget

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

LONGEST_S: Final = 30.0
_WITH_SOUND: Final = "A clip of up to 30 seconds, a picture, or a sound"
_WITHOUT_SOUND: Final = "A clip of up to 30 seconds, or a picture"
SOUNDS: Final = (".wav", ".mp3", ".flac")
_OPEN: Final = "sample_popover"
_UPLOAD: Final = "sample_upload"
_ROUND: Final = "sample_round"


def sample_picker(library: Library, videos: Sequence[Video]) -> None:
    """Draw the button that adds a sample; what is chosen goes into the page's address."""
    popover = st.popover("Sample", icon=":material/add_photo_alternate:", key=_OPEN, on_change="rerun")
    if not popover.open:
        return
    with popover:
        upload, cut = st.tabs(["Upload", "From a video"])
    with upload:
        # A new key empties the uploader once its file has been kept.
        key = f"{_UPLOAD}_{st.session_state.get(_ROUND, 0)}"
        suffixes = library.sample_suffixes()
        st.file_uploader(
            _WITH_SOUND if ".wav" in suffixes else _WITHOUT_SOUND,
            type=[suffix.removeprefix(".") for suffix in suffixes],
            key=key,
            max_upload_size=32,
            on_change=_uploaded,
            args=(library, key),
        )
    with cut:
        _cut(videos)


def sample_chip(library: Library, request: SearchRequest, videos: Sequence[Video]) -> None:
    """Draw the sample of the query, with a button that takes it away."""
    if request.like is not None:
        place = request.like
        title = next((video.title for video in videos if video.id == place.video_id), "a removed video")
        label = f"Like {title}, {clock(place.start_s)}–{clock(place.end_s)}"
    elif request.sample is not None:
        label = f"Like your {_kind(library, request.sample)}"
    else:
        return
    chip(label, "sample", use_place, None)


@action
def use_place(place: Place | None) -> None:
    """Make a stretch of a library video the sample; None takes any sample away. For callbacks."""
    write_sample(place)
    st.session_state[_OPEN] = False


def write_sample(place: Place | None) -> None:
    """Write a sample into the page's address; what was chosen among the old results goes."""
    forget("sample", "like", "at", "anyway", "n")
    if place is None:
        forget("words", "together")
    else:
        st.query_params["like"] = str(place)


def _kind(library: Library, sample: str) -> str:
    from core.errors import NotFound

    try:
        if library.sample_kind(sample) == "image":
            return "picture"
        return "sound" if library.sample_path(sample).suffix in SOUNDS else "clip"
    except NotFound:
        # The search itself says that the sample is gone.
        return "clip"


def _cut(videos: Sequence[Video]) -> None:
    ready = [video for video in videos if video.segment_count]
    if not ready:
        st.caption("A video that is ready can be cut here.")
        return
    titles = {video.id: video.title for video in ready}
    video_id = st.selectbox("Video", list(titles), format_func=lambda one: titles[one], key="cut_video")
    if video_id is None:
        return
    duration = round(next(video.duration_s for video in ready if video.id == video_id), 1)
    start_s, end_s = st.slider(
        "In and out, in seconds",
        0.0,
        duration,
        (0.0, min(4.0, duration)),
        0.1,
        key=f"cut_span_{video_id}",
        format="%.1f s",
    )
    length = end_s - start_s
    fits = 0.5 <= length <= LONGEST_S
    st.button(
        f"Use {clock(start_s)}–{clock(end_s)} ({length:.1f} s)",
        key="cut_use",
        type="primary",
        disabled=not fits,
        help=None if fits else "A sample is between half a second and 30 seconds long.",
        on_click=use_place,
        args=(Place(video_id, start_s, end_s),),
    )


@action
def _uploaded(library: Library, key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    sample_id = library.keep_sample(uploaded.name, uploaded.getvalue())
    write_sample(None)
    st.session_state[_OPEN] = False
    st.query_params["sample"] = sample_id

"""All segments of one video as a filmstrip: however many they are, only a few pictures are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.faults import action
from components.film import film_of
from components.player import cue_of
from components.search_address import Place
from core.model import Segment

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

_filmstrip: Final = build(
    "filmstrip",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "shared/film.js",
    "shared/scrub.js",
    "filmstrip/frame.js",
    "filmstrip/filmstrip.js",
    css=("shared/base.css", "shared/scrub.css", "filmstrip/filmstrip.css"),
)


def filmstrip(
    library: Library,
    video: Video,
    scored: Sequence[tuple[Segment, float]],
    *,
    hits: Collection[Segment],
    key: str,
) -> None:
    """Draw the segments with their scores, 0 to 1, as thin lines; ``hits`` are marked as found.

    A segment that is clicked is in the player already; it is written into the address before anything
    is drawn.
    """

    def played() -> None:
        told = st.session_state[key].chosen
        if told:
            choose(Place(video.id, float(told["start_s"]), float(told["end_s"])), str(told["nonce"]))

    data = strip_data(library, video, scored, hits)
    _filmstrip(key=key, data=data, on_chosen_change=action(played))


def strip_data(
    library: Library, video: Video, scored: Sequence[tuple[Segment, float]], hits: Collection[Segment]
) -> dict[str, Any]:
    """Return what the browser draws: short lists, as there may be thousands of segments.

    A video without sheets yet has the link of a thumbnail for each segment, which is loaded when it
    comes into view.
    """
    film = film_of(library, video.id)
    found = set(hits)
    return {
        "label": f"Segments of {video.title}",
        "cue": cue_of(library, video, 0.0, video.duration_s).told(),
        "film": film,
        "segments": [
            [segment.start_s, segment.end_s, round(score, 2), segment in found] for segment, score in scored
        ],
        "images": None
        if film is not None
        else [library.thumbnail_link(video.id, segment.middle_s) for segment, _ in scored],
    }

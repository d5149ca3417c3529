"""Moments as small pictures in a row: a click plays one in the player of the page, or keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.faults import action
from components.keeping import keep
from components.results.cards import Cues
from components.search_address import Place

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

_moments: Final = build(
    "moments",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "shared/film.js",
    "shared/scrub.js",
    "results/playable.js",
    "moments/moments.js",
    css=(
        "shared/base.css",
        "shared/scrub.css",
        "results/results.css",
        "results/folded.css",
        "moments/moments.css",
    ),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment to show, and one line to write under it."""

    place: Place
    note: str = ""


def moment_row(
    library: Library, videos: Mapping[str, Video], moments: Sequence[Shown], *, label: str, key: str
) -> None:
    """Draw the pictures; those of videos that are gone are left out. ``label`` says what the row shows.

    One that is clicked is in the player already; it is written into the address before anything is drawn.
    """

    def played() -> None:
        told = st.session_state[key].chosen
        if told:
            choose(_place(told), str(told["nonce"]))

    def kept() -> None:
        told = st.session_state[key].keep
        if told:
            keep(library, _place(told))

    cues = Cues(library, videos)
    data: dict[str, Any] = {
        "label": label,
        "tiles": [_tile(cues, one) for one in moments if one.place.video_id in videos],
    }
    _moments(key=key, data=data, on_chosen_change=action(played), on_keep_change=action(kept))


def _tile(cues: Cues, shown: Shown) -> dict[str, Any]:
    place = shown.place
    cue = cues.cue(place.video_id, place.start_s, place.end_s)
    return {"cue": cue.told(), "note": shown.note, "film": cues.film(cue)}


def _place(told: Mapping[str, Any]) -> Place:
    return Place(str(told["video_id"]), float(told["start_s"]), float(told["end_s"]))

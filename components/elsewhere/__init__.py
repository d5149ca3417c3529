"""Moments of other videos that are like one moment, found when somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.clock import clock
from components.faults import action, sentence
from components.formats import counted
from components.keeping import keep
from components.results.cards import Cues, tile
from components.search_address import Place
from core.errors import CuepointError, NotFound
from core.model import Like, Moment, Query

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Segment, Video

MOST: Final = 12
_OWN: Final = 2
"""Moments of the video itself that may be among the answers; they are left out."""
_FOUND: Final = "found_elsewhere"
_TRIGGERS: Final = ("find", "keep", "open")

_elsewhere: Final = build(
    "elsewhere",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "shared/film.js",
    "shared/scrub.js",
    "results/playable.js",
    "elsewhere/elsewhere.js",
    css=(
        "shared/base.css",
        "shared/scrub.css",
        "results/results.css",
        "results/folded.css",
        "elsewhere/elsewhere.css",
    ),
)


@dataclass(frozen=True, slots=True)
class _Found:
    place: Place
    moments: tuple[Moment, ...] = ()
    problem: str = ""
    """Why nothing could be looked for."""


def elsewhere(library: Library, video: Video, segments: list[Segment], *, key: str) -> None:
    """Draw a button that finds moments of other videos like the one in the player, and what it found.

    A fragment's work: nothing is searched before somebody presses it, and only this part is drawn then.
    """

    def played() -> None:
        told = st.session_state[key].chosen
        if told:
            choose(_place(told), str(told["nonce"]))

    def nothing() -> None:
        """A trigger needs a callback; drawing this part again is all that it has to do."""

    kept = st.session_state.get(_FOUND)
    found: _Found | None = kept[1] if kept is not None and kept[0] == video.id else None
    heard: dict[str, Any] = {f"on_{name}_change": nothing for name in _TRIGGERS}
    answer = _elsewhere(key=key, data=_data(library, found), on_chosen_change=action(played), **heard)
    if answer.find:
        st.session_state[_FOUND] = (video.id, _find(library, meant_place(video, segments, answer.find)))
        st.rerun(scope="fragment")
    elif answer.keep:
        keep(library, _place(answer.keep))
    elif answer.open:
        there = _place(answer.open)
        st.switch_page("browse.py", query_params={"video": there.video_id, "at": str(there)})


def meant_place(video: Video, segments: list[Segment], told: Mapping[str, Any]) -> Place:
    """Return the moment in the player, or the segment at the playhead where that is the whole video."""
    start_s, end_s, at_s = (float(told[name]) for name in ("start_s", "end_s", "at_s"))
    chosen = told["video_id"] is not None and end_s > start_s
    if chosen and (told["video_id"] != video.id or end_s - start_s < video.duration_s - 0.01):
        return Place(str(told["video_id"]), start_s, end_s)
    here = [segment for segment in segments if segment.start_s <= at_s]
    segment = here[-1] if here else segments[0]
    return Place(video.id, segment.start_s, segment.end_s)


def find_elsewhere(library: Library, place: Place) -> tuple[Moment, ...]:
    """Return moments of other videos that are like this one, best first.

    The video's own moments are asked for with the rest and dropped, because naming all other videos in a
    filter costs more with every video of the library. Raises: NotFound, EngineError, StoreError.
    """
    like = Like(place.video_id, place.start_s, place.end_s)
    results = library.search(Query(terms=(like,), limit=MOST + _OWN, per_video=_OWN))
    found: list[Moment] = []
    for moment in results.moments:
        # The same shot in other videos is folded under this video's own moment.
        found += [one for one in (moment, *moment.similar) if one.video_id != place.video_id][:MOST]
    return tuple(found[:MOST])


def _find(library: Library, place: Place) -> _Found:
    try:
        return _Found(place, find_elsewhere(library, place))
    except CuepointError as exc:
        return _Found(place, problem=sentence(exc))


def _data(library: Library, found: _Found | None) -> dict[str, Any]:
    if found is None:
        return {"line": "", "tiles": []}
    videos = _known(library, found)
    cues = Cues(library, videos)
    moments = [moment for moment in found.moments if cues.knows(moment)]
    return {"line": _line(found, moments), "tiles": [tile(cues, moment) for moment in moments]}


def _line(found: _Found, moments: list[Moment]) -> str:
    if found.problem:
        return found.problem
    like = f"like {clock(found.place.start_s)} – {clock(found.place.end_s)}"
    if not moments:
        return f"No other video has a moment {like}."
    if all(moment.band == "weak" for moment in moments):
        return f"Nothing in other videos is much {like}; these come nearest."
    videos = counted(len({moment.video_id for moment in moments}), "other video")
    return f"{counted(len(moments), 'moment')} in {videos}, {like}"


def _known(library: Library, found: _Found) -> dict[str, Video]:
    """Return the videos of the moments; one may have been deleted since they were found."""
    known: dict[str, Video] = {}
    for video_id in {moment.video_id for moment in found.moments}:
        try:
            known[video_id] = library.video(video_id)
        except NotFound:
            continue
    return known


def _place(told: Mapping[str, Any]) -> Place:
    return Place(str(told["video_id"]), float(told["start_s"]), float(told["end_s"]))

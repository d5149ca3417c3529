"""The page of the shot lists: one of them with its player, and what can be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.chosen import choose, chosen
from components.clip_cutting import draw_clip_runs
from components.exporting import export_panel, export_rate
from components.faults import action
from components.frame import heading, quiet
from components.keeping import current_list_id, use_list
from components.player import Cue, Strip, cue_of, player
from components.search_address import Place
from components.search_stage import LAST_SEARCH, renewed
from components.shot_changes import answers, same_place, set_times, write_changes
from components.shot_choice import draw_list_dialog, first_list_button, list_choice, list_links
from components.shots import list_data, shot_rows
from components.shots.rows import known_videos
from components.strips import strip_of
from core.errors import InputRefused, NotFound

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Shot, ShotList, Video

_LIST: Final = "list"
_HOW: Final = "Keep moments with “Keep” on a result, or with the key S while one plays."


def draw_shots(library: Library) -> None:
    """Draw the list that the address names, or the one that this person worked on last."""
    asked = st.query_params.get(_LIST)
    list_id = asked or current_list_id(library)
    if list_id is None:
        heading("Shots", "No shot lists yet.")
        quiet(f"A shot list holds the moments that you want in your edit. {_HOW}")
        _to_search()
        first_list_button()
        draw_list_dialog(library)
        return
    try:
        shots = library.shot_list(list_id)
    except NotFound:
        _unknown(library)
        return
    if asked is None:
        st.query_params[_LIST] = list_id
    use_list(list_id)
    _draw(library, shots)
    draw_list_dialog(library)


def _draw(library: Library, shots: ShotList) -> None:
    videos = known_videos(library, shots)
    with st.container(key="shots_top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        list_choice(library, shots)
        export_panel(library, shots, videos)
    draw_clip_runs(library, shots.id)
    with st.container(key="shots_stage"):
        rail, listed = st.container(key="rail"), st.container(key="shots_list")
    with rail:
        cue = _cue(library, shots, videos)
        player(
            cue,
            key="player_shots",
            strip=_strip(library, cue, videos),
            on_expired=renewed,
            on_keep=lambda marks: take_marks(library, shots.id, marks),
            keep_label="Set In and Out",
        )
    with listed:
        # Drawn for an empty list too: the way back after the last shot was removed is in it.
        data = list_data(
            library,
            shots,
            videos,
            missing={video.id for video in library.missing_videos()},
            answers=answers(),
            rate=export_rate(),
        )
        key = f"shots_{shots.id}"
        shot_rows(data, key=key, on_changes=lambda changes: _changed(library, shots.id, changes))
        if not shots.shots:
            quiet(f"This list is empty. {_HOW}")
            _to_search()


def _changed(library: Library, list_id: str, changes: list[Mapping[str, Any]]) -> None:
    write_changes(library, list_id, changes)


def _unknown(library: Library) -> None:
    heading("Shots", "This shot list is not here. Somebody may have deleted it, or the link is incomplete.")
    list_links(library)
    _to_search()


def _to_search() -> None:
    st.page_link(
        "search.py",
        label="Search for moments",
        icon=":material/search:",
        query_params=st.session_state.get(LAST_SEARCH) or {},
    )


def _cue(library: Library, shots: ShotList, videos: Mapping[str, Video]) -> Cue | None:
    """Return where the player stands: what was chosen last, or the first shot that can be watched."""
    place, nonce = chosen()
    if place is not None:
        try:
            video = videos.get(place.video_id) or library.video(place.video_id)
            return cue_of(library, video, place.start_s, place.end_s, nonce=nonce)
        except NotFound:
            # Deleted since the link was made: the list is there all the same.
            pass
    for shot in shots.shots:
        if shot.video_id in videos:
            video, nonce = videos[shot.video_id], f"first of {shots.id}"
            return cue_of(library, video, shot.start_s, shot.end_s, nonce=nonce, auto=True)
    return None


def _strip(library: Library, cue: Cue | None, videos: Mapping[str, Video]) -> Strip | None:
    if cue is None or cue.video_id not in videos:
        return None
    return strip_of(library, videos[cue.video_id], None, ())


@action
def take_marks(library: Library, list_id: str, marks: Place) -> None:
    """Give the shot in the player the In and Out that are marked there."""
    shot = _in_player(library.shot_list(list_id), library)
    if shot is None or shot.video_id != marks.video_id:
        raise InputRefused("What is in the player is no shot of this list. Play one, then set In and Out.")
    now = set_times(library, list_id, shot, marks.start_s, marks.end_s)
    choose(Place(now.video_id, now.start_s, now.end_s), "")


def _in_player(shots: ShotList, library: Library) -> Shot | None:
    place, _ = chosen()
    if place is not None:
        return next((shot for shot in shots.shots if same_place(place, shot)), None)
    known = known_videos(library, shots)
    return next((shot for shot in shots.shots if shot.video_id in known), None)

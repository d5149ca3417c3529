"""Writes what somebody did to a shot list in the browser: each change once, and each with an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.chosen import choose, chosen
from components.faults import sentence
from components.search_address import Place
from components.shots.rows import shown_rate
from core.errors import InputRefused, NotFound
from core.timecode import clock_of

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Shot, ShotList

_ANSWERS: Final = "shot_answers"
_REMOVED: Final = "shots_removed"
_MOST: Final = 100
"""Answers that are kept; the browser forgets a change as soon as it sees its answer."""


def answers() -> dict[str, str]:
    """Return what became of the newest changes by their ids: empty where written, else a sentence."""
    return dict(st.session_state.get(_ANSWERS, {}))


def write_changes(library: Library, list_id: str, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write changes in their order; one that was answered before is not written again."""
    told: dict[str, str] = st.session_state.setdefault(_ANSWERS, {})
    for change in changes:
        change_id = str(change["id"])
        if change_id in told:
            continue
        try:
            _write(library, list_id, change_id, change)
            told[change_id] = ""
        except Exception as exc:  # noqa: BLE001 - without an answer the browser would send it for ever
            told[change_id] = sentence(exc)
    for old in list(told)[:-_MOST]:
        del told[old]


def set_times(library: Library, list_id: str, shot: Shot, start_s: float, end_s: float) -> Shot:
    """Give a shot another In and Out and return it; where it is in the player, the player follows.

    Raises: NotFound, InputRefused.
    """
    place, _ = chosen()
    follows = place is not None and same_place(place, shot)
    changed = library.change_shot(list_id, shot.id, start_s=start_s, end_s=end_s)
    now = _shot(changed, shot.id)
    if follows:
        choose(Place(now.video_id, now.start_s, now.end_s), "")
    return now


def same_place(place: Place, shot: Shot) -> bool:
    """Return whether a shot is this place; an address holds whole milliseconds."""
    near = abs(place.start_s - shot.start_s) < 0.002 and abs(place.end_s - shot.end_s) < 0.002
    return place.video_id == shot.video_id and near


def _write(library: Library, list_id: str, change_id: str, change: Mapping[str, Any]) -> None:
    match change["verb"]:
        case "choose":
            # It is in the player already; the address learns of it.
            place = change["place"]
            at = Place(str(place["video_id"]), float(place["start_s"]), float(place["end_s"]))
            choose(at, str(change["nonce"]))
        case "order":
            library.order_shots(list_id, [str(one) for one in change["shot_ids"]])
        case "note":
            library.change_shot(list_id, str(change["shot_id"]), note=str(change["text"]))
        case "rate":
            library.change_shot(list_id, str(change["shot_id"]), rating=int(change["stars"]))
        case "times":
            _type_time(library, list_id, change)
        case "remove":
            _remove(library, list_id, change_id, {str(one) for one in change["shot_ids"]})
        case "restore":
            removed = st.session_state.get(_REMOVED, {}).get(str(change["of"]), ())
            library.restore_shots(list_id, removed)


def _remove(library: Library, list_id: str, change_id: str, shot_ids: set[str]) -> None:
    before = library.shot_list(list_id).shots
    kept: dict[str, list[tuple[int, Shot]]] = st.session_state.setdefault(_REMOVED, {})
    kept[change_id] = [(place, shot) for place, shot in enumerate(before) if shot.id in shot_ids]
    for old in list(kept)[:-_MOST]:
        del kept[old]
    library.remove_shots(list_id, sorted(shot_ids))


def _type_time(library: Library, list_id: str, change: Mapping[str, Any]) -> None:
    """Write an In or an Out that was typed as a timecode of the file."""
    shot = _shot(library.shot_list(list_id), str(change["shot_id"]))
    media = library.video(shot.video_id).media
    counting, text = clock_of(media), str(change["text"]).strip()
    frame = counting.frame_of(text)
    if frame is None:
        raise InputRefused(
            f"“{text[:40]}” is no timecode at {shown_rate(counting.rate)} frames a second. "
            f"Write it as {counting.label(counting.frame_at(shot.start_s))}."
        )
    _, after = counting.frames(0.0, media.duration_s)
    if frame > after or (frame == after and change["end"] == "in"):
        raise InputRefused(
            f"The file has no frame at {text}: it goes from {counting.label(0)} to {counting.label(after)}."
        )
    at_s = counting.seconds_at(frame)
    if change["end"] == "in":
        set_times(library, list_id, shot, at_s, shot.end_s)
    else:
        set_times(library, list_id, shot, shot.start_s, at_s)


def _shot(shots: ShotList, shot_id: str) -> Shot:
    for shot in shots.shots:
        if shot.id == shot_id:
            return shot
    raise NotFound("This shot is no longer in the list. Somebody may have removed it.")

"""More like this, less like this: moments of the results that a search learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from components.chips import chip, short
from components.clock import clock
from components.faults import action
from components.search_address import Place, SearchRequest, read_places
from components.search_parameters import asked_anew, write

if TYPE_CHECKING:
    from core.model import Video

Kind = Literal["more", "less"]
_OTHER: Final[Mapping[Kind, Kind]] = {"more": "less", "less": "more"}


def add_feedback(kind: Kind, place: Place) -> None:
    """Ask for more or less of a moment; of one moment only the last word counts.

    Writes the address only, so a trigger's handler has the page run again.
    """
    _write(kind, [*_without(kind, place), place])
    _write(_OTHER[kind], _without(_OTHER[kind], place))
    asked_anew()


@action
def remove_feedback(kind: Kind, place: Place) -> None:
    """Take a moment out of the feedback. For callbacks."""
    _write(kind, _without(kind, place))
    asked_anew()


def feedback_chips(request: SearchRequest, videos: Sequence[Video]) -> None:
    """Draw each moment of the feedback with its video's title and its time."""
    titles = {video.id: video.title for video in videos}
    given: tuple[tuple[Kind, tuple[Place, ...], str], ...] = (
        ("more", request.more, "material/thumb_up"),
        ("less", request.less, "material/thumb_down"),
    )
    for kind, places, icon in given:
        for place in places:
            title = short(titles.get(place.video_id, "a removed video"), 22)
            label = f"{kind.capitalize()} like {title} {clock(place.start_s)}"
            chip(label, f"{kind}_{place}", remove_feedback, kind, place, icon=icon)


def _without(kind: Kind, place: Place) -> list[Place]:
    kept = read_places(st.query_params.get_all(kind))
    return [one for one in kept if str(one) != str(place)]


def _write(kind: Kind, places: Sequence[Place]) -> None:
    write({kind: [str(place) for place in places]})

"""The shots of one list: what is done to them is seen in the browser at once, and written afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from components.assets import build
from components.faults import action
from components.shots.rows import list_data

__all__ = ["list_data", "shot_rows"]

_shots: Final = build(
    "shots",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "shared/film.js",
    "shared/scrub.js",
    "shots/outbox.js",
    "shots/stars.js",
    "shots/dragging.js",
    "shots/time_field.js",
    "shots/row.js",
    "shots/toolbar.js",
    "shots/shots.js",
    css=("shared/base.css", "shared/scrub.css", "shots/shots.css"),
)


def shot_rows(
    data: Mapping[str, Any], *, key: str, on_changes: Callable[[list[Mapping[str, Any]]], None]
) -> None:
    """Draw what `list_data` prepared.

    ``on_changes`` is called, before anything is drawn, with the changes that the browser made and has no
    answer to yet; the same one may come twice.
    """

    def asked() -> None:
        told = st.session_state[key].asked
        if told:
            on_changes(list(told["changes"]))

    _shots(key=key, data=dict(data), on_asked_change=action(asked))

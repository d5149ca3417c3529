"""The list of results: one component draws every card, plays it in the browser, and says what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.faults import action
from components.results.listing import list_data
from components.search_address import Place

__all__ = ["Asked", "list_data", "result_list"]

_results: Final = build(
    "results",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "shared/film.js",
    "shared/scrub.js",
    "results/playable.js",
    "results/parts.js",
    "results/why.js",
    "results/similar.js",
    "results/card.js",
    "results/group.js",
    "results/results.js",
    css=("shared/base.css", "shared/scrub.css", "results/results.css", "results/folded.css"),
)
_TRIGGERS: Final = ("sample", "open", "keep", "explain", "more_like", "less_like", "more")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for in the list: at most one of these, and only for one run."""

    sample: Place | None = None
    open: Place | None = None
    keep: Place | None = None
    explain: Place | None = None
    more_like: Place | None = None
    less_like: Place | None = None
    more: str | None = None
    """The video to show more of."""


def result_list(data: Mapping[str, Any], *, key: str = "results") -> Asked:
    """Draw what `list_data` prepared; return what was asked for in this run.

    A chosen moment is in the player already; it is written into the address before anything is drawn.
    """

    def played() -> None:
        told = st.session_state[key].chosen
        if told:
            choose(_place(told), str(told["nonce"]))

    heard: dict[str, Any] = {f"on_{name}_change": _nothing for name in _TRIGGERS}
    answer = _results(key=key, data=dict(data), on_chosen_change=action(played), **heard)
    places = {name: _place(told) for name in _TRIGGERS[:-1] if (told := getattr(answer, name))}
    return Asked(**places, more=str(answer.more["video_id"]) if answer.more else None)


def _place(told: Mapping[str, Any]) -> Place:
    return Place(str(told["video_id"]), float(told["start_s"]), float(told["end_s"]))


def _nothing() -> None:
    """A trigger needs a callback; running the page again is all that it has to do."""

"""The further steps of a sequence: what has to follow in the same video, and how soon."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.address_values import written_seconds
from components.faults import action
from components.phrasing import understand
from components.search_address import LONGEST_WITHIN_S, WITHIN_S, SearchRequest
from components.search_parameters import asked_anew, current_request, follow, write

_OPEN: Final = "step_open"
_FOCUS: Final = "step_focus"
_WITHIN: Final = "within_box"


def step_button() -> None:
    """Draw the button that opens an empty step."""
    st.button(
        "Then …",
        key="step_add",
        icon=":material/arrow_forward:",
        help="Find one thing followed by another. Typing “rain, then people” does the same.",
        on_click=_add,
    )


def steps_line(request: SearchRequest) -> None:
    """Draw the steps after the first, each to be changed or removed; nothing where there are none."""
    opened = bool(st.session_state.get(_OPEN))
    if not request.then and not opened:
        return
    with st.container(key="steps", horizontal=True, vertical_alignment="center", gap="small"):
        for place, words in enumerate((*request.then, *([""] if opened else []))):
            _step(place, words)
        st.markdown("within", width="content")
        st.number_input(
            "Seconds in which each step has to follow",
            0.0,
            LONGEST_WITHIN_S,
            value=follow(_WITHIN, request.within_s),
            step=5.0,
            key=_WITHIN,
            format="%g",
            label_visibility="collapsed",
            width=120,
            on_change=_within_changed,
        )
        st.markdown("seconds", width="content")


def focus_wanted() -> tuple[str, int] | None:
    """Return which field wants the cursor, and a number that is new whenever it is wanted anew."""
    wanted: tuple[str, int] | None = st.session_state.get(_FOCUS)
    return wanted


def _step(place: int, words: str) -> None:
    key = _key(place)
    with st.container(key=f"step_{place}", horizontal=True, gap=None, vertical_alignment="center", width=300):
        st.text_input(
            f"Step {place + 2}: then",
            follow(key, words),
            key=key,
            max_chars=2000,
            placeholder="Then …",
            icon=":material/arrow_forward:",
            label_visibility="collapsed",
            on_change=_changed,
            args=(place,),
        )
        st.button(
            "",
            key=f"step_remove_{place}",
            icon=":material/close:",
            type="tertiary",
            help="Remove this step",
            on_click=_remove,
            args=(place,),
        )


def _key(place: int) -> str:
    return f"step_words_{place}"


@action
def _add() -> None:
    st.session_state[_OPEN] = True
    before: tuple[str, int] = st.session_state.get(_FOCUS, ("", 0))
    st.session_state[_FOCUS] = (_key(len(current_request().then)), before[1] + 1)


@action
def _changed(place: int) -> None:
    steps = list(current_request().then)
    # One that says "a, then b" itself is two.
    phrase = understand(f"x, then {st.session_state[_key(place)]}")
    steps[place : place + 1] = phrase.then
    if place >= len(current_request().then):
        st.session_state[_OPEN] = False
    _write(steps, phrase.within_s)


@action
def _remove(place: int) -> None:
    steps = list(current_request().then)
    if place >= len(steps):
        st.session_state[_OPEN] = False
        return
    del steps[place]
    _write(steps, None)


def _write(steps: list[str], within_s: float | None) -> None:
    write({"then": steps})
    if within_s is not None or not steps:
        write_within(within_s)
    asked_anew()


def write_within(within_s: float | None) -> None:
    """Write how soon a step has to follow into the address; None is the usual."""
    usual = within_s is None or within_s == WITHIN_S
    write({"within": None if usual or within_s is None else written_seconds(min(within_s, LONGEST_WITHIN_S))})


@action
def _within_changed() -> None:
    write_within(st.session_state[_WITHIN])
    asked_anew()

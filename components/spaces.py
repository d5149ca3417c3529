"""The spaces that the library has vectors in, and the guided way from an old one to the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action, boundary, show_fault
from components.formats import counted, space_name
from components.frame import heading_line, quiet
from components.markup import plain
from components.money import missing_sentence
from core.errors import CuepointError

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import SpaceState

_ASKED: Final = "space_to_remove"


def draw_spaces(library: Library, *, free: bool) -> None:
    """Draw every space with what can be done about it; ``free`` says that the chosen engine costs nothing."""
    states = library.spaces()
    if not states:
        return
    st.subheader("Spaces", anchor=False)
    quiet("Vectors of different models cannot be compared: each model has a space of its own.")
    for state in states:
        with st.container(key=f"space_{state.space.key}", border=True, gap="small"):
            _draw(library, state, free=free)
    _remove_dialog(library, states)


def draw_other_space(library: Library) -> None:
    """Say that searches go to another space than the settings choose, or miss videos, where they do."""
    states = library.spaces()
    chosen = next((one for one in states if one.chosen), None)
    searched = next((one for one in states if one.searched), None)
    if chosen is None or searched is None or (chosen.searched and not chosen.missing):
        return
    filled = f"{chosen.videos:,} of {chosen.videos + chosen.missing:,}"
    if chosen.searched:
        notice = f"{space_name(chosen.space)} has {filled} videos; the others are not found."
    else:
        notice = (
            f"You are searching {space_name(searched.space)}'s index ({counted(searched.videos, 'video')}) "
            f"while {space_name(chosen.space)} is being filled: {filled}."
        )
    with st.container(key="other_space", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(notice[:1].upper() + notice[1:], width="content")
        st.page_link("status.py", label="How to go on", icon=":material/arrow_forward:")


def _draw(library: Library, state: SpaceState, *, free: bool) -> None:
    marks = [("new videos", "blue")] * state.chosen + [("searched", "green")] * state.searched
    marks += [("not usable", "red")] * (not state.usable)
    heading_line(_title(state), marks)
    missing = f"{state.missing:,} missing" if state.missing else "none missing"
    quiet(f"{counted(state.videos, 'video')}, {missing} · {state.space.dimension} dimensions")
    if state.message:
        quiet(state.message)
    if state.chosen and state.missing:
        _guide(library, state, free=free)
    elif not state.chosen and not state.searched:
        st.button(
            "Remove the rows of this space",
            key=f"drop_{state.space.key}",
            icon=":material/delete:",
            on_click=_ask,
            args=(state.space.key,),
        )


def _title(state: SpaceState) -> str:
    name = space_name(state.space)
    return f"{name[:1].upper()}{name[1:]}"


def _guide(library: Library, state: SpaceState, *, free: bool) -> None:
    coming = {job.video_id for job in library.jobs(active_only=True) if job.video_id is not None}
    if len(coming) >= state.missing:
        st.markdown(f"{counted(state.missing, 'video is', 'videos are')} on the way.")
        st.page_link("library.py", label="See how far they are", icon=":material/video_library:")
        return
    try:
        estimate = library.estimate_missing()
    except CuepointError as exc:
        show_fault(exc)
        return
    name = space_name(state.space)
    st.markdown(plain(missing_sentence(name, state.videos, state.missing, estimate, free=free)))
    if not state.usable:
        return
    if st.button(f"Embed {counted(state.missing, 'video')}", key="embed_missing", type="primary"):
        library.embed_missing()
        st.switch_page("library.py")


def _remove_dialog(library: Library, states: Sequence[SpaceState]) -> None:
    asked = next((one for one in states if one.space.key == st.session_state.get(_ASKED)), None)
    if asked is None:
        _close()
    else:
        lacking = sum(one.missing for one in states if one.chosen)
        _confirm(library, asked, lacking)


@action
def _ask(space_key: str) -> None:
    st.session_state[_ASKED] = space_key


@action
def _close() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Remove the rows of a space", on_dismiss=_close)
def _confirm(library: Library, state: SpaceState, lacking: int) -> None:
    with boundary():
        st.markdown(f"Remove the rows of **{plain(_title(state))}** from the search index?")
        if lacking:
            who = counted(lacking, "video is", "videos are")
            st.warning(f"{who} not in the chosen space yet. Embed them first.", icon=":material/warning:")
        quiet("Its embeddings stay in the archive: nothing that was paid for is lost.")
        with st.container(horizontal=True):
            if st.button("Remove", type="primary", key="drop_confirmed"):
                library.drop_space(state.space.key)
                _close()
                st.rerun()
            if st.button("Keep them", key="drop_dropped"):
                _close()
                st.rerun()

"""Clips of a shot list being cut: begun with one press, followed by everybody, downloaded at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action, guarded
from components.formats import counted, size
from components.frame import quiet
from components.markup import escaped, plain

if TYPE_CHECKING:
    from core.library import Library
    from core.model import ClipRun

EVERY_S: Final = 1.0
_PUT_AWAY: Final = "clip_runs_put_away"


def cut_button(library: Library, list_id: str, *, handles: int) -> None:
    """Draw the button that begins cutting, and nothing to press while clips are being cut."""
    running = any(run.state == "running" for run in library.clip_runs(list_id))
    st.button(
        "Clips are being cut …" if running else "Cut clips (MP4, zip)",
        key="cut_clips",
        icon=":material/content_cut:",
        disabled=running,
        help="Every shot as an MP4 of its own, exact to the frame, with the handles above; all in one zip.",
        on_click=_cut,
        args=(library, list_id, handles),
        width="stretch",
    )


def draw_clip_runs(library: Library, list_id: str) -> None:
    """Draw how the newest clips of a list stand; nothing where there are none or somebody put them away."""
    run = next(iter(library.clip_runs(list_id)), None)
    if run is None or run.id in st.session_state.get(_PUT_AWAY, ()):
        return
    every_s = EVERY_S if run.state == "running" else None
    with st.container(key="clip_run", border=True, gap="xsmall"):
        st.fragment(guarded(_run), run_every=every_s)(library, run.id, run.state)


def _run(library: Library, run_id: str, drawn_as: str) -> None:
    run = library.clip_run(run_id)
    if run.state != drawn_as:
        # Whether to look again, and the button in the panel, are the whole page's matter.
        st.rerun(scope="app")
    if run.state == "running":
        said = f"Cutting clips: {run.done:,} of {run.total:,} done"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(min(1.0, max(0.0, run.progress)), text=plain(said), width="stretch")
            st.button(
                "Stop", key="clips_cancel", icon=":material/close:", on_click=_stop, args=(library, run.id)
            )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _ended(library, run)
        st.button(
            "", key="clips_away", icon=":material/close:", help="Put away", on_click=_put_away, args=(run.id,)
        )
    if run.message and run.state == "ready":
        quiet(run.message)


def _ended(library: Library, run: ClipRun) -> None:
    if run.state == "ready":
        label = f"Download {counted(run.done, 'clip')} ({size(run.size_bytes)})"
        link = escaped(library.clips_link(run.id))
        st.html(f'<a class="cp-download" href="{link}" download="{escaped(run.name)}">{escaped(label)}</a>')
        quiet(run.name)
    elif run.state == "failed":
        st.error(plain(run.message or "The clips could not be cut. Try again."), icon=":material/error:")
    else:
        quiet("Cutting clips was stopped.")


@action
def _cut(library: Library, list_id: str, handles: int) -> None:
    library.start_clips(list_id, handles=handles)


@action
def _stop(library: Library, run_id: str) -> None:
    library.cancel_clips(run_id)


@action
def _put_away(run_id: str) -> None:
    st.session_state[_PUT_AWAY] = {*st.session_state.get(_PUT_AWAY, ()), run_id}

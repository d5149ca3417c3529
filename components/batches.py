"""The batches that are under way: how far they are, what they cost, and the way to stop them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action, boundary, guarded
from components.formats import counted, time_left
from components.frame import quiet
from components.markup import plain
from components.money import cost_sentence

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import BatchProgress

_EVERY_S: Final = 1.0
_ASKED: Final = "batch_to_cancel"


def draw_batches(library: Library) -> None:
    """Draw what is under way, refreshed for as long as something of it moves."""
    active = library.batches()
    if active:
        moving = _moving(library, active)
        ids = [one.batch.id for one in active]
        st.fragment(guarded(_panel), run_every=_EVERY_S if moving else None)(library, ids, moving)
    _cancel_dialog(library, active)


def _panel(library: Library, ids: Sequence[str], was_moving: bool) -> None:
    active = library.batches()
    if [one.batch.id for one in active] != ids or _moving(library, active) != was_moving:
        # Only a run of the whole page starts or stops the refreshing, and draws the list anew.
        st.rerun(scope="app")
    for progress in active:
        with st.container(key=f"batch_{progress.batch.id}", border=True, gap="small"):
            if progress.batch.held:
                _question(library, progress)
            else:
                _standing(library, progress)


def _moving(library: Library, active: Sequence[BatchProgress]) -> bool:
    """Return whether anything can change by itself: a batch that waits for a person does not."""
    return any(
        not one.batch.paused and (not one.batch.held or library.estimate(one.batch.id).unread > 0)
        for one in active
    )


def _question(library: Library, progress: BatchProgress) -> None:
    batch = progress.batch
    estimate = library.estimate(batch.id)
    st.markdown(f"**{plain(batch.name)}** · {plain(cost_sentence(estimate))}")
    if estimate.unread:
        quiet("Downloads are still going on; until they are here nobody knows how long they are.")
    quiet("Nothing has been sent to the engine yet.")
    with st.container(horizontal=True):
        start = f"start_{batch.id}"
        if st.button("Start embedding", key=start, type="primary", icon=":material/play_arrow:"):
            library.release(batch.id)
            st.rerun(scope="app")
        _cancel_button(batch.id, "Cancel")


def _standing(library: Library, progress: BatchProgress) -> None:
    batch = progress.batch
    st.markdown(f"**{plain(batch.name)}**")
    st.progress(min(1.0, max(0.0, progress.share)), text=_counts(progress))
    # What stops the whole queue is said once, over all batches.
    if progress.waiting and progress.waiting != library.blocked():
        quiet(progress.waiting)
    with st.container(horizontal=True):
        if batch.paused:
            if st.button("Resume", key=f"resume_{batch.id}", type="primary", icon=":material/play_arrow:"):
                library.resume(batch.id)
                st.rerun(scope="app")
        elif st.button("Pause", key=f"pause_{batch.id}", icon=":material/pause:"):
            library.pause(batch.id)
            st.rerun(scope="app")
        _cancel_button(batch.id, "Cancel all")


def _counts(progress: BatchProgress) -> str:
    parts = [f"{progress.ready:,} of {counted(progress.jobs, 'video')} ready"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.cancelled:
        parts.append(f"{progress.cancelled:,} cancelled")
    if progress.remaining_s is not None and not progress.batch.paused:
        parts.append(time_left(progress.remaining_s))
    return " · ".join(parts)


def _cancel_button(batch_id: str, label: str) -> None:
    if st.button(label, key=f"cancel_{batch_id}", icon=":material/close:"):
        st.session_state[_ASKED] = batch_id
        st.rerun(scope="app")


def _cancel_dialog(library: Library, active: Sequence[BatchProgress]) -> None:
    asked = next((one for one in active if one.batch.id == st.session_state.get(_ASKED)), None)
    if asked is None:
        # It may have ended while the question was open.
        _close()
    else:
        _confirm(library, asked)


@action
def _close() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Cancel all", on_dismiss=_close)
def _confirm(library: Library, progress: BatchProgress) -> None:
    with boundary():
        left = progress.jobs - progress.ready - progress.failed - progress.cancelled
        st.markdown(f"Cancel the {counted(left, 'unfinished video')} of **{plain(progress.batch.name)}**?")
        quiet("What is ready stays. What the engine has begun may be charged all the same.")
        with st.container(horizontal=True):
            if st.button("Cancel all", type="primary", key="cancel_confirmed"):
                library.cancel_batch(progress.batch.id)
                _close()
                st.rerun()
            if st.button("Keep going", key="cancel_dropped"):
                _close()
                st.rerun()

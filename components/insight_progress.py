"""How the answer to one question to the insights stands: followed while it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from components.faults import action, guarded
from components.markup import plain

if TYPE_CHECKING:
    from core.library import Library
    from core.model.insights import InsightRun

T = TypeVar("T")
_EVERY_S: Final = 0.7


def insight(library: Library, ask: Callable[[], InsightRun[T]], *, key: str) -> T | None:
    """Draw how far the answer is, and return what there is of it: all, a first picture, or None.

    The page is drawn again when more of it is there.
    """
    run = ask()
    if not run.ended:
        st.fragment(guarded(_follow), run_every=_EVERY_S)(library, ask, key, run.result is None)
    elif run.state != "ready":
        _stopped(library, run, key)
    elif run.message:
        st.info(plain(run.message), icon=":material/info:")
    return run.result


def _follow(library: Library, ask: Callable[[], InsightRun[T]], key: str, without: bool) -> None:
    run = ask()
    if run.ended or (without and run.result is not None):
        st.rerun(scope="app")
    with st.container(key=f"{key}_progress", horizontal=True, vertical_alignment="center"):
        waiting = "Waiting for another question" if run.state == "queued" else run.step
        st.progress(run.progress, text=f"{waiting} … {run.progress:.0%}")
        st.button("Stop", key=f"{key}_stop", on_click=action(library.cancel_insight), args=(run.id,))


def _stopped(library: Library, run: InsightRun[T], key: str) -> None:
    if run.state == "cancelled":
        st.info("Stopped before it was done.", icon=":material/stop_circle:")
    else:
        st.error(plain(run.message or "This could not be worked out."), icon=":material/error:")
    label = "Go on" if run.state == "cancelled" else "Try again"
    st.button(label, key=f"{key}_again", on_click=action(library.retry_insight), args=(run.id,))

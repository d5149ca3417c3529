"""What the status page shows: engine, index, counts, disk, log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action, boundary, status_link
from components.formats import counted, size
from components.frame import facts, quiet, tiles
from components.markup import plain

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import LibraryStatus

LOG_LINES: Final = 200
HOW_TO_GET_A_KEY: Final = """
1. Sign up at [playground.twelvelabs.io](https://playground.twelvelabs.io/) and copy a key from its
   [API keys](https://playground.twelvelabs.io/dashboard/api-keys) page.
2. Write it into the file `.env` beside `app.py`, as one line: `TWELVE_LABS_API_KEY=tlk_…`
3. Start Cuepoint again. The videos that are here can then be embedded anew, and their price is shown first.
"""


def draw_numbers(status: LibraryStatus) -> None:
    """Draw how much there is."""
    tiles(
        (
            ("Videos", f"{status.videos:,}"),
            ("Segments", f"{status.segments:,}" if status.index_ready else "—"),
            ("Minutes embedded", f"{status.minutes:,.0f}"),
            ("Being indexed", f"{status.active_jobs:,}"),
            ("Data folder", size(status.disk_bytes)),
            ("Disk left", size(status.free_bytes)),
        )
    )


def draw_engine(library: Library, status: LibraryStatus) -> None:
    """Draw how the engine stands, and what to do where it does not."""
    engine = status.engine
    st.subheader("Engine", anchor=False)
    _line(engine.ready, engine.message)
    key = "missing" if engine.needs_key else "set" if library.billable else "none needed"
    rows = {"Engine": engine.name, "Model": engine.model, "Key": key}
    facts((rows | {"Vectors": f"{status.space.dimension} dimensions"} | dict(engine.details)).items())
    if engine.needs_key or not library.billable:
        with st.expander("How to use Twelve Labs", expanded=engine.needs_key):
            st.markdown(HOW_TO_GET_A_KEY)


def draw_blocked(library: Library, *, here: bool = False) -> None:
    """Say once why no video goes on, where the engine refuses the key; ``here`` is the page that explains."""
    why = library.blocked()
    if why is None:
        return
    with st.container(key="blocked", gap="small"):
        st.error(plain(f"No video is being embedded. {why}"), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Try again", key="unblock", icon=":material/refresh:", on_click=action(library.unblock))
            if not here:
                status_link()


def draw_index(library: Library, status: LibraryStatus) -> None:
    """Draw how the search index stands, with the button that builds it anew."""
    st.subheader("Search index", anchor=False)
    _line(status.index_ready, status.index_message)
    quiet("It can be rebuilt from the archive at any time; nothing is embedded again.")
    if st.button("Rebuild the index", key="rebuild", icon=":material/refresh:"):
        _confirm_rebuild(library, status)


@st.dialog("Rebuild the index")
def _confirm_rebuild(library: Library, status: LibraryStatus) -> None:
    with boundary():
        st.markdown(f"Write {counted(status.videos, 'video')} into the index anew?")
        quiet("Searches may find less until it is done. It costs nothing.")
        if st.button("Rebuild", type="primary", key="rebuild_confirmed"):
            with st.spinner("Rebuilding the index …"):
                report = library.rebuild()
            st.success(
                f"Rebuilt: {counted(report.videos, 'video')}, {counted(report.rows, 'embedding')}.",
                icon=":material/check:",
            )


def draw_vocabulary(library: Library) -> None:
    """Draw the published words of the preview engine."""
    groups = library.vocabulary()
    if not groups:
        return
    st.subheader("Words that are understood", anchor=False)
    quiet("Besides these, the words of titles, tags and subtitles are found.")
    facts((name, ", ".join(words)) for name, words in groups)


def draw_log(library: Library) -> None:
    """Draw the end of the log."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Log", anchor=False)
        st.button("Refresh", key="log_refresh", icon=":material/refresh:", type="tertiary")
    lines = library.log_tail(LOG_LINES)
    if lines:
        st.code("\n".join(lines), language=None, height=320 if len(lines) > 14 else "content")
    else:
        quiet("Nothing has been logged yet.")


def _line(good: bool, message: str) -> None:
    st.markdown(f"{':green[:material/check_circle:]' if good else ':red[:material/error:]'} {plain(message)}")

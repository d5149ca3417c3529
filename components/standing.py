"""What the status page shows: engine, index, counts, disk, log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from components.faults import boundary
from components.formats import counted, size
from components.frame import facts, quiet, tiles
from components.markup import plain

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import LibraryStatus

LOG_LINES = 200


def draw_numbers(status: LibraryStatus) -> None:
    """Draw how much there is."""
    tiles(
        (
            ("Videos", f"{status.videos:,}"),
            ("Segments", f"{status.segments:,}"),
            ("Minutes embedded", f"{status.minutes:,.0f}"),
            ("Being indexed", f"{status.active_jobs:,}"),
            ("Data folder", size(status.disk_bytes)),
            ("Disk left", size(status.free_bytes)),
        )
    )


def draw_engine(status: LibraryStatus) -> None:
    """Draw how the engine stands."""
    engine = status.engine
    st.subheader("Engine", anchor=False)
    _line(engine.ready, engine.message)
    key = (
        ("Key", "set" if engine.ready else "missing or refused")
        if engine.needs_key
        else ("Key", "none needed")
    )
    space = f"{status.space.engine}, {status.space.model}, {status.space.dimension} dimensions"
    facts([("Engine", engine.name), ("Model", engine.model), key, ("Space", space), *engine.details.items()])


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

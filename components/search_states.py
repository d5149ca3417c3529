"""What the search page says while there is nothing to show, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import guarded
from components.formats import counted
from components.frame import heading, quiet
from components.markup import plain
from components.query_bar import set_query
from components.searches import draw_recent

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

EXAMPLES: Final = 12
ANY_WORDS: Final = (
    "a person speaking to the camera",
    "cars on a road at night",
    "close-up of hands",
    "applause and cheering",
    "water from above",
    "quiet music",
)
"""For engines that understand whatever is asked."""


def draw_empty_library(library: Library) -> None:
    """Draw the first page that anybody sees: nothing is here yet."""
    with st.container(key="welcome"):
        heading(
            "Find the moment in your footage", "Your library is empty. Add videos, or start with demo clips."
        )
        st.space("small")
        row = st.container(horizontal=True, vertical_alignment="center")
        with row:
            asked = demo_button()
            st.page_link("library.py", label="Add your own videos", icon=":material/upload:")
        if asked:
            fill_with_demo(library)


def demo_button() -> bool:
    """Draw the button that fills the library with demo clips; return whether it was pressed."""
    return st.button("Fill with demo clips", key="demo", type="primary", icon=":material/movie:")


def fill_with_demo(library: Library) -> None:
    """Draw and add the demo clips, and show the page anew."""
    with st.spinner("Drawing the demo clips. This takes about half a minute …", show_time=True):
        added = library.add_demo()
    new = sum(1 for one in added if one.video is not None and not one.known)
    st.toast(f"{counted(new, 'demo clip')} added. They can be searched as they become ready.")
    st.rerun()


def draw_empty_query(library: Library, videos: Sequence[Video]) -> None:
    """Draw examples that can be clicked."""
    with st.container(key="welcome"):
        ready = sum(1 for video in videos if video.segment_count)
        heading("What are you looking for?", f"{counted(ready, 'video')} ready to search.")
        words = example_words(library, videos)
        if words:
            quiet("Try one of these:")
            with st.container(key="examples", horizontal=True, gap="small"):
                for word in words:
                    st.button(plain(word), key=f"example_{word}", on_click=set_query, args=(word,))
        draw_recent(library)


def example_words(library: Library, videos: Sequence[Video]) -> list[str]:
    """Return a few words worth trying: the engine's own from most groups, and the videos' tags."""
    # "Left" or "top" alone asks for nothing: they go with a colour.
    vocabulary = library.vocabulary()
    groups = [words for name, words in vocabulary if "place" not in name.lower()] or [ANY_WORDS]
    mixed = chain.from_iterable(zip_longest(*groups))
    tags = (tag for video in videos for tag in video.tags)
    own = list(dict.fromkeys(word for word in mixed if word))
    return list(dict.fromkeys([*own[: EXAMPLES - 4], *tags]))[:EXAMPLES]


def draw_indexing(library: Library) -> None:
    """Say how many videos are still on their way, for as long as there are any."""
    if not library.jobs(active_only=True):
        return
    if any(one.batch.held for one in library.batches()):
        with st.container(key="held", horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                "Videos are waiting to be embedded until you have seen what it costs.", width="content"
            )
            st.page_link("library.py", label="See what it costs", icon=":material/arrow_forward:")
    else:
        st.fragment(guarded(_indexing), run_every=2.0)(library)


def _indexing(library: Library) -> None:
    active = len(library.jobs(active_only=True))
    if not active:
        st.rerun()
    when = (
        "It appears in the results when it is" if active == 1 else "They appear in the results as they become"
    )
    quiet(f"{counted(active, 'video is', 'videos are')} still being indexed. {when} ready.")

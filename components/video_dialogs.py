"""Dialogs about one video: editing what is written about it, embedding it again, and deleting it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from components.faults import action, boundary
from components.formats import minutes, money, tags_of
from components.frame import quiet
from components.markup import plain

if TYPE_CHECKING:
    from core.library import Library

_OPEN: Final = "video_dialog"


def open_dialog(kind: Literal["edit", "reindex", "delete"], video_id: str) -> None:
    """Have the next run of the page open a dialog."""
    st.session_state[_OPEN] = (kind, video_id)


def draw_dialog(library: Library, categories: Sequence[str]) -> None:
    """Draw the dialog that is open, if one is; a page that runs again keeps it."""
    kind, video_id = st.session_state.get(_OPEN, (None, ""))
    if kind == "edit":
        _edit(library, video_id, categories)
    elif kind == "reindex":
        _embed_again(library, video_id)
    elif kind == "delete":
        _delete(library, video_id)


@action
def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Edit video", on_dismiss=_close)
def _edit(library: Library, video_id: str, categories: Sequence[str]) -> None:
    with boundary():
        video = library.video(video_id)
        with st.form(f"edit_{video_id}", border=False):
            title = st.text_input("Title", video.title, max_chars=300)
            category = st.selectbox(
                "Category",
                categories,
                index=categories.index(video.category) if video.category in categories else None,
                accept_new_options=True,
                placeholder="None",
            )
            tags = st.text_input("Tags, separated by commas", ", ".join(video.tags))
            day = st.date_input(
                "Recorded on", video.recorded_at.date() if video.recorded_at else None, format="YYYY-MM-DD"
            )
            saved = st.form_submit_button("Save", type="primary")
        if not saved:
            return
        category = " ".join((category or "").split()) or None
        cleared: list[Literal["category", "recorded_at"]] = []
        if category is None and video.category is not None:
            cleared.append("category")
        if day is None and video.recorded_at is not None:
            cleared.append("recorded_at")
        same_day = video.recorded_at is not None and video.recorded_at.date() == day
        library.edit(
            video_id,
            title=(title or "").strip() or None,
            category=category,
            tags=tags_of(tags or ""),
            # A time of day that is known must not be lost because the form shows only the date.
            recorded_at=None if day is None or same_day else datetime.combine(day, time(), UTC),
            clear=cleared,
        )
        _close()
        st.rerun()


@st.dialog("Embed again", on_dismiss=_close)
def _embed_again(library: Library, video_id: str) -> None:
    with boundary():
        video = library.video(video_id)
        length = video.duration_s / 60
        rate, currency = library.settings.price_per_minute, library.settings.currency
        price = f", {money(length * rate, currency)}" if rate else ""
        st.markdown(
            f"Embed **{plain(video.title)}** again? {plain(minutes(length) + price)} will be charged."
        )
        quiet("What it has now stays searchable until then.")
        with st.container(horizontal=True):
            if st.button("Embed again", type="primary", key="reindex_confirmed"):
                library.reindex(video_id)
                _close()
                st.rerun()
            if st.button("Leave it", key="reindex_dropped"):
                _close()
                st.rerun()


@st.dialog("Delete video", on_dismiss=_close)
def _delete(library: Library, video_id: str) -> None:
    with boundary():
        video = library.video(video_id)
        st.markdown(f"Delete **{plain(video.title)}** from the library?")
        quiet(
            "Its place in the search, its pictures and the library's own copy of the file are removed. "
            "A file that was added from a folder stays where it is."
        )
        keep = st.checkbox(
            "Keep its embeddings",
            help="Adding the same file again then costs nothing: what was embedded once is used again.",
        )
        with st.container(horizontal=True):
            if st.button("Delete", type="primary", key="delete_confirmed"):
                library.delete(video_id, keep_embeddings=keep)
                _close()
                st.rerun()
            if st.button("Keep it", key="delete_dropped"):
                _close()
                st.rerun()

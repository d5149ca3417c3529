"""Ways to add videos: dropped in the browser, from web addresses, from a folder on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.formats import counted, size, tags_of
from components.frame import quiet
from components.markup import plain
from components.uploader import uploader
from core.errors import CuepointError

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import Added

FIT: Final = "Make a copy that fits Twelve Labs where a video is too small, too wide or too tall"
_FIT_HELP: Final = (
    "The copy is enlarged, made smaller, or gets black bars, as little as possible. Only Twelve Labs sees "
    "it: you watch and export the video as it is."
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is said about all videos that are added together."""

    category: str | None
    tags: tuple[str, ...]
    recorded_on: date | None
    fit: bool | None
    """Send a copy that fits where a video does not; None where the engine takes any video."""

    @property
    def recorded_at(self) -> datetime | None:
        return datetime.combine(self.recorded_on, time(), UTC) if self.recorded_on else None


def draw_adding(library: Library, categories: Sequence[str]) -> None:
    """Draw every way to add videos that is open here."""
    folders = ["Folder on the server"] if library.settings.import_roots else []
    names = ["Upload", "Web address", *folders]
    tabs = st.tabs(names)
    with tabs[0]:
        batch = batch_fields(library, categories, "upload")
        uploader(
            library,
            category=batch.category,
            tags=batch.tags,
            recorded_on=batch.recorded_on,
            fit=batch.fit,
        )
        limits = library.settings
        quiet(f"Up to {size(limits.max_upload_bytes)} and {_hours(limits.max_duration_s)} a video.")
    with tabs[1]:
        _addresses(library, categories)
    if library.settings.import_roots:
        with tabs[2]:
            _folder(library, categories)


def batch_fields(library: Library, categories: Sequence[str], name: str) -> Batch:
    """Draw the fields that count for a whole batch."""
    with st.expander("Category, tags and date for all of them", type="compact"):
        left, middle, right = st.columns([1, 1.4, 1])
    category = left.selectbox(
        "Category",
        categories,
        index=None,
        accept_new_options=True,
        placeholder="None",
        key=f"{name}_category",
    )
    tags = middle.text_input("Tags", placeholder="separated by commas", key=f"{name}_tags")
    recorded = right.date_input(
        "Recorded on", None, key=f"{name}_recorded", format="YYYY-MM-DD", help="Empty: the file's own date."
    )
    fit = None
    if library.offers_fitting:
        fit = st.checkbox(FIT, library.settings.fit, key=f"{name}_fit", help=_FIT_HELP)
    return Batch(" ".join((category or "").split()) or None, tags_of(tags or ""), recorded, fit)


def _addresses(library: Library, categories: Sequence[str]) -> None:
    with st.form("addresses", clear_on_submit=True, border=False):
        batch = batch_fields(library, categories, "web")
        text = st.text_area("Web addresses of video files, one a line", height=110, placeholder="https://…")
        sent = st.form_submit_button("Add", type="primary")
    if not sent:
        return
    lines = list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))
    added = 0
    together = _open_batch(library, counted(len(lines), "web address", "web addresses")) if lines else None
    for line in lines:
        try:
            library.add_url(
                line,
                category=batch.category,
                tags=batch.tags,
                recorded_at=batch.recorded_at,
                batch_id=together,
                fit=batch.fit,
            )
            added += 1
        except CuepointError as exc:
            st.warning(plain(f"{line}: {exc.message}"), icon=":material/error:")
    if not lines:
        st.warning(
            "Enter at least one address, such as https://example.org/film.mp4.", icon=":material/info:"
        )
    elif added:
        st.success(f"{counted(added, 'download')} queued.", icon=":material/check:")


def _folder(library: Library, categories: Sequence[str]) -> None:
    roots = [str(root) for root in library.settings.import_roots]
    with st.form("folder", border=False):
        batch = batch_fields(library, categories, "folder")
        path = st.text_input(
            "Folder", value=roots[0], help="Below one of: " + ", ".join(plain(root) for root in roots)
        )
        sent = st.form_submit_button("Add all videos in it", type="primary")
    if sent:
        with st.spinner("Reading the folder …"):
            name = (path or "").rstrip("/\\").replace("\\", "/").rpartition("/")[2]
            together = _open_batch(library, f"Folder {name}")
            outcomes = library.add_folder(
                path or "",
                category=batch.category,
                tags=batch.tags,
                batch_id=together,
                fit=batch.fit,
            )
            draw_outcomes(outcomes)


def _open_batch(library: Library, name: str) -> str:
    """Return the id of a new batch, which waits for a person where embedding costs money."""
    return library.open_batch(name, hold=library.billable).id


def draw_outcomes(outcomes: Sequence[Added]) -> None:
    """Say what became of each file of a batch; only what needs a word gets a line."""
    new = sum(1 for one in outcomes if not one.refused and not one.known)
    known = sum(1 for one in outcomes if one.known)
    st.success(f"{counted(new, 'video')} added, {known} known already.", icon=":material/check:")
    for one in outcomes:
        if one.refused:
            st.warning(plain(f"{one.name}: {one.message}"), icon=":material/error:")


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min"

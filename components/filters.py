"""Filters: what a result must satisfy, chosen in a popover, shown as chips, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.address_values import EARLIEST, LATEST, written_seconds
from components.faults import action
from components.filter_chips import active_filters
from components.search_address import FILTERS, LONGEST_VIDEO_S, MOST_DAYS, SearchRequest
from components.search_parameters import asked_anew, follow, forget, write

if TYPE_CHECKING:
    from core.model import Video

_OWN: Final = -1
_OWN_DAYS: Final = 14
_PRESETS: Final = {
    0: "Any time",
    1: "Today",
    7: "Last 7 days",
    30: "Last 30 days",
    90: "Last 90 days",
    _OWN: "Another number of days",
}


def filters_button(request: SearchRequest, videos: Sequence[Video]) -> None:
    """Draw the button, and what opens under it."""
    # No number of active filters: with another label it is another popover, and closed. Chips show them.
    popover = st.popover("Filters", icon=":material/tune:", key="filters", on_change="rerun")
    if not popover.open:
        # Eleven controls that are seldom seen would cost every search a tenth of its time.
        return
    with popover:
        _lists(request, videos)
        _recent(request.last_days)
        _range("Recorded", "recorded", request.recorded_from, request.recorded_to)
        _range("Indexed", "indexed", request.indexed_from, request.indexed_to)
        _lengths(request)
        none = not active_filters(request, videos)
        st.button("Clear all filters", key="filters_clear", disabled=none, on_click=clear_filters)


def known_filters(request: SearchRequest, videos: Sequence[Video]) -> SearchRequest:
    """Return the request without what no video has.

    A link may name a video that has been deleted since; a filter on it would find nothing for ever.
    """
    ids = {video.id for video in videos}
    categories = {video.category for video in videos}
    tags = {tag for video in videos for tag in video.tags}
    return replace(
        request,
        video_ids=tuple(one for one in request.video_ids if one in ids),
        categories=tuple(one for one in request.categories if one in categories),
        tags=tuple(one for one in request.tags if one in tags),
    )


@action
def clear_filters() -> None:
    """Take every filter away. For callbacks."""
    forget(*FILTERS)
    asked_anew()


def _lists(request: SearchRequest, videos: Sequence[Video]) -> None:
    categories = sorted({video.category for video in videos if video.category})
    tags = sorted({tag for video in videos for tag in video.tags})
    titles = {video.id: video.title for video in videos}
    _several("Category", "category", categories, request.categories, "No video has a category yet")
    _several("Tags", "tag", tags, request.tags, "No video has tags yet")
    _several("Video", "videos", list(titles), request.video_ids, "", lambda one: titles.get(one, one))


def _several(
    label: str,
    name: str,
    options: list[str],
    chosen: tuple[str, ...],
    none: str,
    shown: Callable[[str], str] = str,
) -> None:
    key = f"{name}_filter"
    st.multiselect(
        label,
        options,
        default=follow(key, list(chosen)),
        key=key,
        format_func=shown,
        placeholder=f"Any {label.lower()}" if options else none,
        on_change=_chosen,
        args=(name, key),
    )


def _recent(last_days: int | None) -> None:
    days = last_days or 0
    preset = follow("last_days_filter", days if days in _PRESETS else _OWN)
    st.selectbox(
        "Added",
        list(_PRESETS),
        index=list(_PRESETS).index(preset),
        key="last_days_filter",
        format_func=lambda one: _PRESETS[one],
        on_change=_preset_chosen,
    )
    if preset == _OWN:
        st.number_input(
            "Added in the last … days",
            1,
            MOST_DAYS,
            value=follow("days_filter", days),
            step=1,
            key="days_filter",
            on_change=_number_changed,
            args=("last_days", "days_filter"),
        )


def _range(label: str, name: str, start: date | None, end: date | None) -> None:
    for column, side, value in zip(st.columns(2), ("from", "to"), (start, end), strict=True):
        key = f"{name}_{side}_filter"
        column.date_input(
            f"{label} {'from' if side == 'from' else 'up to'}",
            value=follow(key, value),
            min_value=EARLIEST,
            max_value=LATEST,
            key=key,
            format="YYYY-MM-DD",
            on_change=_date_changed,
            args=(f"{name}_{side}", key),
        )
    if start is not None and end is not None and start > end:
        st.caption("This range ends before it begins, so nothing is found.")


def _lengths(request: SearchRequest) -> None:
    lengths = (
        ("min_s", "Video at least … s", request.min_duration_s),
        ("max_s", "Video at most … s", request.max_duration_s),
    )
    for column, (name, label, value) in zip(st.columns(2), lengths, strict=True):
        key = f"{name}_filter"
        column.number_input(
            label,
            0.0,
            LONGEST_VIDEO_S,
            value=follow(key, value),
            step=10.0,
            format="%g",
            placeholder="any length",
            key=key,
            on_change=_number_changed,
            args=(name, key),
        )


@action
def _chosen(name: str, key: str) -> None:
    write({name: st.session_state[key]})
    asked_anew()


@action
def _preset_chosen() -> None:
    days: int = st.session_state["last_days_filter"]
    write({"last_days": str(_OWN_DAYS if days == _OWN else days) if days else None})
    asked_anew()


@action
def _date_changed(name: str, key: str) -> None:
    value: date | None = st.session_state[key]
    write({name: value.isoformat() if value is not None else None})
    asked_anew()


@action
def _number_changed(name: str, key: str) -> None:
    value: float | None = st.session_state[key]
    write({name: written_seconds(value) if value else None})
    asked_anew()

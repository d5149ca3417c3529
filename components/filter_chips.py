"""The filters that are active, one chip each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from components.chips import chip
from components.clock import clock
from components.faults import action
from components.search_address import SearchRequest
from components.search_parameters import asked_anew, write

if TYPE_CHECKING:
    from core.model import Video


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """One filter in words, and the parameters of the address without it."""

    label: str
    key: str
    without: tuple[tuple[str, tuple[str, ...]], ...]


def active_filters(request: SearchRequest, videos: Sequence[Video]) -> list[ActiveFilter]:
    """Return the filters of a request, in the order of the popover."""
    titles = {video.id: video.title for video in videos}
    several = (
        ("category", request.categories, "Category: {}"),
        ("tag", request.tags, "Tag: {}"),
        ("videos", request.video_ids, "In {}"),
    )
    found = [
        ActiveFilter(
            pattern.replace("{}", titles.get(one, one)),
            f"{name}_{one}",
            ((name, tuple(other for other in chosen if other != one)),),
        )
        for name, chosen, pattern in several
        for one in chosen
    ]
    days = request.last_days
    if days is not None:
        label = "Added today" if days == 1 else f"Added in the last {days} days"
        found.append(ActiveFilter(label, "last_days", (("last_days", ()),)))
    for name, start, end in (
        ("recorded", request.recorded_from, request.recorded_to),
        ("indexed", request.indexed_from, request.indexed_to),
    ):
        if start is not None or end is not None:
            label = f"{name.capitalize()} {_days(start, end)}"
            found.append(ActiveFilter(label, name, ((f"{name}_from", ()), (f"{name}_to", ()))))
    shortest, longest = request.min_duration_s, request.max_duration_s
    if shortest is not None or longest is not None:
        found.append(ActiveFilter(_length(shortest, longest), "length", (("min_s", ()), ("max_s", ()))))
    return found


def filter_chips(request: SearchRequest, videos: Sequence[Video]) -> None:
    """Draw a chip for every active filter."""
    for one in active_filters(request, videos):
        chip(one.label, f"filter_{one.key}", _remove, one)


@action
def _remove(one: ActiveFilter) -> None:
    write(dict(one.without))
    asked_anew()


def _days(start: date | None, end: date | None) -> str:
    if start == end and start is not None:
        return f"on {start}"
    if start is None:
        return f"up to {end}"
    return f"from {start}" if end is None else f"{start} to {end}"


def _length(shortest: float | None, longest: float | None) -> str:
    if shortest is None:
        return f"At most {clock(longest or 0.0)} long"
    if longest is None:
        return f"At least {clock(shortest)} long"
    return f"{clock(shortest)} to {clock(longest)} long"

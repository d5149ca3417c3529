"""What is shown and kept of a search: its label, a name to propose, its address and its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from components.filter_chips import active_filters
from components.formats import counted
from components.search_address import EVEN, PAGE_LENGTH, Place, SearchRequest, read_request, write_request
from components.senses import SENSE_NAMES

if TYPE_CHECKING:
    from core.model import Video

LONGEST_NAME: Final = 60
_BETWEEN: Final = " · "


def address_of(request: SearchRequest) -> str:
    """Return the query string that opens this search anywhere, without a weight that weighs nothing."""
    if not request.weighted:
        request = replace(request, words_percent=EVEN)
    return urlencode(write_request(request), doseq=True)


def request_of(address: str) -> SearchRequest:
    """Return what a query string asks; never raises."""
    return read_request(parse_qs(address))


def subject_of(request: SearchRequest) -> str:
    """Return what is asked, the same whatever it weighs and however its results are looked at."""
    return address_of(
        replace(request, words_percent=EVEN, at=None, anyway=False, limit=PAGE_LENGTH, view="moments")
    )


def label_of(request: SearchRequest, videos: Sequence[Video]) -> str:
    """Return one line that says what is asked: the words, then all that goes with them."""
    titles = {video.id: video.title for video in videos}
    parts = [
        *_asked(request, titles),
        *(f"without {words}" for words in request.without),
        *([f"{len(request.more)} more like"] if request.more else []),
        *([f"{len(request.less)} less like"] if request.less else []),
        *([] if request.sense == "both" else [SENSE_NAMES[request.sense]]),
        *_filtered(request, videos),
    ]
    return _line(_BETWEEN.join(parts)) or "Everything"


def name_of(request: SearchRequest, videos: Sequence[Video]) -> str:
    """Return a name to propose: the words, or without any what stands for them."""
    titles = {video.id: video.title for video in videos}
    words = _line(request.text) or _line(_BETWEEN.join(_asked(request, titles))) or label_of(request, videos)
    return words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME - 1].rstrip() + "…"


def _asked(request: SearchRequest, titles: dict[str, str]) -> list[str]:
    asked = [_line(request.text)] if request.text.strip() else []
    asked.extend(f"then {step}" for step in request.then)
    if request.like is not None:
        asked.append(f"like {_title(request.like, titles)}")
    elif request.sample is not None:
        asked.append("a sample")
    return asked


def _title(place: Place, titles: dict[str, str]) -> str:
    return f"“{_line(titles[place.video_id])}”" if place.video_id in titles else "a deleted video"


def _filtered(request: SearchRequest, videos: Sequence[Video]) -> list[str]:
    """Return the one filter in words, or how many there are."""
    active = active_filters(request, videos)
    return [active[0].label] if len(active) == 1 else [counted(len(active), "filter")] if active else []


def _line(text: str) -> str:
    return " ".join(text.split())

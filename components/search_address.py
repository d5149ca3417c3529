"""A search as a link: what the parameters of the search page's address mean, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from components.address_values import MOST, day, names, seconds, texts, tidy, whole, written_seconds
from components.senses import SENSE_NAMES, Sense, sense_named
from core.model import Filters

View = Literal["moments", "videos", "table"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

EVEN: Final = 50
"""Percent that the words weigh against a sample until somebody moves the slider."""
PAGE_LENGTH: Final = 20
LONGEST_LIST: Final = 200
WITHIN_S: Final = 10.0
"""Seconds in which a step follows the one before, until somebody says otherwise."""
LONGEST_WITHIN_S: Final = 3600.0
LONGEST_VIDEO_S: Final = 1_000_000.0
MOST_DAYS: Final = 36_500

_DAYS: Final = ("recorded_from", "recorded_to", "indexed_from", "indexed_to")
FILTERS: Final = ("category", "tag", "videos", *_DAYS, "last_days", "min_s", "max_s")
"""The parameters that filter."""

_PLACE: Final = re.compile(
    r"([0-9A-Za-z_-]{1,128})@([0-9]{1,7}(?:\.[0-9]{1,6})?)-([0-9]{1,7}(?:\.[0-9]{1,6})?)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a video of the library, written ``video_id@start-end`` in addresses."""

    video_id: str
    start_s: float
    end_s: float

    def __str__(self) -> str:
        return f"{self.video_id}@{self.start_s:.3f}-{self.end_s:.3f}"


def read_place(text: str | None) -> Place | None:
    """Return the place that an address names; None for anything that is not one."""
    match = _PLACE.fullmatch(text or "")
    if match is None:
        return None
    start_s, end_s = float(match[2]), float(match[3])
    return Place(match[1], start_s, end_s) if start_s < end_s else None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Everything that the search page was asked, as its address says it."""

    text: str = ""
    words_percent: int = EVEN
    """Weight of the words against the sample; counts only where both are there."""
    together: bool = False
    """Words and sample become one vector of the engine's making; counts only where `combined`."""
    sense: Sense = "both"
    categories: tuple[str, ...] = ()
    video_ids: tuple[str, ...] = ()
    like: Place | None = None
    sample: str | None = None
    at: Place | None = None
    anyway: bool = False
    limit: int = PAGE_LENGTH
    more: tuple[Place, ...] = ()
    """Feedback: moments to find more of."""
    less: tuple[Place, ...] = ()
    """Feedback: moments to find less of."""
    without: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """Words of the further steps of a sequence; each may exclude words of its own."""
    within_s: float = WITHIN_S
    tags: tuple[str, ...] = ()
    recorded_from: date | None = None
    recorded_to: date | None = None
    indexed_from: date | None = None
    indexed_to: date | None = None
    last_days: int | None = None
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    view: View = "moments"

    @property
    def has_sample(self) -> bool:
        return self.like is not None or self.sample is not None

    @property
    def empty(self) -> bool:
        """Whether nothing says what to look for; what to leave out is no question."""
        return not (self.text.strip() or self.has_sample or self.more or self.then)

    @property
    def weighted(self) -> bool:
        return bool(self.text.strip()) and self.has_sample

    @property
    def combined(self) -> bool:
        """Whether the engine makes one vector of it: of words and an upload, a moment has its own already."""
        return self.together and self.weighted and self.like is None

    @property
    def filters(self) -> Filters:
        return Filters(
            categories=self.categories,
            tags=self.tags,
            video_ids=self.video_ids,
            recorded_from=self.recorded_from,
            recorded_to=self.recorded_to,
            indexed_from=self.indexed_from,
            indexed_to=self.indexed_to,
            min_duration_s=self.min_duration_s,
            max_duration_s=self.max_duration_s,
            last_days=self.last_days,
        )


def read_request(params: Mapping[str, Sequence[str]]) -> SearchRequest:
    """Return the request of an address, given every value of its parameters; never raises."""

    def one(name: str) -> str | None:
        values = params.get(name, ())
        return values[-1] if values else None

    def all_of(name: str) -> Sequence[str]:
        return params.get(name, ())

    percent = whole(one("words"), 0, 100)
    within_s = seconds(one("within"), 0.0, LONGEST_WITHIN_S)
    view = one("view")
    return SearchRequest(
        text=tidy(one("q") or ""),
        words_percent=EVEN if percent is None else 5 * round(percent / 5),
        together=one("together") == "true",
        sense=sense_named(one("in")),
        categories=names(all_of("category")),
        video_ids=names(all_of("videos")),
        like=read_place(one("like")),
        sample=one("sample") or None if one("like") is None else None,
        at=read_place(one("at")),
        anyway=one("anyway") == "1",
        limit=whole(one("n"), 1, LONGEST_LIST) or PAGE_LENGTH,
        more=read_places(all_of("more")),
        less=read_places(all_of("less")),
        without=names(texts(all_of("without"))),
        then=texts(all_of("then")),
        within_s=WITHIN_S if within_s is None else within_s,
        tags=names(all_of("tag")),
        recorded_from=day(one("recorded_from")),
        recorded_to=day(one("recorded_to")),
        indexed_from=day(one("indexed_from")),
        indexed_to=day(one("indexed_to")),
        last_days=whole(one("last_days"), 1, MOST_DAYS),
        min_duration_s=seconds(one("min_s"), 0.001, LONGEST_VIDEO_S),
        max_duration_s=seconds(one("max_s"), 0.001, LONGEST_VIDEO_S),
        view=next((known for known in VIEWS if known == view), "moments"),
    )


def read_places(values: Sequence[str]) -> tuple[Place, ...]:
    """Return the places that these values name, each once, in order; of too many the newest."""
    found = (read_place(value) for value in values[-MOST:])
    return tuple(dict.fromkeys(place for place in found if place is not None))


def write_request(request: SearchRequest) -> dict[str, str | list[str]]:
    """Return the parameters whose address opens the same search anywhere."""
    like = None if request.like is None else str(request.like)
    written: dict[str, str | list[str] | None] = {
        "q": request.text,
        "then": list(request.then),
        "within": None if request.within_s == WITHIN_S else written_seconds(request.within_s),
        "without": list(request.without),
        "like": like,
        "sample": request.sample if like is None else None,
        "together": "true" if request.together else None,
        "words": None if request.words_percent == EVEN else str(request.words_percent),
        "more": [str(place) for place in request.more],
        "less": [str(place) for place in request.less],
        "in": None if request.sense == "both" else SENSE_NAMES[request.sense],
        **_written_filters(request),
        "view": None if request.view == "moments" else request.view,
        "at": None if request.at is None else str(request.at),
        "anyway": "1" if request.anyway else None,
        "n": None if request.limit == PAGE_LENGTH else str(request.limit),
    }
    return {name: value for name, value in written.items() if value}


def _written_filters(request: SearchRequest) -> dict[str, str | list[str] | None]:
    days = {name: getattr(request, name) for name in _DAYS}
    lengths = {"min_s": request.min_duration_s, "max_s": request.max_duration_s}
    return {
        "category": list(request.categories),
        "tag": list(request.tags),
        "videos": list(request.video_ids),
        **{name: None if value is None else value.isoformat() for name, value in days.items()},
        "last_days": None if request.last_days is None else str(request.last_days),
        **{name: None if value is None else written_seconds(value) for name, value in lengths.items()},
    }

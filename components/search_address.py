"""A search as a link: what the parameters of the search page's address mean, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from core.model import Clip, Filters, Image, Like, Modality, Query, Term, Text

if TYPE_CHECKING:
    from core.library import Library

Sense = Literal["both", "see", "hear", "said", "fused"]
SENSES: Final[tuple[Sense, ...]] = get_args(Sense)
MODALITIES: Final[Mapping[Sense, tuple[Modality, ...]]] = {
    "both": (),
    "see": ("visual",),
    "hear": ("audio", "transcription"),
    "said": ("transcription",),
    "fused": ("fused",),
}
"""As far as the engine has them; empty means all that it has."""
EVEN: Final = 50
"""Percent that the words weigh against a sample until somebody moves the slider."""
SENSE_NAMES: Final[Mapping[Sense, str]] = {
    "both": "See and hear",
    "see": "See",
    "hear": "Hear",
    "said": "Said",
    "fused": "All together",
}
"""As the control shows them, and as the address holds them."""
PAGE_LENGTH: Final = 20
LONGEST_LIST: Final = 200

_PLACE: Final = re.compile(r"([0-9A-Za-z_-]{1,128})@(\d{1,7}(?:\.\d{1,6})?)-(\d{1,7}(?:\.\d{1,6})?)")


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

    @property
    def has_sample(self) -> bool:
        return self.like is not None or self.sample is not None

    @property
    def empty(self) -> bool:
        return not self.text.strip() and not self.has_sample

    @property
    def weighted(self) -> bool:
        return bool(self.text.strip()) and self.has_sample

    @property
    def combined(self) -> bool:
        """Whether the engine makes one vector of it: of words and an upload, a moment has its own already."""
        return self.together and self.weighted and self.like is None


def read_request(
    params: Mapping[str, Sequence[str]],
    *,
    text: str,
    words_percent: int,
    together: bool,
    sense: Sense,
    categories: Sequence[str],
) -> SearchRequest:
    """Return the request of an address; what bound controls hold is passed beside it."""

    def one(name: str) -> str | None:
        values = params.get(name, ())
        return values[-1] if values else None

    limit = one("n") or ""
    return SearchRequest(
        text=text.strip(),
        words_percent=words_percent,
        together=together,
        sense=sense,
        categories=tuple(categories),
        video_ids=tuple(dict.fromkeys(params.get("videos", ()))),
        like=read_place(one("like")),
        sample=one("sample") if one("like") is None else None,
        at=read_place(one("at")),
        anyway=one("anyway") == "1",
        limit=min(int(limit), LONGEST_LIST) if limit.isdecimal() and int(limit) > 0 else PAGE_LENGTH,
    )


def write_request(request: SearchRequest) -> dict[str, str | list[str]]:
    """Return the parameters whose address opens the same search anywhere."""
    written: dict[str, str | list[str]] = {}
    if request.text:
        written["q"] = request.text
    if request.combined:
        written["together"] = "true"
    elif request.weighted and request.words_percent != EVEN:
        written["words"] = str(request.words_percent)
    if request.sense != "both":
        written["in"] = SENSE_NAMES[request.sense]
    if request.categories:
        written["category"] = list(request.categories)
    if request.video_ids:
        written["videos"] = list(request.video_ids)
    if request.like is not None:
        written["like"] = str(request.like)
    elif request.sample is not None:
        written["sample"] = request.sample
    if request.at is not None:
        written["at"] = str(request.at)
    if request.anyway:
        written["anyway"] = "1"
    if request.limit != PAGE_LENGTH:
        written["n"] = str(request.limit)
    return written


def senses_of(available: Sequence[Modality]) -> tuple[Sense, ...]:
    """Return where an engine can search; a choice of one is none."""
    places = [sense for sense in SENSES if set(MODALITIES[sense]) & set(available)]
    return ("both", *places) if len(places) > 1 else ("both",)


def modalities_of(sense: Sense, available: Sequence[Modality]) -> tuple[Modality, ...]:
    """Return what to search for a sense, empty for all; a link's sense may be one that is not there."""
    return tuple(one for one in MODALITIES[sense] if one in available)


def query_of(request: SearchRequest, library: Library) -> Query:
    """Return the query to search with. Raises: NotFound where an uploaded sample is gone."""
    share = request.words_percent / 100
    weighted = request.weighted and not request.combined
    terms: list[Term] = []
    if request.text and not (weighted and share == 0):
        terms.append(Text(request.text, share if weighted else 1.0))
    if request.has_sample and not (weighted and share == 1):
        terms.append(_sample(request, library, 1 - share if weighted else 1.0))
    return Query(
        terms=tuple(terms),
        modalities=modalities_of(request.sense, library.modalities()),
        filters=Filters(categories=request.categories, video_ids=request.video_ids),
        limit=request.limit,
        together=request.combined,
        # Within one video nothing is held back for the sake of the others.
        per_video=request.limit if len(request.video_ids) == 1 else None,
    )


def _sample(request: SearchRequest, library: Library, weight: float) -> Term:
    if request.like is not None:
        return Like(request.like.video_id, request.like.start_s, request.like.end_s, weight)
    assert request.sample is not None  # noqa: S101 - has_sample says so
    path = library.sample_path(request.sample)
    if library.sample_kind(request.sample) == "image":
        return Image(path, weight)
    return Clip(path, weight=weight)

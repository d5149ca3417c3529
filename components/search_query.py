"""From what the search page was asked to the query that the library answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from components.phrasing import understand, unquoted
from components.search_address import Place, SearchRequest
from components.senses import modalities_of
from core.model import Clip, Image, Like, Query, Term, Text, Then

if TYPE_CHECKING:
    from core.library import Library

MORE: Final = 0.5
"""Weight of a moment to find more of; words and sample together weigh 1."""
MORE_TOGETHER: Final = 1.0
"""All moments to find more of weigh at most as much as what was asked: many must not drown it."""
LESS: Final = -0.5
WITHOUT: Final = -1.0
"""Against all positive terms together, so that feedback never weakens what is to be left out."""


def query_of(request: SearchRequest, library: Library) -> Query:
    """Return the query to search with. Raises: NotFound where an uploaded sample is gone."""
    steps = [
        wanted
        for wanted in (_wanted(request, library), *(_step(text) for text in request.then))
        if any(term.weight > 0 for term in wanted)
    ]
    first, *others = steps or [[]]
    return Query(
        terms=(*first, *_unwanted(request, sum(term.weight for term in first if term.weight > 0) or 1.0)),
        modalities=modalities_of(request.sense, library.modalities()),
        filters=request.filters,
        limit=request.limit,
        together=request.combined,
        # Within one video nothing is held back for the sake of the others.
        per_video=request.limit if len(request.video_ids) == 1 else None,
        then=tuple(Then(tuple(terms), request.within_s) for terms in others),
        by_video=request.view == "videos",
    )


def _wanted(request: SearchRequest, library: Library) -> list[Term]:
    """Return the positive terms of the first step: words and sample weigh 1 together."""
    terms: list[Term] = []
    words = unquoted(request.text)
    both = bool(words) and request.has_sample
    # What the engine makes one vector of counts as one.
    share = (0.5 if request.combined else request.words_percent / 100) if both else 1.0
    if words and share > 0:
        terms.append(Text(words, share))
    if request.has_sample and not (both and share == 1):
        terms.append(_sample(request, library, 1 - share if both else 1.0))
    if request.more:
        each = min(MORE, MORE_TOGETHER / len(request.more))
        terms.extend(_like(place, each) for place in request.more)
    return terms


def _unwanted(request: SearchRequest, wanted: float) -> list[Term]:
    less: list[Term] = [_like(place, LESS * wanted) for place in request.less]
    without = [Text(words, WITHOUT * wanted) for text in request.without if (words := unquoted(text))]
    return [*less, *without]


def _step(text: str) -> list[Term]:
    """Return the terms of a further step; one that only excludes is taken by its words."""
    phrase = understand(text)
    words = unquoted(phrase.words)
    if not words:
        return [Text(literal)] if (literal := unquoted(text)) else []
    return [Text(words), *(Text(one, WITHOUT) for one in phrase.without)]


def _sample(request: SearchRequest, library: Library, weight: float) -> Term:
    if request.like is not None:
        return _like(request.like, weight)
    if request.sample is None:
        raise ValueError("There is no sample to search with.")
    path = library.sample_path(request.sample)
    if library.sample_kind(request.sample) == "image":
        return Image(path, weight)
    return Clip(path, weight=weight)


def _like(place: Place, weight: float) -> Like:
    return Like(place.video_id, place.start_s, place.end_s, weight)

"""The relevance strip of one video: how well each part answers a question, and what was found of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.film import film_of
from components.player import Strip
from core.errors import CuepointError
from core.model import Segment, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Query, Video

_KEPT: Final = "kept_relevance"

Scored = list[tuple[Segment, float]]


def strip_of(library: Library, video: Video, query: Query | None, hits: Sequence[Segment]) -> Strip | None:
    """Return the strip of a video; None where there is neither a score nor a small picture to show.

    A question that cannot be scored now (the engine is down, the index is busy) gives a strip without
    scores: the page says elsewhere what is wrong, and the player works without.
    """
    scored = _relevance(library, video, query) if query is not None else []
    film = _film(library, video)
    if not scored and film is None:
        return None
    return Strip(
        video_id=video.id,
        label=_label(query),
        bars=tuple((round(s.start_s, 3), round(s.end_s, 3), round(score, 3)) for s, score in scored),
        hits=tuple((round(hit.start_s, 3), round(hit.end_s, 3)) for hit in hits) if scored else (),
        film=film,
    )


def _relevance(library: Library, video: Video, query: Query) -> Scored:
    # The page is drawn again for many reasons; the scores change only with these.
    asked: Any = (query, video.id, video.indexed_at)
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == asked:
        return kept[1]  # type: ignore[no-any-return]  # session state is untyped; only this module writes it
    try:
        scored = library.relevance(query, video.id)
    except CuepointError:
        return []
    st.session_state[_KEPT] = (asked, scored)
    return scored


def _film(library: Library, video: Video) -> dict[str, Any] | None:
    try:
        return film_of(library, video.id)
    except CuepointError:
        return None


def _label(query: Query | None) -> str:
    """Return what the bars are called: the words that were asked, where there are any."""
    steps = () if query is None else (query.terms, *(then.terms for then in query.then))
    named = [
        ", ".join(term.text for term in step if isinstance(term, Text) and term.weight > 0) for step in steps
    ]
    words = " then ".join(name for name in named if name)
    return f"How well each part matches “{words}”" if words else "How well each part matches"

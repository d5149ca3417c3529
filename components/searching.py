"""Runs the search of a page once: a page that is drawn again for another reason does not search again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Query, Results, Video

_KEPT: Final = "kept_search"


def search_once(library: Library, query: Query, videos: Sequence[Video]) -> Results:
    """Return the results of a query, anew only where the query or the library has changed."""
    signature: Any = (query, tuple((v.id, v.indexed_at, v.category, v.segment_count) for v in videos))
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == signature:
        return kept[1]  # type: ignore[no-any-return]  # session state is untyped; only this module writes it
    results = library.search(query)
    st.session_state[_KEPT] = (signature, results)
    return results

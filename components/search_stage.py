"""The search page's stage: the player, and the results that it plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.chosen import choose, chosen
from components.faults import action, guarded, show_fault
from components.player import Cue, Expired, cue_of, player
from components.query_bar import QUERY_KEY, QueryBar, forget
from components.results import list_data, result_list
from components.sample_picker import write_sample
from components.search_address import PAGE_LENGTH, Place, SearchRequest, query_of, write_request
from components.search_states import draw_no_match
from components.searching import search_once
from core.errors import CuepointError
from core.model import Image, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Results, Video

LAST_SEARCH: Final = "last_search"
"""Parameters of the newest search, for the way back from other pages."""


def draw_stage(library: Library, bar: QueryBar, videos: Sequence[Video]) -> None:
    """Search, and draw the player beside what was found."""
    request = bar.request
    known = {video.id: video for video in videos}
    with st.container(key="stage"):
        rail = st.container(key="rail")
        found = st.container(key="found")
    with found:
        results = _search(library, request, videos)
    cue = _cue(library, request, results, known)
    with rail:
        player(cue, on_expired=renewed)
    st.session_state[LAST_SEARCH] = write_request(request)
    if results is not None:
        _write_weights(bar, results)
        with found:
            _draw_found(library, request, results, known, cue)


def _search(library: Library, request: SearchRequest, videos: Sequence[Video]) -> Results | None:
    try:
        with st.spinner("Searching …"):
            return search_once(library, query_of(request, library), videos)
    except CuepointError as exc:
        show_fault(exc)
        return None


def _draw_found(
    library: Library, request: SearchRequest, results: Results, known: Mapping[str, Video], cue: Cue | None
) -> None:
    hidden = not results.moments or not (results.good_match or request.anyway)
    data = list_data(library, results, known, cue if request.at else None, hidden=hidden)
    st.fragment(guarded(_list))(data)
    if hidden:
        draw_no_match(results)
    elif len(results.moments) >= request.limit:
        st.button("Show more", key="more_results", on_click=_longer, args=(request.limit + PAGE_LENGTH,))


def _write_weights(bar: QueryBar, results: Results) -> None:
    if not bar.request.weighted or bar.request.combined:
        return
    shares = {isinstance(report.term, Text): round(100 * report.share) for report in results.terms}
    kind = "picture" if any(isinstance(report.term, Image) for report in results.terms) else "clip"
    bar.weights.caption(f"words {shares.get(True, 0)} % · {kind} {shares.get(False, 0)} %")


def _cue(
    library: Library, request: SearchRequest, results: Results | None, known: Mapping[str, Video]
) -> Cue | None:
    place, nonce = chosen()
    if place is not None and place.video_id in known:
        return cue_of(library, known[place.video_id], place.start_s, place.end_s, nonce=nonce)
    if results is None or not results.moments or not (results.good_match or request.anyway):
        return None
    best = results.moments[0]
    if best.video_id not in known:
        return None
    # One suggestion a question, even where the same moment is best again.
    nonce = f"{request.text} {request.like} {request.sample} {best.video_id} {best.start_s}"
    return cue_of(library, known[best.video_id], best.start_s, best.end_s, nonce=nonce, auto=True)


def _list(data: Mapping[str, Any]) -> None:
    asked = result_list(data)
    if asked.sample is not None:
        write_sample(asked.sample)
        st.rerun(scope="app")
    elif asked.more is not None:
        forget("anyway", "n", "at")
        st.query_params["videos"] = [asked.more]
        st.rerun(scope="app")
    elif asked.open is not None:
        there = {"video": asked.open.video_id, "at": str(asked.open)}
        words = st.session_state.get(QUERY_KEY, "").strip()
        st.switch_page("browse.py", query_params=there | ({"inside": words} if words else {}))


@action
def renewed(old: Expired) -> None:
    """Keep the moment whose link has expired: the page that follows has new links for it."""
    choose(Place(old.video_id, old.start_s, old.end_s), old.nonce)


@action
def _longer(limit: int) -> None:
    st.query_params["n"] = str(limit)

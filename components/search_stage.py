"""The search page's stage: the player, and the results that it plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.chosen import choose, chosen
from components.explain import ask_to_explain, draw_explanation, explain_button
from components.faults import action, guarded, show_fault
from components.feedback import add_feedback
from components.frame import quiet
from components.keeping import keep
from components.no_match import draw_no_match
from components.player import Cue, Expired, Strip, cue_of, player
from components.query_bar import QUERY_KEY, QueryBar
from components.result_table import download_button, result_table, take_play
from components.result_views import view_control
from components.results import list_data, result_list
from components.sample_picker import write_sample
from components.search_address import LONGEST_LIST, PAGE_LENGTH, Place, SearchRequest, write_request
from components.search_parameters import forget
from components.search_query import query_of
from components.searching import search_once
from components.strips import strip_of
from core.errors import CuepointError
from core.model import Image, Like, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Moment, Query, Results, Term, Video

LAST_SEARCH: Final = "last_search"
"""Parameters of the newest search, for the way back from other pages."""


@dataclass(frozen=True)
class Found:
    """One question and its answer, as the page shows them."""

    library: Library
    request: SearchRequest
    query: Query
    results: Results
    videos: Mapping[str, Video]

    @property
    def moments(self) -> list[Moment]:
        """The moments whose video is still there: it may have been deleted since the search."""
        return [moment for moment in self.results.moments if moment.video_id in self.videos]

    @property
    def hidden(self) -> bool:
        """Whether nothing matches well and nobody has asked to see it anyway."""
        return not self.moments or not (self.results.good_match or self.request.anyway)


def draw_stage(library: Library, bar: QueryBar, videos: Sequence[Video]) -> bool:
    """Search, and draw the player beside what was found; return whether the search was answered."""
    request = bar.request
    known = {video.id: video for video in videos}
    with st.container(key="stage"):
        rail = st.container(key="rail")
        place = st.container(key="found")
    with place:
        with st.container(key="result_line", horizontal=True, vertical_alignment="center", gap="small"):
            view_control(request.view)
            tools = st.container(horizontal=True, horizontal_alignment="right", gap="small")
        query = _query(library, request)
        results = _search(library, query, videos)
    found = None
    if query is not None and results is not None:
        found = Found(library, request, query, results, known)
    cue = _cue(library, request, found, known)
    with rail:
        player(
            cue,
            on_expired=renewed,
            strip=_strip(library, found, cue, known),
            on_keep=lambda place: keep(library, place),
        )
    st.session_state[LAST_SEARCH] = write_request(request)
    if found is not None:
        _write_weights(bar, found)
        with tools:
            explain_button()
        with place:
            _draw_found(found, cue)
        draw_explanation(found.query, found.results, known)
    return found is not None


def _search(library: Library, query: Query | None, videos: Sequence[Video]) -> Results | None:
    if query is None:
        return None
    try:
        with st.spinner("Searching …"):
            return search_once(library, query, videos)
    except CuepointError as exc:
        show_fault(exc)
        return None


def _query(library: Library, request: SearchRequest) -> Query | None:
    try:
        return query_of(request, library)
    except CuepointError as exc:
        show_fault(exc)
        return None


def _draw_found(found: Found, cue: Cue | None) -> None:
    request, results = found.request, found.results
    picked = take_play()
    data = list_data(
        found.library,
        found.query,
        results,
        found.videos,
        cue if request.at else None,
        view=request.view,
        hidden=found.hidden,
        play=cue if picked is not None and cue is not None and cue.nonce == picked[1] else None,
    )
    others = frozenset(found.videos) - {cue.video_id} if cue is not None else frozenset()
    st.fragment(guarded(_list))(found.library, data, others)
    if found.hidden:
        draw_no_match(found.query, results, found.videos)
        return
    if request.view == "table":
        result_table(found.library, found.query, found.moments, found.videos)
        # Below: a second button beside the view control moves it on a narrow screen.
        download_button(found.moments, found.videos)
    if results.more and request.limit < LONGEST_LIST:
        longer = min(LONGEST_LIST, request.limit + PAGE_LENGTH)
        st.button("Show more", key="more_results", on_click=_longer, args=(longer,))
    elif results.more:
        quiet(f"The first {LONGEST_LIST} are listed. Filters or more words bring up what is beyond them.")


def _write_weights(bar: QueryBar, found: Found) -> None:
    if not bar.request.weighted or bar.request.combined:
        return
    shares: dict[str, float] = {}
    for report in found.results.terms[: len(found.query.terms)]:
        if report.term.weight > 0:
            name = _share_name(report.term, bar.request)
            shares[name] = shares.get(name, 0.0) + report.share
    shares = {"words": 0.0} | shares
    bar.weights.caption(" · ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items()))


def _share_name(term: Term, request: SearchRequest) -> str:
    match term:
        case Text():
            return "words"
        case Image():
            return "picture"
        case Like() if Place(term.video_id, term.start_s, term.end_s) != request.like:
            return "more like"
        case _:
            return "clip"


def _cue(
    library: Library, request: SearchRequest, found: Found | None, known: Mapping[str, Video]
) -> Cue | None:
    place, nonce = chosen()
    if place is not None and place.video_id in known:
        return cue_of(library, known[place.video_id], place.start_s, place.end_s, nonce=nonce)
    if found is None or found.hidden:
        return None
    best = found.moments[0]
    # One suggestion a question, even where the same moment is best again.
    nonce = f"{request.text} {request.like} {request.sample} {best.video_id} {best.start_s}"
    return cue_of(library, known[best.video_id], best.start_s, best.end_s, nonce=nonce, auto=True)


def _strip(
    library: Library, found: Found | None, cue: Cue | None, known: Mapping[str, Video]
) -> Strip | None:
    if cue is None:
        return None
    if found is None or found.hidden:
        return strip_of(library, known[cue.video_id], None, ())
    hits = [hit.segment for moment in found.moments if moment.video_id == cue.video_id for hit in moment.hits]
    return strip_of(library, known[cue.video_id], found.query, hits)


def _list(library: Library, data: Mapping[str, Any], others: frozenset[str]) -> None:
    asked = result_list(data)
    if asked.keep is not None:
        # Nothing else on the page changes, so it is not drawn again.
        keep(library, asked.keep)
        return
    if asked.sample is not None:
        write_sample(asked.sample)
    elif asked.more_like is not None:
        add_feedback("more", asked.more_like)
    elif asked.less_like is not None:
        add_feedback("less", asked.less_like)
    elif asked.explain is not None:
        ask_to_explain(asked.explain)
    elif asked.more is not None:
        forget("anyway", "n", "at", "view")
        st.query_params["videos"] = [asked.more]
    elif asked.open is not None:
        there = {"video": asked.open.video_id, "at": str(asked.open)}
        words = st.session_state.get(QUERY_KEY, "").strip()
        st.switch_page("browse.py", query_params=there | ({"inside": words} if words else {}))
    else:
        place, _ = chosen()
        if place is None or place.video_id not in others:
            return
        # The player shows another video since the page was drawn: its strip is drawn with the page.
    st.rerun(scope="app")


@action
def renewed(old: Expired) -> None:
    """Keep the moment whose link has expired: the page that follows has new links for it."""
    choose(Place(old.video_id, old.start_s, old.end_s), old.nonce)


@action
def _longer(limit: int) -> None:
    st.query_params["n"] = str(limit)

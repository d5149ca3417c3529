"""The honest state of a search: nothing matches well, why that may be, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from components.faults import action
from components.filters import clear_filters
from components.formats import counted
from components.frame import heading
from components.results.naming import step_names, step_of_term, term_names
from components.search_parameters import forget

if TYPE_CHECKING:
    from core.model import Query, Results, Video


def draw_no_match(query: Query, results: Results, videos: Mapping[str, Video]) -> None:
    """Say that nothing matches well, and offer what comes nearest."""
    filtered = not query.filters.empty
    found = [moment for moment in results.moments if moment.video_id in videos]
    heading(_title(query, nearest=bool(found)), " ".join(_advice(query, results, videos)))
    with st.container(horizontal=True, vertical_alignment="center", key="no_match"):
        if found:
            kind = (
                counted(len({moment.video_id for moment in found}), "video")
                if query.by_video
                else counted(len(found), "moment")
            )
            st.button(f"Show the nearest {kind} anyway", key="anyway_button", on_click=_show_anyway)
        if filtered:
            st.button(
                "Clear the filters",
                key="clear_filters_here",
                icon=":material/filter_alt_off:",
                on_click=clear_filters,
            )


def _title(query: Query, *, nearest: bool) -> str:
    if nearest or (query.filters.empty and not query.then):
        return "Nothing here matches well"
    return "No video has these steps in this order" if query.then else "Nothing passes these filters"


def _advice(query: Query, results: Results, videos: Mapping[str, Video]) -> Iterator[str]:
    """Return sentences, the most telling first."""
    lost = _lost_steps(query, results)
    names = step_names(query, videos)
    if lost:
        yield " ".join(f"Step {step + 1}, “{names[step]}”, matches nothing." for step in lost)
    elif query.then and not results.moments:
        yield "Each step is found by itself; allow more seconds between them, or take other words for one."
    # Of what is left out nobody expects to be found, so it is no reason.
    looked_for = [report for report in results.terms if report.term.weight > 0]
    if any(report.ignored and not report.understood for report in looked_for):
        yield "These words are not understood here. Try others; the Status page lists the ones that are."
        return
    nothing = _positive_terms_without_match(query, results, videos)
    if len(nothing) < sum(term.weight > 0 for term in query.all_terms) and not query.then:
        yield from (f"“{name}” matches nothing; the rest of the question may." for name in nothing)
    if not query.filters.empty:
        yield "The filters leave out what may match better."
    elif not lost:
        yield "Try other words, or a sample clip."


def _lost_steps(query: Query, results: Results) -> list[int]:
    """Return the steps of which no positive term matches anything."""
    if not query.then:
        return []
    found: dict[int, list[bool]] = {}
    for step, report in zip(step_of_term(query), results.terms, strict=False):
        if report.term.weight > 0:
            found.setdefault(step, []).append(not report.matches_nothing)
    return [step for step, matches in found.items() if not any(matches)]


def _positive_terms_without_match(query: Query, results: Results, videos: Mapping[str, Video]) -> list[str]:
    names = term_names(query, videos)
    return [
        name
        for name, report in zip(names, results.terms, strict=False)
        if report.matches_nothing and report.term.weight > 0
    ]


@action
def _show_anyway() -> None:
    forget("anyway")
    st.query_params["anyway"] = "1"

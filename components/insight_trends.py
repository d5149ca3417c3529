"""Trends: how much of the footage shows something, over time; what rises or falls is pointed at."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from components.faults import action
from components.frame import quiet
from components.insight_downloads import chart, table_button
from components.insight_periods import dates_control, period_control
from components.insight_subjects import Groups, Subject, results_of, subjects_control
from components.insight_trend_charts import Bar, bar_of, figure_of
from components.markup import plain
from components.search_parameters import follow, write
from core.library_insights import Trend
from core.library_trends import TrendLine

if TYPE_CHECKING:
    from components.search_address import SearchRequest
    from core.library import Library
    from core.model.insights import Selection

_SELECTED: Final = "insight_trend_selected"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the charts show, and what a click on a bar needs."""

    request: SearchRequest
    subjects: tuple[Subject, ...]
    groups: Groups
    dates: str
    share: bool
    compare: bool


def draw_trends(library: Library, selection: Selection, request: SearchRequest, groups: Groups) -> None:
    """Draw the section. ``groups`` are those that the groups' section shows; they can be followed as well."""
    subjects = subjects_control(selection, groups)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = period_control()
        dates = dates_control()
        share = _share_control()
        compare = _compare_control()
    if not subjects:
        st.info(
            "Say what to follow: words as in a search, or a group. The chart then shows in which "
            f"{period}s the footage has more or less of it.",
            icon=":material/trending_up:",
        )
        return
    lines = library.trends(selection, subjects, period=period, dates=dates, compare=compare)
    if not any(line.trend.buckets for line in lines):
        st.info(
            f"None of these videos says when it was {dates}. Choose the other date, or write dates on the "
            "Library page.",
            icon=":material/event_busy:",
        )
        return
    _changes(lines)
    shown = _Shown(request, subjects, groups, dates, share, compare)
    for label in dict.fromkeys(line.label for line in lines) if compare else (None,):
        _chart([line for line in lines if label is None or line.label == label], shown)
    _below(lines, dates)


def _share_control() -> bool:
    """Draw the choice between share and minutes; return whether shares are shown."""
    chosen = "minutes" if st.query_params.get("measure") == "minutes" else "share"

    def changed() -> None:
        write({"measure": "minutes" if st.session_state["insight_measure"] == "minutes" else None})

    st.segmented_control(
        "Show",
        ("share", "minutes"),
        format_func=lambda one: {"share": "Share", "minutes": "Minutes"}[one],
        default=follow("insight_measure", chosen),
        key="insight_measure",
        required=True,
        on_change=action(changed),
    )
    return chosen == "share"


def _compare_control() -> bool:
    chosen = st.query_params.get("compare") == "1"

    def changed() -> None:
        write({"compare": "1" if st.session_state["insight_compare"] else None})

    st.toggle(
        "Compare categories",
        value=follow("insight_compare", chosen),
        key="insight_compare",
        on_change=action(changed),
    )
    return chosen


def _changes(lines: tuple[TrendLine, ...]) -> None:
    told = [sentence for line in lines for sentence in change_sentences(line)]
    for sentence in told:
        st.markdown(sentence)
    if not told:
        quiet("Nothing rises or falls further than its own history and chance explain.")


def change_sentences(line: TrendLine) -> list[str]:
    """Return one sentence of markdown for each rise or fall that stands out."""
    where = "" if line.category is None else f" in {plain(line.category) or 'videos without category'}"
    return [
        f":material/{'trending_up' if change.direction == 'rise' else 'trending_down'}: "
        f"**{plain(line.label)}**{where} {change.direction}s from {change.before:.0%} to "
        f"{change.share:.0%} of the footage {_span(line.trend, change.first, change.last)}."
        for change in line.trend.changes
    ]


def _span(trend: Trend, first: int, last: int) -> str:
    names = [trend.buckets[number].name for number in (first, last)]
    return f"in {names[0]}" if first == last else f"from {names[0]} to {names[1]}"


def _chart(lines: list[TrendLine], shown: _Shown) -> None:
    told = zlib.crc32(repr((shown.subjects, shown.dates, shown.share, lines[0].label, len(lines))).encode())
    key = f"insight_trend_{told}"

    def picked() -> None:
        """Remember the bar: a page can only be left while it is drawn."""
        points = st.session_state[key].selection.points
        if points:
            st.session_state[_SELECTED] = (key, bar_of(points[0]))

    figure = figure_of(lines, dates=shown.dates, share=shown.share, compare=shown.compare)
    chart(figure, name="trend", key=key, on_select=action(picked))
    where, bar = st.session_state.get(_SELECTED, ("", None))
    if where == key:
        del st.session_state[_SELECTED]
        if bar is not None and bar.line < len(lines):
            _open(lines[bar.line], bar, shown)


def _open(line: TrendLine, bar: Bar, shown: _Shown) -> None:
    parameters = results_of(
        line,
        line.trend.buckets[bar.bucket],
        shown.request,
        dates=shown.dates,
        subjects=shown.subjects,
        groups=shown.groups,
    )
    st.switch_page("search.py", query_params=dict(parameters))


def _below(lines: tuple[TrendLine, ...], dates: str) -> None:
    undated = max(line.trend.undated_minutes for line in lines)
    left_out = f" {undated:,.1f} minutes have no such date and are left out." if undated else ""
    quiet(
        f"Minutes are those of the segments of videos {dates} then; the thin lines are where the share lies "
        f"with 95 % confidence. Days are in UTC, weeks begin on Monday.{left_out} "
        "Click a bar to open what it counts."
    )
    table_button(trend_table(lines), "trends", key="trends_csv", what="every bar of these charts")


def trend_table(lines: tuple[TrendLine, ...]) -> pd.DataFrame:
    """Return one row a bar."""
    return pd.DataFrame(
        [
            (
                line.label,
                line.category or "",
                bucket.name,
                bucket.first_day,
                round(bucket.total_minutes, 4),
                round(bucket.minutes, 4),
                bucket.share,
                bucket.low,
                bucket.high,
                bucket.count,
                bucket.videos,
            )
            for line in lines
            for bucket in line.trend.buckets
        ],
        columns=[
            "subject", "category", "period", "first_day", "footage_minutes", "minutes", "share",
            "share_low", "share_high", "segments", "videos",
        ],
    )  # fmt: skip

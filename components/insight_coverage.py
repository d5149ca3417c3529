"""Coverage: how much footage there is of what, how long the videos are, and how new."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components.formats import counted, minutes
from components.frame import quiet, tiles
from components.insight_downloads import OTHERS, PALETTE, chart, framed, table_button
from components.insight_periods import dates_control, period_control
from components.markup import escaped
from components.results.naming import PLACES
from core.library_insights import Amount, PeriodAmount
from core.library_trends import CoverageReport
from core.model import Filters

if TYPE_CHECKING:
    from components.search_address import SearchRequest
    from core.library import Library
    from core.model import Video
    from core.model.insights import Selection

MOST_BARS: Final = 30
_ROW: Final = 26
_AROUND: Final = 110
_LONGEST: Final = 40
_BINS_MIN: Final = (0, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 240)
"""Where the columns of the lengths end, in minutes; the last one has no end."""


def draw_coverage(library: Library, selection: Selection, request: SearchRequest) -> None:
    """Draw the section; it looks at every modality, whichever was chosen."""
    left, right = st.columns(2)
    with left:
        period = period_control()
    with right:
        dates = dates_control()
    report = library.coverage(selection.filters, period=period, dates=dates)
    found = report.coverage
    if not found.by_video:
        _nothing(request)
        return
    videos = {video.id: video for video in library.videos()}
    tiles(
        [
            ("Minutes of footage", f"{found.minutes:,.1f}"),
            ("Videos", f"{len(found.by_video):,}"),
            ("Segments", f"{sum(amount.segments for amount in found.by_video):,}"),
            ("Usual length", minutes(found.median_video_minutes)),
        ]
    )
    quiet(
        "A minute counts once, whatever number of segments show it. Days are in UTC; weeks begin on Monday."
    )
    _by_date(report.periods, dates, report.undated)
    left, right = st.columns(2, gap="large")
    with left:
        _amounts(found.by_category, "Minutes by category", "category", {"": "Without category"}, "categories")
        _modalities(found.by_modality)
    with right:
        _amounts(
            found.by_video, "Minutes by video", "video", {i: v.title for i, v in videos.items()}, "videos"
        )
        _lengths(report)
    _downloads(report, videos)


def _nothing(request: SearchRequest) -> None:
    st.info(
        "No indexed video satisfies these filters. Take some of them out."
        if request.filters != Filters()
        else "Nothing is indexed yet. Add videos on the Library page, and this page counts them.",
        icon=":material/bar_chart:",
    )


def _by_date(periods: Sequence[PeriodAmount], dates: str, undated: int) -> None:
    dated = [each for each in periods if each.start is not None]
    if undated:
        quiet(f"{counted(undated, 'video')} without such a date: not in this chart.")
    if not dated:
        st.info(f"No video here says when it was {dates}.", icon=":material/event_busy:")
        return
    figure = go.Figure(
        go.Bar(
            x=[each.start for each in dated],
            y=[each.minutes for each in dated],
            customdata=[counted(each.videos, "video") for each in dated],
            marker={"color": PALETTE[0]},
            hovertemplate="%{x|%Y-%m-%d}: %{y:,.1f} minutes, %{customdata}<extra></extra>",
        )
    )
    framed(figure, title=f"Minutes of footage by the date it was {dates}", x=f"{dates} on", y="minutes",
           height=300, legend=False)  # fmt: skip
    chart(figure, name=f"minutes_by_{dates}_date", key="coverage_dates")


def _amounts(
    amounts: Sequence[Amount], title: str, unit: str, names: Mapping[str, str], several: str
) -> None:
    shown = amounts[:MOST_BARS]
    if len(amounts) > MOST_BARS:
        title = f"{title}: the {MOST_BARS} largest of {len(amounts):,}"
    labels = [names.get(each.name, each.name) for each in shown]
    figure = go.Figure(
        go.Bar(
            # Two videos may have one title: bars are told apart by place, and only called by name.
            y=list(range(len(shown))),
            x=[each.minutes for each in shown],
            orientation="h",
            customdata=[
                [escaped(label), f"{each.share:.1%}", counted(each.segments, "segment")]
                for label, each in zip(labels, shown, strict=True)
            ],
            marker={"color": [OTHERS if each.name == "" else PALETTE[1] for each in shown]},
            hovertemplate="%{customdata[0]}: %{x:,.1f} minutes (%{customdata[1]}), %{customdata[2]}"
            "<extra></extra>",
        )
    )
    framed(figure, title=title, x="minutes", y="", height=_AROUND + _ROW * max(2, len(shown)), legend=False)
    figure.update_yaxes(
        autorange="reversed",
        tickvals=list(range(len(shown))),
        ticktext=[escaped(label if len(label) <= _LONGEST else f"{label[:_LONGEST]}…") for label in labels],
        title=None,
    )
    chart(figure, name=f"minutes_by_{unit}", key=f"coverage_{several}")


def _modalities(amounts: Sequence[Amount]) -> None:
    names = {str(modality): place for modality, place in PLACES.items()}
    _amounts(amounts, "Minutes by what was embedded (they overlap)", "modality", names, "modalities")


def _lengths(report: CoverageReport) -> None:
    lengths = pd.Series(report.lengths_min)
    edges = [*_BINS_MIN, float("inf")]
    counts = pd.cut(lengths, edges, right=False).value_counts(sort=False)
    labels = [_bin(low, high) for low, high in itertools.pairwise(edges)]
    last = max((n for n, count in enumerate(counts) if count), default=0)
    figure = go.Figure(
        go.Bar(
            x=labels[: last + 1],
            y=list(counts)[: last + 1],
            marker={"color": PALETTE[2]},
            hovertemplate="%{x} minutes: %{y:,} videos<extra></extra>",
        )
    )
    framed(figure, title="How long the videos are", x="length in minutes", y="videos", height=300,
           legend=False)  # fmt: skip
    chart(figure, name="lengths_of_videos", key="coverage_lengths")


def _bin(low: float, high: float) -> str:
    return f"{low:g} and more" if high == float("inf") else f"{low:g}–{high:g}"


def _downloads(report: CoverageReport, videos: Mapping[str, Video]) -> None:
    found = report.coverage
    rows = [
        (what, videos[each.name].title if what == "video" and each.name in videos else each.name, each)
        for what, amounts in (
            ("category", found.by_category),
            ("video", found.by_video),
            ("modality", found.by_modality),
        )
        for each in amounts
    ]
    frame = pd.DataFrame(
        [
            (what, name, round(each.minutes, 4), round(each.share, 6), each.videos, each.segments)
            for what, name, each in rows
        ],
        columns=["by", "name", "minutes", "share", "videos", "segments"],
    )
    dates = pd.DataFrame(
        [
            ("date", each.start or "unknown", round(each.minutes, 4), None, each.videos, None)
            for each in report.periods
        ],
        columns=list(frame.columns),
    )
    table_button(
        pd.concat([frame, dates]), "coverage", key="coverage_csv", what="all numbers of this section"
    )

"""Outliers: the segments least like the rest, each beside the nearest usual one, which is the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from components.faults import action
from components.frame import quiet
from components.insight_choice import place_of
from components.insight_downloads import table_button
from components.insight_progress import insight
from components.moments import Shown, moment_row
from components.search_parameters import follow, write

if TYPE_CHECKING:
    from core.library import Library
    from core.library_insights import Outlier, OutlierKind
    from core.model import Video
    from core.model.insights import Points, Selection

PAGE: Final = 12
_KINDS: Final[dict[OutlierKind, str]] = {"library": "In the library", "video": "In their own video"}
_USUAL: Final[dict[OutlierKind, str]] = {
    "library": "the nearest usual segment",
    "video": "the nearest usual segment of its video",
}


def draw_outliers(
    library: Library, selection: Selection, points: Points, videos: Mapping[str, Video]
) -> None:
    """Draw the section."""
    kind = _kind_control()
    found = insight(library, lambda: library.outliers(selection, kind), key="outliers")
    if found is None:
        return
    if not found:
        st.info(
            "Nothing stands out here: every segment has others that are like it.", icon=":material/check:"
        )
        return
    quiet(
        "The number says how many times as far a segment is from those most like it as is usual around "
        "there. It is shown with the usual segment that comes nearest, for comparison."
    )
    shown = _shown(len(found))
    columns = st.columns(2, gap="medium")
    for number, outlier in enumerate(found[:shown]):
        with columns[number % 2], st.container(border=True, key=f"outlier_{number}"):
            _pair(library, points, videos, outlier, number)
    with st.container(horizontal=True):
        if shown < len(found):
            st.button("Show more", key="outliers_more", on_click=_more, args=(shown + PAGE,))
        table_button(
            outliers_table(points, found, videos), "outliers", key="outliers_csv", what="all of them"
        )


def _pair(
    library: Library, points: Points, videos: Mapping[str, Video], outlier: Outlier, number: int
) -> None:
    st.markdown(f"**{outlier.score:.2f} ×** as far as usual")
    moment_row(
        library,
        videos,
        [
            Shown(place_of(points, outlier.row), "stands out"),
            Shown(place_of(points, outlier.neighbour_row), _USUAL[outlier.kind]),
        ],
        label=f"Outlier {number + 1}, and the nearest usual segment",
        key=f"outlier_moments_{outlier.kind}_{number}",
    )


def _kind_control() -> OutlierKind:
    chosen: OutlierKind = "video" if st.query_params.get("against") == "video" else "library"

    def changed() -> None:
        write({"against": "video" if st.session_state["insight_against"] == "video" else None, "shown": None})

    st.segmented_control(
        "Unusual",
        list(_KINDS),
        default=follow("insight_against", chosen),
        key="insight_against",
        required=True,
        format_func=lambda one: _KINDS[one],
        label_visibility="collapsed",
        on_change=action(changed),
    )
    return chosen


def _shown(many: int) -> int:
    told = st.query_params.get("shown", "")
    return min(many, max(PAGE, int(told))) if told.isdecimal() and len(told) < 6 else min(many, PAGE)


@action
def _more(shown: int) -> None:
    write({"shown": str(shown)})


def outliers_table(points: Points, found: Sequence[Outlier], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row an outlier, the most unusual first."""
    told = []
    for rank, outlier in enumerate(found, 1):
        place, usual = place_of(points, outlier.row), place_of(points, outlier.neighbour_row)
        titles = [videos[one.video_id].title if one.video_id in videos else "" for one in (place, usual)]
        told.append(
            (
                rank, round(outlier.score, 4), titles[0], round(place.start_s, 3), round(place.end_s, 3),
                titles[1], round(usual.start_s, 3), round(usual.end_s, 3), round(outlier.cosine, 4),
                place.video_id, usual.video_id,
            )
        )  # fmt: skip
    columns = [
        "rank", "times_as_far", "title", "start_s", "end_s", "usual_title", "usual_start_s", "usual_end_s",
        "cosine", "video_id", "usual_video_id",
    ]  # fmt: skip
    return pd.DataFrame(told, columns=columns)

"""Explains a search: what became of each part of the query, and where a moment's score comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from components.clock import clock
from components.explain_charts import cosine_chart, score_chart
from components.formats import counted
from components.frame import quiet
from components.results.naming import PLACES, step_of_term, term_names
from components.search_address import Place

if TYPE_CHECKING:
    from core.model import Moment, Query, Results, TermReport, Video

CHARTED: Final = 10
_ASKED: Final = "explain_asked"
_ALL: Final = "Whole query"
_SCALE: Final = "0 is the background of your library, 1 a typical best match."


def ask_to_explain(place: Place) -> None:
    """Have the page that follows explain this moment."""
    st.session_state[_ASKED] = str(place)


def explain_button() -> None:
    """Draw the button that explains the whole query."""
    if st.button(
        "Explain",
        key="explain",
        icon=":material/query_stats:",
        type="tertiary",
        help="What each part of the query counts, and where the scores come from.",
    ):
        st.session_state[_ASKED] = ""


def draw_explanation(query: Query, results: Results, videos: Mapping[str, Video]) -> None:
    """Open the explanation where somebody has just asked for it."""
    asked = st.session_state.pop(_ASKED, None)
    if asked is not None:
        _dialog(query, results, videos, asked)


@st.dialog("Why these results", width="large")
def _dialog(query: Query, results: Results, videos: Mapping[str, Video], asked: str) -> None:
    moments = [moment for moment in results.moments if moment.video_id in videos]
    places = [str(Place(one.video_id, one.start_s, one.end_s)) for one in moments]
    names = [
        f"{rank}. {videos[one.video_id].title}, {clock(one.start_s)}–{clock(one.end_s)}"
        for rank, one in enumerate(moments, 1)
    ]
    chosen = st.selectbox(
        "Explain",
        range(-1, len(moments)),
        index=places.index(asked) + 1 if asked in places else 0,
        format_func=lambda index: _ALL if index < 0 else names[index],
        key=f"explain_what_{asked}",
    )
    if chosen is None or chosen < 0:
        _whole_query(query, results, moments, videos)
    else:
        _one_moment(query, moments[chosen], videos)


def _whole_query(
    query: Query, results: Results, moments: Sequence[Moment], videos: Mapping[str, Video]
) -> None:
    terms = term_frame(query, results.terms, videos)
    st.dataframe(
        terms,
        hide_index=True,
        column_config={
            "Share": st.column_config.TextColumn(
                help="Weight among the parts that are looked for, in its step"
            ),
        },
    )
    parts = part_frame(query, moments, videos)
    if parts.empty:
        quiet("Nothing was found that could be explained.")
        return
    quiet(
        f"Over {counted(results.searched_segments, 'searched segment')}. A cosine is the raw likeness of two "
        "vectors, from -1 to 1, and no percentage; “usual” is its mean over the library."
    )
    st.dataframe(parts, hide_index=True, column_config=_decimals(parts))
    st.plotly_chart(
        score_chart(moments[:CHARTED], videos),
        config={"displayModeBar": False},
        key="explain_scores",
        alt="What each modality adds to the scores of the first moments",
    )
    quiet(f"Scores: {_SCALE}")


def _one_moment(query: Query, moment: Moment, videos: Mapping[str, Video]) -> None:
    quiet(f"Score {moment.score:.2f}, a {moment.band} match. {_SCALE}")
    hits = hit_frame(query, moment, videos)
    if hits.empty:
        quiet("Nothing is known of its parts.")
        return
    best = moment.hits if query.then else moment.hits[:1]
    st.plotly_chart(
        cosine_chart([part for hit in best for part in hit.parts], term_names(query, videos)),
        config={"displayModeBar": False},
        key="explain_cosines",
        alt="The cosine of each part of the query beside its usual cosine",
    )
    order = "in the order of the steps" if query.then else "best first"
    quiet(f"{counted(len(moment.hits), 'raw hit')}, {order}:")
    st.dataframe(hits, hide_index=True, column_config=_decimals(hits))


def term_frame(query: Query, reports: Sequence[TermReport], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a term: its share, what was understood and ignored, and what became of it."""
    steps = step_of_term(query)
    rows = [
        {
            **({"Step": step + 1} if query.then else {}),
            "Part of the query": name,
            "Share": f"{100 * report.share:.0f} %" if report.term.weight > 0 else "takes away",
            "Understood": ", ".join(report.understood),
            "Ignored": ", ".join(report.ignored),
            "Outcome": (report.message or "matches nothing") if report.matches_nothing else "counts",
        }
        for name, step, report in zip(term_names(query, videos), steps, reports, strict=False)
    ]
    return pd.DataFrame(rows)


def part_frame(query: Query, moments: Sequence[Moment], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a term and modality: its background, and its best cosine and part in the list."""
    names = term_names(query, videos)
    met: dict[tuple[int, str], list[tuple[float, float, float]]] = {}
    for part in (part for moment in moments for hit in moment.hits for part in hit.parts):
        met.setdefault((part.term, PLACES[part.modality]), []).append(
            (part.cosine, part.background, part.value)
        )
    rows = [
        {
            "Part of the query": names[term] if term < len(names) else "",
            "Found in": place,
            "Usual cosine": seen[0][1],
            "Best cosine": max(cosine for cosine, _, _ in seen),
            "Adds at most": max((value for _, _, value in seen), key=abs),
        }
        for (term, place), seen in sorted(met.items())
    ]
    return pd.DataFrame(rows)


def hit_frame(query: Query, moment: Moment, videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a raw hit, term and modality: cosine, background and what it adds."""
    names = term_names(query, videos)
    rows = [
        {
            **({"Step": hit.step + 1} if query.then else {}),
            "Hit": f"{clock(hit.segment.start_s)}–{clock(hit.segment.end_s)}",
            "Hit's score": hit.score,
            "Part of the query": names[part.term] if part.term < len(names) else "",
            "Found in": PLACES[part.modality],
            "Cosine": part.cosine,
            "Usual cosine": part.background,
            "Adds": part.value,
        }
        for hit in moment.hits
        for part in hit.parts
    ]
    return pd.DataFrame(rows)


def _decimals(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        name: st.column_config.NumberColumn(format="%.3f") for name in map(str, frame.select_dtypes("float"))
    }

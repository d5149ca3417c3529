"""Results as a table: to sort, to choose from, to take along as CSV."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from components.chosen import choose
from components.faults import action
from components.results.cards import part_sums
from components.results.naming import PLACES
from components.search_address import Place
from components.table import csv_of
from core.timecode import clock_of

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Modality, Moment, Query, Video

HEIGHT: Final = 560
_PLAY: Final = "table_play"


def result_table(
    library: Library, query: Query, moments: Sequence[Moment], videos: Mapping[str, Video]
) -> None:
    """Draw the table; a row that is selected plays at once, by `take_play` of the next run."""
    # What is selected belongs to one question; a longer list of the same is the same table.
    key = f"result_table_{zlib.crc32(repr(replace(query, limit=1)).encode())}"
    frame = results_frame(moments, videos)
    frame.insert(
        1, "picture_of", [library.thumbnail_link(one.video_id, one.segment.middle_s) for one in moments]
    )

    def picked() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(moments):
            _choose(moments[rows[0]])

    st.dataframe(
        frame,
        key=key,
        on_select=action(picked),
        selection_mode="single-row",
        hide_index=True,
        height=min(HEIGHT, 35 * (len(moments) + 1) + 3),
        column_config=_columns(frame),
        column_order=[name for name in map(str, frame) if name not in ("start_s", "end_s", "video_id")],
    )


def download_button(moments: Sequence[Moment], videos: Mapping[str, Video]) -> None:
    """Draw the button that saves all listed moments as CSV."""
    frame = results_frame(moments, videos)
    st.download_button(
        "CSV",
        csv_of([str(name) for name in frame], frame.itertuples(index=False, name=None)),
        file_name="moments.csv",
        mime="text/csv",
        key="results_csv",
        icon=":material/download:",
        help="Save the listed moments as a table for spreadsheets.",
        on_click="ignore",
    )


def take_play() -> tuple[Place, str] | None:
    """Return the row that was chosen just now with its nonce, once; None where there is none."""
    told: tuple[Place, str] | None = st.session_state.pop(_PLAY, None)
    return told


def results_frame(moments: Sequence[Moment], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a moment, in the order of the list; times in seconds as well as in timecode."""
    places = [place for place in PLACES if any(place in part_sums(moment) for moment in moments)]
    rows = [
        dict(_row(rank, moment, videos[moment.video_id], places)) for rank, moment in enumerate(moments, 1)
    ]
    return pd.DataFrame(rows)


def _row(rank: int, moment: Moment, video: Video, places: Sequence[Modality]) -> Iterator[tuple[str, Any]]:
    clock = clock_of(video.media)
    sums = part_sums(moment)
    yield "rank", rank
    yield "title", video.title
    yield "start", clock.timecode(moment.start_s)
    # Before the word for it: sorting by strength is sorting by this, and words sort by their letters.
    yield "score", round(moment.score, 4)
    yield "band", moment.band
    for place in places:
        # What has no sound is not the same as sound that adds nothing.
        yield PLACES[place], round(sums[place], 4) if place in sums else None
    yield "length_s", round(moment.end_s - moment.start_s, 3)
    yield "end", clock.timecode(moment.end_s)
    yield "category", video.category or ""
    yield "hits", len(moment.hits)
    yield "similar", len(moment.similar)
    yield "start_s", round(moment.start_s, 3)
    yield "end_s", round(moment.end_s, 3)
    yield "video_id", video.id


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    parts = {
        place: number(place.capitalize(), format="%.2f", width=70, help=f"What {place} adds to the score")
        for place in PLACES.values()
        if place in frame
    }
    return {
        "rank": number("#", width=38, help="Place in the list"),
        "picture_of": st.column_config.ImageColumn("", width=64, help="The middle of the moment"),
        "title": text("Title", width=150),
        "start": text("Start", width=98, help="Timecode"),
        "band": text("Match", width=74),
        "score": number(
            "Score",
            format="%.2f",
            width=60,
            help="0 is the background of your library, 1 a typical best match",
        ),
        **parts,
        "length_s": number("Length", format="%.1f s", width=70),
        "end": text("End", width=98, help="Timecode; the first frame that is no longer in it"),
        "category": text("Category", width=100),
        "hits": number("Hits", width=55, help="Raw hits that were joined into this moment"),
        "similar": number("Similar", width=65, help="Moments that look and sound the same, folded under it"),
    }


def _choose(moment: Moment) -> None:
    place, nonce = Place(moment.video_id, moment.start_s, moment.end_s), f"table {secrets.token_hex(4)}"
    choose(place, nonce)
    st.session_state[_PLAY] = (place, nonce)

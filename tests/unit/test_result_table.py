"""The table of results: its rows, their order, and the CSV."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from components.result_table import results_frame
from components.table import csv_of
from core.model import Hit, Moment, Part, Segment


def moment(video_id: str, start_s: float, score: float) -> Moment:
    hit = Hit(video_id, Segment(start_s, start_s + 2), "visual", score, (Part(0, "visual", 0.3, 0.1, score),))
    return Moment(video_id, start_s, start_s + 2, score, "weak", (hit,))


def videos(title: str) -> Any:
    media = SimpleNamespace(frame_rate=25, start_timecode=None)
    return cast(Any, {"a": SimpleNamespace(id="a", title=title, category=None, media=media)})


def test_the_rows_keep_the_order_of_the_list() -> None:
    """A row is a moment: ranked as in the list, with its times in seconds."""
    frame = results_frame([moment("a", 8.0, 0.9), moment("a", 0.0, 0.4)], videos("Harbour"))
    assert list(frame["rank"]) == [1, 2]
    assert list(frame["start_s"]) == [8.0, 0.0]
    assert list(frame["score"]) == [0.9, 0.4]


def test_no_title_is_a_formula_in_the_csv() -> None:
    """What a spreadsheet would take for a formula is kept as text, and every moment is in the file."""
    frame = results_frame([moment("a", float(n), 0.5) for n in range(30)], videos("=1+1"))
    text = csv_of([str(name) for name in frame], frame.itertuples(index=False, name=None))
    told = text.decode() if isinstance(text, bytes) else text
    assert len(told.strip().splitlines()) == 31
    assert ",=1+1" not in told
    assert '"=1+1' not in told
    assert "=1+1" in told

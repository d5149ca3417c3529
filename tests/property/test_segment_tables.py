"""Tables of a video's segments: what is packed into short texts comes out as it was."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Embedding, Segment
from core.vectors import segment_table
from core.vectors.port import row_key
from core.vectors.segment_table import SCOPES, clip_spans, packed, rows_in, table_of, unpacked

TIMES = st.integers(0, 2**40)
ROWS = st.sets(
    st.tuples(st.sampled_from(SCOPES), TIMES, st.integers(1, 2**30)).map(
        lambda one: (one[0], one[1], sum(one[1:]))
    ),
    max_size=60,
)


@given(ROWS, st.integers(1, 100))
def test_a_table_survives_packing(rows: set[tuple[str, int, int]], part_bytes: int) -> None:
    """Whatever the times, and however short the parts, the same table comes out."""
    table = table_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_table, "PART_BYTES", part_bytes)
        parts = packed(table)
    assert parts
    assert all(0 < len(part) <= part_bytes for part in parts)
    assert np.array_equal(unpacked(parts), table)


@given(ROWS)
def test_a_table_stands_for_its_rows(rows: set[tuple[str, int, int]]) -> None:
    """Keys, times and scopes of the rows are those that were put in; clips come first, in order of time."""
    table = table_of(rows)
    made = rows_in(table, "v", "audio")
    assert {(row.scope, row.segment.start_ms, row.segment.end_ms) for row in made} == rows
    for row in made:
        assert row.key == row_key("v", Embedding(np.zeros(1, np.float32), row.segment, "audio", row.scope))
    clips = sorted((start, end) for scope, start, end in rows if scope == "clip")
    assert clip_spans(table, len(clips)).tolist() == [list(one) for one in clips]


def test_four_hours_are_one_part() -> None:
    """The longest video that a provider takes, cut irregularly, fits into one record."""
    chance = np.random.default_rng(0)
    cuts = np.cumsum(chance.integers(2_000, 6_000, 3_600)).tolist()
    table = table_of([("clip", start, end) for start, end in pairwise(cuts)])
    assert len(packed(table)) == 1


@pytest.mark.parametrize("text", ["", "not a table", "AAAA"])
def test_a_damaged_table_is_refused(text: str) -> None:
    """What is no table raises ValueError, so that the video is counted again."""
    with pytest.raises(ValueError, match=r".+"):
        unpacked([text])


def test_a_segment_keeps_its_milliseconds() -> None:
    """Times go through seconds and back without moving."""
    table = table_of([("clip", start, start + 1) for start in range(0, 100_000, 37)])
    made = rows_in(table, "v", "visual")
    assert [row.segment for row in made] == [Segment(s / 1000, (s + 1) / 1000) for s in range(0, 100_000, 37)]

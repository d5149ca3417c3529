"""Joining rows of different modalities, and reading them for many videos at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.model import Embedding, Modality, Segment
from core.search.timelines import Timelines, join, key_of
from core.vectors.memory import MemoryIndex
from core.vectors.port import Row
from tests.search_bench import axis, make_library, row

BOTH: tuple[Modality, ...] = ("visual", "audio")


def rows(modality: Modality, *spans: tuple[float, float]) -> list[Row]:
    return [Row(key_of("v", Segment(*span), modality), "v", Segment(*span), modality) for span in spans]


def joined(
    visual: list[tuple[float, float]], audio: list[tuple[float, float]]
) -> list[tuple[tuple[float, float], dict[str, dict[tuple[float, float], float]]]]:
    """Return each segment with the portions of the rows that belong to it."""
    given = {"visual": rows("visual", *visual), "audio": rows("audio", *audio)}
    spans = {r.key: (r.segment.start_s, r.segment.end_s) for some in given.values() for r in some}
    timeline = join(given, BOTH)  # type: ignore[arg-type]  # keys of a literal
    return [
        (
            (one.segment.start_s, one.segment.end_s),
            {m: {spans[key]: round(share, 3) for key, share in some} for m, some in one.rows.items()},
        )
        for one in timeline.segments
    ]


def test_one_sound_over_two_pictures() -> None:
    """A row that spans two segments belongs to both."""
    assert joined([(0, 6), (6, 10)], [(0, 10)]) == [
        ((0, 6), {"visual": {(0, 6): 1}, "audio": {(0, 10): 1}}),
        ((6, 10), {"visual": {(6, 10): 1}, "audio": {(0, 10): 1}}),
    ]


def test_two_sounds_under_one_picture() -> None:
    """Rows that share a segment count by how much they overlap it."""
    assert joined([(0, 10)], [(0, 4), (4, 10)]) == [
        ((0, 10), {"visual": {(0, 10): 1}, "audio": {(0, 4): 0.4, (4, 10): 0.6}}),
    ]


def test_slivers_join_nothing() -> None:
    """Boundaries that differ by rounding do not let a neighbour in."""
    found = joined([(0, 6.02), (6.02, 12)], [(0, 6), (6, 12)])
    assert [list(some["audio"]) for _, some in found] == [[(0, 6)], [(6, 12)]]


def test_equal_boundaries_belong_to_each_other_alone() -> None:
    """Where windows overlap, a segment takes the row with its own boundaries and no other."""
    windows = [(0.0, 4.0), (2.0, 6.0), (4.0, 8.0)]
    found = joined(windows, windows)
    assert [some["audio"] for _, some in found] == [{window: 1} for window in windows]
    missing = joined(windows, [(0.0, 4.0), (4.0, 8.0)])
    assert [some.get("audio") for _, some in missing] == [{(0, 4): 1}, None, {(4, 8): 1}]


def test_what_joins_nothing_is_a_segment_of_its_own() -> None:
    """Sound before, between and after pictures is in reach, in order of time."""
    found = joined([(4, 8), (12, 16)], [(0, 4), (4, 8), (8, 12), (16, 20)])
    assert [span for span, _ in found] == [(0, 4), (4, 8), (8, 12), (12, 16), (16, 20)]
    assert [sorted(some) for _, some in found] == [
        ["audio"], ["audio", "visual"], ["audio"], ["visual"], ["audio"],
    ]  # fmt: skip


def test_the_first_modality_that_a_video_has_gives_the_boundaries() -> None:
    """A video without pictures is cut as its sound is."""
    assert joined([], [(0, 4), (4, 8)])[1] == ((4, 8), {"audio": {(4, 8): 1}})


def test_timelines_cost_no_search_and_last_until_their_video_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timelines are those that the rows make, the store is not asked, and a change renews one alone."""
    library = make_library(tmp_path)
    space = library.engine.space
    for place in range(9):
        # Cut alike, with sound missing at the end, without sound, and cut otherwise.
        last = {0: 0, 1: 2}.get(place % 4, 1 + 3 * place)
        shift = 1 if place % 4 == 3 else 0
        given = [row(axis(n % 8), 4 * n, 4 * n + 4) for n in range(1 + 3 * place)]
        given += [row(axis(n % 8), 4 * n + shift, 4 * n + 4 + shift, "audio") for n in range(last)]
        whole = Embedding(axis(0), Segment(0, 200), "visual", "asset")
        library.add(f"{place:064x}", [*given, whole])

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the store was asked")

    for method in ("search", "fetch"):
        monkeypatch.setattr(MemoryIndex, method, refuse)
    directions: dict[Modality, np.ndarray] = {"visual": axis(0), "audio": axis(0)}
    source = Timelines(library.index)
    found = source.load(space, 1, directions, library.rows)
    for video_id in library.rows:
        clips = [one for one in library.index.rows(space, video_id) if one.scope == "clip"]
        by_modality = {m: [one for one in clips if one.modality == m] for m in BOTH}
        assert found[video_id] == join(by_modality, BOTH)
    changed, kept = list(library.rows)[2:4]
    library.add(changed, [row(axis(1), 0, 4)])
    again = source.load(space, 2, directions, [*library.rows, "gone"])
    assert again[kept] is found[kept]
    assert len(again[changed].segments) == 1
    assert again["gone"].segments == ()

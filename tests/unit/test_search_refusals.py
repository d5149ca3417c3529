"""What a query must satisfy, and what is said where it does not."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest

from core.embedding.port import QueryLimits
from core.errors import QueryRefused, SpaceMismatch
from core.model import (
    Clip,
    Filters,
    Image,
    Like,
    Query,
    Space,
    Text,
)
from tests.search_bench import Library
from tests.search_scenes import WORDS, ask, scene_library, video


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return scene_library(tmp_path)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (ask(), "nothing to search for"),
        (ask(""), "empty"),
        (ask(" \t\x00 "), "empty"),
        (ask("red", " "), "empty"),
        (ask("a" * 2_001), "2,000"),
        (ask(Text("red", -1)), "leave out"),
        (ask(Text("red", 0)), "leave out"),
        (ask(Text("red", math.nan)), "weight"),
        (ask(Text("red", math.inf)), "weight"),
        (ask("red", Text("night", -math.inf)), "weight"),
        (ask("red", limit=0), "1 to 500"),
        (ask("red", limit=501), "1 to 500"),
        (ask("red", per_video=0), "at least 1"),
        (ask("red", offset=-1), "starts at its first"),
        (ask("red", offset=500), "ends after 500"),
        (ask("red", filters=Filters(last_days=0)), "1 to 36,500 days"),
        (ask("red", filters=Filters(last_days=-3)), "1 to 36,500 days"),
        (ask("red", filters=Filters(last_days=10**12)), "1 to 36,500 days"),
        (ask("red", filters=Filters(min_duration_s=9, max_duration_s=3)), "Swap"),
        (ask("red", filters=Filters(recorded_from=date(2026, 2, 1), recorded_to=date(2026, 1, 1))), "Swap"),
        (ask("red", filters=Filters(indexed_from=date(2026, 2, 1), indexed_to=date(2026, 1, 1))), "Swap"),
        (ask("red", modalities=("smell",)), "what you see, what you hear"),
        (ask("red", modalities=("transcription",)), "does not offer what is said"),
        (ask(*["red"] * 21), "at most 20"),
        (ask(Clip("x.mp4", 3, 2)), "end after it starts"),
        (ask(Clip("x.mp4", -1, 2)), "0 seconds or later"),
        (ask(Clip("x.mp4", math.nan, 2)), "0 seconds or later"),
        (ask(Clip("x.mp4", 0, math.nan)), "end after it starts"),
        (ask(Clip("x.mp4", 0, 31)), "at most 30"),
        (ask(Clip("x.mp4", 0, 0.1)), "at least 0.5"),
        (ask(Clip("gone.mp4")), "no longer there"),
        (ask(Image("a\0b.png")), "no longer there"),
        (ask(Like(video(1), 4, 4)), "end after it starts"),
        (ask(Like(video(99), 0, 4)), "no longer in the index that is searched"),
        (ask(Like(video(1), 500, 504)), "no longer in the index that is searched"),
        (ask("red", filters=Filters(min_duration_s=math.nan)), "duration"),
    ],
)
def test_refused_with_a_sentence(library: Library, query: Query, says: str) -> None:
    """What cannot be searched is refused with what to change, and the engine is not asked."""
    with pytest.raises(QueryRefused) as caught:
        library.searcher.search(query)
    assert says in caught.value.message
    assert library.engine.calls == [] or "red" in str(query)


def test_a_sample_that_is_too_large_is_refused(library: Library, tmp_path: Path) -> None:
    """The limit in bytes holds for a whole file; a stretch of a large file is fine."""
    library.engine.limits = QueryLimits(clip_max_bytes=3)
    sample = tmp_path / "sample.mp4"
    sample.write_text("bird")
    library.engine.clips["bird"] = WORDS["bird"]
    with pytest.raises(QueryRefused, match="larger than"):
        library.searcher.search(ask(Clip(sample)))
    assert library.searcher.search(ask(Clip(sample, 0, 2))).moments


def test_another_engines_space_is_refused(library: Library) -> None:
    """Words cannot be compared with vectors of a space that this engine does not have."""
    with pytest.raises(SpaceMismatch):
        library.searcher.search(ask("red"), space=Space("other", "one", 8))

"""The list of results: caps, filters, joined modalities, and what it costs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.model import (
    Filters,
    Modality,
    Segment,
    Space,
    Text,
)
from core.vectors.memory import MemoryIndex
from tests.search_bench import Library, make_library, row
from tests.search_scenes import BIRD, LOUD, RED, WORDS, ask, noisy, scene_library, video


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return scene_library(tmp_path)


def test_a_video_cannot_flood_the_list(tmp_path: Path) -> None:
    """At most three moments of a video are listed, and how many more there are is told."""
    made = make_library(tmp_path, 8, WORDS)
    scene = [RED if n % 4 == 0 else 6 for n in range(40)]
    made.add(video(1), [row(noisy(of, n), 4 * n, 4 * n + 4) for n, of in enumerate(scene)])
    for place in range(2, 30):
        made.add(video(place), [row(noisy(6, place), 0, 4)])
    results = made.searcher.search(ask("red", limit=10, fold=False))
    assert [moment.video_id for moment in results.moments[:3]] == [video(1)] * 3
    assert len(results.moments) == 10
    assert len({moment.video_id for moment in results.moments[3:]} - {video(1)}) == 7
    assert results.more_by_video == ((video(1), 7),)
    uncapped = made.searcher.search(ask("red", limit=10, per_video=100, fold=False))
    assert [moment.video_id for moment in uncapped.moments] == [video(1)] * 10
    alone = made.searcher.search(ask("red", limit=10, fold=False, filters=Filters(video_ids=(video(1),))))
    assert alone.moments == uncapped.moments
    assert made.searcher.search(ask("red", limit=10, fold=False, per_video=1)).more_by_video == (
        (video(1), 9),
    )


def test_a_library_of_one_video_says_how_much_more_there_is(tmp_path: Path) -> None:
    """Where the cap leaves nothing else to list, the matches that it held back are still counted."""
    made = make_library(tmp_path, 8, WORDS)
    scene = [RED if n % 10 == 0 else 6 for n in range(400)]
    made.add(video(1), [row(noisy(of, n), 4 * n, 4 * n + 4) for n, of in enumerate(scene)])
    results = made.searcher.search(ask("red", limit=20, fold=False))
    assert len(results.moments) == 3
    assert results.more_by_video == ((video(1), 37),)


def test_filters_hold(library: Library) -> None:
    """Only what satisfies the filter comes back, scored as without it."""
    results = library.searcher.search(ask("red", filters=Filters(categories=("even",))))
    assert {int(moment.video_id, 16) % 2 for moment in results.moments} == {0}
    assert not results.good_match


def test_an_empty_library_answers(tmp_path: Path) -> None:
    """Nothing indexed is an empty answer, not an error."""
    results = make_library(tmp_path, 8, WORDS).searcher.search(ask("red"))
    assert (results.moments, results.good_match, results.searched_segments) == ((), False, 0)


def test_one_video_all_of_the_same(tmp_path: Path) -> None:
    """In a library of one video what was understood is shown, although nothing can stand out."""
    made = make_library(tmp_path, 8, WORDS)
    made.add(video(1), [row(noisy(RED, n), 4 * n, 4 * n + 4) for n in range(6)])
    results = made.searcher.search(ask("red"))
    assert results.good_match
    assert results.moments


def test_unequal_boundaries_join(tmp_path: Path) -> None:
    """Sound cut at other times than the picture counts for the segments that it overlaps."""
    made = make_library(tmp_path, 8, WORDS)
    for place in range(12):
        heard = BIRD if place == 3 else 6
        seen = [row(noisy(BIRD if place in (3, 4) else 6, place), 0, 6), row(noisy(6, 40 + place), 6, 10)]
        made.add(video(place), [*seen, row(noisy(heard, 80 + place), 0, 10.02, "audio")])
    hits = made.searcher.hits(ask("bird", limit=50))
    assert [(hit.video_id, hit.segment) for hit in hits[:1]] == [(video(3), Segment(0, 6))]
    by_place = {(hit.video_id, hit.segment): hit for hit in hits}
    assert len(by_place) == 24
    half = by_place[video(3), Segment(6, 10)]
    assert {part.modality for part in half.parts} == {"visual", "audio"}
    assert half.modality == "audio"


def test_sound_without_a_picture_is_found(tmp_path: Path) -> None:
    """A stretch that only has sound is a segment of its own."""
    made = make_library(tmp_path, 8, WORDS)
    for place in range(12):
        made.add(video(place), [row(noisy(6, place), 0, 4), row(noisy(6, 90 + place), 0, 4, "audio")])
    made.add(video(20), [row(noisy(6, 50), 0, 4), row(noisy(LOUD, 51), 4, 9, "audio")])
    best = made.searcher.search(ask("loud", "red")).moments[0]
    assert (best.video_id, best.segment) == (video(20), Segment(4, 9))


def test_relevance_covers_the_whole_video(library: Library) -> None:
    """Every segment of the video has its score, in order of time, equal to that of its hit."""
    query = ask("bird", Text("red", 0.3))
    found = library.searcher.relevance(query, video(5))
    assert [segment.start_s for segment, _ in found] == [0, 4, 8, 12, 16]
    hits = {h.segment: h.score for h in library.searcher.hits(replace(query, limit=5))}
    assert dict(found) == pytest.approx(hits)
    filtered = replace(query, filters=Filters(categories=("even",)))
    assert library.searcher.relevance(filtered, video(5)) == found
    assert library.searcher.relevance(query, video(99)) == []


# -- what a search costs --


def test_what_a_search_costs(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of a step go into one search a modality; moving weights costs one, and embeds nothing."""
    steps: list[tuple[str, int]] = []
    real = MemoryIndex.search

    def spy(self: MemoryIndex, space: Space, modality: Modality, vectors: Any, **more: Any) -> Any:
        steps.append((modality, len(vectors)))
        return real(self, space, modality, vectors, **more)

    monkeypatch.setattr(MemoryIndex, "search", spy)
    search = library.searcher.search
    search(ask("red", modalities=("visual",)))
    assert steps == [("visual", 1)]  # The list that calibrated is the list that is ranked.
    steps.clear()
    search(ask("red", modalities=("visual",)))
    assert steps == []
    search(ask("red", "night", Text("zebra", 0.5), Text("bird", -0.5), modalities=("visual",)))
    assert steps == [("visual", 3), ("visual", 1)]
    steps.clear()
    search(ask(Text("red", 0.1), "night", Text("zebra", 0.9), Text("bird", -0.2), modalities=("visual",)))
    assert steps == [("visual", 1)]
    steps.clear()
    search(ask("bird"))
    search(ask(Text("bird", 0.3)))
    assert steps == [("audio", 1)]  # It was seen before, and the weight of a single term says nothing.


def test_searching_from_several_threads(library: Library) -> None:
    """Threads that share a searcher get what each would get alone, also while it knows nothing yet."""
    queries = [ask(Text("red", 0.2 + 0.1 * n), "bird", Text("night", -0.1 * n)) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(library.searcher.search, queries * 3))
    alone = [library.searcher.search(query) for query in queries * 3]
    assert [results.moments for results in together] == [results.moments for results in alone]
    assert sorted(library.engine.calls) == ["bird", "night", "red"]

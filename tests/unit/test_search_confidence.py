"""Confidence on vectors built like those of the preview engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.search_bench import Library, axis, make_library, row, unit
from tests.search_scenes import ask, video


def preview_library(folder: Path, scenes: dict[int, tuple[int, ...]]) -> Library:
    """Return twenty scenes of five segments as the preview engine builds vectors.

    A concept that is fully there has a coordinate of 0.15, whatever else is; faint ones are noise.
    """
    made = make_library(folder, 32, name="preview")
    for place, word in enumerate(("red", "night", "snow")):
        made.engine.texts[word] = {"visual": axis(place, 32)}
    rng = np.random.default_rng(2)
    for scene in range(20):
        rows = []
        for n in range(5):
            values = np.concatenate([0.01 * rng.random(3), 0.02 * rng.normal(size=29)])
            values[list(scenes.get(scene, ()))] = 0.15
            values[8 + scene] += 1.0
            rows.append(row(unit(values), 4 * n, 4 * n + 4))
        made.add(video(scene), rows)
    return made


def test_a_published_word_that_is_nowhere_is_no_match(tmp_path: Path) -> None:
    """Cosines that are all within the engine's noise never make a good match."""
    results = preview_library(tmp_path, {3: (0,)}).searcher.search(ask("snow"))
    assert not results.good_match
    assert {moment.band for moment in results.moments} == {"weak"}
    assert results.terms[0].matches_nothing
    assert max(moment.score for moment in results.moments) < 0.5


def test_a_word_in_one_scene_of_twenty_is_strong(tmp_path: Path) -> None:
    """The scene is one strong moment, and all others are weak."""
    moments = preview_library(tmp_path, {3: (0,)}).searcher.search(ask("red")).moments
    assert (moments[0].video_id, moments[0].band, len(moments[0].hits)) == (video(3), "strong", 5)
    assert {moment.band for moment in moments[1:]} == {"weak"}


@pytest.mark.parametrize("count", [1, 10, 20])
def test_a_word_in_much_of_the_footage_is_strong(tmp_path: Path, count: int) -> None:
    """Where a word fits half of the library, or all of it, nothing stands out, and it still matches."""
    library = preview_library(tmp_path, dict.fromkeys(range(count), (0,)))
    moments = library.searcher.search(ask("red")).moments
    assert [moment.band for moment in moments[:count]] == ["strong"] * count
    assert {int(moment.video_id, 16) for moment in moments[:count]} <= set(range(count))


def test_one_of_two_words_is_less_than_both(tmp_path: Path) -> None:
    """A scene that shows both words is strong, one that shows one of them is possible."""
    results = preview_library(tmp_path, {3: (0,), 4: (0, 1), 5: (1,)}).searcher.search(ask("red night"))
    found = {int(moment.video_id, 16): moment.band for moment in results.moments[:3]}
    assert found == {4: "strong", 3: "possible", 5: "possible"}

"""Real Marengo 2.7 vectors searched as a library is: cosines, order and bands are those of the real thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.embedding.query_cache import QueryCache
from core.model import Clip, Hit, Image, Like, Query, Term, Text
from core.search.searcher import Searcher
from core.vectors.port import VectorIndex
from tests.contract.test_marengo_vectors import SPACE, cosine, index, vectors
from tests.search_bench import KnownEngine

__all__ = ["index", "vectors"]

BIRD, ISLAND = "robin-bird.mp4", "island.mp4"
OCEAN, DRAGONFLY = "ocean-5294270_1280.jpg", "dragonfly-9326948_1280.jpg"
BEAT = "425556__t_roy_920__rock-808-beat.mp3"
TEXTS = {"feeding": "Bird eating food"}
"""Our one word for the words that were embedded."""


class Bench:
    """A searcher over the six clips, whose engine knows the printed query vectors."""

    def __init__(self, index: VectorIndex, vectors: dict[str, list[np.ndarray]], folder: Path) -> None:
        self.vectors = vectors
        self.folder = folder
        [cars] = [
            label for label in vectors if label not in (BIRD, ISLAND, OCEAN, DRAGONFLY, BEAT, *TEXTS.values())
        ]
        self.texts = TEXTS | {"cars": cars}
        self.engine = KnownEngine(
            SPACE, {word: self._found(label) for word, label in self.texts.items()}, modalities=("visual",)
        )
        self.searcher = Searcher(index, self.engine, QueryCache(folder / "queries"))

    def _found(self, label: str) -> dict[str, np.ndarray]:
        return {"visual": self.vectors[label][0].astype(np.float32)}

    def file(self, label: str) -> Path:
        """Return a file that the engine knows as this sample."""
        path = self.folder / label
        path.write_text(label)
        self.engine.clips[label] = self._found(label)
        return path

    def term(self, label: str) -> Term:
        if label in self.texts:
            return Text(label)
        if label == BEAT:
            return Clip(self.file(label))
        return Image(self.file(label)) if label in (OCEAN, DRAGONFLY) else Like(label, 0, 6)

    def hits(self, label: str) -> list[Hit]:
        return self.searcher.hits(Query(terms=(self.term(label),)))

    def bands(self, label: str) -> dict[str, set[str]]:
        """Return the bands of each video's moments."""
        results = self.searcher.search(Query(terms=(self.term(label),)))
        found: dict[str, set[str]] = {}
        for moment in results.moments:
            found.setdefault(moment.video_id, set()).add(moment.band)
        assert results.good_match == any(band != "weak" for bands in found.values() for band in bands)
        assert results.terms[0].matches_nothing != results.good_match
        return found


@pytest.fixture
def bench(index: VectorIndex, vectors: dict[str, list[np.ndarray]], tmp_path: Path) -> Bench:
    return Bench(index, vectors, tmp_path)


@pytest.mark.parametrize("label", ["feeding", "cars", OCEAN, DRAGONFLY, BEAT, BIRD])
def test_hits_have_the_true_cosines_in_the_true_order(bench: Bench, label: str) -> None:
    """Every query against all six clips: right to 1e-6, best first, negatives kept."""
    query = bench.vectors[bench.texts.get(label, label)][0]
    truth = {
        (video, number): cosine(query, clip)
        for video in (BIRD, ISLAND)
        for number, clip in enumerate(bench.vectors[video])
    }
    hits = bench.hits(label)
    found = {(hit.video_id, hit.segment.start_ms // 6000): hit.parts[0].cosine for hit in hits}
    assert found == pytest.approx(truth, abs=1e-6)
    assert list(found) == sorted(truth, key=lambda clip: -truth[clip])
    if label == BEAT:
        assert all(value < -0.24 for value in found.values())


def test_words_stand_on_the_right_rungs(bench: Bench) -> None:
    """Clips that show it are strong or possible, all others weak; what nothing shows matches nothing."""
    feeding = bench.bands("feeding")
    assert "strong" in feeding[BIRD]
    assert "weak" not in feeding[BIRD]
    assert feeding[ISLAND] == {"weak"}
    assert bench.bands("cars") == {BIRD: {"weak"}, ISLAND: {"weak"}}


def test_pictures_and_sounds_stand_on_the_right_rungs(bench: Bench) -> None:
    """A picture matches clips of such a scene and no others; a beat matches none of the pictures."""
    assert bench.bands(OCEAN) == {ISLAND: {"possible"}, BIRD: {"weak"}}
    dragonfly = bench.bands(DRAGONFLY)
    assert "weak" not in dragonfly[BIRD]
    assert dragonfly[ISLAND] == {"weak"}
    assert bench.bands(BEAT) == {BIRD: {"weak"}, ISLAND: {"weak"}}


def test_clips_of_one_shot_are_strong(bench: Bench) -> None:
    """A known clip finds the others of its shot as strong matches, and no other video."""
    assert bench.bands(BIRD) == {BIRD: {"strong"}, ISLAND: {"weak"}}
    assert bench.bands(ISLAND) == {ISLAND: {"strong"}, BIRD: {"weak"}}

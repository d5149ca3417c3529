"""Weights mean contribution: what the slider shows is what the top of the list does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.model import Modality, Query, Text, Vector
from tests.search_bench import Library, make_library, row, unit

DIMENSION = 64
TOPICS = 40
ITEMS = 600
PAIRS = 120


@dataclass
class GapSet:
    """Vectors with a modality gap: text-item cosines around 0.15, item-item cosines around 0.52."""

    items: list[Vector]
    texts: list[Vector]
    clips: list[Vector]


def gap_set(rng: np.random.Generator) -> GapSet:
    """Return items of forty topics around a common direction, with a text and a clip for each topic."""
    common, aside = np.eye(DIMENSION)[:2]
    topics = np.stack([_spread(rng, np.zeros(DIMENSION), 1.0) for _ in range(TOPICS)])

    def item(topic: int) -> Vector:
        return unit(0.72 * common + 0.69 * _spread(rng, topics[topic], 0.6))

    def text(topic: int) -> Vector:
        return unit(0.21 * common + 0.35 * _spread(rng, topics[topic], 1.2) + 0.91 * aside)

    return GapSet(
        items=[item(int(topic)) for topic in rng.integers(TOPICS, size=ITEMS)],
        texts=[text(topic) for topic in range(TOPICS)],
        clips=[item(topic) for topic in range(TOPICS)],
    )


def _spread(rng: np.random.Generator, around: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    vector = around + width * rng.normal(size=DIMENSION) / np.sqrt(DIMENSION)
    vector[:2] = 0
    return np.asarray(vector / np.linalg.norm(vector))


def sliding(library: Library, weights: list[float]) -> dict[float, tuple[float, float]]:
    """Return per weight of the words the mean share of the top ten in common with either pure list."""
    rng = np.random.default_rng(7)
    pairs = [tuple(map(int, pair)) for pair in rng.integers(TOPICS, size=(PAIRS, 2))]

    def top(*terms: tuple[str, float]) -> frozenset[str]:
        query = Query(tuple(Text(word, weight) for word, weight in terms), limit=10)
        return frozenset(hit.video_id for hit in library.searcher.hits(query))

    words = [top((f"text{place}", 1)) for place in range(TOPICS)]
    clips = [top((f"clip{place}", 1)) for place in range(TOPICS)]
    shares = {}
    for weight in weights:
        common = [
            (len(found & words[a]) / 10, len(found & clips[b]) / 10)
            for a, b in pairs
            for found in (top((f"text{a}", weight), (f"clip{b}", 1 - weight)),)
        ]
        shares[weight] = (float(np.mean([one for one, _ in common])), float(np.mean([c for _, c in common])))
    return shares


def library_of(folder: Path, seen: GapSet, heard: GapSet | None, silent: bool) -> Library:
    """Return a library of one-segment videos; with sound, half or all of them have it."""
    library = make_library(folder, DIMENSION)
    for place in range(TOPICS):
        clip: dict[Modality, Vector] = {"visual": seen.clips[place]}
        if heard is not None:
            clip["audio"] = heard.clips[place]
        library.engine.texts |= {f"text{place}": {"visual": seen.texts[place]}, f"clip{place}": clip}
    for place, vector in enumerate(seen.items):
        rows = [row(vector, 0, 4)]
        if heard is not None and (place % 2 or not silent):
            rows.append(row(heard.items[place], 0, 4, "audio"))
        library.add(f"{place:064x}", rows)
    # The memory index adds all vectors up anew for each statistic; this library does not change.
    known = {m: library.index.statistics(library.engine.space, m) for m in library.engine.modalities}
    library.index.statistics = lambda _, modality: known[modality]  # type: ignore[method-assign]
    return library


def test_the_generated_gap_is_as_measured() -> None:
    """The sets have the means that real ones have, so that plain weights fail on them."""
    made = gap_set(np.random.default_rng(0))
    items, texts, clips = map(np.stack, (made.items, made.texts, made.clips))
    assert float((texts @ items.T).mean()) == pytest.approx(0.15, abs=0.02)
    assert float((clips @ items.T).mean()) == pytest.approx(0.52, abs=0.02)
    words, looks = texts @ items.T, clips @ items.T
    shares = []
    for a, b in np.random.default_rng(1).integers(TOPICS, size=(PAIRS, 2)):
        both = set(np.argsort(-(words[a] + looks[b]))[:10])
        shares.append([len(both & set(np.argsort(-pure)[:10])) / 10 for pure in (words[a], looks[b])])
    of_words, of_looks = np.mean(shares, axis=0)
    assert of_looks - of_words > 0.3


@pytest.mark.parametrize(
    "sound",
    [
        "none",
        pytest.param("everywhere", marks=pytest.mark.slow),
        pytest.param("half", marks=pytest.mark.slow),
    ],
)
def test_the_slider_is_balanced(tmp_path: Path, sound: str) -> None:
    """At 50:50 both pure lists share alike in the top ten, also where only the clip can be heard.

    Between the ends the shares rise and fall steadily, and the ends are the pure lists.
    """
    rng = np.random.default_rng(3)
    seen, heard = gap_set(rng), None if sound == "none" else gap_set(rng)
    shares = sliding(library_of(tmp_path, seen, heard, sound == "half"), [0, 0.25, 0.5, 0.75, 1])
    words = [of_words for of_words, _ in shares.values()]
    clips = [of_clips for _, of_clips in shares.values()]
    assert abs(words[2] - clips[2]) <= 0.10
    assert min(words[2], clips[2]) >= 0.2
    assert words == sorted(words)
    assert clips == sorted(clips, reverse=True)
    assert words[-1] == clips[0] == 1.0


@pytest.mark.parametrize("lean", [-1.0, 0.0, 1.0])
def test_silence_neither_helps_nor_harms(tmp_path: Path, lean: float) -> None:
    """Wherever the cosines of sound lie, segments without it are neither all nor none of the top.

    Sound says nothing of what is asked for here. Added up uncentred, segments with sound would be pushed
    out of the top, or fill it.
    """
    rng = np.random.default_rng(5)
    library = library_of(tmp_path, gap_set(rng), gap_set(rng), True)
    with_sound = []
    for place in range(TOPICS):
        word = f"text{place}"
        heard = unit(lean * np.eye(DIMENSION)[0] + 0.5 * unit(rng.normal(size=DIMENSION)))
        library.engine.texts[word] = {**library.engine.texts[word], "audio": heard}
        hits = library.searcher.hits(Query((Text(word),), limit=10))
        with_sound.append(sum(int(hit.video_id, 16) % 2 for hit in hits) / 10)
    assert 0.4 <= float(np.mean(with_sound)) <= 0.9

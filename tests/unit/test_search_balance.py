"""Weights mean contribution: what the slider shows is what the top of the list does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.quality.looks import LOOKS, Look
from benchmarks.quality.made import Made, make
from core.model import Clip, Embedding, Modality, Query, Text, Vector
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


GENERATED_PAIRS = 150


def generated_library(folder: Path, look: Look, items: int) -> tuple[Library, Made]:
    """Return a library of a set of the evaluation harness; texts and clips are called text0, clip0 ..."""
    made = make(look, items, 60, seed=2)
    library = make_library(folder, made.items.shape[1])
    videos: dict[str, list[Embedding]] = {}
    for place, vector in enumerate(made.items):
        start_s, end_s = made.truth["start_s"][place], made.truth["end_s"][place]
        found = row(vector, start_s, end_s, made.truth["modality"][place])
        videos.setdefault(made.truth["video"][place], []).append(found)
    for video_id, rows in videos.items():
        library.add(video_id, rows)
    modalities: list[Modality] = sorted(set(made.truth["modality"]), reverse=True)
    library.engine.modalities = tuple(modalities)
    for place in range(len(made.queries)):
        library.engine.texts[f"text{place}"] = dict.fromkeys(modalities, made.queries[place])
        library.engine.texts[f"clip{place}"] = dict.fromkeys(modalities, made.clips[place])
    still(library)
    return library, made


def generated_shares(folder: Path, kind: str, items: int = 400) -> dict[float, tuple[float, float]]:
    """Return the shares at 0, 50 and 100 % words, of a set of the evaluation harness."""
    library, _ = generated_library(folder, LOOKS[kind], items)

    def top(*terms: Text | Clip) -> tuple[tuple[str, float], ...]:
        hits = library.searcher.hits(Query(terms, limit=10))
        return tuple((hit.video_id, hit.segment.start_s) for hit in hits)

    def clip(place: int, weight: float = 1.0) -> Clip:
        file = folder / f"clip{place}"
        file.write_text(file.name)
        library.engine.clips[file.name] = library.engine.texts[file.name]
        return Clip(file, weight=weight)

    words = [top(Text(f"text{place}")) for place in range(60)]
    clips = [top(clip(place)) for place in range(60)]
    rng = np.random.default_rng(7)
    pairs = [tuple(map(int, pair)) for pair in rng.integers(60, size=(GENERATED_PAIRS, 2))]
    for a, b in pairs[:10]:
        assert top(Text(f"text{a}", 1), clip(b, 0)) == words[a]
        assert top(Text(f"text{a}", 0), clip(b, 1)) == clips[b]
    shares = {}
    for weight in (0.3, 0.5, 0.7):
        found = [(top(Text(f"text{a}", weight), clip(b, 1 - weight)), a, b) for a, b in pairs]
        of_words = float(np.mean([len({*one} & {*words[a]}) / 10 for one, a, _ in found]))
        of_clips = float(np.mean([len({*one} & {*clips[b]}) / 10 for one, _, b in found]))
        shares[weight] = (of_words, of_clips)
    return shares


def still(library: Library) -> None:
    """Keep the statistics: the memory index adds all vectors up anew each time, and nothing changes."""
    known = {m: library.index.statistics(library.engine.space, m) for m in library.engine.modalities}
    library.index.statistics = lambda _, modality: known[modality]  # type: ignore[method-assign]


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
    still(library)
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


@pytest.mark.parametrize(
    "kind",
    [
        "clip-small",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in sorted(LOOKS) if kind != "clip-small"),
    ],
)
def test_the_slider_is_balanced_on_uneven_libraries(tmp_path: Path, kind: str) -> None:
    """Also where shots repeat, topics differ in size and texts in spread: words and a clip share alike.

    The ends are the pure lists in their very order, and either side of the middle leans to its own.
    """
    shares = generated_shares(tmp_path, kind)
    assert abs(shares[0.5][0] - shares[0.5][1]) <= 0.10
    assert shares[0.3][0] <= shares[0.5][0] + 0.01 <= shares[0.7][0] + 0.02
    assert shares[0.3][1] >= shares[0.5][1] - 0.01 >= shares[0.7][1] - 0.02


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


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sound", "marengo-sound"])
@pytest.mark.parametrize("audible", [0.0, 0.7])
def test_sound_counts_for_what_it_tells(tmp_path: Path, kind: str, audible: float) -> None:
    """With half of the segments silent, as much of the top has sound as of what is relevant.

    Nor does sound hide what the picture alone would find, least of all sound that says nothing of it. (Sound
    that does finds others of the topic too: of these sets 0.10 of the recall is lost to them.)
    """
    library, made = generated_library(tmp_path, replace(LOOKS[kind], audible=audible), 1_500)
    place_of = list(zip(made.truth["video"], made.truth["start_s"], strict=True))
    loud = {place_of[n] for n, modality in enumerate(made.truth["modality"]) if modality == "audio"}
    relevant, found = [], {}
    for modalities in (("visual",), ("visual", "audio")):
        shares, recalls = [], []
        for number, items in enumerate(made.truth["relevant"]):
            right = {place_of[item] for item in items}
            if right:
                query = Query((Text(f"text{number}"),), limit=10, modalities=modalities)
                top = {(hit.video_id, hit.segment.start_s) for hit in library.searcher.hits(query)}
                recalls.append(len(top & right) / min(10, len(right)))
                shares.append(len(top & loud) / len(top))
                relevant.append(len(right & loud) / len(right))
        found[modalities] = float(np.mean(shares)), float(np.mean(recalls))
    assert found["visual", "audio"][0] == pytest.approx(np.mean(relevant), abs=0.15)
    assert found["visual", "audio"][1] >= found["visual",][1] - (0.12 if audible else 0.10)


@pytest.mark.slow
def test_what_is_only_heard_is_found_by_ear(tmp_path: Path) -> None:
    """Where pictures say nothing of what is asked for, silent segments do not fill the top."""
    rng = np.random.default_rng(11)
    seen, heard = gap_set(rng), gap_set(rng)
    library = library_of(tmp_path, seen, heard, True)
    with_sound = []
    for place in range(TOPICS):
        word = f"text{place}"
        blind = unit(0.21 * np.eye(DIMENSION)[0] + 0.97 * np.eye(DIMENSION)[1])
        library.engine.texts[word] = {"visual": blind, "audio": heard.texts[place]}
        hits = library.searcher.hits(Query((Text(word),), limit=10))
        with_sound.append(sum(int(hit.video_id, 16) % 2 for hit in hits) / 10)
    assert float(np.mean(with_sound)) >= 0.9

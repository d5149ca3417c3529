"""A negative term takes away and brings nothing in: on sets with a modality gap of a few thousand rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.model import Clip, Embedding, Modality, Text, Vector
from tests.search_bench import Library, Vectors, make_library, row, unit
from tests.search_scenes import ask

DIMENSION, TOPICS, VIDEOS, SEGMENTS = 48, 30, 150, 20


@dataclass(frozen=True)
class Gap:
    """Where the items and the texts of a modality lie, and how far they spread about it."""

    items: Vector
    texts: Vector
    spread: float


def drawn_gap(rng: np.random.Generator, spread: float) -> Gap:
    return Gap(unit(rng.normal(size=DIMENSION)), unit(rng.normal(size=DIMENSION)), spread)


def near(rng: np.random.Generator, base: Vector, topic: Vector, spread: float) -> Vector:
    """Return a unit vector with a share of a common direction and one of a topic, among noise."""
    noise = rng.normal(size=DIMENSION) / np.sqrt(DIMENSION)
    return unit(0.7 * base + 0.6 * topic + spread * noise)


def gapped_library(folder: Path, seed: int) -> Library:
    """Return 3,000 pictures and 1,500 sounds of thirty topics, with a text and a clip for each topic."""
    rng = np.random.default_rng(seed)
    gaps: dict[Modality, Gap] = {"visual": drawn_gap(rng, 0.6), "audio": drawn_gap(rng, 1.1)}
    topics = [unit(rng.normal(size=DIMENSION)) for _ in range(TOPICS)]
    made = make_library(folder, DIMENSION)
    for place, topic in enumerate(topics):
        texts: Vectors = {m: near(rng, gap.texts, 0.5 * topic, gap.spread) for m, gap in gaps.items()}
        clips: Vectors = {m: near(rng, gap.items, topic, gap.spread) for m, gap in gaps.items()}
        made.engine.texts[f"text{place}"] = texts
        made.engine.clips[f"clip{place}"] = clips
        (folder / f"{place}.mp4").write_text(f"clip{place}")
    for video in range(VIDEOS):
        rows: list[Embedding] = []
        for n in range(SEGMENTS):
            topic = topics[int(rng.integers(TOPICS))]
            rows.append(row(near(rng, gaps["visual"].items, topic, 0.6), 4 * n, 4 * n + 4))
            if video % 2:
                rows.append(row(near(rng, gaps["audio"].items, topic, 1.1), 4 * n, 4 * n + 4, "audio"))
        made.add(f"{video:064x}", rows)
    return made


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("modalities", [("visual",), ("visual", "audio")])
def test_a_penalty_brings_nothing_in(tmp_path: Path, seed: int, modalities: tuple[Modality, ...]) -> None:
    """At weight -1 the top ten come from the positive term's top 100, whatever kinds the terms are of."""
    library = gapped_library(tmp_path, seed)
    rng = np.random.default_rng(seed)

    def top(count: int, *terms: Text | Clip) -> list[tuple[str, float]]:
        found = library.searcher.hits(ask(*terms, modalities=modalities, limit=count))
        return [(hit.video_id, hit.segment.start_s) for hit in found]

    outside, moved, asked = 0, 0, 0
    for _ in range(6):
        a, b = (int(place) for place in rng.choice(TOPICS, 2, replace=False))
        for positive, negative in (
            (Text(f"text{a}"), Text(f"text{b}", -1)),
            (Text(f"text{a}"), Clip(tmp_path / f"{b}.mp4", weight=-1)),
            (Clip(tmp_path / f"{a}.mp4"), Text(f"text{b}", -1)),
            (Text(f"text{a}"), Clip(tmp_path / f"{a}.mp4", weight=-1)),
        ):
            pool = top(100, positive)
            found = top(10, positive, negative)
            assert len(found) == 10
            outside += len(set(found) - set(pool))
            moved += found != pool[:10]
            asked += 1
    assert outside <= 0.15 * 10 * asked
    assert moved > asked / 2, "the penalty has to do something"

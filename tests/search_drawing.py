"""Random small libraries for the properties of search."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from core.model import Embedding, Modality, Query, Text
from tests.search_bench import Library, make_library, row, unit

DIMENSION = 8
MODALITIES: tuple[Modality, ...] = ("visual", "audio")
Boundaries = Literal["equal", "some equal", "others"]


def some_vector(rng: np.random.Generator, lean: int = 0) -> Any:
    """Return a random unit vector that leans towards one side, as embeddings of one model do."""
    values = rng.normal(size=DIMENSION)
    values[lean] += 1.5
    return unit(values)


def some_rows(
    rng: np.random.Generator, segments: int, *, boundaries: Boundaries, same: bool
) -> list[Embedding]:
    """Return the rows of one video: visual ones end to end, audio ones on some or other boundaries."""
    constant = some_vector(rng)
    rows: list[Embedding] = []
    edges = np.cumsum(rng.integers(20, 80, size=segments + 1)) / 10
    for start_s, end_s in itertools.pairwise(edges):
        vector = constant if same or rng.random() < 0.15 else some_vector(rng)
        rows.append(row(vector, round(float(start_s), 1), round(float(end_s), 1)))
    if boundaries != "equal":
        seen = edges
        edges = edges[0] + np.cumsum(rng.integers(0, 90, size=segments + 1) + 1) / 10
        if boundaries == "some equal":
            later = edges[edges > seen[segments // 2]]
            edges = np.unique(np.round(np.concatenate([seen[: segments // 2 + 1], later]), 1))
    for start_s, end_s in itertools.pairwise(edges):
        if rng.random() < 0.6:
            vector = constant if same else some_vector(rng, 1)
            rows.append(row(vector, round(float(start_s), 1), round(float(end_s), 1), "audio"))
    return rows


@st.composite
def libraries(draw: st.DrawFn, min_videos: int = 1) -> tuple[int, list[list[Embedding]]]:
    """Draw a seed and the rows of a few videos."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    same = draw(st.sampled_from([False, False, False, True]))
    sizes = draw(st.lists(st.integers(1, 14), min_size=min_videos, max_size=7))
    boundaries = draw(st.sampled_from(["equal", "some equal", "others"]))
    return seed, [some_rows(rng, size, boundaries=boundaries, same=same) for size in sizes]


def built(folder: Path, seed: int, videos: list[list[Embedding]], name: str = "made") -> Library:
    """Return the library of an engine of this name, with three words of which one is heard only."""
    rng = np.random.default_rng(seed + 1)
    texts = {
        "first": {m: some_vector(rng) for m in MODALITIES},
        "second": {m: some_vector(rng, 2) for m in MODALITIES},
        "heard": {"audio": some_vector(rng, 1)},
    }
    library = make_library(folder, DIMENSION, texts, name)
    for place, rows in enumerate(videos):
        library.add(f"{place:064x}", rows, category="even" if place % 2 == 0 else "odd")
    return library


def query(*terms: tuple[str, float], **more: Any) -> Query:
    """Return a query for all there is; folding is left out, because small libraries repeat themselves."""
    return Query(tuple(Text(word, weight) for word, weight in terms), **{"limit": 500, "fold": False, **more})

"""Search against plain libraries in the same run: `make bench`. Prints one JSON line a size.

Then what the whole search costs beside its bare calls, at 10,000 rows; `python -m benchmarks.search` does it
at 100,000.

python -m benchmarks [ROWS ...]
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks import search
from core.config import Settings
from core.embedding.port import EngineState, QueryVectors
from core.embedding.preview.engine import PreviewEmbedder
from core.embedding.query_cache import QueryCache
from core.model import Embedding, Query, Segment, Space, Text
from core.search.searcher import Searcher
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields

DIMENSION: Final = 512
PER_VIDEO: Final = 500
LIMIT: Final = 20
TRIES: Final = 15


class _Words(PreviewEmbedder):
    """An engine whose words are given vectors, so that only the search is measured."""

    def __init__(self, queries: NDArray[np.float32]) -> None:
        super().__init__(Settings())
        self._queries = queries

    @property
    def space(self) -> Space:
        return Space("bench", "v1", DIMENSION)

    @property
    def modalities(self) -> tuple[str, ...]:  # type: ignore[override]  # one of the port's modalities
        return ("visual",)

    def embed_text(self, text: str) -> QueryVectors:
        return QueryVectors({"visual": self._queries[int(text)]})

    def state(self) -> EngineState:
        return EngineState("bench", "v1", True, "")


def measure(rows: int, folder: Path) -> dict[str, float]:
    """Return medians in milliseconds and the ratios between them, for one size."""
    chance = np.random.default_rng(5)
    centres = chance.standard_normal((60, DIMENSION))
    items = centres[chance.integers(0, 60, rows)] + 0.7 * chance.standard_normal((rows, DIMENSION))
    vectors = (items / np.linalg.norm(items, axis=1, keepdims=True)).astype(np.float32)
    queries = vectors[chance.integers(0, rows, 2 * TRIES)]
    index = MilvusIndex(str(folder / "bench.db"))
    space = Space("bench", "v1", DIMENSION)
    for start in range(0, rows, PER_VIDEO):
        embeddings = [
            Embedding(vector, Segment(place * 4.0, place * 4.0 + 4), "visual")
            for place, vector in enumerate(vectors[start : start + PER_VIDEO])
        ]
        index.replace_video(space, VideoFields(f"v{start}", 2000.0), embeddings)
    searcher = Searcher(index, _Words(queries), QueryCache(folder / "queries"))
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(vectors)
    names = iter(range(2 * TRIES))
    figures = {
        "whole_search": _median(lambda n: searcher.search(Query((Text(str(next(names))),), limit=LIMIT))),
        "milvus_search": _median(lambda n: index.search(space, "visual", queries[n : n + 1], limit=LIMIT)),
        "faiss_flat": _median(lambda n: flat.search(queries[n : n + 1], LIMIT)),
        "numpy": _median(lambda n: np.argpartition(-(vectors @ queries[n]), LIMIT)),
    }
    index.close()
    ratios = {f"whole_to_{name}": figures["whole_search"] / figures[name] for name in list(figures)[1:]}
    return {name: round(value, 2) for name, value in (figures | ratios).items()}


def _median(work: Callable[[int], object]) -> float:
    times = []
    for number in range(TRIES):
        began = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - began) * 1000)
    # The first tries load what the others find loaded.
    return statistics.median(times[3:])


def main(sizes: list[int]) -> None:
    print(json.dumps({"cores": os.cpu_count(), "dimension": DIMENSION, "limit": LIMIT}))
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"rows": rows, "ms": measure(rows, Path(folder))}), flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000])
    search.main(["10000", "scenes", "independent"])

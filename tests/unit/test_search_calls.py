"""What one search asks of the real Milvus Lite, call by call: nothing twice, nothing that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.embedding.query_cache import QueryCache
from core.model import Embedding, Filters, Query, Segment, Space, Text
from core.search.searcher import Searcher
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields
from tests.search_bench import KnownEngine
from tests.vector_stores import open_lite, random_vectors

SPACE = Space("calls", "v1", 16)
VIDEOS, EACH = 40, 16
"""More rows of a modality than a background looks at, so that lists have ends."""
TERMS = tuple(Text(word) for word in ("one", "two", "three"))
FILTERS = Filters(categories=("road",))


class Recorder:
    """Writes down every search for vectors: modality, filter, depth and the vectors."""

    def __init__(self, index: MilvusIndex) -> None:
        self._real = index.search
        self.searches: list[tuple[str, bool, int, tuple[bytes, ...]]] = []

    def search(self, space: Space, modality: Any, vectors: Any, *, limit: int, filters: Any = None) -> Any:
        asked = tuple(np.asarray(vector).tobytes() for vector in vectors)
        self.searches.append((modality, filters is not None, limit, asked))
        return self._real(space, modality, vectors, limit=limit, filters=filters)

    def taken(self) -> Counter[tuple[str, bool, int]]:
        """Return the searches since the last time as (modality, filtered, vectors), counted."""
        found = Counter((modality, filtered, len(asked)) for modality, filtered, _, asked in self.searches)
        self.searches.clear()
        return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusIndex]:
    """Return an index of 40 videos with 16 segments, seen and heard."""
    made = open_lite(tmp_path_factory.mktemp("calls"))
    for number in range(VIDEOS):
        rows = [
            Embedding(vector, Segment(4.0 * place, 4.0 * place + 4), modality)
            for modality, seed in (("visual", 2 * number), ("audio", 2 * number + 1))
            for place, vector in enumerate(random_vectors(seed, EACH))
        ]
        fields = VideoFields(f"v{number:02d}", 4.0 * EACH, category="road" if number % 2 else "sea")
        made.replace_video(SPACE, fields, rows)
    yield made
    made.close()


@pytest.fixture
def asked(index: MilvusIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Searcher, Recorder]:
    """Return a new searcher whose terms have vectors in both modalities, and what it asks."""
    engine = KnownEngine(SPACE)
    for number, term in enumerate((*TERMS, Text("less"))):
        seen, heard = random_vectors(900 + number, 2)
        engine.texts[term.text] = {"visual": seen, "audio": heard}
    recorder = Recorder(index)
    monkeypatch.setattr(index, "search", recorder.search)
    return Searcher(index, engine, QueryCache(tmp_path / "cache")), recorder


QUERY = Query(TERMS, filters=FILTERS, limit=10)
MOVED = replace(QUERY, terms=tuple(replace(t, weight=w) for t, w in zip(TERMS, (1.0, 0.5, 0.2), strict=True)))
LISTS = {("visual", True, 1): 1, ("audio", True, 1): 1}
"""One filtered list of the combined vector a modality."""


def test_a_first_search_measures_all_terms_at_once(asked: tuple[Searcher, Recorder]) -> None:
    """Three terms with filters: one search a modality for all backgrounds, and one for the list."""
    searcher, recorder = asked
    assert searcher.search(QUERY).moments
    backgrounds = {("visual", False, 6): 1, ("audio", False, 6): 1}  # With the opposites.
    assert recorder.taken() == LISTS | backgrounds


def test_other_weights_search_one_list_a_modality(asked: tuple[Searcher, Recorder]) -> None:
    """Backgrounds do not depend on weights, so only the combined lists are read anew."""
    searcher, recorder = asked
    searcher.search(QUERY)
    recorder.taken()
    searcher.search(MOVED)
    assert recorder.taken() == LISTS


def test_a_repeated_query_searches_nothing(asked: tuple[Searcher, Recorder]) -> None:
    """The very same query is answered from the lists and vectors that are kept, and so is a shorter page."""
    searcher, recorder = asked
    first = searcher.search(QUERY)
    recorder.taken()
    assert searcher.search(QUERY).moments == first.moments
    assert searcher.search(replace(QUERY, limit=5)).moments == first.moments[:5]
    assert recorder.taken() == {}


def test_a_penalty_reads_the_whole_list_once(asked: tuple[Searcher, Recorder]) -> None:
    """A penalty's border needs one unfiltered list a modality, which serves every later filter."""
    searcher, recorder = asked
    searcher.search(QUERY)
    recorder.taken()
    ask = replace(QUERY, terms=(*TERMS, Text("less", -0.5)))
    searcher.search(ask)
    found = recorder.taken()
    assert max(found["visual", False, 1], found["audio", False, 1]) <= 1
    searcher.search(replace(ask, filters=Filters(categories=("sea",))))
    assert recorder.taken() == LISTS


def test_nothing_is_searched_twice(asked: tuple[Searcher, Recorder]) -> None:
    """Never is a vector searched again in a modality and under a filter at that depth or a shallower one."""
    searcher, recorder = asked
    single = Query((TERMS[0],), limit=10)
    penalty = replace(QUERY, terms=(*TERMS, Text("less", -0.5)))
    for ask in (QUERY, MOVED, penalty, single, replace(single, limit=5), QUERY, replace(QUERY, offset=10)):
        searcher.search(ask)
    deepest: dict[tuple[str, bool, bytes], int] = {}
    for modality, filtered, limit, vectors in recorder.searches:
        for vector in vectors:
            place = modality, filtered, vector
            assert deepest.get(place, 0) < limit
            deepest[place] = limit

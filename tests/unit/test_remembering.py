"""What a search reads twice it asks for once, and a change is never missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.model import Filters, Modality, Space
from core.search.remembering import Remembering
from core.vectors.memory import MemoryIndex
from tests.vector_stores import about, clips, random_vectors

SPACE = Space("test", "one", 16)
QUERIES = random_vectors(99, 3)


class Counting(MemoryIndex):
    """A store that writes down what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.searches: list[tuple[int, int]] = []
        self.fetched: list[int] = []

    def search(self, space: Space, modality: Modality, vectors: Any, **more: Any) -> Any:
        self.searches.append((len(vectors), more["limit"]))
        return super().search(space, modality, vectors, **more)

    def fetch(self, space: Space, keys: Any) -> Any:
        self.fetched.append(len(keys))
        return super().fetch(space, keys)


@pytest.fixture
def index() -> Counting:
    index = Counting()
    for number in range(5):
        index.replace_video(
            SPACE,
            about(f"v{number}", category="odd" if number % 2 else None),
            clips(random_vectors(number, 20)),
        )
    return index


def test_a_list_is_read_once(index: Counting) -> None:
    """The same list, or a shorter one, is not read again; only unknown vectors are asked for."""
    memory = Remembering(index)
    whole = memory.search(SPACE, "visual", QUERIES[:2], limit=30)
    assert whole == index.search(SPACE, "visual", QUERIES[:2], limit=30)
    index.searches.clear()
    assert memory.search(SPACE, "visual", QUERIES[:2], limit=30) == whole
    assert memory.search(SPACE, "visual", QUERIES[:1], limit=7) == [whole[0][:7]]
    assert index.searches == []
    assert memory.search(SPACE, "visual", QUERIES, limit=30)[:2] == whole
    assert index.searches == [(1, 30)]
    assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=31)[0]) == 31
    assert index.searches == [(1, 30), (1, 31)]


def test_a_list_that_ended_is_never_read_deeper(index: Counting) -> None:
    """Where there are fewer rows than were asked for, no depth needs another search."""
    memory = Remembering(index)
    memory.search(SPACE, "visual", QUERIES[:1], limit=500)
    assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=9_000)[0]) == 100
    assert index.searches == [(1, 500)]


def test_filters_and_modalities_are_kept_apart(index: Counting) -> None:
    """A list belongs to its filters, its modality and its space; empty filters are none."""
    memory = Remembering(index)
    odd = Filters(categories=("odd",))
    for _ in range(2):
        assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=200, filters=odd)[0]) == 40
        assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=200, filters=Filters())[0]) == 100
        assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=200)[0]) == 100
        assert memory.search(SPACE, "audio", QUERIES[:1], limit=200) == [[]]
    assert len(index.searches) == 3


def test_a_changed_field_is_searched_again(index: Counting) -> None:
    """A video that changed its category is filtered by the new one at once."""
    memory = Remembering(index)
    odd = Filters(categories=("odd",))
    memory.search(SPACE, "visual", QUERIES[:1], limit=200, filters=odd)
    index.update_fields(SPACE, about("v0", category="odd"))
    assert len(memory.search(SPACE, "visual", QUERIES[:1], limit=200, filters=odd)[0]) == 60


def test_vectors_are_fetched_once_until_their_video_changes(index: Counting) -> None:
    """Known vectors cost nothing, other videos' changes do not matter, and a new version is fetched."""
    memory = Remembering(index)
    keys = [row.key for number in range(2) for row in index.rows(SPACE, f"v{number}")]
    first = memory.fetch(SPACE, keys)
    assert first.keys() == set(keys)
    memory.fetch(SPACE, keys)
    assert index.fetched == [40]
    index.replace_video(SPACE, about("v4"), clips(random_vectors(44, 3)))
    memory.fetch(SPACE, keys)
    assert index.fetched == [40]
    index.replace_video(SPACE, about("v0"), clips(random_vectors(55, 20)))
    again = memory.fetch(SPACE, keys)
    assert index.fetched == [40, 20]
    assert np.array_equal(again[keys[0]], random_vectors(55, 20)[0])
    index.delete_video("v0")
    assert memory.fetch(SPACE, keys).keys() == set(keys[20:])


def test_little_is_kept(index: Counting) -> None:
    """Beyond the bounds the oldest goes first, and is read again when it is needed."""
    memory = Remembering(index, vectors=10, hits=50)
    keys = [row.key for row in index.rows(SPACE, "v0")]
    memory.fetch(SPACE, keys)
    assert memory.fetch(SPACE, keys).keys() == set(keys)
    assert index.fetched == [20, 10]
    for query in QUERIES:
        memory.search(SPACE, "visual", query[np.newaxis], limit=20)
    index.searches.clear()
    memory.search(SPACE, "visual", QUERIES[2:], limit=20)
    assert index.searches == []
    memory.search(SPACE, "visual", QUERIES[:1], limit=20)
    assert index.searches == [(1, 20)]

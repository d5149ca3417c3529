"""Near-duplicates in the list, pages at their bound, and what a relative filter means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.embedding.query_cache import QueryCache
from core.model import Embedding, Filters, Vector
from core.search.folding import ALIKE
from core.search.searcher import Searcher
from core.vectors.memory import MemoryIndex
from core.vectors.port import VideoFields
from tests.search_bench import Library, make_library, row, unit
from tests.search_scenes import LOUD, RED, WORDS, ask, video


def apart(vector: Vector, cosine: float, seed: int) -> Vector:
    """Return a unit vector with this cosine to one that is 0 at 4 and 6, and as far from every word."""
    rng = np.random.default_rng(seed)
    aside = np.zeros(8)
    aside[[4, 6]] = rng.normal(size=2)
    return unit(cosine * vector + np.sqrt(1 - cosine**2) * aside / np.linalg.norm(aside))


def shots(folder: Path, cosines: Sequence[float], sounds: Sequence[int | None]) -> Library:
    """Return twenty unlike videos, and some that show red nearly as the first of them does."""
    made = make_library(folder, 8, WORDS)
    rng = np.random.default_rng(7)
    red = unit(np.eye(8)[RED] + 0.6 * np.eye(8)[5])
    for place, (cosine, sound) in enumerate(zip(cosines, sounds, strict=True)):
        rows: list[Embedding] = [row(red if cosine == 1 else apart(red, cosine, place), 0, 4)]
        if sound is not None:
            rows.append(row(unit(np.eye(8)[sound] + 0.6 * np.eye(8)[5]), 0, 4, "audio"))
        made.add(video(place), rows)
    for place in range(30, 50):
        values = np.abs(rng.normal(size=8))
        values[RED] = 0
        made.add(video(place), [row(unit(values), 0, 4), row(unit(values[::-1]), 0, 4, "audio")])
    return made


def test_what_is_the_same_is_listed_once(tmp_path: Path) -> None:
    """A copy goes under the best one, another shot of the scene stays in the list."""
    made = shots(tmp_path, [1, 0.995, 0.985, 0.95], [None] * 4)
    first, second = made.searcher.search(ask("red", modalities=("visual",), limit=2)).moments
    assert (first.video_id, second.video_id) == (video(0), video(3))
    assert [one.video_id for one in first.similar] == [video(1), video(2)]
    assert not second.similar
    plain = made.searcher.search(ask("red", modalities=("visual",), limit=4, fold=False)).moments
    assert [one.video_id for one in plain] == [video(place) for place in range(4)]


def test_the_same_picture_with_another_sound_is_another_result(tmp_path: Path) -> None:
    """Two moments are the same only where each searched modality is, and both have it."""
    made = shots(tmp_path, [1, 1, 1, 1], [LOUD, None, 6, LOUD])
    both = made.searcher.search(ask("red", "loud", limit=3)).moments
    assert {one.video_id: [s.video_id for s in one.similar] for one in both} == {
        video(0): [video(3)],
        video(1): [],
        video(2): [],
    }
    seen = made.searcher.search(ask("red", modalities=("visual",), limit=1)).moments
    assert [one.video_id for one in seen[0].similar] == [video(1), video(2), video(3)]


def test_the_bound_lies_between_copies_and_other_shots() -> None:
    """Copies of real footage have cosines above 0.98 (but for very bad ones), other shots at most 0.976."""
    assert 0.976 < ALIKE < 0.985


def test_folding_asks_the_index_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folded list of everything costs the very requests of the plain one."""
    made = shots(tmp_path, [1, 0.995, 0.985, 0.95], [LOUD, LOUD, 6, None])
    asked: list[tuple[str, tuple[str, ...]]] = []
    fetch, search = MemoryIndex.fetch, MemoryIndex.search

    def spied_fetch(self: MemoryIndex, space: Any, keys: Sequence[str]) -> Any:
        asked.append(("fetch", tuple(keys)))
        return fetch(self, space, keys)

    def spied_search(self: MemoryIndex, *args: Any, **more: Any) -> Any:
        asked.append(("search", (args[1],)))
        return search(self, *args, **more)

    monkeypatch.setattr(MemoryIndex, "fetch", spied_fetch)
    monkeypatch.setattr(MemoryIndex, "search", spied_search)

    def cost(fold: bool) -> list[tuple[str, tuple[str, ...]]]:
        asked.clear()
        fresh = Searcher(made.index, made.engine, QueryCache(tmp_path / "queries"))
        fresh.search(ask("red", "loud", fold=fold, limit=200))
        return list(asked)

    assert cost(True) == cost(False)


def test_a_list_ends_where_it_is_said_to(tmp_path: Path) -> None:
    """The page that reaches the bound is cut there and has no successor, however large pages are."""
    made = make_library(tmp_path, 8, WORDS)
    rng = np.random.default_rng(3)
    for place in range(520):
        made.add(video(place), [row(unit(rng.normal(size=8)), 0, 4)])
    query = ask("red", fold=False, limit=30, modalities=("visual",))
    whole = made.searcher.search(replace(query, limit=500))
    assert len(whole.moments) == 500
    assert not whole.more
    before = made.searcher.search(replace(query, offset=450))
    last = made.searcher.search(replace(query, offset=480))
    assert before.more
    assert last.moments == whole.moments[480:]
    assert not last.more


def test_the_last_days_are_counted_once_a_search_from_today(tmp_path: Path) -> None:
    """Today is one of the days; the day is asked for once."""
    made = make_library(tmp_path, 8, WORDS)
    rng = np.random.default_rng(4)
    for place in range(6):
        indexed = datetime(2026, 5, 10 + place, 12, tzinfo=UTC)
        fields = VideoFields(video(place), 4.0, indexed_at=indexed)
        made.index.replace_video(made.engine.space, fields, [row(unit(rng.normal(size=8)), 0, 4)])
    days: list[date] = []

    def today() -> date:
        days.append(date(2026, 5, 15))
        return days[-1]

    searcher = Searcher(made.index, made.engine, QueryCache(tmp_path / "queries"), today=today)

    def found(filters: Filters) -> set[int]:
        days.clear()
        moments = searcher.search(ask("red", filters=filters, fold=False)).moments
        assert len(days) == 1
        return {int(one.video_id, 16) for one in moments}

    assert found(Filters(last_days=1)) == {5}
    assert found(Filters(last_days=3)) == {3, 4, 5}
    assert found(Filters(last_days=100)) == set(range(6))
    assert found(Filters(last_days=4, indexed_to=date(2026, 5, 13))) == {2, 3}
    assert found(Filters(last_days=1, indexed_to=date(2026, 5, 13))) == set()
    hits = searcher.hits(ask("red", filters=Filters(last_days=2)))
    assert {int(hit.video_id, 16) for hit in hits} == {4, 5}

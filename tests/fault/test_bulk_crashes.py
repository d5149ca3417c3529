"""A process that dies while it writes several videos at once: whatever the index calls whole is whole."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.model import Embedding
from core.vectors import collection
from core.vectors.client import Client
from core.vectors.milvus import MilvusIndex
from tests.vector_stores import SPACE, about, clips, open_lite, random_vectors


class Died(BaseException):
    """The process ends here: nothing that follows is done, and nobody handles it."""


def rows_of(write: int, video: int) -> list[Embedding]:
    """Return what a write stores of a video: other vectors, and more or fewer of them, each time."""
    count = 3 + (write + video) % 4
    vectors = random_vectors(100 * write + video, 2 * count)
    return [*clips(vectors[:count]), *clips(vectors[count:], "audio")]


def vectors_of(index: MilvusIndex, video_id: str) -> dict[str, bytes]:
    found = index.fetch(SPACE, [row.key for row in index.rows(SPACE, video_id)])
    return {key: vector.tobytes() for key, vector in found.items()}


def expected(embeddings: list[Embedding], video_id: str) -> dict[str, bytes]:
    return {
        f"{video_id}:clip:{e.modality}:{e.segment.start_ms}:{e.segment.end_ms}": e.vector.tobytes()
        for e in embeddings
    }


def check_sums(index: MilvusIndex, names: list[str]) -> None:
    """Check that count and mean are those of the rows that are there, whatever these are."""
    for modality in ("visual", "audio"):
        keys = [row.key for name in names for row in index.rows(SPACE, name, modality)]
        statistics = index.statistics(SPACE, modality)
        assert statistics.count == len(keys)
        mean = np.mean(list(index.fetch(SPACE, keys).values()), axis=0)
        assert np.allclose(statistics.mean, mean, rtol=0, atol=1e-6)
    assert index.count(SPACE) == sum(len(index.rows(SPACE, name)) for name in names)


def test_a_death_between_any_two_steps_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a death at any step of a write, sums are right, and a video is whole or is not called so."""
    monkeypatch.setattr(collection, "BATCH", 4)
    names = [f"v{number}" for number in range(3)]
    index = open_lite(tmp_path)
    before = {name: rows_of(0, number) for number, name in enumerate(names)}
    index.replace_videos(SPACE, [(about(name), rows) for name, rows in before.items()])
    index.replace_video(SPACE, about("other"), clips(random_vectors(7, 3)))
    plain: dict[str, Any] = {name: getattr(Client, name) for name in ("upsert", "delete", "flush")}
    cut_off: set[int] = set()
    for write in itertools.count(1):
        left = write - 1  # this many steps are done, then the process dies
        new = {name: rows_of(write, number) for number, name in enumerate(names)}
        steps = itertools.count()

        def step(name: str, left: int = left, steps: itertools.count[int] = steps) -> Any:
            def call(self: Client, *arguments: Any, **named: Any) -> Any:
                if next(steps) == left:
                    raise Died
                return plain[name](self, *arguments, **named)

            return call

        with monkeypatch.context() as dying:
            for name in plain:
                dying.setattr(Client, name, step(name))
            try:
                index.replace_videos(SPACE, [(about(name), rows) for name, rows in new.items()])
            except Died:
                done = False
            else:
                done = True
        index.close()
        index = open_lite(tmp_path)
        whole = index.video_ids(SPACE)
        assert "other" in whole
        check_sums(index, [*names, "other"])
        for name in names:
            if name in whole:
                assert vectors_of(index, name) in (expected(before[name], name), expected(new[name], name))
            else:
                cut_off.add(left)
        if done:
            break
        # Written again, as whoever indexes or mends does; from here the next death is a step later.
        index.replace_videos(SPACE, [(about(name), rows) for name, rows in new.items()])
        assert index.video_ids(SPACE) == {*names, "other"}
        before = new
    index.close()
    assert left > 8, "the write had fewer steps than it takes to be worth trying"
    assert cut_off >= set(range(2, 7)), "deaths while rows are written must leave their mark"

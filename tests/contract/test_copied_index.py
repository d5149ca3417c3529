"""A copy of Milvus Lite in memory: used when it is right, and never otherwise."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import IndexUnavailable
from core.model import Filters, Space
from core.vectors.contents import VideoContents
from core.vectors.copied import CopiedIndex
from core.vectors.memory import MemoryIndex
from core.vectors.milvus import MilvusIndex
from tests.vector_stores import SPACE, about, clips, open_lite, random_vectors, wait_until

MOST = 10**9


@pytest.fixture
def milvus(tmp_path: Path) -> Iterator[MilvusIndex]:
    index = open_lite(tmp_path)
    yield index
    index.close()


def lists(index: CopiedIndex | MemoryIndex, filters: Filters | None = None) -> list[list[tuple[str, Any]]]:
    """Return what a search gives, as keys and cosines."""
    found = index.search(SPACE, "visual", random_vectors(0, 2), limit=7, filters=filters)
    return [[(hit.row.key, pytest.approx(hit.cosine, abs=1e-5)) for hit in hits] for hits in found]


def test_no_answer_is_older_than_the_last_write(milvus: MilvusIndex) -> None:
    """Right after any change, and again when the copy has caught up, answers are those of a plain index."""
    copied, plain = CopiedIndex(milvus, MOST), MemoryIndex()
    chance = np.random.default_rng(4)
    for step in range(40):
        name = f"v{chance.integers(0, 4)}"
        fields = about(name, category=str(chance.choice(["road", "sea"])), tags=("wide",) if step % 3 else ())
        change = chance.choice(["write", "write", "fields", "delete"])
        for index in (copied, plain):
            if change == "write":
                index.replace_video(SPACE, fields, clips(random_vectors(step, 1 + step % 5)))
            elif change == "fields":
                index.update_fields(SPACE, fields)
            else:
                index.delete_video(name)
        if step % 2:
            wait_until(lambda: copied.copied(SPACE))
        for filters in (
            None,
            Filters(categories=("sea",)),
            Filters(tags=("wide",)),
            Filters(video_ids=(name,)),
        ):
            assert lists(copied, filters) == lists(plain, filters), (step, change, filters)
    copied.close()


def test_searches_ask_milvus_for_nothing_while_the_copy_is_current(
    milvus: MilvusIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches and vectors of clips come out of memory once the copy is there."""
    copied = CopiedIndex(milvus, MOST)
    copied.replace_video(SPACE, about("v"), clips(random_vectors(1, 5)))
    before = lists(copied)
    keys = [key for key, _ in before[0]]
    wait_until(lambda: copied.copied(SPACE))
    vectors = milvus.fetch(SPACE, keys)

    def refuse(*_: object, **__: object) -> None:
        raise IndexUnavailable("Milvus was asked.")

    for name in ("search", "query"):
        monkeypatch.setattr(milvus._client._milvus, name, refuse)
    assert lists(copied) == before
    found = copied.fetch(SPACE, keys)
    assert {key: vector.tobytes() for key, vector in found.items()} == {
        key: vector.tobytes() for key, vector in vectors.items()
    }
    monkeypatch.undo()
    copied.close()


def test_what_is_too_large_is_not_copied(milvus: MilvusIndex) -> None:
    """A space whose vectors take more than they may is answered by Milvus, and is copied once it fits."""
    copied = CopiedIndex(milvus, 5 * SPACE.dimension * 4)
    copied.replace_video(SPACE, about("small"), clips(random_vectors(1, 5)))
    wait_until(lambda: copied.copied(SPACE))
    copied.replace_video(SPACE, about("more"), clips(random_vectors(2, 1)))
    assert len(lists(copied)[0]) == 6
    time.sleep(0.2)
    assert not copied.copied(SPACE)
    copied.delete_video("more")
    wait_until(lambda: copied.copied(SPACE))
    copied.close()


class Wrong(MilvusIndex):
    """Reads other vectors than it searches."""

    def contents(self, space: Space, video_ids: Sequence[str]) -> list[VideoContents]:
        found = super().contents(space, video_ids)
        for one in found:
            for _, vectors in one.clips.values():
                vectors[:] = np.roll(vectors, 1, axis=1)
        return found


def test_milvus_is_the_judge(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A copy that answers something else than Milvus is never used, and the log says so."""
    copied, plain = CopiedIndex(Wrong(str(tmp_path / "milvus.db")), MOST), MemoryIndex()
    with caplog.at_level(logging.ERROR, "core.vectors.copies"):
        for index in (copied, plain):
            index.replace_video(SPACE, about("v"), clips(random_vectors(1, 5)))
        assert lists(copied) == lists(plain)
        wait_until(lambda: "copy.wrong" in caplog.text)
        assert lists(copied) == lists(plain)
        assert not copied.copied(SPACE)
    copied.close()


def test_a_copy_outlives_an_index_that_was_away(milvus: MilvusIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Milvus does not answer the copying thread, the next search after it does has the copy made."""
    copied = CopiedIndex(milvus, MOST)
    copied.replace_video(SPACE, about("v"), clips(random_vectors(1, 5)))
    asked = []

    def away(*_: object) -> list[VideoContents]:
        asked.append(1)
        raise IndexUnavailable("Milvus is away.")

    monkeypatch.setattr(milvus, "contents", away)
    lists(copied)
    wait_until(lambda: bool(asked))
    assert not copied.copied(SPACE)
    monkeypatch.undo()
    wait_until(lambda: copied.copied(SPACE))
    copied.close()

"""The vector stores that the contract is checked against, and rows to put into them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Filters, Modality, Scope, Segment, Space, Vector
from core.vectors.backends import LITE, SERVER
from core.vectors.copied import CopiedIndex
from core.vectors.memory import MemoryIndex
from core.vectors.milvus import MilvusIndex
from core.vectors.port import ScoredRow, VectorIndex, VideoFields
from tests.milvus_server import TOKEN, available
from tests.shared_servers import shared_address, shared_lite_address

SPACE = Space("test", "model.v1", 16)

Opener = Callable[[Path], VectorIndex]
"""Opens the store in a folder; the second time it finds what the first left."""


def open_lite(folder: Path) -> MilvusIndex:
    return MilvusIndex(str(folder / "milvus.db"))


def wait_until(done: Callable[[], bool], most_s: float = 30.0) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + most_s
    while not done():
        assert time.monotonic() < deadline, "it never was so"
        time.sleep(0.005)


class AwaitedCopy(CopiedIndex):
    """Milvus Lite whose copy is waited for, so that it is the copy that answers."""

    def search(self, space: Space, *given: Any, **named: Any) -> list[list[ScoredRow]]:
        wait_until(lambda: self.copied(space) or not self.video_ids(space))
        return super().search(space, *given, **named)

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        wait_until(lambda: self.copied(space) or not self.video_ids(space))
        return super().fetch(space, keys)


def open_lite_copied(folder: Path) -> CopiedIndex:
    """Milvus Lite whose searches a copy in memory answers."""
    return AwaitedCopy(open_lite(folder), 10**9)


def open_lite_large(folder: Path) -> MilvusIndex:
    """Milvus Lite with the index for large collections from the fifth row on."""
    return MilvusIndex(str(folder / "milvus.db"), backend=replace(LITE, large_from=5))


def open_lite_like_server(folder: Path) -> MilvusIndex:
    """Milvus Lite spoken to as a server is: tags as arrays, answers in pages, no flush."""
    return MilvusIndex(
        str(folder / "milvus.db"), backend=replace(SERVER, writers=1, client_options=LITE.client_options)
    )


def open_server(folder: Path) -> MilvusIndex:
    """A real Milvus server, the same for all tests of a process."""
    return MilvusIndex(shared_address(), TOKEN)


def open_lite_server(folder: Path) -> MilvusIndex:
    """Milvus Lite over TCP, the same for all tests of a process."""
    return MilvusIndex(shared_lite_address())


SERVERS: dict[str, Opener] = {"lite-server": open_lite_server, "server": open_server}
"""Stores that go on running when they are closed, and hold what other tests wrote into other spaces."""

PERSISTENT: dict[str, Opener] = {
    "lite": open_lite,
    "lite-copied": open_lite_copied,
    "lite-large": open_lite_large,
    # Where the real one cannot run this stands in for it.
    **({} if available() else {"lite-like-server": open_lite_like_server}),
    **SERVERS,
}

STORES: dict[str, Opener] = {"memory": lambda _folder: MemoryIndex(), **PERSISTENT}


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return vectors of length 1 along the last axis."""
    wide = np.asarray(vectors, dtype=np.float64)
    return (wide / np.linalg.norm(wide, axis=-1, keepdims=True)).astype(np.float32)


def random_vectors(seed: int, count: int, dimension: int = SPACE.dimension) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def clips(
    vectors: Sequence[NDArray[np.floating]] | NDArray[np.float32],
    modality: Modality = "visual",
    scope: Scope = "clip",
    length_s: float = 2.0,
) -> list[Embedding]:
    """Return embeddings of neighbouring segments."""
    return [
        Embedding(
            np.asarray(vector, dtype=np.float32), Segment(i * length_s, (i + 1) * length_s), modality, scope
        )
        for i, vector in enumerate(vectors)
    ]


def about(video_id: str, **fields: object) -> VideoFields:
    return replace(VideoFields(video_id, duration_s=60.0), **fields)


def found(index: VectorIndex, space: Space, filters: Filters | None = None, limit: int = 100) -> set[str]:
    """Return the videos that a search with these filters finds."""
    [hits] = index.search(space, "visual", random_vectors(0, 1), limit=limit, filters=filters)
    return {hit.row.video_id for hit in hits}


VIDEOS = {f"v{number}": random_vectors(number, 6) for number in range(5)}
"""Five videos for tests that ask whether all is still there."""


def fill(index: VectorIndex) -> None:
    """Store `VIDEOS`."""
    for video_id, vectors in VIDEOS.items():
        index.replace_video(SPACE, about(video_id), clips(vectors))


def check_whole(index: VectorIndex, videos: dict[str, NDArray[np.float32]] = VIDEOS) -> None:
    """Check rows, hits and mean of these videos and of no others."""
    assert index.count(SPACE) == sum(map(len, videos.values()))
    assert found(index, SPACE, limit=1000) == {name for name, vectors in videos.items() if len(vectors)}
    statistics = index.statistics(SPACE, "visual")
    assert statistics.count == index.count(SPACE)
    every = np.concatenate(list(videos.values())).astype(np.float64)
    assert np.allclose(statistics.mean, every.mean(axis=0), rtol=0, atol=1e-6)

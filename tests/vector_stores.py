"""The vector stores that the contract is checked against, and rows to put into them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Filters, Modality, Scope, Segment, Space
from core.vectors.backends import LITE, SERVER
from core.vectors.memory import MemoryIndex
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VectorIndex, VideoFields

SPACE = Space("test", "model.v1", 16)

Opener = Callable[[Path], VectorIndex]
"""Opens the store in a folder; the second time it finds what the first left."""


def open_lite(folder: Path) -> MilvusIndex:
    return MilvusIndex(str(folder / "milvus.db"))


def open_lite_large(folder: Path) -> MilvusIndex:
    """Milvus Lite with the index for large collections from the fifth row on."""
    return MilvusIndex(str(folder / "milvus.db"), backend=replace(LITE, flat_below=5))


def open_lite_like_server(folder: Path) -> MilvusIndex:
    """Milvus Lite spoken to as a server is: tags as arrays, answers in pages, no flush."""
    return MilvusIndex(str(folder / "milvus.db"), backend=replace(SERVER, client_options=LITE.client_options))


def open_server(folder: Path) -> MilvusIndex:
    return MilvusIndex(
        os.environ["CUEPOINT_TEST_MILVUS_URI"], os.environ.get("CUEPOINT_TEST_MILVUS_TOKEN", "")
    )


PERSISTENT: dict[str, Opener] = {
    "lite": open_lite,
    "lite-large": open_lite_large,
    "lite-like-server": open_lite_like_server,
}
if os.environ.get("CUEPOINT_TEST_MILVUS_URI"):
    PERSISTENT["server"] = open_server

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

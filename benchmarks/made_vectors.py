"""Vectors to search among, as many as one likes, and their way into an index."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Modality, Segment, Space
from core.vectors.port import VectorIndex, VideoFields

DIMENSION: Final = 512
SPACE: Final = Space("bench", "v1", DIMENSION)
SEEN: Final[Modality] = "visual"
PER_VIDEO: Final = 500
LIMIT: Final = 10
GROUPS: Final = 200
WANTED: Final = "sea"
AT_ONCE: Final = 8
"""Videos of one write."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class House:
    """The vectors of a made library, and questions near some of them."""

    vectors: Floats
    questions: Floats

    @classmethod
    def made(cls, rows: int, questions: int) -> Self:
        """Return a library of so many vectors, the same one every time."""
        chance = np.random.default_rng(5)
        centres = chance.standard_normal((GROUPS, DIMENSION), dtype=np.float32)
        vectors = chance.standard_normal((rows, DIMENSION), dtype=np.float32)
        for start in range(0, rows, 10_000):
            some = vectors[start : start + 10_000]
            some += centres[chance.integers(0, GROUPS, len(some))]
            some /= np.linalg.norm(some, axis=1, keepdims=True)
        near = vectors[chance.integers(0, rows, questions)]
        asked = near + 0.03 * chance.standard_normal(near.shape, dtype=np.float32)
        return cls(vectors, asked / np.linalg.norm(asked, axis=1, keepdims=True))

    @property
    def wanted(self) -> NDArray[np.bool_]:
        """Which rows satisfy the filter: every eighth video."""
        every_eighth: NDArray[np.bool_] = (np.arange(len(self.vectors)) // PER_VIDEO) % 8 == 0
        return every_eighth


def fill(index: VectorIndex, house: House) -> float:
    """Write the library; return how many seconds it took."""
    began = time.perf_counter()
    videos = range(0, len(house.vectors), PER_VIDEO)
    for first in range(0, len(videos), AT_ONCE):
        index.replace_videos(SPACE, [_video(house, start) for start in videos[first : first + AT_ONCE]])
    return time.perf_counter() - began


def _video(house: House, start: int) -> tuple[VideoFields, list[Embedding]]:
    number = start // PER_VIDEO
    embeddings = [
        Embedding(vector, Segment(float(place), place + 1.0), SEEN)
        for place, vector in enumerate(house.vectors[start : start + PER_VIDEO])
    ]
    category = WANTED if number % 8 == 0 else "land"
    return VideoFields(f"v{number:06d}", float(PER_VIDEO), category=category), embeddings


def row_of(key: str) -> int:
    """Return which vector of the library a row's key stands for."""
    video, _, _, start, _ = key.split(":")
    return int(video[1:]) * PER_VIDEO + int(start) // 1000

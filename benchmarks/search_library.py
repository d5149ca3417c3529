"""Libraries to measure searches on: videos of scenes, or rows that have nothing to do with each other."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Modality, Segment, Space
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields

DIMENSION: Final = 512
SPACE: Final = Space("bench", "v1", DIMENSION)
PER_VIDEO: Final = 100
SEGMENT_S: Final = 4.0
CATEGORIES: Final = ("road", "sea", "city", "other")
BOTH: Final[tuple[Modality, ...]] = ("visual", "audio")
TOPICS: Final = 200

Kind: TypeAlias = Literal["scenes", "independent"]
"""``scenes``: a video has four topics, a scene of five segments looks and sounds alike, and what is seen has
to do with what is heard. ``independent``: every row has a topic of its own, the worst case for combining."""

Floats: TypeAlias = NDArray[np.float64]


def unit(vectors: Floats) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


class Footage:
    """Makes the vectors of one video after the other."""

    def __init__(self, kind: Kind, seed: int = 5) -> None:
        self._kind = kind
        self._chance = np.random.default_rng(seed)
        self._common = self._chance.standard_normal(DIMENSION) * 1.5
        self._topics = {m: self._chance.standard_normal((TOPICS, DIMENSION)) for m in BOTH}

    def video(self) -> dict[Modality, NDArray[np.float32]]:
        """Return `PER_VIDEO` unit vectors of each modality."""
        chance = self._chance
        if self._kind == "independent":
            return {m: self._rows(m, chance.integers(0, TOPICS, PER_VIDEO), 0.7) for m in BOTH}
        topics = np.repeat(chance.integers(0, TOPICS, 4), PER_VIDEO // 4)
        return {m: self._rows(m, topics, 0.4, scenes=0.5) for m in BOTH}

    def _rows(
        self, modality: Modality, topics: NDArray[np.int64], noise: float, scenes: float = 0.0
    ) -> NDArray[np.float32]:
        own = noise * self._chance.standard_normal((PER_VIDEO, DIMENSION))
        if scenes:
            own += scenes * np.repeat(self._chance.standard_normal((PER_VIDEO // 5, DIMENSION)), 5, axis=0)
        return unit(self._common + self._topics[modality][topics] + own)


def build(index: MilvusIndex, rows: int, kind: Kind) -> dict[Modality, NDArray[np.float32]]:
    """Fill the index with ``rows`` embeddings, half of them seen and half heard; return some to ask for."""
    footage = Footage(kind)
    samples: dict[Modality, list[NDArray[np.float32]]] = {m: [] for m in BOTH}
    for number in range(rows // (2 * PER_VIDEO)):
        vectors = footage.video()
        embeddings = [
            Embedding(vector, Segment(place * SEGMENT_S, (place + 1) * SEGMENT_S), modality)
            for modality in BOTH
            for place, vector in enumerate(vectors[modality])
        ]
        fields = VideoFields(
            f"v{number:05d}", PER_VIDEO * SEGMENT_S, category=CATEGORIES[number % len(CATEGORIES)]
        )
        index.replace_video(SPACE, fields, embeddings)
        for modality in BOTH:
            samples[modality].append(vectors[modality][:: PER_VIDEO // 2])
    return {m: np.concatenate(some) for m, some in samples.items()}

"""Milvus Lite with a copy of its vectors in memory, which answers searches while it is current.

Milvus stores, and is the judge of truth: every answer of the copy belongs to the version that the space has
at that moment, and whenever the copy is behind, too large, or not what Milvus answers, Milvus is asked. What
that is worth is in benchmarks/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Filters, Modality, Space, Vector
from core.vectors.contents import kept_conditions
from core.vectors.copies import Copies
from core.vectors.milvus import MilvusIndex
from core.vectors.port import Row, ScoredRow, Statistics, VideoFields, VideoRows
from core.vectors.rows import query_vectors


class CopiedIndex:
    """A `VectorIndex` that answers from memory what it can, and leaves everything else to Milvus."""

    def __init__(self, index: MilvusIndex, most_bytes: int) -> None:
        """``most_bytes`` is how much the vectors of one space may take; a larger one is not copied."""
        self._index = index
        self._copies = Copies(index, most_bytes)

    # -- reading --

    def search(
        self,
        space: Space,
        modality: Modality,
        vectors: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters | None = None,
    ) -> list[list[ScoredRow]]:
        view = self._copies.current(space)
        if view is None:
            return self._index.search(space, modality, vectors, limit=limit, filters=filters)
        wanted = kept_conditions(filters, self._index.backend.tags)
        return view.search(modality, query_vectors(space, vectors), limit, wanted)

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        view = self._copies.current(space)
        found = {} if view is None else view.fetch(keys)
        missing = [key for key in keys if key not in found]
        return found | self._index.fetch(space, missing)

    def rows(self, space: Space, video_id: str, modality: Modality | None = None) -> list[Row]:
        return self._index.rows(space, video_id, modality)

    def rows_of(self, space: Space, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        return self._index.rows_of(space, video_ids)

    def statistics(self, space: Space, modality: Modality) -> Statistics:
        return self._index.statistics(space, modality)

    def count(self, space: Space, video_id: str | None = None) -> int:
        return self._index.count(space, video_id)

    def video_ids(self, space: Space) -> set[str]:
        return self._index.video_ids(space)

    # -- writing --

    def replace_video(self, space: Space, fields: VideoFields, embeddings: Sequence[Embedding]) -> int:
        return self._index.replace_video(space, fields, embeddings)

    def replace_videos(self, space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]]) -> int:
        return self._index.replace_videos(space, videos)

    def make_ready(self, space: Space) -> None:
        self._index.make_ready(space)

    def update_fields(self, space: Space, fields: VideoFields) -> None:
        self._index.update_fields(space, fields)

    def delete_video(self, video_id: str) -> None:
        self._index.delete_video(video_id)

    def drop(self, space: Space) -> None:
        self._index.drop(space)

    def close(self) -> None:
        """Stop copying, and close Milvus. Twice does no harm."""
        self._copies.close()
        self._index.close()

    def copied(self, space: Space) -> bool:
        """Return whether a search would be answered from memory just now."""
        return self._copies.current(space) is not None

"""VectorIndex in memory: exact, plain, gone when the process ends.

For scripts and tests that need no file, and the reference that the Milvus adapter is measured by. It
answers the same contract (tests/contract/test_vector_index_contract.py).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexUnavailable
from core.model import Embedding, Filters, Modality, Space, Vector
from core.vectors.fields import StoredFields, checked_id, conditions, stored_fields
from core.vectors.port import Row, ScoredRow, Statistics, VideoFields, VideoRows
from core.vectors.ranking import ranked
from core.vectors.rows import StoredRow, in_order, query_vectors, stored_videos


@dataclass(slots=True)
class _Shelf:
    """All that one space holds."""

    version: int
    fields: dict[str, StoredFields] = field(default_factory=dict)
    rows: dict[str, dict[str, StoredRow]] = field(default_factory=dict)
    """By video, then by key."""
    versions: dict[str, int] = field(default_factory=dict)

    def clips(self, modality: Modality) -> list[StoredRow]:
        return [
            each
            for rows in self.rows.values()
            for each in rows.values()
            if each.row.scope == "clip" and each.row.modality == modality
        ]


class MemoryIndex:
    """Vectors in a dictionary, searched by one matrix product in float64."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._shelves: dict[str, _Shelf] | None = {}
        self._clock = itertools.count(time.time_ns())
        self._empty_version = next(self._clock)

    # -- writing --

    def replace_video(self, space: Space, fields: VideoFields, embeddings: Sequence[Embedding]) -> int:
        return self.replace_videos(space, [(fields, embeddings)])

    def replace_videos(self, space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]]) -> int:
        wanted = stored_videos(space, videos)
        with self._lock:
            shelf = self._open.setdefault(space.key, _Shelf(self._empty_version))
            for stored, rows in wanted:
                shelf.rows.pop(stored.video_id, None)
                if rows:
                    shelf.rows[stored.video_id] = {each.row.key: each for each in rows}
                    shelf.fields[stored.video_id] = stored
                shelf.version = shelf.versions[stored.video_id] = next(self._clock)
        return sum(len(rows) for _, rows in wanted)

    def make_ready(self, space: Space) -> None:
        """Everything is ready at once."""

    def update_fields(self, space: Space, fields: VideoFields) -> None:
        stored = stored_fields(fields)
        with self._lock:
            shelf = self._open.get(space.key)
            if shelf is not None and stored.video_id in shelf.rows:
                shelf.fields[stored.video_id] = stored
                shelf.version = shelf.versions[stored.video_id] = next(self._clock)

    def delete_video(self, video_id: str) -> None:
        checked_id(video_id)
        with self._lock:
            for shelf in self._open.values():
                shelf.rows.pop(video_id, None)
                shelf.version = next(self._clock)

    def drop(self, space: Space) -> None:
        with self._lock:
            self._open.pop(space.key, None)
            self._empty_version = next(self._clock)

    # -- reading --

    def count(self, space: Space, video_id: str | None = None) -> int:
        with self._lock:
            shelf = self._shelf(space)
            return sum(len(rows) for name, rows in shelf.rows.items() if video_id in (None, name))

    def search(
        self,
        space: Space,
        modality: Modality,
        vectors: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters | None = None,
    ) -> list[list[ScoredRow]]:
        vectors = query_vectors(space, vectors)
        wanted = conditions(filters)
        with self._lock:
            shelf = self._shelf(space)
            admitted = {name for name in shelf.rows if wanted.admit(shelf.fields[name])}
            rows = [each for each in shelf.clips(modality) if each.row.video_id in admitted]
        if not rows or limit < 1:
            return [[] for _ in vectors]
        cosines = vectors.astype(np.float64) @ np.stack([each.vector for each in rows]).T.astype(np.float64)
        return [
            ranked(
                (ScoredRow(each.row, float(cosine)) for each, cosine in zip(rows, line, strict=True)),
                limit,
            )
            for line in np.clip(cosines, -1.0, 1.0)
        ]

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        wanted = set(keys)
        with self._lock:
            return {
                key: each.vector.copy()
                for rows in self._shelf(space).rows.values()
                for key, each in rows.items()
                if key in wanted
            }

    def rows(self, space: Space, video_id: str, modality: Modality | None = None) -> list[Row]:
        checked_id(video_id)
        with self._lock:
            found = self._shelf(space).rows.get(video_id, {}).values()
            return in_order([each.row for each in found if modality in (None, each.row.modality)])

    def rows_of(self, space: Space, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        with self._lock:
            shelf = self._shelf(space)
            return {
                video_id: VideoRows(video_id, shelf.versions[video_id], _spans(shelf.rows[video_id].values()))
                for video_id in video_ids
                if video_id in shelf.rows
            }

    def video_ids(self, space: Space) -> set[str]:
        with self._lock:
            return set(self._shelf(space).rows)

    def statistics(self, space: Space, modality: Modality) -> Statistics:
        with self._lock:
            shelf = self._shelf(space)
            clips, version = shelf.clips(modality), shelf.version
        mean = np.zeros(space.dimension)
        for each in clips:
            mean += each.vector / len(clips)
        return Statistics(len(clips), mean.astype(np.float32), version)

    def _shelf(self, space: Space) -> _Shelf:
        return self._open.get(space.key) or _Shelf(self._empty_version)

    @property
    def _open(self) -> dict[str, _Shelf]:
        if self._shelves is None:
            raise IndexUnavailable("The index is closed. Open the library again.")
        return self._shelves

    def close(self) -> None:
        self._shelves = None


def _spans(rows: Iterable[StoredRow]) -> dict[Modality, NDArray[np.int64]]:
    """Return the times of clip rows, by modality and in order."""
    times: dict[Modality, list[tuple[int, int]]] = {}
    for row in (each.row for each in rows):
        if row.scope == "clip":
            times.setdefault(row.modality, []).append((row.segment.start_ms, row.segment.end_ms))
    return {modality: np.asarray(sorted(some), dtype=np.int64) for modality, some in times.items()}

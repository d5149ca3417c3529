"""Embeddings made ready to be stored: checked, of unit length, one for each key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import SpaceMismatch, StoreError
from core.model import MODALITIES, Embedding, Segment, Space, Vector
from core.vectors.fields import StoredFields, checked_id, stored_fields
from core.vectors.port import Row, VideoFields, row_key

_UNIT: Final = 2e-7
"""A float32 vector this near to length 1 is as near as float32 gets, and keeps its bits."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredRow:
    """A row with its unit vector."""

    row: Row
    vector: Vector


StoredVideo: TypeAlias = tuple[StoredFields, list[StoredRow]]
"""What all rows of a video say, and the rows."""


def stored_rows(space: Space, video_id: str, embeddings: Sequence[Embedding]) -> list[StoredRow]:
    """Return the rows of a video, in the order given; of two with one key the later one.

    Times become whole milliseconds. Vectors become float32 of unit length.

    Raises: SpaceMismatch where a vector has another dimension; StoreError where one is not finite or
        has no direction, or where a segment is shorter than a millisecond.
    """
    checked_id(video_id)
    if not embeddings:
        return []
    vectors = unit_vectors(space, [each.vector for each in embeddings])
    found: dict[str, StoredRow] = {}
    for embedding, vector in zip(embeddings, vectors, strict=True):
        key = row_key(video_id, embedding)
        segment = whole_ms(embedding.segment)
        found[key] = StoredRow(Row(key, video_id, segment, embedding.modality, embedding.scope), vector)
    return list(found.values())


def stored_videos(
    space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]]
) -> list[StoredVideo]:
    """Return fields and rows of several videos, of one that is named twice the later. Raises: StoreError."""
    found = {
        fields.video_id: (stored_fields(fields), stored_rows(space, fields.video_id, embeddings))
        for fields, embeddings in videos
    }
    return list(found.values())


def unit_vectors(space: Space, vectors: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Return vectors as one (n, dimension) array of unit length. Raises: SpaceMismatch, StoreError."""
    for vector in vectors:
        if vector.shape != (space.dimension,):
            raise SpaceMismatch(
                f"A vector has the shape {vector.shape}, {space.model} has {space.dimension} dimensions. "
                "Index the video again with the engine that is set."
            )
    stacked = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(stacked, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise StoreError("The engine gave a vector that is not finite. Index the video again.")
    if (lengths == 0).any():
        raise StoreError("The engine gave a vector without a direction. Index the video again.")
    scaled = np.where(np.abs(lengths - 1) <= _UNIT, stacked, stacked / lengths)
    return np.ascontiguousarray(scaled, dtype=np.float32)


def query_vectors(space: Space, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors of a search as (n, dimension) of unit length. Raises: SpaceMismatch, StoreError."""
    if vectors.ndim != 2:
        raise SpaceMismatch(f"A search takes vectors of the shape (n, {space.dimension}).")
    return unit_vectors(space, list(vectors)) if len(vectors) else vectors


def whole_ms(segment: Segment) -> Segment:
    """Return the segment as it is stored. Raises: StoreError where nothing of it is left."""
    if segment.start_ms >= segment.end_ms:
        raise StoreError("A segment is shorter than a millisecond. Index the video again.")
    return Segment(segment.start_ms / 1000, segment.end_ms / 1000)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Return rows in order of time, then modality (as `MODALITIES` lists them), then scope."""
    return sorted(
        rows,
        key=lambda row: (
            row.segment.start_ms,
            row.segment.end_ms,
            MODALITIES.index(row.modality),
            row.scope,
        ),
    )

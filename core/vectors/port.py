"""The VectorIndex port: what search and indexing need of a vector store.

A row is one embedding. Its key is made from (video, scope, modality, start, end), so that writing
the same embedding again is harmless. Rows carry every field that a filter can name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.model import Embedding, Filters, Modality, Scope, Segment, Space, Vector


@dataclass(frozen=True, slots=True)
class VideoFields:
    """What the rows of one video say about it, for filters."""

    video_id: str
    duration_s: float
    category: str | None = None
    tags: tuple[str, ...] = ()
    recorded_on: date | None = None
    indexed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One stored embedding, without its vector."""

    key: str
    video_id: str
    segment: Segment
    modality: Modality
    scope: Scope = "clip"


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A row with its raw cosine to one query vector, -1 to 1."""

    row: Row
    cosine: float


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Summary of all clip rows of one modality of a space; never filtered."""

    count: int
    mean: Vector
    """Mean of the stored unit vectors (itself not of unit length); zeros where count is 0."""
    version: int
    """Grows with every change of the space's rows."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoRows:
    """Which clip rows a video has, by their times alone."""

    video_id: str
    version: int
    """Another number after every change of the video's rows, whatever happens to other videos."""
    spans: Mapping[Modality, NDArray[np.int64]]
    """(n, 2) start and end in ms, in order of time; only modalities that have rows."""


def row_key(video_id: str, embedding: Embedding) -> str:
    """Return the primary key of an embedding's row."""
    segment = embedding.segment
    return key_of(video_id, embedding.scope, embedding.modality, segment.start_ms, segment.end_ms)


def key_of(video_id: str, scope: str, modality: str, start_ms: int, end_ms: int) -> str:
    """Return the same from what it is made of."""
    return f"{video_id}:{scope}:{modality}:{start_ms}:{end_ms}"


def video_of(key: str) -> str:
    """Return the id of the video that a row with this key belongs to."""
    return key.rsplit(":", 4)[0]


class VectorReader(Protocol):
    """The reading half: what a search needs.

    Raises: `IndexUnavailable` from any method while the store does not answer, `IndexOutdated` where
    another version laid the space out, `SpaceMismatch` where a vector's dimension is not the space's. Safe
    to call from several threads.
    """

    def search(
        self,
        space: Space,
        modality: Modality,
        vectors: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters | None = None,
    ) -> list[list[ScoredRow]]:
        """Return, per row of ``vectors`` (n, dimension), the clip rows nearest by cosine, best first.

        Exact under every filter, and never fewer than ``limit`` while that many rows satisfy it.
        Ties are ordered by key. One request for all n vectors.
        """
        ...

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of these keys; keys that do not exist are left out."""
        ...

    def rows(self, space: Space, video_id: str, modality: Modality | None = None) -> list[Row]:
        """Return the rows of a video in order of time, then modality."""
        ...

    def rows_of(self, space: Space, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        """Return the clip rows of these videos; those without any row are left out.

        Costs no request: stores keep the times of all rows in memory.
        """
        ...

    def statistics(self, space: Space, modality: Modality) -> Statistics: ...


@runtime_checkable
class VectorIndex(VectorReader, Protocol):
    """Stores and searches the vectors of any number of spaces.

    Writes are serialised by the adapter; raises as the reading half does.
    """

    def replace_video(self, space: Space, fields: VideoFields, embeddings: Sequence[Embedding]) -> int:
        """Make these the only rows of the video in this space, durably; return how many there are."""
        ...

    def replace_videos(self, space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]]) -> int:
        """Do the same for several videos in one write, which is much faster; return how many rows there are.

        Where one of them is refused none is written; of a video that is named twice the later one counts.
        A write that is cut off leaves some of the rows of any of them, and what is left is counted right.
        All are held in memory: some thousand rows are a good size.
        """
        ...

    def make_ready(self, space: Space) -> None:
        """Return once searches of what was written are as exact and as quick as they get.

        Worth calling after the last of many writes. A large server's index is made some seconds after the
        rows were stored; until then it may overlook some of the rows of the last minute under a filter.
        """
        ...

    def update_fields(self, space: Space, fields: VideoFields) -> None:
        """Write changed filter fields to the rows that the video has; a video without rows is fine."""
        ...

    def delete_video(self, video_id: str) -> None:
        """Remove the video's rows from every space."""
        ...

    def count(self, space: Space, video_id: str | None = None) -> int:
        """Return the number of rows, 0 for a space that was never written."""
        ...

    def video_ids(self, space: Space) -> set[str]:
        """Return the videos whose rows are whole: that have some, and whose last write was not cut off."""
        ...

    def drop(self, space: Space) -> None:
        """Remove all rows of a space, in whatever layout they are."""
        ...

    def close(self) -> None: ...

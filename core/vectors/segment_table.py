"""The times of a video's rows as one small text, kept beside its sums.

Which rows a video has is asked at every search; with these tables the answer is in memory and costs Milvus
nothing. Milvus limits a VARCHAR to 65,535 bytes, so a table that is longer is stored in several parts
(a thousand irregular segments take about 5,000 characters).
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Modality, Scope, Segment
from core.vectors.port import Row

SCOPES: Final[tuple[Scope, ...]] = ("clip", "asset")
PART_BYTES: Final = 60_000

SegmentTable: TypeAlias = NDArray[np.int64]
"""(n, 3): place in `SCOPES`, start and end in milliseconds; clips first, each scope in order of time."""


def table_of(rows: Iterable[tuple[str, int, int]]) -> SegmentTable:
    """Return the table of rows given as (scope, start_ms, end_ms)."""
    places = [(SCOPES.index(scope), start, end) for scope, start, end in rows]
    return np.asarray(sorted(places), dtype=np.int64).reshape(-1, 3)


def clip_spans(table: SegmentTable, clips: int) -> NDArray[np.int64]:
    """Return (n, 2) start and end of the clip rows, of which there are so many, in order of time."""
    return table[:clips, 1:]


def rows_in(table: SegmentTable, video_id: str, modality: Modality) -> list[Row]:
    """Return the rows that a table stands for."""
    return [
        Row(
            f"{video_id}:{SCOPES[scope]}:{modality}:{start}:{end}",
            video_id,
            Segment(start / 1000, end / 1000),
            modality,
            SCOPES[scope],
        )
        for scope, start, end in table.tolist()
    ]


def packed(table: SegmentTable) -> list[str]:
    """Return the table as texts of at most `PART_BYTES` bytes each, at least one."""
    # Differences between neighbours are nearly all the same few numbers, which compresses well.
    steps = np.diff(table, axis=0, prepend=np.zeros((1, 3), np.int64))
    steps[:, 2] = table[:, 2] - table[:, 1]
    text = base64.b64encode(zlib.compress(np.ascontiguousarray(steps.T).astype("<i8").tobytes())).decode()
    return [text[start : start + PART_BYTES] for start in range(0, len(text), PART_BYTES)]


def unpacked(parts: Sequence[str]) -> SegmentTable:
    """Return the table that these texts stand for, in their order. Raises: ValueError."""
    try:
        content = zlib.decompress(base64.b64decode("".join(parts), validate=True))
    except zlib.error as exc:
        raise ValueError("a table of segments is damaged") from exc
    steps = np.frombuffer(content, dtype="<i8").astype(np.int64).reshape(3, -1).T
    table = np.cumsum(steps, axis=0)
    table[:, 2] = table[:, 1] + steps[:, 2]
    return table

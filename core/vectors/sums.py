"""What the rows of one video add to a space: the sums of their vectors, and their times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.model import Modality
from core.vectors.schema import to_vector
from core.vectors.segment_table import SegmentTable, table_of


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """What one video adds to one modality: all rows, and the clip rows with the sum of their vectors."""

    clips: int
    vector: NDArray[np.float32]
    table: SegmentTable
    """The times of all rows."""

    @property
    def rows(self) -> int:
        return len(self.table)


Sums = dict[Modality, Sum]


def sums_of(records: Iterable[Mapping[str, Any]], dimension: int) -> dict[str, Sums]:
    """Return the sums per video of records with video_id, modality, scope, times and vector."""
    rows: dict[tuple[str, Modality], list[tuple[str, int, int]]] = {}
    clips: dict[tuple[str, Modality], int] = {}
    totals: dict[tuple[str, Modality], NDArray[np.float64]] = {}
    for record in records:
        place = record["video_id"], record["modality"]
        rows.setdefault(place, []).append((record["scope"], record["start_ms"], record["end_ms"]))
        total = totals.setdefault(place, np.zeros(dimension))
        if record["scope"] == "clip":
            clips[place] = clips.get(place, 0) + 1
            total += to_vector(record)
    found: dict[str, Sums] = {}
    for (video_id, modality), total in totals.items():
        place = video_id, modality
        found.setdefault(video_id, {})[modality] = Sum(
            clips.get(place, 0), total.astype(np.float32), table_of(rows[place])
        )
    return found

"""Vectors for the insights, out of the archive, straight into one array.

The archive gives 100,000 vectors of 512 dimensions in three seconds, where the index takes most of a minute;
and reading it costs the searches of other people nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.errors import ArchiveDamaged, NotFound
from core.insights.sampling import sample_rows
from core.insights.stepping import Report, part_of, tell
from core.model import Modality, Space
from core.model.insights import Points
from core.vectors.archive import Archive

log = logging.getLogger(__name__)

MOST: Final = 100_000
_PLACES: Final = ("start_s", "end_s", "modality", "scope")


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The segments of one video: where they stand in its file, and when they are."""

    rows: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]


def read_points(
    chosen: Sequence[tuple[str, str]],
    archive: Archive,
    space: Space,
    modality: Modality,
    *,
    most: int = MOST,
    seed: int = 0,
    report: Report = None,
) -> Points:
    """Return the clip segments of these videos, each given with its recipe, by video id and time.

    Beyond `most` segments there are as many as that, the same share of every video's, and `total` says how
    many there would be. Times are whole milliseconds, as everywhere in the index. A video whose archive file
    is damaged or gone is left out and logged.
    """
    chosen = sorted(chosen)
    recipes = dict(chosen)
    ids: list[str] = []
    found: list[_Rows] = []
    for number, (video_id, recipe) in enumerate(chosen):
        table = _table(archive, video_id, space, recipe, _PLACES)
        rows = None if table is None else _segments(table, modality)
        if rows is not None and len(rows.rows):
            ids.append(video_id)
            found.append(rows)
        tell(report, 0.3 * (number + 1) / len(chosen))
    video_of = np.repeat(np.arange(len(ids), dtype=np.int32), [len(each.rows) for each in found])
    start_s = np.concatenate([np.zeros(0), *(each.start_s for each in found)])
    end_s = np.concatenate([np.zeros(0), *(each.end_s for each in found)])
    kept = sample_rows(ids, video_of, start_s, most, seed)
    vectors = np.zeros((len(kept), space.dimension), np.float32)
    places = np.concatenate([np.zeros(0, np.int64), *(each.rows for each in found)])[kept]
    owners = video_of[kept]
    filling = part_of(report, 0.3, 1.0)
    for number, start, stop in _stretches(owners, len(ids)):
        table = _table(archive, ids[number], space, recipes[ids[number]], ("vector",))
        if table is not None:
            vectors[start:stop] = _unit(table, places[start:stop], space.dimension)
        tell(filling, stop / len(kept))
    tell(report, 1.0)
    return _without_gaps(
        Points(space.key, modality, tuple(ids), owners, start_s[kept], end_s[kept], vectors, len(video_of))
    )


def _table(
    archive: Archive, video_id: str, space: Space, recipe: str, columns: Sequence[str]
) -> pa.Table | None:
    try:
        return archive.read_table(video_id, space, recipe, columns)[1]
    except (ArchiveDamaged, NotFound):
        log.warning("insights.read_without video=%s space=%s", video_id, space.key, exc_info=True)
        return None


def _segments(table: pa.Table, modality: Modality) -> _Rows:
    """Return the clip segments of a modality by time; of two with equal times the later one, as indexed."""
    start_ms, end_ms = (
        np.rint(table.column(name).to_numpy() * 1000).astype(np.int64) for name in ("start_s", "end_s")
    )
    names = table.column("modality").to_numpy(zero_copy_only=False)
    scopes = table.column("scope").to_numpy(zero_copy_only=False)
    rows = np.flatnonzero((names == modality) & (scopes == "clip") & (end_ms > start_ms))
    rows = rows[np.lexsort((rows, end_ms[rows], start_ms[rows]))]
    starts, ends = start_ms[rows], end_ms[rows]
    last = np.ones(len(rows), bool)
    last[:-1] = (starts[1:] != starts[:-1]) | (ends[1:] != ends[:-1])
    return _Rows(rows[last], starts[last] / 1000, ends[last] / 1000)


def _unit(table: pa.Table, rows: NDArray[np.int64], dimension: int) -> NDArray[np.float32]:
    """Return rows of the vector column at unit length; zeros for those without a direction or not finite."""
    column = table.column("vector").combine_chunks()
    values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, dimension)[rows].astype(np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    sound = np.isfinite(lengths) & (lengths > 0)
    return np.where(sound, values / np.where(sound, lengths, 1.0), 0.0).astype(np.float32)


def _stretches(owners: NDArray[np.int32], videos: int) -> Iterator[tuple[int, int, int]]:
    """Give each video with rows, and where its rows begin and end."""
    edges = np.searchsorted(owners, np.arange(videos + 1))
    for number in range(videos):
        if edges[number] < edges[number + 1]:
            yield number, int(edges[number]), int(edges[number + 1])


def _without_gaps(points: Points) -> Points:
    """Leave out rows without a vector: their file turned out to be damaged."""
    sound = points.vectors.any(axis=1)
    if sound.all():
        return points
    return Points(
        points.space_key,
        points.modality,
        points.video_ids,
        points.video_of[sound],
        points.start_s[sound],
        points.end_s[sound],
        points.vectors[sound],
        points.total - int((~sound).sum()),
    )

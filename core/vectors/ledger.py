"""The exact mean over a space and the times of its rows, kept current at the cost of one video.

Every search needs the mean of all clip vectors of a modality. Reading them all takes 20 s at 100,000
rows on Milvus Lite, so the sum of each video's vectors is stored beside the rows, and the mean of a
space is the sum of a few thousand sums. The times of the video's rows stand there too, so that which rows
a video has is known without asking.

A write is announced by a mark before it touches rows, and the mark goes only when the new sums are
stored. A process that dies between leaves the mark; the next one reads that video's rows again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model import Modality, Space
from core.vectors.client import Client
from core.vectors.expressions import of_video, quoted, with_keys
from core.vectors.port import Row, Statistics, VideoRows
from core.vectors.schema import rows_name, sums_name, to_vector
from core.vectors.segment_table import SegmentTable, clip_spans, packed, rows_in, table_of, unpacked

log = logging.getLogger(__name__)

_MARK: Final = "writing"
_SUM_FIELDS: Final = ("video_id", "modality", "clips", "rows", "vector", "part", "segments")
_COUNTED: Final = ("video_id", "modality", "scope", "start_ms", "end_ms", "vector")


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


class Ledger:
    """The sums of one space. Changed only under the adapter's lock; read without it."""

    def __init__(self, client: Client, space: Space, tick: Callable[[], int]) -> None:
        """Read what is stored, and mend what a dead process left behind. ``tick`` gives new versions."""
        self._client = client
        self._rows_name, self._name = rows_name(space), sums_name(space)
        self._dimension = space.dimension
        self._tick = tick
        self._versions: dict[str, int] = {}
        self._opened = tick()
        videos, marked = self._stored()
        self._set(videos)
        for video_id in marked:
            log.warning("index.sums_mended video=%s", video_id)
            self._recount(video_id)
        if self.rows != client.count(self._rows_name):
            log.warning("index.sums_recounted space=%s", space.key)
            self._recount_all()
        self._version = tick()
        self._known: dict[Modality, Statistics] = {}

    @property
    def rows(self) -> int:
        """Return how many rows the space has."""
        return self._count

    def clips(self, modality: Modality) -> int:
        """Return how many clip rows a modality has."""
        return self.statistics(modality).count

    def has(self, video_id: str) -> bool:
        """Return whether the video has rows."""
        return video_id in self._videos

    def begin(self, video_id: str) -> None:
        """Announce that the rows of a video are about to change."""
        self._client.upsert(self._name, [self._record(video_id, _MARK)])

    def commit(self, video_id: str, sums: Sums) -> None:
        """Store the new sums of a video, after its rows."""
        records = self._records(video_id, sums)
        self._client.upsert(self._name, records)
        before = self._records(video_id, self._videos.get(video_id, {}))
        gone = {one["key"] for one in before} - {one["key"] for one in records}
        self._client.delete(self._name, with_keys(sorted({*gone, f"{video_id}:{_MARK}"})))
        self._versions[video_id] = self._tick()
        # A new dictionary each time: readers may be walking over the old one.
        kept = {name: each for name, each in self._videos.items() if name != video_id}
        self._set({**kept, video_id: sums} if sums else kept)
        self.changed()

    def changed(self) -> None:
        """Give the space a new version."""
        # In this order: whoever finds the new, empty `_known` also finds the new version.
        self._version = self._tick()
        self._known = {}

    def rows_in(self, video_id: str) -> list[Row]:
        """Return all rows of a video."""
        sums = self._videos.get(video_id, {})
        return [row for modality, each in sums.items() for row in rows_in(each.table, video_id, modality)]

    def rows_of(self, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        """Return the clip rows of these videos, as `VectorIndex.rows_of` does."""
        found = {}
        for video_id in video_ids:
            # The version first: a change in between then shows as another version at the next look.
            version = self._versions.get(video_id, self._opened)
            sums = self._videos.get(video_id)
            if sums is not None:
                spans = {
                    modality: clip_spans(each.table, each.clips)
                    for modality, each in sums.items()
                    if each.clips
                }
                found[video_id] = VideoRows(video_id, version, spans)
        return found

    def video_ids(self) -> set[str]:
        """Return the videos that have rows."""
        return set(self._videos)

    def statistics(self, modality: Modality) -> Statistics:
        """Return count and mean of the clip rows of a modality; computed once a version."""
        known = self._known
        if modality not in known:
            known[modality] = self._computed(modality)
        return known[modality]

    def _computed(self, modality: Modality) -> Statistics:
        version = self._version
        sums = [each[modality] for each in self._videos.values() if modality in each]
        count = sum(each.clips for each in sums)
        total = np.zeros(self._dimension)
        for each in sums:
            total += each.vector
        return Statistics(count, (total / max(1, count)).astype(np.float32), version)

    # -- stored sums --

    def _stored(self) -> tuple[dict[str, Sums], set[str]]:
        """Return what is stored, and the videos that have to be counted again."""
        marked: set[str] = set()
        found: dict[tuple[str, Modality], dict[int, Mapping[str, Any]]] = {}
        for record in self._client.query(self._name, f"key != {quoted('')}", _SUM_FIELDS):
            if record["modality"] == _MARK:
                marked.add(record["video_id"])
            else:
                place = record["video_id"], record["modality"]
                found.setdefault(place, {})[record["part"]] = record
        videos: dict[str, Sums] = {}
        for (video_id, modality), parts in found.items():
            try:
                table = unpacked([parts[part]["segments"] for part in sorted(parts)])
            except ValueError:
                marked.add(video_id)
                continue
            first = parts[min(parts)]
            if len(table) != first["rows"]:
                marked.add(video_id)
                continue
            each = Sum(first["clips"], to_vector(first), table)
            videos.setdefault(video_id, {})[modality] = each
        return videos, marked

    def _records(self, video_id: str, sums: Sums) -> list[dict[str, Any]]:
        """Return the records of a video: one per modality, and more where its table is long."""
        return [
            self._record(video_id, modality, each, part, text)
            for modality, each in sums.items()
            for part, text in enumerate(packed(each.table))
        ]

    def _record(
        self, video_id: str, modality: str, each: Sum | None = None, part: int = 0, segments: str = ""
    ) -> dict[str, Any]:
        return {
            "key": f"{video_id}:{modality}" + (f":{part}" if part else ""),
            "video_id": video_id,
            "modality": modality,
            "clips": each.clips if each else 0,
            "rows": each.rows if each else 0,
            "vector": each.vector if each and not part else np.zeros(self._dimension, np.float32),
            "part": part,
            "segments": segments,
        }

    def _recount(self, video_id: str) -> None:
        records = self._client.pages(self._rows_name, of_video(video_id), _COUNTED)
        self.commit(video_id, sums_of(records, self._dimension).get(video_id, {}))

    def _recount_all(self) -> None:
        records = self._client.pages(self._rows_name, f"key != {quoted('')}", _COUNTED)
        videos = sums_of(records, self._dimension)
        self._client.delete(self._name, f"key != {quoted('')}")
        stored = [record for video_id, sums in videos.items() for record in self._records(video_id, sums)]
        self._client.upsert(self._name, stored)
        self._set(videos)

    def _set(self, videos: dict[str, Sums]) -> None:
        self._videos = videos
        self._count = sum(each.rows for sums in videos.values() for each in sums.values())

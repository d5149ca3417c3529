"""The exact mean over a space, kept current at the cost of the one video that changes.

Every search needs the mean of all clip vectors of a modality. Reading them all takes 20 s at 100,000
rows on Milvus Lite, so the sum of each video's vectors is stored beside the rows, and the mean of a
space is the sum of a few thousand sums.

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
from core.vectors.port import Statistics
from core.vectors.schema import rows_name, sums_name, to_vector

log = logging.getLogger(__name__)

_MARK: Final = "writing"
_SUM_FIELDS: Final = ("video_id", "modality", "clips", "rows", "vector")


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """What one video adds to one modality: all rows, and the clip rows with the sum of their vectors."""

    rows: int
    clips: int
    vector: NDArray[np.float32]


Sums = dict[Modality, Sum]


def sums_of(records: Iterable[Mapping[str, Any]], dimension: int) -> dict[str, Sums]:
    """Return the sums per video of records with video_id, modality, scope and vector."""
    rows: dict[tuple[str, Modality], int] = {}
    clips: dict[tuple[str, Modality], int] = {}
    totals: dict[tuple[str, Modality], NDArray[np.float64]] = {}
    for record in records:
        place = record["video_id"], record["modality"]
        rows[place] = rows.get(place, 0) + 1
        total = totals.setdefault(place, np.zeros(dimension))
        if record["scope"] == "clip":
            clips[place] = clips.get(place, 0) + 1
            total += to_vector(record)
    found: dict[str, Sums] = {}
    for (video_id, modality), total in totals.items():
        place = video_id, modality
        found.setdefault(video_id, {})[modality] = Sum(
            rows[place], clips.get(place, 0), total.astype(np.float32)
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

    def has(self, video_id: str) -> bool:
        """Return whether the video has rows."""
        return video_id in self._videos

    def begin(self, video_id: str) -> None:
        """Announce that the rows of a video are about to change."""
        mark = {"key": f"{video_id}:{_MARK}", "modality": _MARK, "clips": 0, "rows": 0}
        blank = np.zeros(self._dimension, dtype=np.float32)
        self._client.upsert(self._name, [{**mark, "video_id": video_id, "vector": blank}])

    def commit(self, video_id: str, sums: Sums) -> None:
        """Store the new sums of a video, after its rows."""
        self._store({video_id: sums})
        gone = [f"{video_id}:{name}" for name in {*self._videos.get(video_id, ()), _MARK} - {*sums}]
        self._client.delete(self._name, with_keys(sorted(gone)))
        # A new dictionary each time: readers may be walking over the old one.
        kept = {name: each for name, each in self._videos.items() if name != video_id}
        self._set({**kept, video_id: sums} if sums else kept)
        self.changed()

    def changed(self) -> None:
        """Give the space a new version."""
        # In this order: whoever finds the new, empty `_known` also finds the new version.
        self._version = self._tick()
        self._known = {}

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

    def _stored(self) -> tuple[dict[str, Sums], list[str]]:
        videos: dict[str, Sums] = {}
        marked = []
        for record in self._client.query(self._name, f"key != {quoted('')}", _SUM_FIELDS):
            if record["modality"] == _MARK:
                marked.append(record["video_id"])
            else:
                each = Sum(record["rows"], record["clips"], to_vector(record))
                videos.setdefault(record["video_id"], {})[record["modality"]] = each
        return videos, marked

    def _store(self, videos: Mapping[str, Sums]) -> None:
        records = [
            {
                "key": f"{video_id}:{modality}",
                "video_id": video_id,
                "modality": modality,
                "rows": each.rows,
                "clips": each.clips,
                "vector": each.vector,
            }
            for video_id, sums in videos.items()
            for modality, each in sums.items()
        ]
        self._client.upsert(self._name, records)

    def _recount(self, video_id: str) -> None:
        fields = ("video_id", "modality", "scope", "vector")
        records = self._client.pages(self._rows_name, of_video(video_id), fields)
        self.commit(video_id, sums_of(records, self._dimension).get(video_id, {}))

    def _recount_all(self) -> None:
        fields = ("video_id", "modality", "scope", "vector")
        records = self._client.pages(self._rows_name, f"key != {quoted('')}", fields)
        videos = sums_of(records, self._dimension)
        self._client.delete(self._name, f"key != {quoted('')}")
        self._store(videos)
        self._set(videos)

    def _set(self, videos: dict[str, Sums]) -> None:
        self._videos = videos
        self._count = sum(each.rows for sums in videos.values() for each in sums.values())

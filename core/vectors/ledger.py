"""The exact mean over a space and the times of its rows, kept current at the cost of one video.

Every search needs the mean of all clip vectors of a modality. Reading them all takes 20 s at 100,000
rows on Milvus Lite, so the sum of each video's vectors is stored beside the rows, and the mean of a
space is the sum of a few thousand sums. The times of the video's rows stand there too, so that which rows
a video has is known without asking.

A write is announced by a mark before it touches rows, and the mark goes only when the new sums are
stored. A process that dies between leaves the mark; the next one reads that video's rows again. It leaves
the mark where it is: some rows may be missing, and only whoever writes the whole video ends that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.model import Modality, Space
from core.vectors.client import BATCH, Client
from core.vectors.expressions import of_videos, quoted, with_keys
from core.vectors.port import Row, Statistics, VideoRows
from core.vectors.schema import rows_name, sums_name, to_vector
from core.vectors.segment_table import clip_spans, packed, rows_in, unpacked
from core.vectors.sums import Sum, Sums, sums_of

log = logging.getLogger(__name__)

_MARK: Final = "writing"
_SUM_FIELDS: Final = ("video_id", "modality", "clips", "rows", "vector", "part", "segments")
_COUNTED: Final = ("video_id", "modality", "scope", "start_ms", "end_ms", "vector")


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
        videos, self._unfinished, damaged = self._stored()
        self._set(videos)
        if self._unfinished or damaged:
            log.warning(
                "index.sums_mended space=%s cut_off=%d damaged=%d",
                space.key,
                len(self._unfinished),
                len(damaged),
            )
            self._recount(sorted(self._unfinished | damaged))
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

    def rows_in_video(self, video_id: str) -> int:
        """Return how many rows a video has."""
        return sum(each.rows for each in self._videos.get(video_id, {}).values())

    def begin(self, video_ids: Iterable[str]) -> None:
        """Announce that the rows of these videos are about to change."""
        self._client.upsert(self._name, [self._record(video_id, _MARK) for video_id in video_ids])

    def commit(self, videos: Mapping[str, Sums]) -> None:
        """Store the new sums of these videos, after their rows; a video without sums has no rows any more."""
        self._keep(videos)
        self._delete(f"{video_id}:{_MARK}" for video_id in videos)
        self._unfinished = self._unfinished.difference(videos)

    def changed(self, video_id: str = "") -> None:
        """Give the space, and the rows of a video, a new version."""
        if video_id:
            self._versions[video_id] = self._tick()
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
            if sums is None:
                continue
            # A search asks a dozen times, mostly for the same videos.
            known = self._asked.get(video_id)
            if known is None or known[0] is not sums or known[1].version != version:
                known = self._asked[video_id] = (sums, _clips_of(video_id, version, sums))
            found[video_id] = known[1]
        return found

    def video_ids(self) -> set[str]:
        """Return the videos that have rows, without those whose last write was cut off."""
        return set(self._videos).difference(self._unfinished)

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

    def _stored(self) -> tuple[dict[str, Sums], frozenset[str], set[str]]:
        """Return what is stored, the videos whose last write was cut off, and those with damaged sums."""
        marked: set[str] = set()
        damaged: set[str] = set()
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
                damaged.add(video_id)
                continue
            first = parts[min(parts)]
            if len(table) != first["rows"]:
                damaged.add(video_id)
                continue
            each = Sum(first["clips"], to_vector(first), table)
            videos.setdefault(video_id, {})[modality] = each
        return videos, frozenset(marked), damaged

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

    def _keep(self, videos: Mapping[str, Sums]) -> None:
        records = [one for video_id, sums in videos.items() for one in self._records(video_id, sums)]
        self._client.upsert(self._name, records)
        known = {video_id: self._videos.get(video_id, {}) for video_id in videos}
        before = {one["key"] for video_id, sums in known.items() for one in self._records(video_id, sums)}
        self._delete(before - {one["key"] for one in records})
        # A new dictionary each time: readers may be walking over the old one.
        self._set({name: sums for name, sums in {**self._videos, **videos}.items() if sums})
        # The sums first: who reads them under the former version looks again when it finds the new one.
        self._versions.update(dict.fromkeys(videos, self._tick()))
        self.changed()

    def _delete(self, keys: Iterable[str]) -> None:
        gone = sorted(keys)
        for start in range(0, len(gone), BATCH):
            self._client.delete(self._name, with_keys(gone[start : start + BATCH]))

    def _recount(self, video_ids: Sequence[str]) -> None:
        """Count the rows of these videos again; a mark stays until somebody writes the whole video."""
        for start in range(0, len(video_ids), BATCH):
            some = video_ids[start : start + BATCH]
            sums = sums_of(self._client.pages(self._rows_name, of_videos(some), _COUNTED), self._dimension)
            self._keep({video_id: sums.get(video_id, {}) for video_id in some})

    def _recount_all(self) -> None:
        records = self._client.pages(self._rows_name, f"key != {quoted('')}", _COUNTED)
        videos = sums_of(records, self._dimension)
        self._client.delete(self._name, f"modality != {quoted(_MARK)}")
        stored = [record for video_id, sums in videos.items() for record in self._records(video_id, sums)]
        self._client.upsert(self._name, stored)
        self._set(videos)

    def _set(self, videos: dict[str, Sums]) -> None:
        self._videos = videos
        self._asked: dict[str, tuple[Sums, VideoRows]] = {}
        """What `rows_of` made of the sums of a video."""
        self._count = sum(each.rows for sums in videos.values() for each in sums.values())


def _clips_of(video_id: str, version: int, sums: Sums) -> VideoRows:
    spans = {modality: clip_spans(each.table, each.clips) for modality, each in sums.items() if each.clips}
    return VideoRows(video_id, version, spans)

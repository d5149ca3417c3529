"""Segments of different modalities joined by overlapping time, video by video.

Engines do not promise equal boundaries, so an audio row [0, 10) has to meet the visual rows [0, 6) and
[6, 10). What is ranked are therefore joined segments:

- The rows of the first searched modality that a video has (visual before audio) are its segments.
- A row of a later modality with the boundaries of such a segment belongs to it alone, and it to that row.
- Any other row joins every segment, still without one of its own modality, that it overlaps by at least
  half of the shorter of the two; slivers from rounded boundaries join nothing.
- A row that joins none is a segment of its own, so no row is ever out of reach.
- A modality's cosine of a segment is the mean over its joined rows, weighted by overlap. A maximum would
  favour segments that meet many rows: it would no longer be centred at 0.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from core.model import Embedding, Filters, Modality, Segment, Space, Vector
from core.vectors.port import Row, VectorIndex, row_key

LISTED_AT_ONCE: Final = 8_192
"""Rows that one listing may return; Milvus answers at most 16,384."""
_VIDEOS_AT_ONCE: Final = 64
_VIDEOS_KEPT: Final = 2_048
_NO_VECTOR: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class JoinedSegment:
    """What is ranked: a segment with the rows of every searched modality that belong to it."""

    video_id: str
    segment: Segment
    key: str
    """Key of the row that gave the boundaries. Orders segments of equal score, as it does rows."""
    rows: Mapping[Modality, tuple[tuple[str, float], ...]]
    """Row keys with their portions, which add up to 1 per modality."""

    def row_keys(self) -> list[str]:
        """Return the keys of all its rows."""
        return [key for some in self.rows.values() for key, _ in some]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The joined segments of one video in order of time."""

    segments: tuple[JoinedSegment, ...]
    places: Mapping[str, int]
    """Where a segment is, by its key."""
    by_row: Mapping[str, tuple[int, ...]]
    """Where the segments are that a row belongs to."""
    row_counts: Mapping[Modality, int]


Rows: TypeAlias = Mapping[Modality, Sequence[Row]]


def key_of(video_id: str, segment: Segment, modality: Modality) -> str:
    """Return the key of the clip row with these boundaries, whether or not there is one."""
    return row_key(video_id, Embedding(_NO_VECTOR, segment, modality))


def join(rows: Rows, modalities: Sequence[Modality]) -> Timeline:
    """Return the timeline that the rows of one video make; earlier modalities give the boundaries."""
    bases: list[Row] = []
    joined: list[dict[Modality, list[tuple[Row, int]]]] = []
    for modality in modalities:
        alone: list[Row] = []
        own = sorted(rows.get(modality, ()), key=lambda row: (row.segment, row.key))
        exact = _with_same_boundaries(bases, own)
        for place, row in exact.items():
            joined[place][modality] = [(row, 1)]
        taken = {row.key for row in exact.values()}
        reach = _Reach([(base, place) for place, base in enumerate(bases) if place not in exact])
        for row in (row for row in own if row.key not in taken):
            met = reach.met_by(row)
            for place, overlap_ms in met:
                joined[place].setdefault(modality, []).append((row, overlap_ms))
            if not met:
                alone.append(row)
        bases += alone
        joined += [{modality: [(row, 1)]} for row in alone]
    return _timeline(bases, joined, {modality: len(rows.get(modality, ())) for modality in modalities})


def _with_same_boundaries(bases: Sequence[Row], rows: Sequence[Row]) -> dict[int, Row]:
    """Return the place of the segment that each row with its very boundaries belongs to."""
    places = {_boundaries(base): place for place, base in reversed(list(enumerate(bases)))}
    return {places[_boundaries(row)]: row for row in rows if _boundaries(row) in places}


def _boundaries(row: Row) -> tuple[int, int]:
    return row.segment.start_ms, row.segment.end_ms


def _timeline(
    bases: Sequence[Row],
    joined: Sequence[Mapping[Modality, list[tuple[Row, int]]]],
    row_counts: Mapping[Modality, int],
) -> Timeline:
    segments: list[JoinedSegment] = []
    by_row: dict[str, list[int]] = {}
    for i in sorted(range(len(bases)), key=lambda i: (bases[i].segment, bases[i].key)):
        base = bases[i]
        portions = {modality: _portions(met) for modality, met in joined[i].items()}
        segment = JoinedSegment(base.video_id, base.segment, base.key, portions)
        for key in segment.row_keys():
            by_row.setdefault(key, []).append(len(segments))
        segments.append(segment)
    return Timeline(
        tuple(segments),
        {segment.key: place for place, segment in enumerate(segments)},
        {key: tuple(places) for key, places in by_row.items()},
        row_counts,
    )


def _portions(met: list[tuple[Row, int]]) -> tuple[tuple[str, float], ...]:
    total = sum(overlap for _, overlap in met)
    return tuple((row.key, overlap / total) for row, overlap in met)


class _Reach:
    """Finds the segments that a row overlaps by at least half of the shorter of the two."""

    def __init__(self, bases: Sequence[tuple[Row, int]]) -> None:
        """``bases`` are rows with their places."""
        spans = [(*_boundaries(base), place) for base, place in bases]
        self._spans = sorted(spans)
        self._starts = [start for start, _, _ in self._spans]
        self._longest = max((end - start for start, end, _ in spans), default=0)

    def met_by(self, row: Row) -> list[tuple[int, int]]:
        """Return (place, overlap in ms) of each segment met."""
        start, end = _boundaries(row)
        first = bisect_left(self._starts, start - self._longest)
        last = bisect_left(self._starts, end)
        met = []
        for base_start, base_end, place in self._spans[first:last]:
            overlap = min(end, base_end) - max(start, base_start)
            if overlap > 0 and 2 * overlap >= min(end - start, base_end - base_start):
                met.append((place, overlap))
        return met


class Timelines:
    """Timelines of any number of videos, kept until the index changes.

    Several videos are listed by one search per modality, filtered to them: the store reads all rows
    once, where asking video by video would read them once each.
    """

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, tuple[Modality, ...], str], Timeline] = OrderedDict()

    def one(self, space: Space, modalities: Sequence[Modality], video_id: str) -> Timeline:
        """Return the timeline of one video, read afresh; without segments where it has no rows."""
        rows: dict[Modality, list[Row]] = {}
        for row in self._index.rows(space, video_id):
            if row.scope == "clip":
                rows.setdefault(row.modality, []).append(row)
        return join(rows, modalities)

    def load(
        self,
        space: Space,
        version: int,
        directions: Mapping[Modality, Vector],
        video_ids: Iterable[str],
    ) -> dict[str, Timeline]:
        """Return the timelines of these videos at this version of the index.

        ``directions`` holds a unit vector per searched modality, in the order in which they join.
        """
        modalities = tuple(directions)
        wanted = list(dict.fromkeys(video_ids))
        found: dict[str, Timeline] = {}
        with self._guard:
            for video_id in wanted:
                name = (space.key, version, modalities, video_id)
                if name in self._kept:
                    self._kept.move_to_end(name)
                    found[video_id] = self._kept[name]
        missing = [video_id for video_id in wanted if video_id not in found]
        for start in range(0, len(missing), _VIDEOS_AT_ONCE):
            some = missing[start : start + _VIDEOS_AT_ONCE]
            if len(some) == 1:
                found[some[0]] = self.one(space, modalities, some[0])
                continue
            listed = {m: self._list(space, m, directions[m], some) for m in modalities}
            for video_id in some:
                found[video_id] = join({m: rows.get(video_id, []) for m, rows in listed.items()}, modalities)
        with self._guard:
            for video_id in missing:
                self._kept[(space.key, version, modalities, video_id)] = found[video_id]
            while len(self._kept) > _VIDEOS_KEPT:
                self._kept.popitem(last=False)
        return found

    def _list(
        self, space: Space, modality: Modality, direction: Vector, video_ids: list[str]
    ) -> dict[str, list[Row]]:
        if len(video_ids) == 1:
            rows = self._index.rows(space, video_ids[0], modality)
            return {video_ids[0]: [row for row in rows if row.scope == "clip"]}
        (hits,) = self._index.search(
            space,
            modality,
            np.asarray(direction, np.float32)[np.newaxis],
            limit=LISTED_AT_ONCE,
            filters=Filters(video_ids=tuple(video_ids)),
        )
        if len(hits) >= LISTED_AT_ONCE:
            half = len(video_ids) // 2
            first = self._list(space, modality, direction, video_ids[:half])
            return first | self._list(space, modality, direction, video_ids[half:])
        listed: dict[str, list[Row]] = {}
        for hit in hits:
            listed.setdefault(hit.row.video_id, []).append(hit.row)
        return listed

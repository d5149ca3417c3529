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
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np

from core.model import Embedding, Modality, Segment, Space, Vector
from core.vectors.port import Row, VectorReader, VideoRows, row_key

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


def even(video: VideoRows, modalities: Sequence[Modality]) -> tuple[Modality, ...] | None:
    """Return the modalities that a video has, where all of them are cut alike; None where they are not.

    Every row is then joined with those of the very same boundaries, which needs no timeline to be told.
    """
    present = tuple(modality for modality in modalities if modality in video.spans)
    alike = all(np.array_equal(video.spans[present[0]], video.spans[other]) for other in present[1:])
    return present if alike else None


@lru_cache(maxsize=32_768)  # A search lists a thousand rows, the next one mostly the same.
def joined_evenly(video_id: str, segment: Segment, present: tuple[Modality, ...]) -> JoinedSegment:
    """Return the segment that rows with the same boundaries in these modalities make."""
    times = f"{segment.start_ms}:{segment.end_ms}"
    rows = {modality: ((f"{video_id}:clip:{modality}:{times}", 1.0),) for modality in present}
    return JoinedSegment(video_id, segment, rows[present[0]][0][0], rows)


def timeline_of(video: VideoRows, modalities: Sequence[Modality]) -> Timeline:
    """Return the timeline of a video from the times of its rows."""
    present = even(video, modalities)
    if not present:
        rows: dict[Modality, list[Row]] = {m: _rows(video, m) for m in modalities if m in video.spans}
        return join(rows, modalities)
    spans = video.spans[present[0]].tolist()
    segments = tuple(
        joined_evenly(video.video_id, Segment(start / 1000, end / 1000), present) for start, end in spans
    )
    return Timeline(
        segments,
        {segment.key: place for place, segment in enumerate(segments)},
        {key: (place,) for place, segment in enumerate(segments) for key in segment.row_keys()},
        {modality: len(segments) if modality in present else 0 for modality in modalities},
    )


def _rows(video: VideoRows, modality: Modality) -> list[Row]:
    segments = [Segment(start / 1000, end / 1000) for start, end in video.spans[modality].tolist()]
    return [
        Row(key_of(video.video_id, segment, modality), video.video_id, segment, modality)
        for segment in segments
    ]


class Timelines:
    """Timelines of any number of videos, each kept until that video's rows change.

    They are made of what the index has in memory, so they cost no request.
    """

    def __init__(self, index: VectorReader) -> None:
        self._index = index
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, tuple[Modality, ...], str], tuple[int, Timeline]] = OrderedDict()

    def one(self, space: Space, modalities: Sequence[Modality], video_id: str) -> Timeline:
        """Return the timeline of one video; without segments where it has no rows."""
        return self._load(space, tuple(modalities), [video_id])[video_id]

    def load(
        self,
        space: Space,
        version: int,
        directions: Mapping[Modality, Vector],
        video_ids: Iterable[str],
    ) -> dict[str, Timeline]:
        """Return the timelines of these videos, as their rows are now.

        The modalities in ``directions`` join in that order. A ``version`` needs no minding: a video that
        did not change keeps its timeline through all of them.
        """
        return self._load(space, tuple(directions), list(dict.fromkeys(video_ids)))

    def _load(
        self, space: Space, modalities: tuple[Modality, ...], video_ids: Sequence[str]
    ) -> dict[str, Timeline]:
        videos = self._index.rows_of(space, video_ids)
        found: dict[str, Timeline] = {}
        for video_id in video_ids:
            video = videos.get(video_id)
            found[video_id] = join({}, modalities) if video is None else self._of(space, modalities, video)
        return found

    def _of(self, space: Space, modalities: tuple[Modality, ...], video: VideoRows) -> Timeline:
        name = (space.key, modalities, video.video_id)
        with self._guard:
            version, known = self._kept.get(name, (None, None))
            if known is not None and version == video.version:
                self._kept.move_to_end(name)
                return known
        made = timeline_of(video, modalities)
        with self._guard:
            self._kept[name] = (video.version, made)
            while len(self._kept) > _VIDEOS_KEPT:
                self._kept.popitem(last=False)
        return made

"""How videos are cut, as far as a ranking needs to know it: which segments a listed row belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from core.model import Modality, Space
from core.search.timelines import JoinedSegment, Timeline, even, joined_evenly
from core.vectors.port import Row, VectorReader

LoadTimelines: TypeAlias = Callable[[Iterable[str]], Mapping[str, Timeline]]
"""Gives the timelines of some videos."""


class Cuts:
    """Answers from the times of rows that the index has in memory.

    Where all modalities of a video are cut alike, as engines usually do, no timeline has to be made.
    """

    def __init__(
        self, index: VectorReader, space: Space, modalities: Sequence[Modality], load: LoadTimelines
    ) -> None:
        """``modalities`` are those that join, in their order; ``load`` gives their timelines."""
        self._index = index
        self._space = space
        self._modalities = tuple(modalities)
        self._load = load
        self._even: dict[str, tuple[Modality, ...]] = {}
        """Of videos that are cut alike, the modalities that they have."""
        self._timelines: dict[str, Timeline] = {}
        """Of all others."""

    def look_up(self, video_ids: Iterable[str]) -> None:
        """Find out how these videos are cut."""
        new = [v for v in dict.fromkeys(video_ids) if v not in self._even and v not in self._timelines]
        videos = self._index.rows_of(self._space, new)
        uneven = []
        for video_id in new:
            present = even(videos[video_id], self._modalities) if video_id in videos else None
            if present:
                self._even[video_id] = present
            else:
                uneven.append(video_id)
        if uneven:
            self._timelines.update(self._load(uneven))

    def segments_of(self, row: Row) -> Sequence[JoinedSegment]:
        """Return what a row of a video that was looked up belongs to; nothing where it is gone by now."""
        present = self._even.get(row.video_id)
        if present is not None:
            return (joined_evenly(row.video_id, row.segment, present),)
        timeline = self._timelines[row.video_id]
        return [timeline.segments[place] for place in timeline.by_row.get(row.key, ())]

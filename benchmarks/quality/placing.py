"""Where the items of a set lie in the library: videos, segments and units.

A *unit* is what can be found: a segment with the rows of every modality that belong to it, joined as the
search joins them. It stands for all its items, so it is relevant where any of them is, and counts once in
every list, of ours and of the plain ways alike. Without a second modality every item is a unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.fields import ItemFields
from core.model import MODALITIES, Modality, Segment
from core.search.timelines import join, key_of
from core.vectors.port import Row

APART_S: Final = 60.0
"""Between made-up segments: further than any gap that is merged."""
_LENGTH_S: Final = 4.0
_MADE_UP: Final = (1, 1, 2, 5, 10, 20, 50)
"""Items of the first made-up videos: small ones, so that filters may select little."""
_PER_VIDEO: Final = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item lies."""

    video: str
    """As the index calls it."""
    segment: Segment
    modality: Modality


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be found."""

    video: str
    segment: Segment
    members: Mapping[Modality, tuple[tuple[int, float], ...]]
    """Items with their portions, which add up to 1 per modality."""

    @property
    def items(self) -> list[int]:
        return [item for some in self.members.values() for item, _ in some]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A whole set with its items in their places."""

    places: Sequence[Place]
    units: Sequence[Unit]
    unit_at: Mapping[tuple[str, int, int], int]
    """By video and boundaries in milliseconds."""
    units_of: Sequence[tuple[int, ...]]
    """By item."""
    category: Mapping[str, str | None]
    """By video."""
    modalities: tuple[Modality, ...]
    made_up: bool
    """Whether nothing was said of videos."""
    notes: tuple[str, ...]

    def relevant_units(self, items: frozenset[int]) -> frozenset[int]:
        return frozenset(unit for item in items for unit in self.units_of[item])


def place(fields: ItemFields, kept: NDArray[np.int64] | None = None) -> Placed:
    """Return where all items lie; with ``kept`` only these are in the library."""
    count = len(fields.modality)
    present = np.arange(count) if kept is None else kept
    notes: list[str] = []
    videos = _videos(fields, notes)
    times = _times(fields, videos, notes)
    places = [
        Place(video, Segment(*time), modality)
        for video, time, modality in zip(videos, times, fields.modality, strict=True)
    ]
    modalities = tuple(m for m in MODALITIES if m in set(fields.modality))
    units = _units(places, present.tolist(), modalities)
    units_of: list[list[int]] = [[] for _ in range(count)]
    for number, unit in enumerate(units):
        for item in unit.items:
            units_of[item].append(number)
    category = fields.category or [None] * count
    return Placed(
        places=places,
        units=units,
        unit_at={_at(unit.video, unit.segment): number for number, unit in enumerate(units)},
        units_of=[tuple(some) for some in units_of],
        category={videos[item]: category[item] for item in range(count)},
        modalities=modalities,
        made_up=fields.video is None,
        notes=tuple(notes),
    )


def _at(video: str, segment: Segment) -> tuple[str, int, int]:
    return video, segment.start_ms, segment.end_ms


def _videos(fields: ItemFields, notes: list[str]) -> list[str]:
    """Return each item's video under a name that the index can keep; a video has one category."""
    count = len(fields.modality)
    category = fields.category or [None] * count
    if fields.video is not None:
        whole = [(video, None) for video in fields.video]
        apart = list(zip(fields.video, category, strict=True))
        if len(set(apart)) > len(set(whole)):
            notes.append("Videos with items of several categories were split: one has one category here.")
        names = {one: f"v{number:06d}" for number, one in enumerate(dict.fromkeys(apart))}
        return [names[one] for one in apart]
    # At random, so that a made-up video says nothing of what it shows.
    order = np.random.default_rng(11).permutation(count)
    ends = np.cumsum([*_MADE_UP, *[_PER_VIDEO] * (count // _PER_VIDEO + 1)])
    made: list[str] = [""] * count
    known: dict[tuple[int, str | None], str] = {}
    for rank, item in enumerate(order.tolist()):
        video = int(np.searchsorted(ends, rank, side="right"))
        made[item] = known.setdefault((video, category[item]), f"v{len(known):06d}")
    return made


def _times(fields: ItemFields, videos: Sequence[str], notes: list[str]) -> list[tuple[float, float]]:
    """Return each item's segment; no two items of a modality share one."""
    ends: dict[str, float] = {}
    if fields.times is not None:
        for video, (_, end_s) in zip(videos, fields.times, strict=True):
            ends[video] = max(ends.get(video, 0.0), end_s)
    taken: set[tuple[str, Modality, int, int]] = set()
    moved = 0
    found = []
    for item, video in enumerate(videos):
        time = fields.times[item] if fields.times is not None else None
        if time is not None:
            key = (video, fields.modality[item], round(1000 * time[0]), round(1000 * time[1]))
            if key in taken:
                time = None
                moved += 1
            taken.add(key)
        if time is None:
            start_s = ends.get(video, 0.0) + APART_S
            time = (start_s, start_s + _LENGTH_S)
            ends[video] = time[1]
        found.append(time)
    if moved:
        notes.append(f"{moved} items have the segment of another item; they were moved behind their video.")
    return found


def _units(places: Sequence[Place], present: Sequence[int], modalities: Sequence[Modality]) -> list[Unit]:
    item_of: dict[str, int] = {}
    rows: dict[str, dict[Modality, list[Row]]] = {}
    for item in present:
        one = places[item]
        key = key_of(one.video, one.segment, one.modality)
        item_of[key] = item
        row = Row(key, one.video, one.segment, one.modality)
        rows.setdefault(one.video, {}).setdefault(one.modality, []).append(row)
    used = [modality for modality in modalities if any(modality in some for some in rows.values())]
    return [
        Unit(
            video,
            joined.segment,
            {
                modality: tuple((item_of[key], portion) for key, portion in members)
                for modality, members in joined.rows.items()
            },
        )
        for video, of_video in rows.items()
        for joined in join(of_video, used).segments
    ]

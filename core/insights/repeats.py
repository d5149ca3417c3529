"""The same footage more than once: copies of whole videos, and stretches that are used again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import numpy as np

from core.insights.repeat_aligning import Stretch, Strip, align
from core.insights.repeat_candidates import candidate_pairs
from core.model.insights import Points
from core.model.vectors import Segment

WHOLE: Final = 0.9
"""A video is a copy of another where stretches of that cover this share of it."""


@dataclass(frozen=True, slots=True)
class VideoFile:
    """What decides which of several copies is kept."""

    duration_s: float
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatMember:
    """One place of a group."""

    video_id: str
    segment: Segment
    """All of it that is repeated within the group, from its first second to its last."""


@dataclass(frozen=True, slots=True)
class RepeatGroup:
    """Places that show the same."""

    kind: Literal["videos", "stretches"]
    """"videos": all but what is kept are copies as a whole; "stretches": parts of videos are used again."""
    members: tuple[RepeatMember, ...]
    """The kept one first, then by video and time."""
    keep: str
    """The longest video, among equals (within a second) the largest file, then the oldest."""
    delete: tuple[str, ...]
    """Videos of which stretches that others of the group, better to keep, show as well cover 90 %."""
    saved_minutes: float
    """Minutes of the videos in `delete`, as long as they are."""
    repeated_minutes: float
    """Minutes of all members less those of the longest."""
    cosine: float
    """The least mean cosine of the stretches that the group was made from."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The groups, those that save most first, and the stretches that they come from."""

    groups: tuple[RepeatGroup, ...]
    stretches: tuple[Stretch, ...]
    """Pairs of places, by index into the points' videos."""
    line: float
    """The cosine that aligned segments had to reach, told by the collection itself."""


def find_repeats(
    points: Points, files: Mapping[str, VideoFile], report: Callable[[float], None] | None = None
) -> Repeats:
    """Return what is in the footage more than once. Rows may come in any order."""
    points = _ordered(points)
    pairs, line = candidate_pairs(points, None if report is None else lambda done: report(0.7 * done))
    begins = np.searchsorted(points.video_of, np.arange(len(points.video_ids) + 1))

    def strip(video: int) -> Strip:
        part = slice(begins[video], begins[video + 1])
        return Strip(points.start_s[part], points.end_s[part], points.vectors[part].astype(np.float64))

    found: list[Stretch] = []
    for number, (first, second) in enumerate(pairs.tolist()):
        if report is not None:
            report(0.7 + 0.3 * number / len(pairs))
        found.extend(align(strip(first), strip(second), line, (first, second)))
    return Repeats(_groups(points.video_ids, files, found), tuple(found), line)


def _ordered(points: Points) -> Points:
    order = np.lexsort((points.end_s, points.start_s, points.video_of))
    if (order == np.arange(len(order))).all():
        return points
    return replace(
        points,
        video_of=points.video_of[order],
        start_s=points.start_s[order],
        end_s=points.end_s[order],
        vectors=points.vectors[order],
    )


def _groups(
    ids: Sequence[str], files: Mapping[str, VideoFile], found: Sequence[Stretch]
) -> tuple[RepeatGroup, ...]:
    by_pair: dict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for stretch in found:
        by_pair[stretch.first, stretch.second].append(stretch)
    whole: list[Stretch] = []
    parts: list[Stretch] = []
    for (first, second), stretches in by_pair.items():
        seconds = sum(stretch.seconds for stretch in stretches)
        shorter = min(files[ids[first]].duration_s, files[ids[second]].duration_s)
        (whole if seconds >= WHOLE * shorter else parts).extend(stretches)
    copies = _together(whole, lambda one, other: True)
    groups = [_video_group(ids, files, some) for some in copies]
    # Copies of one video share stretches with each other as well; their group says that already.
    group_of = {video: n for n, some in enumerate(copies) for s in some for video in (s.first, s.second)}
    parts = [s for s in parts if s.first not in group_of or group_of[s.first] != group_of.get(s.second)]
    groups += [_stretch_group(ids, files, some) for some in _together(parts, _share_time)]
    return tuple(sorted(groups, key=lambda g: (-g.saved_minutes, -g.repeated_minutes, g.members[0].video_id)))


def _together(
    stretches: Sequence[Stretch], joined: Callable[[tuple[float, float], tuple[float, float]], bool]
) -> list[list[Stretch]]:
    """Return the stretches by connected groups (union-find): those that meet in a video and are joined."""
    parent = list(range(len(stretches)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    places: dict[int, list[tuple[tuple[float, float], int]]] = defaultdict(list)
    for number, stretch in enumerate(stretches):
        for video, place in _places(stretch):
            for other, before in places[video]:
                if joined(place, other):
                    parent[root(number)] = root(before)
            places[video].append((place, number))
    groups: dict[int, list[Stretch]] = defaultdict(list)
    for number, stretch in enumerate(stretches):
        groups[root(number)].append(stretch)
    return list(groups.values())


def _places(stretch: Stretch) -> tuple[tuple[int, tuple[float, float]], ...]:
    return (stretch.first, (stretch.a0_s, stretch.a1_s)), (stretch.second, (stretch.b0_s, stretch.b1_s))


def _share_time(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether two places of a video overlap by half of the shorter one."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared >= 0.5 * min(one[1] - one[0], other[1] - other[0])


def _members(ids: Sequence[str], stretches: Sequence[Stretch]) -> dict[int, RepeatMember]:
    spans: dict[int, list[float]] = defaultdict(list)
    for stretch in stretches:
        for video, place in _places(stretch):
            spans[video].extend(place)
    return {v: RepeatMember(ids[v], Segment(max(0.0, min(t)), max(t))) for v, t in sorted(spans.items())}


def _video_group(
    ids: Sequence[str], files: Mapping[str, VideoFile], stretches: Sequence[Stretch]
) -> RepeatGroup:
    members = _members(ids, stretches)
    ranked = sorted(members, key=lambda video: _worth_keeping(ids[video], files))
    rank = {video: place for place, video in enumerate(ranked)}
    covered: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for stretch in stretches:
        (first, a), (second, b) = _places(stretch)
        covered[max(first, second, key=rank.__getitem__)].append(a if rank[first] > rank[second] else b)
    delete = [v for v in ranked[1:] if _union_s(covered[v]) >= WHOLE * files[ids[v]].duration_s]
    saved = sum(files[ids[video]].duration_s for video in delete) / 60
    return _group("videos", ids, members, ranked[0], [ids[v] for v in delete], saved, stretches)


def _stretch_group(
    ids: Sequence[str], files: Mapping[str, VideoFile], stretches: Sequence[Stretch]
) -> RepeatGroup:
    members = _members(ids, stretches)
    keep = min(members, key=lambda video: _worth_keeping(ids[video], files))
    return _group("stretches", ids, members, keep, [], 0.0, stretches)


def _group(
    kind: Literal["videos", "stretches"],
    ids: Sequence[str],
    members: Mapping[int, RepeatMember],
    keep: int,
    delete: Sequence[str],
    saved: float,
    stretches: Sequence[Stretch],
) -> RepeatGroup:
    lengths = [member.segment.duration_s for member in members.values()]
    rest = tuple(member for video, member in members.items() if video != keep)
    return RepeatGroup(
        kind, (members[keep], *rest), ids[keep], tuple(delete), saved,
        (sum(lengths) - max(lengths)) / 60, min(stretch.cosine for stretch in stretches),
    )  # fmt: skip


def _worth_keeping(video_id: str, files: Mapping[str, VideoFile]) -> tuple[float, int, datetime, str]:
    file = files[video_id]
    return -round(file.duration_s), -file.size_bytes, file.added_at, video_id


def _union_s(places: Sequence[tuple[float, float]]) -> float:
    """Return the seconds that lie in at least one of the places."""
    total, reached = 0.0, -np.inf
    for start, end in sorted(places):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return float(total)

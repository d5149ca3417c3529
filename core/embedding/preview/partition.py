"""Where segments begin and end: pure functions of cut times and a duration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from core.model import Segment

SHORTEST_S = 1.0
"""A shorter segment shows too little to be found by, unless the whole video is that short."""


def by_scenes(duration_s: float, cuts: Sequence[float], longest_s: float) -> list[Segment]:
    """Return segments that partition ``[0, duration_s)`` at the cuts.

    No segment is longer than ``longest_s`` (2 or more) or shorter than `SHORTEST_S`, unless the video
    is: cuts that are too close together are passed over, a long scene is split into equal parts.
    """
    total = _milliseconds(duration_s)
    shortest = min(total, round(SHORTEST_S * 1000))
    edges = [0]
    for cut in sorted({_milliseconds(cut) for cut in cuts}):
        if cut - edges[-1] >= shortest and total - cut >= shortest:
            edges.append(cut)
    edges.append(total)
    times = [0]
    for start, end in pairwise(edges):
        parts = math.ceil((end - start) / round(longest_s * 1000))
        times.extend(start + (end - start) * part // parts for part in range(1, parts + 1))
    return _segments(times)


def by_length(duration_s: float, length_s: float) -> list[Segment]:
    """Return segments of ``length_s`` that partition ``[0, duration_s)``.

    A last remainder shorter than half of that belongs to the segment before it.
    """
    total, length = _milliseconds(duration_s), round(length_s * 1000)
    times = list(range(0, total, length))
    if len(times) > 1 and total - times[-1] < length / 2:
        times.pop()
    return _segments([*times, total])


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _segments(times: Sequence[int]) -> list[Segment]:
    return [Segment(a / 1000, b / 1000) for a, b in pairwise(times)]

"""Moments: neighbouring hits of one video merged into what a person plays.

The best hit that is left is a seed. It takes in its neighbour in time, the better one of both sides
first, as long as the gap is small, the neighbour scores at least a fraction of the seed, and the whole
stays short enough. Then the next best hit is a seed, and so on. Only better seeds come before a hit, so
the first moments are the same however many are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.model import Hit, Segment


@dataclass(frozen=True, slots=True)
class MergeRule:
    """When neighbouring hits make one moment."""

    gap_s: float = 1.0
    """Largest gap between neighbours."""
    fraction: float = 0.6
    """A neighbour scores at least this much of the seed. Segments of one scene score within a fifth of
    each other; a cut to something else costs far more."""
    longest_s: float = 30.0
    """A moment that was merged is no longer than this; a single longer segment stays whole."""


def grow(
    segments: Sequence[Segment],
    seed: int,
    score: Callable[[int], float | None],
    rule: MergeRule,
) -> range:
    """Return the places around ``seed`` that make one moment.

    ``segments`` are in order of time; ``score`` gives the score at a place, None where it is taken or
    gone. A seed that does not stand above the background (score 0) stays alone.
    """
    best = score(seed)
    low, high = seed, seed
    start_s, end_s = segments[seed].start_s, segments[seed].end_s
    if best is None or best <= 0:
        return range(seed, seed + 1)
    while True:
        choices: list[tuple[float, int]] = []
        for place in (low - 1, high + 1):
            if not 0 <= place < len(segments):
                continue
            other = segments[place]
            gap_s = max(start_s, other.start_s) - min(end_s, other.end_s)
            length_s = max(end_s, other.end_s) - min(start_s, other.start_s)
            if gap_s > rule.gap_s or length_s > rule.longest_s:
                continue
            value = score(place)
            if value is not None and value >= rule.fraction * best:
                choices.append((-value, place))
        if not choices:
            return range(low, high + 1)
        place = min(choices)[1]
        low, high = min(low, place), max(high, place)
        start_s = min(start_s, segments[place].start_s)
        end_s = max(end_s, segments[place].end_s)


def merge(hits: Iterable[Hit], rule: MergeRule) -> list[tuple[Hit, ...]]:
    """Return the hits grouped into moments: best moment first, best hit first within each.

    The order of ``hits`` does not matter, and merging what was merged changes nothing.
    """
    videos: dict[str, list[Hit]] = {}
    for hit in hits:
        videos.setdefault(hit.video_id, []).append(hit)
    groups: list[tuple[Hit, ...]] = []
    for of_video in videos.values():
        groups += _merge_one(sorted(of_video, key=lambda hit: (hit.segment, -hit.score)), rule)
    return sorted(groups, key=lambda group: best_first(group[0]))


def best_first(hit: Hit) -> tuple[float, str, Segment]:
    """Order hits by score, then by video and time."""
    return -hit.score, hit.video_id, hit.segment


def _merge_one(hits: Sequence[Hit], rule: MergeRule) -> list[tuple[Hit, ...]]:
    segments = [hit.segment for hit in hits]
    taken: set[int] = set()

    def free(place: int) -> float | None:
        return None if place in taken else hits[place].score

    groups = []
    for seed in sorted(range(len(hits)), key=lambda place: best_first(hits[place])):
        if seed in taken:
            continue
        places = grow(segments, seed, free, rule)
        taken.update(places)
        groups.append(tuple(sorted((hits[place] for place in places), key=best_first)))
    return groups

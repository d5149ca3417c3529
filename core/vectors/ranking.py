"""The order of hits, the same for every store.

Identical vectors get cosines that differ in the last float32 digits, depending on where a store
keeps them. Without care, equal hits would change places between two searches, or after a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from core.vectors.port import ScoredRow

NOISE: Final = 5e-7
"""Cosines closer than this are equal: float32 sums over 512 to 1024 products err by about 1e-7."""

_SPARE: Final = 16
"""Rows asked for beyond the limit: among thousands of rows some lie as close as ties, few are so in a row."""
_DEEPER: Final = 4
"""How many times as many rows are asked for, while the last hit may tie with one that was not seen."""


def nearest(
    read: Callable[[int], Sequence[Sequence[ScoredRow]]], limit: int, most: int
) -> list[list[ScoredRow]]:
    """Return the lists of a search, each `ranked` and cut at the limit.

    ``read`` gives so many of the nearest rows to every vector, best first; ``most`` is how many there can be.
    """
    limit = min(limit, most)
    asked = min(limit + _SPARE, most)
    while True:
        found = read(asked)
        if asked == most or all(settled(hits, limit, asked) for hits in found):
            return [ranked(hits, limit) for hits in found]
        asked = min(asked * _DEEPER, most)


def ranked(hits: Iterable[ScoredRow], limit: int) -> list[ScoredRow]:
    """Return the best hits first, at most ``limit``; equal ones in order of their keys.

    Equal hits also get the same cosine, the highest among them, so that the list never rises.
    """
    ordered = sorted(hits, key=lambda hit: -hit.cosine)
    cosines = np.fromiter((hit.cosine for hit in ordered), np.float64, len(ordered))
    if (cosines[:-1] - cosines[1:] > NOISE).all():
        return ordered[:limit]  # As nearly always: no two are equal.
    result: list[ScoredRow] = []
    start = 0
    while start < len(ordered) and len(result) < limit:
        best, end = ordered[start].cosine, start + 1
        while end < len(ordered) and best - ordered[end].cosine <= NOISE:
            end += 1
        if end == start + 1:
            result.append(ordered[start])
        else:
            equal = sorted(ordered[start:end], key=lambda hit: hit.row.key)
            result.extend(ScoredRow(hit.row, best) for hit in equal)
        start = end
    return result[:limit]


def settled(hits: Sequence[ScoredRow], limit: int, asked: int) -> bool:
    """Return whether no unseen row could tie with the last of the first ``limit``.

    ``hits`` are as a store gave them, best first, where ``asked`` were asked for.
    """
    return len(hits) < asked or hits[limit - 1].cosine - hits[-1].cosine > NOISE

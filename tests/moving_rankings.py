"""What a library answers before and after a move, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

from core.model import Filters, Like, Query, Text
from core.parts import Parts
from tests.moving_bench import BOTH, TOPICS, House

Ranking: TypeAlias = Sequence[tuple[object, float]]
"""What was found, best first, with its score."""
BEST: Final = 50


def searched(parts: Parts, house: House, count: int) -> list[Ranking]:
    """Return the best moments of so many whole searches, of every kind that needs no more than words."""
    searcher = parts.spaces.searcher()
    return [
        [((one.video_id, one.start_s, one.end_s), one.score) for one in searcher.search(query).moments]
        for query in _questions(house, count)
    ]


def nearest(parts: Parts, house: House, count: int) -> list[Ranking]:
    """Return the rows nearest to so many vectors in each modality, of all videos and of one category."""
    vectors = np.random.default_rng(3).standard_normal((count, house.space.dimension)).astype(np.float32)
    return [
        [(hit.row.key, hit.cosine) for hit in hits]
        for modality in BOTH
        for filters in (None, Filters(categories=("road",)))
        for hits in parts.index.search(house.space, modality, vectors, limit=BEST, filters=filters)
    ]


def differing(rankings: Sequence[Ranking], others: Sequence[Ranking], tolerance: float) -> list[int]:
    """Return the places of the rankings that differ; what is equally good may stand in another order."""
    assert len(rankings) == len(others)
    pairs = enumerate(zip(rankings, others, strict=True))
    return [place for place, (one, other) in pairs if not _same(one, other, tolerance)]


def _same(ranking: Ranking, other: Ranking, tolerance: float) -> bool:
    if len(ranking) != len(other):
        return False
    scores = [score for _, score in ranking]
    if any(abs(score - now) > tolerance for score, (_, now) in zip(scores, other, strict=True)):
        return False
    known = dict(other)
    # What the other one lacks must be as good as the last, and have fallen behind it.
    return all(abs(known.get(thing, scores[-1]) - score) <= tolerance for thing, score in ranking)


def _questions(house: House, count: int) -> list[Query]:
    found: list[Query] = []
    for number in range(count):
        words = Text(f"topic {number * 7 % TOPICS} nuance {number}")
        known = Like(house.video_ids[number % len(house.video_ids)], 4.0, 8.0)
        terms = ((words,), (words, known), (known,), (words, Text(f"topic {number} far", weight=0.5)))
        filters = (Filters(), Filters(categories=("sea",)), Filters(video_ids=tuple(house.video_ids[::3])))
        asked = Query(terms[number % 4], filters=filters[number // 4 % 3], limit=BEST, per_video=BEST)
        found.append(asked)
    return found

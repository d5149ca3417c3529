"""Searches are exact: all that numpy finds, under every kind of filter, admitting 0.1 to 100 % of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.model import Embedding, Filters, Modality, Segment, Space
from core.vectors.port import ScoredRow, VectorIndex, VideoFields
from tests.vector_stores import PERSISTENT, open_lite, unit

DIMENSION = 64
SHARES = {"a": 0.001, "b": 0.009, "c": 0.09, "d": 0.4, "e": 0.5}
"""Groups of videos and their shares of all rows; the first n admit 0.1, 1, 10, 50 and 100 %."""
FIRST_DAY = date(2020, 1, 1)
BOTH: tuple[Modality, ...] = ("visual", "audio")


@dataclass
class Filled:
    """What was written: the keys and vectors of each modality, and which group each row belongs to."""

    keys: dict[Modality, list[str]]
    vectors: dict[Modality, NDArray[np.float32]]
    groups: NDArray[np.int64]
    videos: list[list[str]]
    """By group."""


def fields_of(video_id: str, group: int) -> VideoFields:
    """Return fields of which each tells the groups apart, in order."""
    name = tuple(SHARES)[group]
    day = FIRST_DAY + timedelta(days=100 * group)
    return VideoFields(
        video_id,
        duration_s=60.0 * (group + 1),
        category=name,
        tags=(f"tag {name}", "all"),
        recorded_on=day,
        indexed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )


def filled(index: VectorIndex, space: Space, rows: int, per_video: int) -> Filled:
    """Fill the space with ``rows`` clustered vectors, half of them seen and half heard."""
    random = np.random.default_rng(rows)
    keys: dict[Modality, list[str]] = {m: [] for m in BOTH}
    blocks: dict[Modality, list[NDArray[np.float32]]] = {m: [] for m in BOTH}
    groups: list[int] = []
    videos: list[list[str]] = []
    for group, (name, share) in enumerate(SHARES.items()):
        videos.append([])
        count = max(1, round(rows / 2 * share))
        for start in range(0, count, per_video):
            size = min(per_video, count - start)
            video_id = f"{name}{start:06d}"
            embeddings = []
            for modality in BOTH:
                block = unit(random.normal(size=DIMENSION) + 0.8 * random.normal(size=(size, DIMENSION)))
                blocks[modality].append(block)
                for i, vector in enumerate(block):
                    embeddings.append(Embedding(vector, Segment(2.0 * i, 2.0 * i + 2), modality))
                    keys[modality].append(f"{video_id}:clip:{modality}:{i * 2000}:{i * 2000 + 2000}")
            index.replace_video(space, fields_of(video_id, group), embeddings)
            groups += [group] * size
            videos[-1].append(video_id)
    vectors = {m: np.concatenate(some) for m, some in blocks.items()}
    return Filled(keys, vectors, np.asarray(groups), videos)


def filters_up_to(group: int, videos: list[list[str]]) -> Iterator[tuple[str, Filters]]:
    """Yield filters of every kind that admit the groups up to this one, and no others."""
    names = tuple(SHARES)[: group + 1]
    day = FIRST_DAY + timedelta(days=100 * group)
    yield "category", Filters(categories=names)
    yield "tags", Filters(tags=tuple(f"tag {name}" for name in names))
    yield "videos", Filters(video_ids=tuple(v for some in videos[: group + 1] for v in some))
    yield "recorded", Filters(recorded_from=FIRST_DAY, recorded_to=day)
    yield "indexed", Filters(indexed_to=day)
    yield "duration", Filters(max_duration_s=60.0 * (group + 1))
    yield "together", Filters(categories=tuple(SHARES), tags=("all",), recorded_to=day, min_duration_s=60)


def check_exact(hits: list[ScoredRow], truth: dict[str, float], limit: int) -> None:
    """Check hits against the true cosine of every row that the filter admits; within 1e-6 rows tie."""
    assert len({hit.row.key for hit in hits}) == len(hits) == min(limit, len(truth))
    assert [hit.cosine for hit in hits] == pytest.approx([truth[hit.row.key] for hit in hits], abs=1e-6)
    assert [hit.cosine for hit in hits] == sorted((hit.cosine for hit in hits), reverse=True)
    missed = truth.keys() - {hit.row.key for hit in hits}
    assert all(truth[key] <= hits[-1].cosine + 1e-6 for key in missed)


def check_filters(index: VectorIndex, space: Space, made: Filled) -> None:
    """Check the lists of some queries under every filter against numpy."""
    for modality in BOTH:
        vectors = made.vectors[modality]
        queries = unit(np.concatenate([vectors[:: len(vectors) // 4] + 0.1, np.eye(DIMENSION)[:4]]))
        cosines = queries.astype(float) @ vectors.astype(float).T
        for group in range(len(SHARES)):
            admitted = np.flatnonzero(made.groups <= group)
            keys = [made.keys[modality][place] for place in admitted]
            truths = [dict(zip(keys, line[admitted].tolist(), strict=True)) for line in cosines]
            for kind, filters in filters_up_to(group, made.videos):
                for limit in (10, 100) if kind == "category" else (10,):
                    lists = index.search(space, modality, queries, limit=limit, filters=filters)
                    for truth, hits in zip(truths, lists, strict=True):
                        check_exact(hits, truth, limit)
        mean = index.statistics(space, modality).mean
        assert mean == pytest.approx(vectors.astype(float).mean(axis=0), abs=1e-6)


FEW, MANY = 1_000, 10_000
# Lite over TCP is the same Lite, and a server does with few rows what it does with many.
SIZES = [
    pytest.param(opener, rows, id=f"{name}-{rows}", marks=[pytest.mark.slow] * (rows == MANY))
    for name, opener in PERSISTENT.items()
    for rows in {"lite-server": [FEW], "server": [MANY]}.get(name, [FEW, MANY])
]


@pytest.mark.parametrize(("opener", "rows"), SIZES)
def test_filtered_searches_are_exact(
    opener: Callable[[Path], VectorIndex], tmp_path: Path, space: Space, rows: int
) -> None:
    """Under each filter the hits are those of a brute-force search, every one, with the same cosines."""
    space = Space(space.engine, space.model, DIMENSION)
    index = opener(tmp_path)
    made = filled(index, space, rows, per_video=50)
    assert index.count(space) == sum(map(len, made.keys.values()))
    check_filters(index, space, made)
    index.drop(space)
    index.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_filtered_searches_are_exact_in_a_large_library(tmp_path: Path, space: Space) -> None:
    """The same holds at 100,000 rows on Milvus Lite, where an approximate index loses most hits."""
    space = Space(space.engine, space.model, DIMENSION)
    index = open_lite(tmp_path)
    made = filled(index, space, 100_000, per_video=5_000)
    assert index.count(space) == 100_000
    check_filters(index, space, made)
    index.close()

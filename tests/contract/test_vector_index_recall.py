"""Searches are exact: all that numpy finds, under filters that admit 0.1 % to 100 % of the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.model import Filters, Space
from core.vectors.port import ScoredRow, VectorIndex
from tests.vector_stores import PERSISTENT, about, clips, unit

DIMENSION = 64
SHARES = {"a": 0.001, "b": 0.009, "c": 0.09, "d": 0.4, "e": 0.5}
"""Categories and their shares of all rows; the first n together admit 0.1, 1, 10, 50 and 100 %."""
PER_VIDEO = 50


def filled(index: VectorIndex, space: Space, rows: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Fill the space with clustered vectors; return the keys, vectors and categories of all rows."""
    random = np.random.default_rng(rows)
    keys: list[str] = []
    vectors: list[np.ndarray] = []
    categories: list[str] = []
    for category, share in SHARES.items():
        count = round(rows * share)
        for start in range(0, count, PER_VIDEO):
            size = min(PER_VIDEO, count - start)
            block = unit(random.normal(size=DIMENSION) + 0.8 * random.normal(size=(size, DIMENSION)))
            video_id = f"{category}{start:06d}"
            index.replace_video(space, about(video_id, category=category), clips(block))
            keys += [f"{video_id}:clip:visual:{i * 2000}:{i * 2000 + 2000}" for i in range(size)]
            vectors.append(block)
            categories += [category] * size
    return keys, np.concatenate(vectors), np.asarray(categories)


def check_exact(hits: list[ScoredRow], truth: dict[str, float], limit: int) -> None:
    """Check hits against the true cosine of every row that the filter admits; within 1e-6 rows tie."""
    assert len({hit.row.key for hit in hits}) == len(hits) == min(limit, len(truth))
    assert [hit.cosine for hit in hits] == pytest.approx([truth[hit.row.key] for hit in hits], abs=1e-6)
    assert [hit.cosine for hit in hits] == sorted((hit.cosine for hit in hits), reverse=True)
    missed = truth.keys() - {hit.row.key for hit in hits}
    assert all(truth[key] <= hits[-1].cosine + 1e-6 for key in missed)


@pytest.mark.parametrize("rows", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("opener", PERSISTENT.values(), ids=PERSISTENT.keys())
def test_filtered_searches_are_exact(
    opener: Callable[[Path], VectorIndex], tmp_path: Path, space: Space, rows: int
) -> None:
    """Under each filter the hits are those of a brute-force search, every one, with the same cosines."""
    space = Space(space.engine, space.model, DIMENSION)
    index = opener(tmp_path)
    keys, vectors, categories = filled(index, space, rows)
    assert index.count(space) == rows
    queries = unit(np.concatenate([vectors[:: rows // 4] + 0.1, np.eye(DIMENSION)[:4]]))
    cosines = queries.astype(float) @ vectors.astype(float).T
    for last in range(len(SHARES)):
        names = tuple(SHARES)[: last + 1]
        admitted = np.isin(categories, names)
        for limit in (10, 100):
            lists = index.search(space, "visual", queries, limit=limit, filters=Filters(categories=names))
            for line, hits in zip(cosines, lists, strict=True):
                truth = {keys[place]: line[place] for place in np.flatnonzero(admitted)}
                check_exact(hits, truth, limit)
    mean = index.statistics(space, "visual").mean
    assert mean == pytest.approx(vectors.astype(float).mean(axis=0), abs=1e-6)
    index.drop(space)
    index.close()

"""A process that writes is killed at any moment: what it acknowledged is there, and nothing is wrong."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.model import Filters
from core.vectors.milvus import MilvusIndex
from core.vectors.port import row_key
from tests.conftest import PROJECT_ROOT
from tests.fault.milvus_writer import embeddings_of
from tests.vector_stores import SPACE, found


def write_until_killed(database: Path, first: int, after_writes: int, then_s: float) -> list[list[str]]:
    """Run the writer, kill it some time after so many writes, and return what it said."""
    command = [sys.executable, "-m", "tests.fault.milvus_writer", str(database), str(first)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT)
    assert writer.stdout is not None
    said: list[list[str]] = []
    try:
        while sum(line[0] == "done" for line in said) < after_writes:
            line = writer.stdout.readline()
            assert line, "the writer died by itself"
            said.append(line.split())
        time.sleep(then_s)
    finally:
        writer.kill()
    said += [line.split() for line in writer.stdout.read().splitlines()]
    writer.wait()
    return said


def check(database: Path, expected: dict[str, int], unsure: set[str]) -> None:
    """Check that the store holds what was acknowledged; of writes that were cut off any part may be there."""
    index = MilvusIndex(str(database))
    try:
        every: dict[str, list[np.ndarray]] = {"visual": [], "audio": []}
        for video_id in expected.keys() | unsure:
            rows = index.rows(SPACE, video_id)
            vectors = index.fetch(SPACE, [row.key for row in rows])
            for row in rows:
                every[row.modality].append(vectors[row.key].astype(float))
            if video_id in unsure:
                continue
            wanted = {row_key(video_id, each): each.vector for each in embeddings_of(expected[video_id])}
            assert vectors.keys() == wanted.keys()
            assert all(np.array_equal(vectors[key], wanted[key]) for key in wanted)
            if wanted:
                category = Filters(categories=(f"w{expected[video_id]}",))
                assert found(index, SPACE, category, limit=1) == {video_id}
        assert index.count(SPACE) == sum(map(len, every.values()))
        for modality in ("visual", "audio"):
            statistics = index.statistics(SPACE, modality)
            assert statistics.count == len(every[modality])
            if every[modality]:
                assert statistics.mean == pytest.approx(np.mean(every[modality], axis=0), abs=1e-5)
            [hits] = index.search(SPACE, modality, np.eye(SPACE.dimension, dtype=np.float32)[:1], limit=9999)
            assert len(hits) == len(every[modality])
    finally:
        index.close()


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [3, pytest.param(25, marks=pytest.mark.soak)])
def test_no_acknowledged_row_is_lost(tmp_path: Path, rounds: int) -> None:
    """After kill -9 at a random moment, again and again on one file, every acknowledged write is there."""
    moments = random.Random(rounds)
    database = tmp_path / "milvus.db"
    expected: dict[str, int] = {}
    unsure: set[str] = set()
    first = 0
    for _ in range(rounds):
        said = write_until_killed(database, first, moments.randint(1, 12), moments.uniform(0, 0.08))
        for word, video_id, write, *_ in said:
            first = int(write)
            if word == "done":
                expected[video_id] = first
                unsure.discard(video_id)
            else:
                unsure.add(video_id)
        check(database, expected, unsure)

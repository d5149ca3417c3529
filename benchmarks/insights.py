"""What the insights cost: ``python -m benchmarks.insights [ROWS ...]``, by default 1,000, 10,000 and 100,000.

Prints one JSON line a size: seconds of each step, and the most memory that the process held after it. Beside
reading and outliers stands the naive way: embeddings as objects, and scikit-learn's own factor on all rows.
Each size runs in a process of its own, so that its memory is its own. To see what two cores do:
``OMP_NUM_THREADS=2 taskset -c 0,1 python -m benchmarks.insights``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from core.catalog.spaces import IndexedIn
from core.insights.clustering import cluster
from core.insights.coverage import coverage
from core.insights.outlying import library_scores, video_scores
from core.insights.projecting import first_picture, project
from core.insights.reading import read_points
from core.model import Embedding, MediaInfo, Segment, Space, Video
from core.vectors.archive import Archive

SPACE: Final = Space("bench", "v1", 512)
PER_VIDEO: Final = 500
NAIVE_MOST: Final = 20_000
_T = TypeVar("_T")


def fill(archive: Archive, rows: int) -> tuple[list[Video], list[IndexedIn]]:
    """Archive so many segments of sixty groups, and return the videos and their entries."""
    chance = np.random.default_rng(5)
    background = chance.standard_normal(SPACE.dimension)
    centres = background + 0.7 * chance.standard_normal((60, SPACE.dimension))
    now = datetime(2025, 1, 1, tzinfo=UTC)
    media = MediaInfo(PER_VIDEO * 6.0, 1280, 720, Fraction(25), "h264")
    videos, entries = [], []
    for start in range(0, rows, PER_VIDEO):
        count = min(PER_VIDEO, rows - start)
        scenes = np.repeat(chance.integers(0, 60, count // 10 + 1), 10)[:count]
        items = centres[scenes] + 0.6 * chance.standard_normal((count, SPACE.dimension))
        items /= np.linalg.norm(items, axis=1, keepdims=True)
        embeddings = [
            Embedding(vector, Segment(place * 6.0, place * 6.0 + 6), "visual")
            for place, vector in enumerate(items.astype(np.float32))
        ]
        video_id = f"v{start:06d}"
        archive.write(video_id, SPACE, "bench", embeddings)
        videos.append(Video(video_id, video_id, video_id, 1, media, now, recorded_at=now, indexed_at=now))
        entries.append(IndexedIn(video_id, SPACE.key, "bench", count, now))
    return videos, entries


def measure(rows: int, folder: Path) -> dict[str, Any]:
    """Return seconds and peak megabytes of every step, in the order in which they ran."""
    archive = Archive(folder)
    videos, entries = fill(archive, rows)
    figures: dict[str, Any] = {"rows": rows, "started_mb": _peak_mb()}

    def timed(name: str, work: Callable[[], _T]) -> _T:
        began = time.perf_counter()
        found = work()
        figures[name] = {"s": round(time.perf_counter() - began, 2), "peak_mb": _peak_mb()}
        return found

    points = timed(
        "read",
        lambda: read_points([(one.video_id, one.recipe) for one in entries], archive, SPACE, "visual"),
    )
    timed("first_picture", lambda: first_picture(points))
    timed("coverage", lambda: coverage([points], {video.id: video for video in videos}))
    timed("map", lambda: project(points))
    timed("groups", lambda: cluster(points))
    timed("twelve_groups", lambda: cluster(points, k=12))
    timed("outliers_of_videos", lambda: video_scores(points))
    timed("outliers_of_library", lambda: library_scores(points))
    timed("naive_read", lambda: [archive.read(video.id, SPACE, "bench") for video in videos])
    if rows <= NAIVE_MOST:
        from sklearn.neighbors import LocalOutlierFactor

        timed("naive_outliers", lambda: LocalOutlierFactor(n_neighbors=10).fit(points.vectors))
    return figures


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(int(arguments[1]), Path(folder))), flush=True)
        return
    for rows in arguments or ["1000", "10000", "100000"]:
        subprocess.run([sys.executable, "-m", "benchmarks.insights", "--one", rows], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])

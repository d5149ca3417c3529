"""The insights of a large library while somebody searches it: python -m benchmarks.insights_at_work [ROWS].

By default 100,000 rows, in one process as the application has it. Prints one JSON line: seconds to the first
picture from cold and from cache, seconds of every answer, how long a search takes alone and meanwhile, and
the most memory that the process and its children held. What two cores do: ``taskset -c 0,1 python -m ...``.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from core.library import Library
from core.model import Like, Query
from core.model.insights import InsightRun, Selection
from tests.insight_bench import SEGMENT_S, Planted, open_planted

PER_VIDEO: Final = 500
SEEN: Final = Selection("visual")
SEARCHES: Final = 40


def planted(rows: int) -> list[Planted]:
    """Return videos of five hundred segments each, of sixty groups in scenes of ten."""
    chance = np.random.default_rng(5)
    background = chance.standard_normal(512)
    centres = background + 0.7 * chance.standard_normal((60, 512))
    videos = []
    for number in range(rows // PER_VIDEO):
        scenes = np.repeat(chance.integers(0, 60, PER_VIDEO // 10), 10)
        vectors = centres[scenes] + 0.6 * chance.standard_normal((PER_VIDEO, 512))
        recorded = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
        videos.append(Planted(f"Film {number}", {"visual": vectors.astype(np.float32)}, recorded_at=recorded))
    return videos


class Searching:
    """Searches for one random moment after the other, as another session does, until it is told to stop."""

    def __init__(self, library: Library) -> None:
        self._library, self._stop = library, threading.Event()
        self._videos = [video.id for video in library.videos()]
        self._chance = np.random.default_rng(9)
        self.took_s: list[float] = []
        self._thread = threading.Thread(target=self._search)

    def __enter__(self) -> Searching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def once(self) -> float:
        start_s = SEGMENT_S * int(self._chance.integers(PER_VIDEO))
        video_id = self._videos[int(self._chance.integers(len(self._videos)))]
        began = time.perf_counter()
        self._library.search(Query((Like(video_id, start_s, start_s + SEGMENT_S),), modalities=("visual",)))
        return time.perf_counter() - began

    def _search(self) -> None:
        while not self._stop.is_set():
            self.took_s.append(self.once())
            time.sleep(0.1)


class Watching:
    """Notes the most memory that children of this process held together."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            held = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    held += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.most_mb = max(self.most_mb, held / 2**20)


def until(ask: Callable[[], InsightRun[Any]], done: Callable[[InsightRun[Any]], bool]) -> float:
    """Ask as a page does, and return after how many seconds the answer was as far as that."""
    began = time.perf_counter()
    while not done(run := ask()):
        if run.state == "failed":
            raise RuntimeError(run.message)
        time.sleep(0.05)
    return round(time.perf_counter() - began, 2)


def ready(run: InsightRun[Any]) -> bool:
    return run.state == "ready"


def shown(run: InsightRun[Any]) -> bool:
    return run.result is not None


def measure(rows: int, folder: Path) -> dict[str, Any]:
    """Return the figures, in the order in which they were taken."""
    figures: dict[str, Any] = {"rows": rows, "cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()}
    began = time.perf_counter()
    with open_planted(folder, planted(rows)) as library:
        figures["filled_s"] = round(time.perf_counter() - began, 1)
        library.warm_up()
        watching, alone = Watching(), Searching(library)
        times = [alone.once() for _ in range(SEARCHES)]
        figures["search_alone_ms"] = round(1000 * statistics.median(times), 1)
        with Searching(library) as meanwhile:
            figures["first_picture_s"] = until(
                lambda: library.survey(SEEN), lambda run: run.result is not None
            )
            figures["map_s"] = until(lambda: library.survey(SEEN), ready)
            figures["groups_s"] = until(lambda: library.clusters(SEEN), ready)
            figures["outliers_s"] = until(lambda: library.outliers(SEEN), ready)
            figures["repeats_s"] = until(lambda: library.repeats(SEEN), ready)
        watching.end()
        took = sorted(meanwhile.took_s)
        figures["search_meanwhile_ms"] = round(1000 * statistics.median(took), 1)
        figures["search_meanwhile_p95_ms"] = round(1000 * took[int(0.95 * len(took))], 1)
        figures["slower"] = round(figures["search_meanwhile_ms"] / figures["search_alone_ms"], 2)
        query = Query((Like(library.videos()[0].id, 0.0, SEGMENT_S),))
        began = time.perf_counter()
        library.matches(SEEN, query)
        figures["matches_s"] = round(time.perf_counter() - began, 2)
        figures["children_peak_mb"] = round(watching.most_mb)
        figures["process_peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    with open_planted(folder) as library:
        figures["from_cache_s"] = until(lambda: library.survey(SEEN), ready)
    return figures


def main(arguments: list[str]) -> None:
    """Print the figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(int(arguments[0]) if arguments else 100_000, Path(folder) / "data")))


if __name__ == "__main__":
    main(sys.argv[1:])

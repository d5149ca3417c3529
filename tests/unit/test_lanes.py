"""Many videos at once: each lane is used to the full and never beyond its bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.catalog.queue import Lane, UnderWay
from core.embedding.port import Concurrency
from core.indexing.lanes import Lanes
from core.indexing.patience import Patience
from tests.indexing_bench import Bench

NOBODY = UnderWay(0, 0, 0)
TWO_AND_FOUR = Lanes(workers=2, uploads=2, tasks=4)


@pytest.mark.parametrize(
    ("in_hand", "under_way", "full"),
    [
        ([], NOBODY, set()),
        (["work", "work"], NOBODY, {"work"}),
        (["upload", "upload"], NOBODY, {"upload"}),
        (["upload"], UnderWay(9, 5, 0), {"upload"}),
        ([], UnderWay(9, 0, 4), {"submit"}),
        (["submit", "look"], UnderWay(9, 0, 2), {"submit"}),
        (["look"] * 4, NOBODY, {"submit", "look"}),
    ],
)
def test_a_lane_is_full_at_its_bound(in_hand: list[Lane], under_way: UnderWay, full: set[Lane]) -> None:
    """Each lane counts its own: threads that work in it, what lies at the engine, and tasks there."""
    assert TWO_AND_FOUR.full(in_hand, under_way) == full


@pytest.mark.parametrize("lane", ["work", "upload", "submit", "look"])
def test_an_engine_without_lanes_shares_the_workers(lane: Lane) -> None:
    """An engine that computes in our own threads has as many as there are workers, whatever they do."""
    lanes = Lanes.of(2, Concurrency())
    assert lanes.threads == 2
    assert lanes.full([lane], UnderWay(9, 9, 9)) == set()
    assert lanes.full([lane, "work"], NOBODY) == {"work", "upload", "submit", "look"}


def test_every_lane_has_threads_of_its_own() -> None:
    """However long uploads and proxies take, there are threads left to ask about tasks."""
    lanes = Lanes(workers=2, uploads=3, tasks=10)
    taken: list[Lane] = ["work"] * 2 + ["upload"] * 3
    assert lanes.threads > len(taken)
    assert "look" not in lanes.full(taken, NOBODY)


class Gauge:
    """Counts what goes on at the same time, by kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, int] = {}
        self.most: dict[str, int] = {}

    @contextmanager
    def counting(self, kind: str) -> Iterator[None]:
        self.move(kind, 1)
        try:
            yield
        finally:
            self.move(kind, -1)

    def move(self, kind: str, by: int) -> None:
        with self._lock:
            self._now[kind] = self._now.get(kind, 0) + by
            self.most[kind] = max(self.most.get(kind, 0), self._now[kind])

    def around(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*told: Any, **named: Any) -> Any:
            with self.counting(kind):
                return call(*told, **named)

        return counted


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(
        tmp_path,
        patience=Patience(poll_s=0.05, least_poll_s=0.05),
        workers=2,
        media_delay_s=0.02,
        delay_s=0.02,
        task_s=0.4,
        poll_after_s=0.05,
        concurrency=Concurrency(uploads=2, tasks=4),
    )
    yield bench
    bench.close()


def watched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Gauge:
    gauge = Gauge()
    engine = bench.embedder
    for call in ("upload", "collect"):
        monkeypatch.setattr(engine, call, gauge.around(call, getattr(engine, call)))
    real_submit, real_write = engine.submit, bench.archive.write

    def submit(*told: Any) -> Any:
        gauge.move("tasks", 1)
        return real_submit(*told)

    def write(*told: Any) -> Any:
        gauge.move("tasks", -1)
        return real_write(*told)

    monkeypatch.setattr(engine, "submit", submit)
    monkeypatch.setattr(bench.archive, "write", write)
    monkeypatch.setattr(bench.index, "replace_video", gauge.around("storing", bench.index.replace_video))
    return gauge


def test_bounds_are_kept_and_places_are_filled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads, tasks and our own work each reach their bound, and none goes beyond it."""
    gauge = watched(bench, monkeypatch)
    for number in range(16):
        bench.add(f"film{number}", playable=number % 4 != 0)
    bench.worker.start()
    assert bench.worker.wait_idle(30)
    assert [video.status for video in bench.catalog.videos()] == ["ready"] * 16
    assert gauge.most["tasks"] == 4
    assert gauge.most["upload"] == 2
    assert gauge.most["storing"] <= 2
    assert bench.embedder.tasks == 16


def test_a_freed_place_is_filled_at_once(bench: Bench) -> None:
    """Videos wait uploaded, so a task that ends is followed by another within a moment, not a poll later."""
    for number in range(12):
        bench.add(f"film{number}")
    bench.worker.start()
    began = time.monotonic()
    assert bench.worker.wait_idle(30)
    # Three rounds of four take 1.2 s; one after another, the tasks alone take 4.8 s.
    assert time.monotonic() - began < 4.0


def test_uploads_do_not_run_ahead_without_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the engine takes no tasks, only so many videos go up as fill its places once."""
    monkeypatch.setattr(bench.embedder, "_task_s", 1000.0)
    for number in range(20):
        bench.add(f"film{number}")
    bench.worker.start()
    ends = time.monotonic() + 10
    while bench.embedder.assets < 10 and time.monotonic() < ends:
        time.sleep(0.05)
    time.sleep(0.4)
    assert bench.embedder.tasks == 4
    assert bench.embedder.assets == 4 + TWO_AND_FOUR.look_ahead


def test_long_work_here_keeps_nobody_from_the_engine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While every worker is busy with a proxy, a task that is done is fetched and archived."""
    video, job = bench.add("first")
    job = bench.until(job, "embedding")
    released = threading.Event()
    real = bench.media._drip

    def drip(what: str, *told: Any) -> None:
        released.wait(20)
        real(what, *told)

    monkeypatch.setattr(bench.media, "_drip", drip)
    for number in range(2):
        bench.add(f"film{number}", playable=False)
    bench.worker.start()
    ends = time.monotonic() + 10
    while not bench.catalog.totals() and time.monotonic() < ends:
        time.sleep(0.02)
    counted = bench.catalog.totals()
    released.set()
    assert counted == {bench.embedder.space.key: video.duration_s}
    assert bench.worker.wait_idle(20)
    assert bench.catalog.job(job.id).state == "ready"

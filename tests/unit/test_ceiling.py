"""The daily ceiling, estimates and totals: what is spent is known before and after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.embedding.port import Concurrency
from core.errors import EngineLimitReached, EngineUnavailable
from core.indexing.ceiling import Ceiling
from core.indexing.patience import Patience
from tests.fakes import FakeClock
from tests.indexing_bench import Bench, run_through

OpenBench = Callable[..., Bench]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_bench(tmp_path: Path, clock: FakeClock) -> Iterator[OpenBench]:
    opened: list[Bench] = []

    def open_one(daily_minutes: float, **how: Any) -> Bench:
        settings = {"daily_minutes": daily_minutes, "price_per_minute": 0.5, "currency": "EUR"}
        opened.append(Bench(tmp_path, **{"clock": clock, "settings": settings, **how}))
        return opened[-1]

    yield open_one
    for bench in opened:
        bench.close()


def test_the_day_decides(open_bench: OpenBench, clock: FakeClock) -> None:
    """A video beyond the day's minutes waits with a sentence, unfailed, and goes on the next day."""
    bench = open_bench(1.0)
    first, second = (bench.add(name, duration_s=40.0)[1] for name in ("one", "two"))
    assert bench.run(first).state == "ready"
    began = clock.now
    parked = bench.run(second)
    assert (parked.state, parked.failures) == ("uploading", 0)
    assert "1 minutes that may be embedded in a day are used up" in (parked.message or "")
    assert bench.embedder.diary.count("upload") == 1
    assert run_through(bench, clock, parked).state == "ready"
    assert clock.now.date() == began.date() + timedelta(days=1)
    assert clock.now - began < timedelta(hours=12, minutes=1)


def test_a_higher_ceiling_counts_from_the_next_start(open_bench: OpenBench, clock: FakeClock) -> None:
    """After the setting was raised, what was parked goes on at once and not when its time is up."""
    bench = open_bench(1.0)
    first, second = (bench.add(name, duration_s=40.0)[1] for name in ("one", "two"))
    bench.run(first)
    assert bench.run(second).not_before is not None
    bench.catalog.close()
    again = open_bench(2.0)
    taken = again.pipeline.take_up(again.catalog.job(second.id))
    assert taken.not_before is None
    assert again.run(taken).state == "ready"


def test_a_video_longer_than_a_day_says_so(open_bench: OpenBench) -> None:
    """A video that can never pass waits with a sentence that names its length and the setting."""
    bench = open_bench(1.0)
    parked = bench.run(bench.add("long", duration_s=150.0)[1])
    assert parked.not_before is not None
    assert "2.5 minutes long, more than the 1 minutes" in (parked.message or "")
    assert "CUEPOINT_DAILY_MINUTES" in (parked.message or "")
    assert bench.embedder.diary.count("upload") == 0


def test_what_is_under_way_counts(open_bench: OpenBench, clock: FakeClock) -> None:
    """Minutes that the engine was asked for count before they are embedded; other videos wait for them."""
    bench = open_bench(1.0, polls=2)
    first, second = (bench.add(name, duration_s=40.0)[1] for name in ("one", "two"))
    assert bench.run(first).state == "embedding"
    assert "used up" in (bench.run(second).message or "")
    assert bench.catalog.totals() == {}


def test_a_known_task_is_fetched_whatever_the_day(open_bench: OpenBench, clock: FakeClock) -> None:
    """What was asked for is looked for and fetched although the day's minutes are used up since."""
    bench = open_bench(1.0)
    _, job = bench.add(duration_s=40.0)
    bench.embedder.faults.plan("submit", EngineUnavailable("Reset."))
    job = bench.run(job)
    assert job.ticket.intent is not None
    bench.catalog.record_usage("other", "v", 60.0, clock.now)
    assert run_through(bench, clock, job).state == "ready"


def test_threads_do_not_pass_together(open_bench: OpenBench, clock: FakeClock) -> None:
    """Of ten threads that ask at the same moment, only so many pass as there are minutes."""
    bench = open_bench(2.0)
    ceiling = Ceiling(bench.catalog, 2.0, clock)
    ready, done = threading.Barrier(10), threading.Event()
    passed: list[int] = []
    refused: list[int] = []

    def ask(number: int) -> None:
        ready.wait(10)
        try:
            with ceiling.passing(f"job{number}", 30.0):
                passed.append(number)
                done.wait(10)
        except EngineLimitReached:
            refused.append(number)
            if len(refused) == 6:
                done.set()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(passed), len(refused)) == (4, 6)


def test_a_whole_batch_stays_below_the_ceiling(tmp_path: Path) -> None:
    """With many tasks at once, never more footage is embedded on a day than the setting says."""
    bench = Bench(
        tmp_path, workers=3, settings={"daily_minutes": 1.0}, patience=Patience(limit_s=0.2),
        concurrency=Concurrency(3, 5), task_s=0.1, poll_after_s=0.02,
    )  # fmt: skip
    for number in range(10):
        bench.add(f"film{number}", duration_s=15.0)
    bench.worker.start()
    assert not bench.worker.wait_idle(3)
    states = [video.status for video in bench.catalog.videos()]
    assert states.count("ready") == 4
    assert sum(bench.catalog.totals().values()) == 60.0
    assert bench.embedder.tasks == 4
    bench.close()


def test_an_engine_that_is_free_has_no_ceiling(open_bench: OpenBench) -> None:
    """Where nothing is paid, the daily minutes bound nothing."""
    bench = open_bench(0.1, billable=False)
    assert bench.run(bench.add(duration_s=60.0)[1]).state == "ready"


# -- estimates ---------------------------------------------------------------------------------------


def test_an_estimate_says_what_will_be_asked_for(open_bench: OpenBench) -> None:
    """Videos count by what they will cost: embedded, known or started already, refused, or missing."""
    bench = open_bench(0.0)
    known, job = bench.add("known", duration_s=60.0)
    bench.run(job)
    new, _ = bench.add("new", duration_s=90.0)
    started, _ = bench.add("started", duration_s=30.0)
    small, _ = bench.add("small", duration_s=30.0, width=50)
    missing, _ = bench.add("missing", duration_s=30.0)
    Path(missing.paths[0]).unlink()
    told = bench.pipeline.estimate(
        [known, new, started, small, missing], started={started.id}, unread=2, refused=1
    )
    assert (told.videos, told.minutes) == (1, 1.5)
    assert (told.known_videos, told.known_minutes) == (2, 1.5)
    assert (told.unread, told.refused) == (2, 3)
    assert (told.price, told.currency) == (0.75, "EUR")
    assert bench.embedder.tasks == 1


def test_no_price_without_a_rate_or_a_bill(tmp_path: Path, open_bench: OpenBench) -> None:
    """Where the engine is free, or nobody said what a minute costs, no price is shown."""
    free = open_bench(0.0, billable=False)
    video, _ = free.add()
    assert free.pipeline.estimate([video]).price is None
    unpriced = open_bench(0.0, settings={})
    assert unpriced.pipeline.estimate([video]).price is None

"""Batches while they run: progress, the time that is left, and why one stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog.batches import BatchJob
from core.embedding.port import Concurrency
from core.indexing.patience import Patience
from core.indexing.progress import HELD, PAUSED, Paces, batch_progress
from core.model import Batch, Job
from tests.catalogs import NOW
from tests.indexing_bench import Bench

BATCH = Batch("b", "Films", NOW)


def member(state: str, duration_s: float | None = 10.0, **changes: object) -> BatchJob:
    plain = Job("j", "Film", NOW, NOW, state=state, video_id="v")  # type: ignore[arg-type]  # literals
    return BatchJob(replace(plain, **changes), duration_s)  # type: ignore[arg-type]  # a test's own


class Timer:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# -- how far it is -----------------------------------------------------------------------------------


def test_the_share_goes_by_footage() -> None:
    """A long film that is ready counts for more than a short one; unknown lengths take the usual one."""
    progress = batch_progress(BATCH, [member("ready", 90.0), member("queued", 10.0)], Paces())
    assert (progress.jobs, progress.ready, progress.share) == (2, 1, pytest.approx(0.9))
    unknown = batch_progress(BATCH, [member("ready", 90.0), member("queued", None)], Paces())
    assert unknown.share == pytest.approx(0.5)
    assert batch_progress(BATCH, [], Paces()).share == 0.0


def test_the_share_only_grows_on_the_way() -> None:
    """Every step forward, and progress within one, moves the bar forward and never beyond its end."""
    way = [
        member("queued"), member("preparing", progress=0.5), member("uploading"),
        member("uploading", progress=0.9), member("embedding"), member("embedding", progress=0.5),
        member("storing"), member("storing", progress=1.0), member("ready"),
    ]  # fmt: skip
    shares = [batch_progress(BATCH, [one], Paces()).share for one in way]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_how_a_batch_ended_is_counted() -> None:
    """Ready, failed and cancelled jobs are told apart, and together they end the batch."""
    ended = batch_progress(BATCH, [member("ready"), member("failed"), member("cancelled")], Paces())
    assert (ended.ready, ended.failed, ended.cancelled, ended.ended) == (1, 1, 1, True)
    assert (ended.share, ended.remaining_s, ended.waiting) == (1.0, None, None)


def test_the_time_left_goes_by_the_pace() -> None:
    """Nobody knows at the start; then what is left takes as long as what was done, in proportion."""
    timer = Timer()
    paces = Paces(timer)
    assert paces.remaining_s("b", 0.2) is None
    timer.now = 10.0
    assert paces.remaining_s("b", 0.2) is None
    timer.now = 20.0
    assert paces.remaining_s("b", 0.4) == pytest.approx(60.0)
    timer.now = 21.0
    # More films were added: the pace of before says nothing any more.
    assert paces.remaining_s("b", 0.1) is None


def test_a_batch_that_stands_has_no_time_left(tmp_path: Path) -> None:
    """The time in which a batch was held does not count against its pace."""
    timer = Timer()
    paces = Paces(timer)
    jobs = [member("uploading"), member("ready")]
    batch_progress(BATCH, jobs, paces)
    timer.now = 1000.0
    assert batch_progress(replace(BATCH, held=True), jobs, paces).remaining_s is None
    assert batch_progress(BATCH, jobs, paces).remaining_s is None
    timer.now = 1010.0
    further = [member("embedding", progress=0.5), member("ready")]
    left_s = batch_progress(BATCH, further, paces).remaining_s
    assert left_s is not None
    assert 5 < left_s < 60


def test_why_a_batch_stands() -> None:
    """Held, paused, a refused key, or all its jobs waiting: one sentence; none while anything moves."""
    limit = member("embedding", message="The day's minutes are used up.", not_before=NOW)
    moving = member("storing")
    for batch, blocked, jobs, sentence in [
        (BATCH, None, [limit, member("queued")], "The day's minutes are used up."),
        (BATCH, None, [limit, moving], None),
        (BATCH, "The key is wrong.", [moving], "The key is wrong."),
        (replace(BATCH, held=True), None, [moving], HELD),
        (replace(BATCH, paused=True), "The key is wrong.", [moving], PAUSED),
        (replace(BATCH, held=True), None, [member("ready")], None),
    ]:
        assert batch_progress(batch, jobs, Paces(), blocked=blocked).waiting == sentence


# -- while the worker runs ---------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(
        tmp_path, patience=Patience(poll_s=0.02, least_poll_s=0.02), poll_after_s=0.02,
        concurrency=Concurrency(uploads=2, tasks=3),
    )  # fmt: skip
    yield bench
    bench.close()


def wait_for(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


def test_a_held_batch_does_all_that_is_free(bench: Bench) -> None:
    """However many videos are held, each is prepared, known ones get ready, and nothing is sent."""
    known, job = bench.add("known")
    bench.run(job)
    bench.pipeline.remove_video(known.id, keep_embeddings=True)
    batch = bench.catalog.open_batch("Films", held=True)
    for number in range(40):
        bench.add(f"film{number}", batch.id)
    bench.add("known", batch.id)
    _, free = bench.add("free")
    bench.worker.start()

    def states() -> list[str]:
        return sorted(member.job.state for member in bench.catalog.batch_jobs(batch.id))

    wait_for(lambda: states() == ["ready"] + ["uploading"] * 40, 20)
    wait_for(lambda: bench.catalog.job(free.id).state == "ready")
    assert bench.embedder.diary.count("upload") == 2
    bench.catalog.change_batch(batch.id, held=False)
    bench.worker.wake()
    assert bench.worker.wait_idle(30)
    assert states() == ["ready"] * 41
    assert bench.embedder.tasks == 42


def test_a_paused_batch_fetches_what_was_begun_and_no_more(bench: Bench) -> None:
    """After a pause, tasks at the engine are archived; nothing is uploaded, and others take the places."""
    batch = bench.catalog.open_batch("Films")
    jobs = [bench.add(f"film{number}", batch.id)[1] for number in range(3)]
    begun = bench.until(jobs[0], "embedding")
    bench.embedder._polls = 1
    begun = bench.run(begun)
    bench.embedder._polls = 0
    assert begun.ticket.task_id is not None
    bench.catalog.change_batch(batch.id, paused=True)
    _, other = bench.add("other")
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(other.id).state == "ready")
    wait_for(lambda: bench.catalog.job(begun.id).state == "storing")
    time.sleep(0.2)
    assert [bench.catalog.job(job.id).state for job in jobs] == ["storing", "queued", "queued"]
    bench.catalog.change_batch(batch.id, paused=False)
    bench.worker.wake()
    assert bench.worker.wait_idle(20)


def test_pausing_holds_a_job_between_two_steps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that works on a job of a batch that is paused meanwhile does not go on to its next step."""
    batch = bench.catalog.open_batch("Films")
    _, job = bench.add("film", batch.id)
    real = bench.embedder.upload

    def upload(*told: object) -> object:
        bench.catalog.change_batch(batch.id, paused=True)
        return real(*told)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(bench.embedder, "upload", upload)
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(job.id).state == "embedding")
    time.sleep(0.3)
    assert bench.catalog.job(job.id).state == "embedding"
    assert bench.embedder.tasks == 0


def test_a_cancelled_batch_ends_although_it_is_held(bench: Bench) -> None:
    """Cancelling ends every job of a batch, also those that stand before the engine."""
    batch = bench.catalog.open_batch("Films", held=True)
    jobs = [bench.add(f"film{number}", batch.id)[1] for number in range(3)]
    bench.worker.start()
    wait_for(lambda: all(bench.catalog.job(job.id).state == "uploading" for job in jobs))
    bench.catalog.cancel_batch(batch.id)
    bench.worker.wake()
    assert bench.worker.wait_idle(10)
    assert {bench.catalog.job(job.id).state for job in jobs} == {"cancelled"}
    assert bench.catalog.batches(active_only=True) == []
    assert bench.embedder.tasks == 0


def test_an_address_stays_in_its_batch(bench: Bench) -> None:
    """A download that becomes a video is still held with the batch that its address was added to."""
    batch = bench.catalog.open_batch("Films", held=True)
    url_job = bench.add_url("film")
    bench.catalog.request_cancel(url_job.id)
    job = bench.catalog.add_job(source_url=url_job.source_url, batch_id=batch.id)
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(job.id).state == "uploading")
    found = bench.catalog.job(job.id)
    assert found.video_id is not None
    assert found.batch_id == batch.id
    time.sleep(0.1)
    assert bench.embedder.diary.count("upload") == 0

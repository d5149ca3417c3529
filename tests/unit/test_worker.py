"""The threads that advance jobs: in order, one a video, interrupted and continued without loss."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.errors import CatalogUnavailable, EngineUnauthorized, EngineUnavailable, IndexUnavailable
from core.indexing import transitions
from core.indexing.patience import Patience
from core.indexing.pipeline import Pipeline
from core.model import Job
from tests.indexing_bench import Bench

QUICK = Patience(first_s=0.05, longest_s=0.2, full_disk_s=0.05, limit_s=0.05, poll_s=0.02, least_poll_s=0.02)
WRONG_KEY = EngineUnauthorized("The key is wrong. Set TWELVE_LABS_API_KEY.")

OpenBench = Callable[..., Bench]


@pytest.fixture
def open_bench(tmp_path: Path) -> Iterator[OpenBench]:
    opened: list[Bench] = []

    def open_one(**how: Any) -> Bench:
        opened.append(Bench(tmp_path, patience=QUICK, **how))
        return opened[-1]

    yield open_one
    for bench in opened:
        bench.close()


def wait_for(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


class Overseer:
    """Watches which jobs and videos are worked on at the same time."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._lock = threading.Lock()
        self._in_hand: list[Job] = []
        self.most_at_once = 0
        self.clashes: list[str] = []
        self.begun: list[str] = []
        self._advance = pipeline.advance

    def advance(self, job: Job, stopping: Callable[[], bool]) -> Job:
        with self._watched(job):
            return self._advance(job, stopping)

    @contextmanager
    def _watched(self, job: Job) -> Iterator[None]:
        with self._lock:
            if any(o.id == job.id or (o.video_id and o.video_id == job.video_id) for o in self._in_hand):
                self.clashes.append(job.id)
            self._in_hand.append(job)
            self.most_at_once = max(self.most_at_once, len(self._in_hand))
            if job.state == "queued":
                self.begun.append(job.id)
        try:
            yield
        finally:
            with self._lock:
                self._in_hand.remove(job)


def oversee(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Overseer:
    overseer = Overseer(bench.pipeline)
    monkeypatch.setattr(bench.pipeline, "advance", overseer.advance)
    return overseer


def test_all_jobs_become_ready(open_bench: OpenBench) -> None:
    """A batch that was added before and while the worker runs is worked through to the end."""
    bench = open_bench(polls=2)
    videos = [bench.add(f"film{number}")[0] for number in range(4)]
    bench.worker.start()
    videos += [bench.add(f"film{number}")[0] for number in range(4, 8)]
    bench.worker.wake()
    assert bench.worker.wait_idle(20)
    assert [bench.catalog.video(video.id).status for video in videos] == ["ready"] * 8
    assert bench.embedder.tasks == 8


def test_several_videos_at_once_in_order_and_never_one_twice(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are begun oldest first, as many at once as there are threads, and never two of one video."""
    bench = open_bench(workers=3, delay_s=0.1)
    overseer = oversee(bench, monkeypatch)
    jobs = [bench.add(f"film{number}")[1] for number in range(9)]
    for job in jobs[:3]:
        bench.catalog.request_cancel(job.id)
        bench.catalog.retry(job.id)
        bench.catalog.request_cancel(job.id)
        jobs.append(bench.catalog.add_job(job.video_id))
    bench.worker.start()
    assert bench.worker.wait_idle(30)
    assert overseer.clashes == []
    assert overseer.most_at_once == 3
    assert overseer.begun == [job.id for job in jobs[3:]]


def test_two_addresses_of_one_video(open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that lead to the same bytes end as one video, embedded once, whoever comes first."""
    bench = open_bench(workers=4, media_delay_s=0.1, delay_s=0.1)
    overseer = oversee(bench, monkeypatch)
    first = bench.add_url("film")
    path = next(iter(bench.urls.values()))
    others = []
    for number in range(3):
        bench.urls[f"https://mirror.example/{number}"] = path
        others.append(bench.catalog.add_job(source_url=f"https://mirror.example/{number}"))
    bench.worker.start()
    assert bench.worker.wait_idle(20)
    assert {bench.catalog.job(job.id).state for job in (first, *others)} == {"ready"}
    assert [video.status for video in bench.catalog.videos()] == ["ready"]
    assert bench.embedder.tasks == 1
    assert overseer.clashes == []
    assert len(list(bench.layout.originals.iterdir())) == 1
    assert list(bench.layout.incoming.iterdir()) == []


def test_an_address_that_turns_out_to_be_a_video_at_work_waits(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that learns its video while another thread works on that video is let go until it is free."""
    bench = open_bench(workers=2)
    video, other = bench.add()
    url_job = bench.add_url("film")
    real, other_begun, released, too_early = bench.pipeline.advance, threading.Event(), threading.Event(), []

    def advance(job: Job, stopping: Callable[[], bool]) -> Job:
        if job.id == other.id:
            other_begun.set()
            released.wait(10)
        elif job.video_id is not None and not released.is_set():
            too_early.append(job.id)
        elif job.state == "preparing" and job.video_id is None:
            other_begun.wait(10)
            return bench.catalog.save_job(transitions.link(job, job.updated_at, video.id, "Film"))
        return real(job, stopping)

    monkeypatch.setattr(bench.pipeline, "advance", advance)
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(url_job.id).video_id == video.id)
    time.sleep(0.2)
    released.set()
    assert bench.worker.wait_idle(10)
    assert too_early == []
    assert [bench.catalog.job(job.id).state for job in (other, url_job)] == ["ready", "ready"]


def test_a_waiting_job_lets_others_go_on(open_bench: OpenBench) -> None:
    """While one video is at the engine, a single thread prepares and finishes others."""
    bench = open_bench(workers=1)
    _, slow = bench.add("slow")
    real_poll = bench.embedder.poll
    released = threading.Event()

    def poll(ticket: Any) -> Any:
        status = real_poll(ticket)
        if bench.catalog.job(slow.id).ticket == ticket and not released.is_set():
            return type(status)("processing", progress=0.1, poll_after_s=0.05)
        return status

    bench.embedder.poll = poll  # type: ignore[method-assign]  # this engine is slow with one video
    quick = [bench.add(f"film{number}")[1] for number in range(3)]
    bench.worker.start()
    wait_for(lambda: all(bench.catalog.job(job.id).state == "ready" for job in quick))
    assert bench.catalog.job(slow.id).state == "embedding"
    assert not bench.worker.wait_idle(0.1)
    released.set()
    assert bench.worker.wait_idle(10)


def test_work_under_way_is_bounded(open_bench: OpenBench) -> None:
    """Jobs that wait at the engine do not let ever more be begun."""
    bench = open_bench(workers=1, polls=1_000_000, poll_after_s=1.0)
    for number in range(8):
        bench.add(f"film{number}")
    bench.worker.start()
    wait_for(lambda: bench.catalog.count_active()[1] == 4)
    time.sleep(0.3)
    assert bench.catalog.count_active() == (4, 4)


def test_transient_failures_pass(open_bench: OpenBench) -> None:
    """A busy engine delays a job, and nobody has to do anything."""
    bench = open_bench()
    _, job = bench.add()
    bench.embedder.faults.plan("upload", *[EngineUnavailable("Busy.")] * 3)
    bench.worker.start()
    assert bench.worker.wait_idle(10)
    assert bench.catalog.job(job.id).state == "ready"


def test_a_bug_does_not_end_the_worker(open_bench: OpenBench) -> None:
    """After a job that met a bug, and after trouble outside of any job, the next ones are worked on."""
    bench = open_bench(workers=1)
    _, broken = bench.add("broken")
    bench.embedder.faults.plan("upload", ZeroDivisionError("a bug"))
    _, fine = bench.add("fine")
    bench.worker.start()
    assert bench.worker.wait_idle(10)
    assert bench.catalog.job(broken.id).state == "failed"
    assert bench.catalog.job(fine.id).state == "ready"


def test_a_catalog_that_does_not_answer_for_a_while(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the catalog fails, threads live on and take up the work when it is back."""
    monkeypatch.setattr("core.indexing.worker._AFTER_TROUBLE_S", 0.05)
    bench = open_bench(workers=2)
    _, job = bench.add()
    real, failures = bench.catalog.save_job, [CatalogUnavailable("The catalog does not answer.")] * 6

    def save_job(*told: Any, **named: Any) -> Job:
        if failures:
            raise failures.pop()
        return real(*told, **named)

    monkeypatch.setattr(bench.catalog, "save_job", save_job)
    bench.worker.start()
    assert bench.worker.wait_idle(10)
    assert failures == []
    assert bench.catalog.job(job.id).state == "ready"


def test_a_refused_key_stops_the_queue_once(open_bench: OpenBench) -> None:
    """One refusal stops all work with its sentence; jobs stay unfailed, and go on after `resume`."""
    bench = open_bench(workers=1)
    jobs = [bench.add(f"film{number}")[1] for number in range(3)]
    bench.embedder.faults.plan("upload", WRONG_KEY)
    bench.worker.start()
    wait_for(lambda: bench.worker.blocked is not None)
    assert bench.worker.blocked == WRONG_KEY.message
    assert not bench.worker.wait_idle(5)
    bench.worker.wake()
    time.sleep(0.3)
    assert [bench.catalog.job(job.id).state for job in jobs] == ["uploading", "queued", "queued"]
    assert bench.catalog.job(jobs[0].id).message == WRONG_KEY.message
    bench.worker.resume()
    assert bench.worker.wait_idle(10)
    assert bench.worker.blocked is None
    assert {bench.catalog.job(job.id).state for job in jobs} == {"ready"}


def test_a_blocked_queue_still_hears_a_cancel(open_bench: OpenBench) -> None:
    """While the queue stands, a job that is under way can be cancelled."""
    bench = open_bench(workers=1)
    _, job = bench.add()
    bench.embedder.faults.plan("upload", WRONG_KEY)
    bench.worker.start()
    wait_for(lambda: bench.worker.blocked is not None)
    bench.catalog.request_cancel(job.id)
    bench.worker.wake()
    wait_for(lambda: bench.catalog.job(job.id).state == "cancelled")


def test_a_cancel_interrupts_a_long_step(open_bench: OpenBench) -> None:
    """A running upload hears a cancel within a second, long before it would have ended."""
    bench = open_bench(workers=1, delay_s=30)
    _, job = bench.add()
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(job.id).state == "uploading")
    bench.catalog.request_cancel(job.id)
    bench.worker.wake()
    wait_for(lambda: bench.catalog.job(job.id).state == "cancelled", timeout_s=7)


def test_stopping_keeps_the_work(open_bench: OpenBench) -> None:
    """Stopping interrupts jobs where they are; the next start continues them with one attempt more."""
    bench = open_bench(workers=2, delay_s=2)
    jobs = [bench.add(f"film{number}")[1] for number in range(3)]
    bench.worker.start()
    wait_for(lambda: bench.catalog.count_active()[1] == 2)
    wait_for(lambda: all(bench.catalog.job(job.id).state == "uploading" for job in jobs[:2]))
    began = time.monotonic()
    assert bench.worker.stop(timeout_s=5)
    assert time.monotonic() - began < 2
    assert [bench.catalog.job(job.id).state for job in jobs] == ["uploading", "uploading", "queued"]
    bench.catalog.close()
    again = open_bench(workers=3, delay_s=0.01)
    again.worker.start()
    assert again.worker.wait_idle(15)
    assert [again.catalog.job(job.id).state for job in jobs] == ["ready"] * 3
    assert [again.catalog.job(job.id).attempt for job in jobs] == [2, 2, 1]
    assert again.embedder.tasks == 3


def test_stopping_waits_no_longer_than_it_may(open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that cannot be interrupted does not hold up the end; its job stays where it was saved."""
    bench = open_bench(workers=1)
    _, job = bench.add()
    released = threading.Event()
    monkeypatch.setattr(bench.embedder, "poll", lambda _: released.wait(20))
    bench.worker.start()
    wait_for(lambda: bench.catalog.job(job.id).ticket.task_id is not None)
    began = time.monotonic()
    assert not bench.worker.stop(timeout_s=0.2)
    assert time.monotonic() - began < 1
    assert bench.catalog.job(job.id).state == "embedding"
    released.set()
    assert bench.worker.stop(timeout_s=5)


def test_a_worker_can_be_started_again(open_bench: OpenBench) -> None:
    """After a stop, the same worker starts and finishes what is left."""
    bench = open_bench()
    bench.worker.start()
    assert bench.worker.stop()
    _, job = bench.add()
    time.sleep(0.05)
    assert bench.catalog.job(job.id).state == "queued"
    bench.worker.start()
    bench.worker.start()
    assert bench.worker.wait_idle(10)


def test_idle_means_that_nothing_is_left(open_bench: OpenBench) -> None:
    """Waiting ends at once where there is nothing to do, and after its time where nobody works."""
    bench = open_bench()
    assert bench.worker.wait_idle(0)
    bench.add()
    began = time.monotonic()
    assert not bench.worker.wait_idle(0.3)
    assert 0.3 <= time.monotonic() - began < 2


def test_progress_is_saved_sparingly(open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a step reports, its job is written about four times a second at most."""
    bench = open_bench(workers=1)
    _, job = bench.add()
    job = bench.until(job, "uploading")
    writes = []
    real = bench.catalog.save_job
    monkeypatch.setattr(
        bench.catalog,
        "save_job",
        lambda saved, **named: (writes.append(saved.progress), real(saved, **named))[1],
    )

    def upload(_source: Any, ticket: Any, _save: Any, report: Callable[[float], None]) -> Any:
        ends = time.monotonic() + 1.0
        while (left := ends - time.monotonic()) > 0:
            report(1.0 - left)
        return ticket

    monkeypatch.setattr(bench.embedder, "upload", upload)
    bench.pipeline.advance(job)
    progressed = [progress for progress in writes if progress > 0]
    assert 2 <= len(progressed) <= 5
    assert progressed == sorted(progressed)


def test_a_deleted_video_is_gone_although_the_index_was_down(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion that could not be finished is finished by the worker when the index answers again."""
    monkeypatch.setattr("core.indexing.worker._TIDY_EVERY_S", 0.1)
    monkeypatch.setattr("core.indexing.worker._LOOK_EVERY_S", 0.1)
    bench = open_bench()
    video, job = bench.add()
    bench.run(job)
    real = bench.index.delete_video
    monkeypatch.setattr(bench.index, "delete_video", _down)
    bench.pipeline.remove_video(video.id, keep_embeddings=False)
    assert bench.catalog.find(video.id) is None
    bench.worker.start()
    time.sleep(0.3)
    assert bench.row_count(video) == 4
    monkeypatch.setattr(bench.index, "delete_video", real)
    wait_for(lambda: bench.row_count(video) == 0 and bench.catalog.unsettled() == [])
    assert bench.archive.entries() == []


def _down(_video_id: str) -> None:
    raise IndexUnavailable("The search index does not answer.")

"""What becomes of a job when something fails: it waits, it fails, or the queue stops."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.embedding.port import TaskStatus
from core.errors import (
    EngineLimitReached,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    IndexUnavailable,
    MediaError,
    StorageFull,
)
from core.indexing.patience import Patience
from core.indexing.pipeline import UNEXPECTED
from tests.fakes import FakeClock
from tests.indexing_bench import Bench, run_through

BUSY = EngineUnavailable("The engine is busy. It is tried again.")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    bench = Bench(tmp_path, clock=clock)
    yield bench
    bench.close()


@pytest.mark.parametrize("call", ["upload", "submit", "poll", "collect"])
def test_a_transient_failure_is_tried_again_later(bench: Bench, clock: FakeClock, call: str) -> None:
    """A job that met a busy engine waits, says why, and then goes on where it was."""
    _, job = bench.add()
    bench.embedder.faults.plan(call, BUSY)
    parked = bench.run(job)
    assert parked.not_before is not None
    assert parked.not_before > clock.now
    assert (parked.failures, parked.message) == (1, BUSY.message)
    done = run_through(bench, clock, parked)
    assert (done.state, done.failures, done.message) == ("ready", 0, None)
    assert bench.embedder.tasks == 1


def test_waiting_grows_and_ends(bench: Bench, clock: FakeClock) -> None:
    """Failures in a row wait longer and longer, by chance, and after the last one the job fails for now."""
    _, job = bench.add()
    patience = Patience()
    bench.embedder.faults.plan("upload", *[EngineUnavailable("Busy.")] * patience.tries)
    waits = []
    while not (job := bench.run(job)).ended:
        assert job.not_before is not None
        waits.append((job.not_before - clock.now).total_seconds())
        clock.now = job.not_before
    assert len(waits) == patience.tries - 1
    for failures, wait in enumerate(waits):
        full = patience.first_s * 2**failures
        assert full / 2 - 0.01 <= wait <= full
    assert (job.state, job.retryable, job.message) == ("failed", True, "Busy.")
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"


def test_the_engine_is_left_alone_for_as_long_as_it_asks(bench: Bench, clock: FakeClock) -> None:
    """A time that the engine named is waited for in full."""
    _, job = bench.add()
    bench.embedder.faults.plan("upload", EngineUnavailable("Too many requests.", retry_after_s=77))
    parked = bench.run(job)
    assert parked.not_before is not None
    assert parked.not_before - clock.now >= timedelta(seconds=76.9)


def test_jitter_differs() -> None:
    """Jobs that failed together do not come back together."""
    assert len({Patience().delay_s(3) for _ in range(20)}) > 10
    assert Patience().delay_s(10_000) <= Patience().longest_s


@pytest.mark.parametrize("call", ["check", "upload", "submit", "poll", "collect"])
def test_a_permanent_failure_ends_at_once(bench: Bench, call: str) -> None:
    """What the engine refuses for good fails with its sentence and is not tried again by itself."""
    _, job = bench.add()
    bench.embedder.faults.plan(call, EngineRefused("Too short for this engine. Use a longer one."))
    done = bench.run(job)
    assert (done.state, done.message, done.retryable) == (
        "failed", "Too short for this engine. Use a longer one.", False,
    )  # fmt: skip


def test_a_task_that_failed_is_started_again_where_that_helps(bench: Bench, clock: FakeClock) -> None:
    """A failed task that is worth another one uses the same upload, and not for ever."""
    _, job = bench.add()
    bench.embedder.outcomes = [TaskStatus("failed", message="Overloaded.", retry=True)]
    assert run_through(bench, clock, job).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (2, 1)
    _, other = bench.add("other")
    bench.embedder.outcomes = [TaskStatus("failed", message="Overloaded.", retry=True)] * 10
    failed = run_through(bench, clock, other)
    assert failed.state == "failed"
    assert f"Overloaded. It was tried {Patience().tasks} times." in (failed.message or "")
    assert bench.embedder.tasks == 2 + Patience().tasks


def test_a_task_that_failed_for_good_fails_the_job(bench: Bench) -> None:
    """The engine's sentence is shown; a retry by a person starts a new task with the same upload."""
    _, job = bench.add()
    bench.embedder.outcomes = [TaskStatus("failed", message="This video has no picture.")]
    done = bench.run(job)
    assert (done.state, done.message) == ("failed", "This video has no picture.")
    assert done.ticket.task_id is None
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (2, 1)


def test_a_task_that_the_engine_forgot_is_started_again(bench: Bench, clock: FakeClock) -> None:
    """A job that was left alone for longer than the provider keeps results starts a new task."""
    _, job = bench.add()
    bench.embedder.faults.plan("poll", BUSY)
    parked = bench.run(job)
    assert parked.ticket.task_id is not None
    bench.embedder.forget_tasks()
    assert run_through(bench, clock, parked).state == "ready"
    assert bench.embedder.diary.count("submit") == 2


def test_no_embeddings_is_a_failure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video in which the engine found nothing does not become ready with nothing to find."""
    _, job = bench.add()
    monkeypatch.setattr(bench.embedder, "collect", lambda *_: [])
    assert bench.run(job).state == "failed"
    assert bench.archive.entries() == []


def test_a_refused_key_stops_the_queue_and_not_the_job(bench: Bench) -> None:
    """A refused key is raised for the worker; the job stays where it was and says why."""
    _, job = bench.add()
    job = bench.until(job, "uploading")
    bench.embedder.faults.plan("upload", EngineUnauthorized("The key is wrong. Set TWELVE_LABS_API_KEY."))
    with pytest.raises(EngineUnauthorized):
        bench.pipeline.advance(job)
    held = bench.catalog.job(job.id)
    assert (held.state, held.not_before) == ("uploading", None)
    assert held.message == "The key is wrong. Set TWELVE_LABS_API_KEY."
    assert bench.run(held).state == "ready"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (StorageFull("The disk is full."), Patience().full_disk_s),
        (EngineLimitReached("The quota is used up."), Patience().limit_s),
        (OSError(errno.ENOSPC, "No space left on device"), Patience().full_disk_s),
    ],
)
def test_a_full_disk_or_quota_is_waited_out(
    bench: Bench, clock: FakeClock, error: Exception, seconds: float
) -> None:
    """However often it happens, a full disk or a used up quota never fails a job."""
    _, job = bench.add()
    bench.embedder.faults.plan("upload", *[error] * 30)
    for _ in range(30):
        job = bench.run(job)
        assert (job.state, job.failures) == ("uploading", 0)
        assert job.not_before is not None
        assert job.not_before - clock.now <= timedelta(seconds=seconds)
        clock.now = job.not_before
    assert bench.run(job).state == "ready"


def test_an_index_that_is_down_is_waited_for(
    bench: Bench, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Milvus does not answer, the job waits in storing; nothing is embedded again for it."""
    video, job = bench.add()
    job = bench.until(job, "storing")
    real, answers = bench.index.replace_video, [False, False, True]

    def sometimes(*told: object) -> int:
        if not answers.pop(0):
            raise IndexUnavailable("The search index does not answer.")
        return real(*told)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(bench.index, "replace_video", sometimes)
    assert run_through(bench, clock, job).state == "ready"
    assert bench.row_count(video) == 4
    assert bench.embedder.diary.count("collect") == 1


def test_a_bug_fails_one_job_with_a_plain_sentence(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody expected is logged with its traceback; the person reads no driver's text."""
    _, job = bench.add()
    bench.embedder.faults.plan("upload", ZeroDivisionError("secret internals"))
    with caplog.at_level(logging.ERROR):
        done = bench.run(job)
    assert (done.state, done.message, done.retryable) == ("failed", UNEXPECTED, True)
    assert "secret internals" in caplog.text
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"


def test_a_missing_file_fails_until_it_is_back(bench: Bench) -> None:
    """A video whose file is gone says so by its title, and becomes ready once the file is known again."""
    video, job = bench.add("holiday")
    moved = Path(video.paths[0]).rename(bench.films / "elsewhere.mp4")
    done = bench.run(job)
    assert (done.state, done.retryable) == ("failed", True)
    assert "“holiday”" in (done.message or "")
    assert str(bench.films) not in (done.message or "")
    bench.catalog.remember_path(video.id, str(moved))
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"


def test_another_file_of_the_same_name_is_not_this_video(bench: Bench) -> None:
    """Where other bytes now lie at the known path, the video counts as missing instead of being mixed up."""
    video, job = bench.add()
    with Path(video.paths[0]).open("a") as file:
        file.write("more")
    done = bench.run(job)
    assert done.state == "failed"
    assert bench.embedder.diary.count("upload") == 0


def test_pictures_that_cannot_be_made_do_not_stop_a_video(bench: Bench) -> None:
    """A video can be searched although its poster and thumbnails failed; the job says so."""
    video, job = bench.add()
    bench.media.faults.plan("poster", MediaError("Damaged."))
    bench.media.faults.plan("thumbnails", MediaError("Damaged."))
    done = bench.run(job)
    assert done.state == "ready"
    assert "pictures" in (done.message or "")
    assert bench.row_count(video) == 4


def test_a_video_that_cannot_be_played_fails(bench: Bench) -> None:
    """Without the proxy that the browser needs, the job fails with the sentence of the media tool."""
    _, job = bench.add(playable=False)
    bench.media.faults.plan("proxy", MediaError("This file is damaged. Convert it."))
    assert bench.run(job).message == "This file is damaged. Convert it."


def test_what_the_engine_refuses_has_a_picture_all_the_same(bench: Bench) -> None:
    """It stays in the library, where it can be seen; a playable copy is made only of what goes on."""
    video, job = bench.add(width=90, playable=False)
    assert bench.run(job).state == "failed"
    assert bench.layout.poster(video.id).is_file()
    assert not bench.layout.proxy(video.id).exists()

"""The steps at the engine: uploads that must be read there first, requests to wait, and tasks that hang."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.embedding.port import TaskStatus
from core.errors import EngineBusy, EngineOutcomeUnknown, EngineRefused, EngineUnavailable, NotFound
from core.indexing.patience import Patience
from core.indexing.record import Stopping
from core.model import Ticket
from tests.fakes import FakeClock
from tests.indexing_bench import Bench, run_through

GONE = TaskStatus("failed", message="The file is no longer at the engine.", retry=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    bench = Bench(tmp_path, clock=clock)
    yield bench
    bench.close()


# -- uploads -----------------------------------------------------------------------------------------


def test_a_task_begins_when_the_upload_can_be_used(bench: Bench, clock: FakeClock) -> None:
    """While the engine still reads what went up, nothing is submitted and no thread is held."""
    _, job = bench.add()
    bench.embedder.uploads = [TaskStatus("processing", poll_after_s=5.0)] * 3
    waiting = bench.run(job)
    assert (waiting.state, waiting.failures, bench.embedder.tasks) == ("embedding", 0, 0)
    assert waiting.not_before is not None
    assert timedelta(seconds=4.9) < waiting.not_before - clock.now <= timedelta(seconds=5)
    assert run_through(bench, clock, waiting).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 1)


def test_an_upload_that_is_gone_goes_up_again(bench: Bench, clock: FakeClock) -> None:
    """What the engine lost or could not use is uploaded again, under a new ticket, and billed once."""
    _, job = bench.add()
    bench.embedder.uploads = [GONE]
    job = bench.until(job, "embedding")
    first = job.ticket
    again = bench.pipeline.advance(job)
    assert (again.state, again.ticket) == ("uploading", Ticket())
    done = run_through(bench, clock, again)
    assert first.asset_id is not None
    assert done.state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 2)


def test_going_up_again_has_an_end(bench: Bench, clock: FakeClock) -> None:
    """An upload that is of no use again and again fails the job with the engine's sentence."""
    _, job = bench.add()
    bench.embedder.uploads = [GONE] * 20
    done = run_through(bench, clock, job)
    assert done.state == "failed"
    assert f"no longer at the engine. It was tried {Patience().tasks} times." in (done.message or "")
    assert bench.embedder.diary.count("upload") == Patience().tasks + 1
    assert bench.embedder.tasks == 0


def test_an_upload_that_cannot_be_used_fails_the_job(bench: Bench) -> None:
    """Where another upload would not help, the job ends at once and says why."""
    _, job = bench.add()
    bench.embedder.uploads = [TaskStatus("failed", message="This file has no picture.")]
    done = bench.run(job)
    assert (done.state, done.message) == ("failed", "This file has no picture.")


def test_a_task_that_may_exist_is_looked_for_before_the_upload(bench: Bench) -> None:
    """After a request whose outcome nobody knows, an expired upload must not lead to a second task."""
    _, job = bench.add()
    job = bench.until(job, "embedding")
    bench.embedder.faults.plan("poll", Stopping())
    with pytest.raises(Stopping):
        bench.pipeline.advance(job)
    asked = bench.catalog.job(job.id)
    lost = bench.catalog.save_job(replace(asked, ticket=replace(asked.ticket, task_id=None)))
    bench.embedder.uploads = [GONE]
    assert bench.run(lost).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 1)


def test_a_retry_asks_about_its_task_and_uploads_nothing(bench: Bench) -> None:
    """A job that failed after its task was begun fetches that task, although its upload is gone."""
    _, job = bench.add()
    bench.embedder.faults.plan("collect", EngineRefused("Not now."))
    failed = bench.run(job)
    assert (failed.state, failed.ticket.task_id is None) == ("failed", False)
    bench.embedder.release(failed.ticket)
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 1)


def test_a_task_and_an_upload_that_both_expired_begin_again(bench: Bench, clock: FakeClock) -> None:
    """A job that was left alone for weeks uploads and embeds anew, without anybody's help."""
    _, job = bench.add()
    bench.embedder.faults.plan("poll", EngineUnavailable("Busy."))
    parked = bench.run(job)
    bench.embedder.forget_tasks()
    bench.embedder.release(parked.ticket)
    assert run_through(bench, clock, parked).state == "ready"
    assert (bench.embedder.diary.count("submit"), bench.embedder.diary.count("upload")) == (2, 2)


def test_a_task_cannot_begin_with_an_upload_that_is_gone(bench: Bench, clock: FakeClock) -> None:
    """Where the engine finds out only at the task that the upload is gone, it goes up again."""
    _, job = bench.add()
    bench.embedder.faults.plan("submit", NotFound("There is no such upload."))
    bench.embedder.uploads = [TaskStatus("ready"), GONE]
    assert run_through(bench, clock, job).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 2)


# -- being asked to wait -----------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["upload", "poll_upload", "submit", "poll", "collect"])
def test_being_asked_to_wait_is_no_failure(bench: Bench, clock: FakeClock, call: str) -> None:
    """However often the engine asks to be left alone, the job waits with its sentence and never fails."""
    _, job = bench.add()
    tries = Patience().tries * 2
    bench.embedder.faults.plan(call, *[EngineBusy("Twelve Labs asks to wait.", 40.0)] * tries)
    for _ in range(tries):
        job = bench.run(job)
        assert (job.failures, job.message) == (0, "Twelve Labs asks to wait.")
        assert job.not_before is not None
        assert job.not_before - clock.now > timedelta(seconds=39.9)
        clock.now = job.not_before
    assert bench.run(job).state == "ready"
    assert bench.embedder.tasks == 1


def test_an_unknown_outcome_is_looked_into_soon(bench: Bench, clock: FakeClock) -> None:
    """A request that may have been carried out is looked for after a few seconds, and not without end."""
    _, job = bench.add()
    unknown = EngineOutcomeUnknown("The answer got lost. It is looked for.")
    bench.embedder.faults.plan("submit", *[unknown] * Patience().looks)
    job = bench.run(job)
    assert job.not_before is not None
    assert job.not_before - clock.now <= timedelta(seconds=Patience().unknown_s)
    assert (job.failures, job.ticket.intent is None) == (1, False)
    began = clock.now
    assert run_through(bench, clock, job).state == "failed"
    # A provider that lists late is waited for longer than a failure is.
    assert clock.now - began > timedelta(minutes=10)
    assert run_through(bench, clock, bench.catalog.retry(job.id)).state == "ready"
    assert bench.embedder.tasks == 1


# -- tasks that hang ---------------------------------------------------------------------------------


def test_a_slow_task_says_so_and_has_an_end(tmp_path: Path, clock: FakeClock) -> None:
    """A task that hangs gets a sentence, and fails after hours with its task kept for a later look."""
    bench = Bench(tmp_path, clock=clock, polls=10_000, poll_after_s=600.0)
    _, job = bench.add()
    messages = set()
    for _ in range(100):
        job = bench.run(job)
        messages.add(job.message)
        if job.ended:
            break
        assert job.not_before is not None
        clock.now = job.not_before
    assert (job.state, job.retryable) == ("failed", True)
    assert "6 hours" in (job.message or "")
    assert any("has been working on this video for" in (message or "") for message in messages)
    assert job.ticket.task_id is not None
    bench.embedder._polls = 0
    for file in (tmp_path / "provider" / "tasks").glob("*.json"):
        file.write_text(file.read_text().replace('"polls": ', '"polls": -'))
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert bench.embedder.tasks == 1
    bench.close()


def test_a_long_video_may_take_longer() -> None:
    """The deadline grows with the footage, so a film of four hours is not given up too early."""
    assert Patience().task_s(60.0) == 6 * 3600.0
    assert Patience().task_s(4 * 3600.0) == 16 * 3600.0


# -- counting ----------------------------------------------------------------------------------------


def test_a_task_is_counted_once_whenever_the_process_dies(bench: Bench) -> None:
    """A death between archiving and counting, a cancel, a retry: the minutes are counted, and once."""
    video, job = bench.add()
    job = bench.until(job, "embedding")
    real = bench.catalog.save_job

    def dies(saved: object, **told: object) -> object:
        if told.get("embedded_s") is not None:
            raise Stopping
        return real(saved, **told)  # type: ignore[arg-type]  # passed through

    bench.catalog.save_job = dies  # type: ignore[method-assign]  # the process dies at this write
    with pytest.raises(Stopping):
        bench.pipeline.advance(job)
    bench.catalog.save_job = real  # type: ignore[method-assign]  # another process
    assert bench.catalog.totals() == {}
    bench.catalog.request_cancel(job.id)
    assert bench.run(bench.catalog.job(job.id)).state == "cancelled"
    bench.embedder.faults.plan("release", EngineUnavailable("Busy."), RuntimeError("a bug"))
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert bench.catalog.totals() == {bench.embedder.space.key: video.duration_s}
    again = bench.run(bench.catalog.add_job(video.id, force=True))
    assert again.state == "failed"
    assert bench.run(bench.catalog.retry(again.id)).state == "ready"
    assert bench.embedder.tasks == 2
    assert bench.catalog.totals() == {bench.embedder.space.key: 2 * video.duration_s}


def test_what_is_free_is_not_counted(tmp_path: Path, clock: FakeClock) -> None:
    """Minutes are counted where they cost money, and nowhere else."""
    bench = Bench(tmp_path, clock=clock, billable=False)
    assert bench.run(bench.add()[1]).state == "ready"
    assert bench.catalog.totals() == {}
    bench.close()


# -- files that bring the process down ---------------------------------------------------------------


def test_a_file_that_ends_the_process_is_left_alone_in_the_end(bench: Bench, clock: FakeClock) -> None:
    """After some deaths within one step a job waits, others go first, and after more it fails."""
    _, job = bench.add("poison")
    _, fine = bench.add("fine")
    job = bench.until(job, "preparing")
    patience, waits = Patience(), []
    while not job.ended:
        # The process dies in the middle of the step: what was saved last is all that is left.
        bench.media.faults.plan("poster", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            bench.pipeline.advance(job)
        job = bench.pipeline.take_up(bench.catalog.job(job.id))
        waits.append((job.not_before - clock.now).total_seconds() if job.not_before else 0.0)
        found = bench.catalog.next_job(clock.now)
        assert found is not None
        assert found.id == (fine.id if job.ended or job.not_before else job.id)
    assert len(waits) == patience.cut_offs
    assert [round(wait) for wait in waits] == [0, 0, 10, 20, 40, 60, 60, 60, 60, 0]
    assert (job.state, job.retryable) == ("failed", True)
    assert f"stopped {patience.cut_offs} times" in (job.message or "")
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert bench.run(fine).state == "ready"


def test_stopping_in_time_is_not_a_death(bench: Bench) -> None:
    """A job that is interrupted because the application shuts down is not under suspicion."""
    _, job = bench.add()
    job = bench.until(job, "preparing")
    for _ in range(10):
        bench.media.faults.plan("poster", Stopping())
        with pytest.raises(Stopping):
            bench.pipeline.advance(job)
        job = bench.pipeline.take_up(bench.catalog.job(job.id))
    assert (job.cut_off, job.not_before) == (0, None)
    assert bench.run(job).state == "ready"

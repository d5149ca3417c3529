"""The way of a job through its steps: what each leaves behind, and that nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import (
    EngineRefused,
    EngineUnavailable,
)
from core.indexing.record import Stopping
from core.model import Filters, Ticket
from tests.fakes import FakeClock
from tests.indexing_bench import Bench

BUSY = EngineUnavailable("The engine is busy. It is tried again.")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    bench = Bench(tmp_path, clock=clock)
    yield bench
    bench.close()


@pytest.fixture
def free(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    """A bench with an engine that costs nothing and whose recipe names the title."""
    bench = Bench(tmp_path, clock=clock, billable=False, words_count=True)
    yield bench
    bench.close()


# -- the whole way -----------------------------------------------------------------------------------


def test_a_video_becomes_ready_step_by_step(bench: Bench) -> None:
    """Each advance does one step and saves it; at the end rows, archive, pictures and catalog agree."""
    video, job = bench.add(duration_s=10.0)
    states = []
    while not job.ended:
        job = bench.pipeline.advance(job)
        assert bench.catalog.job(job.id) == job
        states.append(job.state)
    assert states == ["preparing", "uploading", "embedding", "storing", "ready"]
    found = bench.catalog.video(video.id)
    assert (found.status, found.segment_count, found.space_key) == ("ready", 3, bench.embedder.space.key)
    assert found.recipe == bench.pipeline.recipe_of(found)
    assert found.indexed_at is not None
    assert bench.row_count(video) == 6
    assert bench.archive.has(video.id, bench.embedder.space, found.recipe)
    thumbs = {f"thumbs/{at_ms}.jpg" for at_ms in (2000, 6000, 9000)}
    pictures = {"poster.jpg", "sprites/000.jpg", "sprites/sheets.json"} | thumbs
    made = {name for name in bench.files() if name.startswith("media")}
    assert made == {f"media/{video.id}/{name}" for name in pictures}
    assert bench.catalog.totals() == {bench.embedder.space.key: 10.0}


def test_what_the_browser_cannot_play_gets_a_proxy(bench: Bench) -> None:
    """A proxy is made once for a video that needs one, and not again for a second indexing."""
    video, job = bench.add(playable=False)
    assert bench.run(job).state == "ready"
    assert bench.layout.proxy(video.id).is_file()
    assert bench.run(bench.catalog.add_job(video.id, force=True)).state == "ready"
    assert bench.media.diary.count("proxy") == 1
    assert bench.media.diary.count("poster") == 1


def test_pictures_of_segments_that_are_gone_go_too(bench: Bench) -> None:
    """Indexing again keeps the pictures of its segments and removes those of earlier ones."""
    video, job = bench.add()
    bench.run(job)
    kept = bench.files()
    bench.layout.thumbnail(video.id, 1234).write_text("of an earlier segment")
    assert bench.run(bench.catalog.add_job(video.id, force=True)).state == "ready"
    assert bench.files() == kept
    assert bench.media.diary.count("thumbnails") == 1


def test_rows_carry_what_people_wrote(bench: Bench) -> None:
    """The rows of a video can be filtered by its category and recorded date as soon as it is ready."""
    new = replace(bench.new_video("film"), category="road", recorded_at=datetime(2024, 5, 1, tzinfo=UTC))
    _, job = bench.catalog.add_video_with_job(new)
    bench.run(job)
    vector = bench.embedder.embed_text("x").by_modality["visual"].reshape(1, -1)

    def hits(filters: Filters) -> int:
        return len(bench.index.search(bench.embedder.space, "visual", vector, limit=9, filters=filters)[0])

    assert hits(Filters(categories=("road",), recorded_from=datetime(2024, 5, 1).date())) == 2
    assert hits(Filters(categories=("harbour",))) == 0


def test_an_edit_while_rows_are_written_is_not_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A category that changes between reading the video and writing its rows is in the rows afterwards."""
    video, job = bench.add()
    job = bench.until(job, "storing")
    real = bench.index.replace_video

    def edited_meanwhile(*told: object) -> int:
        bench.catalog.edit_video(video.id, category="new")
        return real(*told)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(bench.index, "replace_video", edited_meanwhile)
    assert bench.run(job).state == "ready"
    vector = bench.embedder.embed_text("x").by_modality["visual"].reshape(1, -1)
    found = bench.index.search(
        bench.embedder.space, "visual", vector, limit=9, filters=Filters(categories=("new",))
    )
    assert len(found[0]) == 2


def test_waiting_for_the_engine_does_not_hold_a_thread(tmp_path: Path, clock: FakeClock) -> None:
    """While a task is at work, advance returns at once with the time of the next look."""
    bench = Bench(tmp_path, clock=clock, polls=3, poll_after_s=7.0)
    _, job = bench.add()
    job = bench.run(job)
    looks = 0
    while job.state == "embedding":
        assert job.not_before is not None
        assert timedelta(seconds=6.9) < job.not_before - clock.now <= timedelta(seconds=7)
        assert job.progress == 0.5
        looks += 1
        clock.now = job.not_before
        job = bench.run(job)
    assert (looks, job.state) == (3, "ready")
    assert bench.embedder.tasks == 1
    bench.close()


def test_looks_at_a_task_leave_time_for_others(tmp_path: Path, clock: FakeClock) -> None:
    """An engine that asks to be polled without a pause is polled ten times a second at most."""
    bench = Bench(tmp_path, clock=clock, polls=1, poll_after_s=0.001)
    _, job = bench.add()
    job = bench.run(job)
    assert job.not_before is not None
    assert job.not_before - clock.now > timedelta(seconds=0.09)
    bench.close()


# -- nothing twice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["preparing", "uploading", "embedding", "storing"])
def test_each_step_can_be_done_again(bench: Bench, state: str) -> None:
    """A step that was done but not saved is done again, and everything comes out the same."""
    video, job = bench.add(playable=False)
    before = bench.until(job, state)
    done = bench.pipeline.advance(before)
    # As a crash right before the save would leave it.
    lost = bench.catalog.save_job(replace(before, version=done.version))
    assert bench.run(lost).state == "ready"
    assert bench.row_count(video) == 4
    assert bench.embedder.tasks == 1
    assert bench.embedder.diary.count("again") == 0
    assert bench.media.diary.count("proxy") == 1


def test_what_the_archive_has_is_never_embedded_again(bench: Bench) -> None:
    """A video whose embeddings were kept goes straight from preparing to storing, at no cost."""
    video, job = bench.add()
    bench.run(job)
    bench.pipeline.remove_video(video.id, keep_embeddings=True)
    assert bench.row_count(video) == 0
    again, job = bench.add()
    assert again.id == video.id
    assert bench.pipeline.advance(bench.pipeline.advance(job)).state == "storing"
    assert bench.run(bench.catalog.job(job.id)).state == "ready"
    assert bench.row_count(video) == 4
    assert (bench.embedder.tasks, bench.embedder.diary.count("collect")) == (1, 1)
    assert sum(bench.catalog.totals().values()) == video.duration_s


def test_indexing_again_on_request_embeds_again_once(bench: Bench) -> None:
    """A forced job embeds although the archive has the file; a crash after archiving does not embed more."""
    video, job = bench.add()
    bench.run(job)
    forced = bench.until(bench.catalog.add_job(video.id, force=True), "storing")
    assert not forced.force
    bench.embedder.faults.plan("release", RuntimeError("a bug"))
    assert bench.run(forced).state == "failed"
    assert bench.run(bench.catalog.retry(forced.id)).state == "ready"
    assert bench.embedder.tasks == 2


def test_the_ticket_survives_a_crash_right_after_it_was_saved(bench: Bench) -> None:
    """A process that dies between saving the task id and anything else finds the task again."""
    _, job = bench.add()
    job = bench.until(job, "embedding")
    bench.embedder.faults.plan("poll", Stopping())
    with pytest.raises(Stopping):
        bench.pipeline.advance(job)
    saved = bench.catalog.job(job.id)
    assert saved.ticket.task_id is not None
    assert saved.tasks == 1
    assert bench.run(saved).state == "ready"
    assert bench.embedder.tasks == 1


def test_a_failed_job_that_is_retried_uses_its_task(bench: Bench) -> None:
    """After a permanent failure a retry collects the task that was paid for already."""
    _, job = bench.add()
    bench.embedder.faults.plan("collect", EngineRefused("It broke."))
    assert bench.run(job).state == "failed"
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert (bench.embedder.tasks, bench.embedder.diary.count("upload")) == (1, 1)


def test_what_was_left_at_the_engine_is_deleted(bench: Bench) -> None:
    """Once the embeddings are archived and stored, nothing of the video stays at the engine."""
    _, job = bench.add()
    done = bench.run(job)
    assert bench.embedder.assets == 0
    assert done.ticket == Ticket()


def test_an_engine_that_cannot_delete_does_not_spoil_the_video(bench: Bench) -> None:
    """A failing release leaves the video ready and the ticket saved, for somebody to delete by."""
    _, job = bench.add()
    bench.embedder.faults.plan("release", BUSY)
    done = bench.run(job)
    assert done.state == "ready"
    assert done.ticket.asset_id is not None


def test_a_free_engine_keeps_only_its_newest_archive(free: Bench) -> None:
    """Where embedding costs nothing, the archive of an older recipe is removed once the new one is stored."""
    video, job = free.add()
    free.run(job)
    free.catalog.edit_video(video.id, title="Another title")
    free.run(free.catalog.add_job(video.id))
    found = free.catalog.video(video.id)
    assert [entry.recipe for entry in free.archive.entries()] == [found.recipe]
    assert found.recipe == free.pipeline.recipe_of(found)


def test_a_title_that_changes_under_way_is_embedded_in_the_end(free: Bench) -> None:
    """Where words go into the embeddings, an edit during indexing is indexed before the job is ready."""
    video, job = free.add()
    job = free.until(job, "storing")
    edited = free.catalog.edit_video(video.id, title="Edited")
    assert free.run(job).state == "ready"
    assert free.catalog.video(video.id).recipe == free.pipeline.recipe_of(edited)


def test_another_engine_starts_over(tmp_path: Path, clock: FakeClock) -> None:
    """A job that another engine had begun starts over with the present one, without its ticket."""
    old = Bench(tmp_path, clock=clock, model="old")
    video, job = old.add()
    job = old.until(job, "embedding")
    stored, other_job = old.add("other")
    other_job = old.until(other_job, "storing")
    old.catalog.close()
    new = Bench(tmp_path, clock=clock, model="new")
    for left, name in ((job, video), (other_job, stored)):
        done = new.run(new.catalog.job(left.id))
        assert (done.state, done.space_key) == ("ready", new.embedder.space.key)
        assert new.catalog.video(name.id).space_key == new.embedder.space.key
    assert new.embedder.diary.count("upload", video.id) == 2
    new.close()


def test_a_damaged_archive_costs_nothing_without_a_person(bench: Bench) -> None:
    """Where embedding costs money, a damaged archive file fails the job with what to do."""
    video, job = bench.add()
    job = bench.until(job, "storing")
    next(bench.layout.archive.rglob("*.parquet")).write_bytes(b"broken")
    done = bench.run(job)
    assert (done.state, done.retryable) == ("failed", False)
    assert "again" in (done.message or "")
    assert bench.run(bench.catalog.add_job(video.id, force=True)).state == "ready"


def test_a_damaged_archive_of_a_free_engine_mends_itself(free: Bench) -> None:
    """Where embedding costs nothing, a damaged archive file is simply made again."""
    _, job = free.add()
    job = free.until(job, "storing")
    next(free.layout.archive.rglob("*.parquet")).write_bytes(b"broken")
    assert free.run(job).state == "ready"

"""Cancelling a job and deleting its video, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.embedding.port import Source
from core.errors import MediaMissing
from tests.indexing_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.mark.parametrize("state", ["preparing", "uploading", "embedding", "storing"])
def test_a_cancel_is_heard_before_every_step(bench: Bench, state: str) -> None:
    """A job that is asked to stop is cancelled at its next step, and can be retried to the end."""
    video, job = bench.add()
    bench.until(job, state)
    bench.catalog.request_cancel(job.id)
    done = bench.pipeline.advance(bench.catalog.job(job.id))
    assert done.state == "cancelled"
    assert bench.catalog.video(video.id).status == "cancelled"
    assert bench.row_count(video) == 0
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert bench.embedder.tasks == 1


@pytest.mark.parametrize(
    ("state", "call"),
    [
        ("preparing", "write_proxy"),
        ("uploading", "upload"),
        ("embedding", "collect"),
        ("storing", "write_thumbnails"),
    ],
)
def test_a_cancel_is_heard_within_a_step(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, state: str, call: str
) -> None:
    """A long step hears a cancel at its next report, although it was saved by the worker since."""
    video, job = bench.add(playable=False)
    job = bench.until(job, state)
    monkeypatch.setattr("core.indexing.record.SAVE_EVERY_S", 0.0)

    def cancel_then_report(*told: object, **named: object) -> None:
        report = named.get("report") or next(one for one in reversed(told) if callable(one))
        bench.catalog.request_cancel(job.id)
        report(0.9)  # type: ignore[operator]  # a Report
        raise AssertionError("went on")

    if call.startswith("write"):
        tools = replace(bench.media.tools(), **{call: cancel_then_report})
        monkeypatch.setattr(bench.pipeline, "_bench", replace(bench.pipeline._bench, media=tools))
    else:
        monkeypatch.setattr(bench.embedder, call, cancel_then_report)
    assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.row_count(video) == 0


def test_a_cancel_never_loses_a_ticket(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that was just paid for is saved although the person cancelled at the same moment."""
    _, job = bench.add()
    job = bench.until(job, "embedding")
    real = bench.embedder._called

    def cancel_first(call: str, about: str = "") -> None:
        if call == "submit":
            bench.catalog.request_cancel(job.id)
        real(call, about)

    monkeypatch.setattr(bench.embedder, "_called", cancel_first)
    done = bench.pipeline.advance(job)
    assert done.state == "cancelled"
    assert done.ticket.task_id is not None
    monkeypatch.undo()
    assert bench.run(bench.catalog.retry(job.id)).state == "ready"
    assert bench.embedder.tasks == 1


def test_a_cancel_of_a_queued_job_beats_the_worker(bench: Bench) -> None:
    """A worker that had chosen a job before it was cancelled leaves it cancelled."""
    _, job = bench.add()
    bench.catalog.request_cancel(job.id)
    assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.catalog.job(job.id).state == "cancelled"


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("state", ["preparing", "uploading", "embedding", "storing", "ready"])
def test_a_deleted_video_leaves_nothing_behind(bench: Bench, state: str, kept: bool) -> None:
    """Whenever a video is deleted, its job ends and no row, file, upload or (unless kept) archive is left."""
    video, job = bench.add(playable=False)
    other, other_job = bench.add("other")
    bench.run(other_job)
    others = bench.files()
    job = bench.until(job, state)
    had = bool([entry for entry in bench.archive.entries() if entry.video_id == video.id])
    bench.pipeline.remove_video(video.id, keep_embeddings=kept)
    if state != "ready":
        assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.row_count(video) == 0
    left = bench.files() - others
    assert all(name.startswith("archive/") for name in left)
    assert len(left) == (1 if kept and had else 0)
    assert bench.catalog.unsettled() == []
    assert bench.embedder.assets == 0
    assert bench.row_count(other) == 4
    assert Path(video.paths[0]).is_file()


def test_a_video_deleted_while_its_rows_are_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are written after the deletion are removed again when the job notices."""
    video, job = bench.add()
    job = bench.until(job, "storing")
    real = bench.index.replace_video

    def deleted_meanwhile(*told: object) -> int:
        bench.pipeline.remove_video(video.id, keep_embeddings=False)
        return real(*told)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(bench.index, "replace_video", deleted_meanwhile)
    assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.row_count(video) == 0
    assert bench.files() == set()
    assert bench.catalog.unsettled() == []


def test_a_video_deleted_while_a_step_needs_its_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that finds no file because its video was deleted meanwhile is cancelled, not failed."""
    video, job = bench.add()
    job = bench.until(job, "preparing")
    real = bench.embedder.recipe

    def deleted_meanwhile(source: Source) -> str:
        bench.pipeline.remove_video(video.id, keep_embeddings=False)
        Path(video.paths[0]).unlink()
        real(source)
        raise MediaMissing("The file is no longer where it was.")

    monkeypatch.setattr(bench.embedder, "recipe", deleted_meanwhile)
    assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.files() == set()
    assert bench.catalog.unsettled() == []


def test_a_video_added_again_while_its_old_job_stops(bench: Bench) -> None:
    """The old job ends without taking away what belongs to the video that was added again."""
    video, job = bench.add()
    job = bench.until(job, "embedding")
    bench.pipeline.remove_video(video.id, keep_embeddings=False)
    again, new_job = bench.add()
    bench.layout.poster(again.id).parent.mkdir(parents=True, exist_ok=True)
    bench.layout.poster(again.id).write_text("poster")
    assert bench.pipeline.advance(bench.catalog.job(job.id)).state == "cancelled"
    assert bench.layout.poster(again.id).exists()
    assert bench.run(new_job).state == "ready"
    assert bench.catalog.video(again.id).status == "ready"


def test_a_late_cancel_of_what_is_stored_is_dropped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancel that comes when the rows are written already leaves a ready video, not half of one."""
    video, job = bench.add()
    job = bench.until(job, "storing")
    real = bench.catalog.mark_indexed

    def cancelled_meanwhile(*told: object, **named: object) -> object:
        bench.catalog.request_cancel(job.id)
        return real(*told, **named)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(bench.catalog, "mark_indexed", cancelled_meanwhile)
    assert bench.pipeline.advance(job).state == "ready"
    assert bench.catalog.video(video.id).status == "ready"

"""Filmstrips are there when a video is ready, and made up for where an earlier version left none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import MediaError, StorageFull
from core.indexing.record import Stopping
from core.media.sprites import read_sprites
from core.model import Job, Sprites, Video
from tests.fakes import FakeMedia
from tests.indexing_bench import Bench
from tests.unit.test_worker import QUICK, wait_for


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, patience=QUICK, workers=1)
    yield bench
    bench.close()


def has_sprites(bench: Bench, video: Video) -> bool:
    return read_sprites(bench.layout.sprites(video.id)) is not None


def use(bench: Bench, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Sprites]) -> None:
    """Let sheets be written by another function."""
    changed = replace(bench.pipeline._bench, media=replace(bench.media.tools(), write_sprites=write))
    monkeypatch.setattr(bench.pipeline, "_bench", changed)
    monkeypatch.setattr(bench.pipeline.missing_sprites, "_bench", changed)


def indexed_before(bench: Bench, *names: str) -> list[Video]:
    """Return videos that an earlier version indexed: ready, without sheets."""
    videos = []
    for name in names:
        video, job = bench.add(name)
        assert bench.run(job).state == "ready"
        for file in bench.layout.sprites(video.id).iterdir():
            file.unlink()
        bench.layout.sprites(video.id).rmdir()
        videos.append(video)
    return videos


class Slow:
    """Writes sheets for as long as nobody lets it go on, and notes of which films."""

    def __init__(self, media: FakeMedia) -> None:
        self._media = media
        self.begun: list[str] = []
        self.interrupted = 0
        self.released = threading.Event()

    def __call__(self, source: Path, folder: Path, media: Any, report: Callable[[float], None]) -> Sprites:
        self.begun.append(source.stem)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "000.jpg").write_text("half")
        try:
            while not self.released.is_set():
                report(0.5)
                time.sleep(0.01)
        except BaseException:
            self.interrupted += 1
            (folder / "000.jpg").unlink(missing_ok=True)
            folder.rmdir()
            raise
        return self._media.write_sprites(source, folder, media, report)


# -- in a job --


def test_a_ready_video_has_its_filmstrip(bench: Bench) -> None:
    """When a job is ready its sheets are there, made once however often it is indexed."""
    video, job = bench.add()
    assert bench.run(job).state == "ready"
    assert has_sprites(bench, video)
    assert bench.run(bench.catalog.add_job(video.id, force=True)).state == "ready"
    assert bench.media.diary.count("sprites") == 1


def test_a_video_is_found_before_its_filmstrip_is_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the sheets are made, the video's rows are in the index already."""
    video, job = bench.add()
    rows: list[int] = []

    def write(*told: Any) -> Sprites:
        rows.append(bench.row_count(video))
        return bench.media.write_sprites(*told)

    use(bench, monkeypatch, write)
    assert bench.run(job).state == "ready"
    assert rows == [4]


def test_the_playable_copy_is_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a proxy the sheets are made from it, else from the file."""
    read: list[Path] = []

    def write(source: Path, *told: Any) -> Sprites:
        read.append(source)
        return bench.media.write_sprites(source, *told)

    use(bench, monkeypatch, write)
    odd, job = bench.add("odd", playable=False)
    bench.run(job)
    plain, job = bench.add("plain")
    bench.run(job)
    assert read == [bench.layout.proxy(odd.id), Path(plain.paths[0])]


def test_a_video_without_a_filmstrip_is_ready(bench: Bench) -> None:
    """Sheets that cannot be made fail no job; it says that pictures are missing."""
    video, job = bench.add()
    bench.media.faults.plan("sprites", MediaError("Damaged."))
    done = bench.run(job)
    assert (done.state, done.message) == ("ready", "Some of its pictures could not be made.")
    assert not has_sprites(bench, video)


def test_a_full_disk_only_delays(bench: Bench) -> None:
    """A disk that is full while sheets are written parks the job, which then goes on."""
    video, job = bench.add()
    bench.media.faults.plan("sprites", StorageFull("The disk is full."))
    parked = bench.run(job)
    assert (parked.state, parked.not_before is not None) == ("storing", True)
    assert bench.run(parked).state == "ready"
    assert has_sprites(bench, video)


def test_a_cancel_keeps_what_can_be_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancel while the sheets are made stops them at once and leaves a ready video without any."""
    monkeypatch.setattr("core.indexing.record.SAVE_EVERY_S", 0.0)
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    video, job = bench.add()
    job = bench.until(job, "storing")
    threading.Timer(0.1, bench.catalog.request_cancel, [job.id]).start()
    done = bench.pipeline.advance(job)
    assert (done.state, slow.interrupted) == ("ready", 1)
    assert bench.row_count(video) == 4
    assert not bench.layout.sprites(video.id).exists()


def test_a_stop_is_made_up_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing while the sheets are made keeps the job in storing, and the next start makes them."""
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    video, job = bench.add()
    job = bench.until(job, "storing")
    with pytest.raises(Stopping):
        bench.pipeline.advance(job, lambda: bool(slow.begun))
    assert bench.catalog.job(job.id).state == "storing"
    assert not bench.layout.sprites(video.id).exists()
    slow.released.set()
    assert bench.run(bench.pipeline.take_up(bench.catalog.job(job.id))).state == "ready"
    assert has_sprites(bench, video)


def test_a_video_deleted_while_its_sheets_are_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deletion stops the sheets, and nothing of the video is left."""
    monkeypatch.setattr("core.indexing.record.SAVE_EVERY_S", 0.0)
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    video, job = bench.add()
    job = bench.until(job, "storing")
    delete = threading.Timer(0.1, bench.pipeline.remove_video, [video.id], {"keep_embeddings": False})
    delete.start()
    assert bench.pipeline.advance(job).state == "cancelled"
    delete.join()
    assert bench.row_count(video) == 0
    assert bench.files() == set()


# -- for videos of an earlier version --


def test_missing_filmstrips_are_made_when_there_is_nothing_else(bench: Bench) -> None:
    """Videos without sheets get them, the newest first, and waiting for jobs does not wait for that."""
    videos = indexed_before(bench, "one", "two", "three")
    bench.media.delay_s = 0.2
    bench.worker.start()
    assert bench.worker.wait_idle(0.05)
    assert not has_sprites(bench, videos[0])
    wait_for(lambda: has_sprites(bench, videos[0]))
    assert all(has_sprites(bench, video) for video in videos)
    stamps = [(bench.layout.sprites(video.id) / "sheets.json").stat().st_mtime_ns for video in videos]
    assert stamps == sorted(stamps, reverse=True)


def test_what_has_a_filmstrip_is_left_alone(bench: Bench) -> None:
    """Nothing is decoded for videos that have their sheets, or that are not ready."""
    bench.run(bench.add("done")[1])
    _, broken = bench.add("broken")
    bench.media.faults.plan("poster", *[ZeroDivisionError("a bug")])
    assert bench.run(broken).state == "failed"
    bench.worker.start()
    wait_for(lambda: bench.pipeline.missing_sprites.ended)
    assert bench.media.diary.count("sprites") == 1


def test_real_work_goes_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that arrives interrupts at once, also with one thread; afterwards the rest is made up for."""
    (old,) = indexed_before(bench, "old")
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    bench.worker.start()
    wait_for(lambda: slow.begun == ["old"])
    _, job = bench.add("new")
    began = time.monotonic()
    bench.worker.wake()
    wait_for(lambda: slow.begun[-1] == "new")
    assert time.monotonic() - began < 2
    assert slow.interrupted == 1
    slow.released.set()
    assert bench.worker.wait_idle(10)
    assert bench.catalog.job(job.id).state == "ready"
    wait_for(lambda: has_sprites(bench, old))
    assert slow.begun == ["old", "new", "old"]


def test_a_job_of_the_same_video_waits_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many threads too, nobody works on a video whose sheets are being made."""
    bench = Bench(tmp_path, patience=QUICK, workers=3)
    (video,) = indexed_before(bench, "film")
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    clashes: list[str] = []
    real = bench.pipeline.advance

    def advance(job: Job, stopping: Callable[[], bool]) -> Job:
        if bench.pipeline.missing_sprites.in_hand == job.video_id:
            clashes.append(job.state)
        return real(job, stopping)

    monkeypatch.setattr(bench.pipeline, "advance", advance)
    bench.worker.start()
    wait_for(lambda: slow.begun == ["film"])
    slow_to_stop = threading.Event()
    monkeypatch.setattr(slow, "released", slow_to_stop)
    job = bench.catalog.add_job(video.id, force=True)
    bench.worker.wake()
    wait_for(lambda: len(slow.begun) == 2)
    slow_to_stop.set()
    assert bench.worker.wait_idle(10)
    assert bench.catalog.job(job.id).state == "ready"
    assert clashes == []
    assert has_sprites(bench, video)
    bench.close()


def test_a_failing_video_is_tried_once(bench: Bench) -> None:
    """A video whose sheets cannot be made keeps nobody else from theirs, and is not tried again."""
    bad, good = reversed(indexed_before(bench, "good", "bad"))
    bench.media.faults.plan("sprites", MediaError("Damaged."))
    bench.worker.start()
    wait_for(lambda: has_sprites(bench, good))
    for _ in range(3):
        bench.worker.wake()
        time.sleep(0.05)
    assert not has_sprites(bench, bad)
    # Two in their jobs and the good one now; what fails is not noted.
    assert bench.media.diary.count("sprites") == 3


def test_a_bug_is_met_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in making up for one video ends neither the worker nor the making up."""
    monkeypatch.setattr("core.indexing.worker._AFTER_TROUBLE_S", 0.01)
    good, _ = indexed_before(bench, "good", "bad")
    bench.media.faults.plan("sprites", ZeroDivisionError("a bug"))
    bench.worker.start()
    wait_for(lambda: has_sprites(bench, good))


def test_closing_interrupts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing waits for no filmstrip, and leaves nothing of one that was begun."""
    (video,) = indexed_before(bench, "film")
    slow = Slow(bench.media)
    use(bench, monkeypatch, slow)
    bench.worker.start()
    wait_for(lambda: slow.begun == ["film"])
    began = time.monotonic()
    assert bench.worker.stop(timeout_s=5)
    assert time.monotonic() - began < 2
    assert not bench.layout.sprites(video.id).exists()


def test_a_video_deleted_meanwhile(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video that is deleted while somebody makes up for its sheets leaves nothing behind."""
    (video,) = indexed_before(bench, "film")
    slow = Slow(bench.media)

    def write(source: Path, folder: Path, *told: Any) -> Sprites:
        try:
            return slow(source, folder, *told)
        finally:
            # As a decoder does that had one more sheet to write.
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "001.jpg").write_text("late")

    use(bench, monkeypatch, write)
    bench.worker.start()
    wait_for(lambda: slow.begun == ["film"])
    bench.pipeline.remove_video(video.id, keep_embeddings=False)
    bench.worker.wake()
    wait_for(lambda: bench.pipeline.missing_sprites.in_hand is None)
    assert bench.files() == set()
    assert not bench.layout.video_folder(video.id).exists()

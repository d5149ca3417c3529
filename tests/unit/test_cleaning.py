"""What is removed at the start, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.indexing.cleaning import sweep
from core.indexing.files import move, remove
from tests.indexing_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def test_half_arrived_and_half_written_files_go(bench: Bench) -> None:
    """Whatever lies in incoming, and every draft among pictures and originals, is a leftover at the start."""
    video, job = bench.add(playable=False)
    bench.run(job)
    kept = bench.files()
    put(bench.layout.incoming / "abc.part")
    put(bench.layout.incoming / "folder" / "inner")
    put(bench.layout.video_folder(video.id) / ".proxy.mp4.part")
    put(bench.layout.video_folder(video.id) / "thumbs" / ".2000.jpg.part")
    put(bench.layout.video_folder(video.id) / "subtitles.vtt.0011.tmp")
    put(bench.layout.originals / "x.mp4.tmp")
    assert sweep(bench.layout, bench.catalog) == 6
    assert bench.files() == kept
    assert sweep(bench.layout, bench.catalog) == 0


def test_an_arrival_that_was_cut_short_goes(bench: Bench) -> None:
    """Files that were put in place for a video whose row was never written are removed by name."""
    video_id = "a" * 32
    with bench.catalog.arrival(video_id):
        put(bench.layout.originals / f"{video_id}.mp4")
        put(bench.layout.subtitles(video_id))
    sweep(bench.layout, bench.catalog)
    assert bench.files() == set()


def test_a_deletion_that_was_cut_short_is_finished(bench: Bench) -> None:
    """A process that dies right after the row was removed has the files removed at the next start."""
    video, job = bench.add()
    bench.run(job)
    bench.catalog.forget_video(video.id, keep_embeddings=True)
    sweep(bench.layout, bench.catalog)
    assert {name.split("/")[0] for name in bench.files()} == {"archive"}
    bench.pipeline.remove_unsettled()
    assert bench.row_count(video) == 0
    assert len(bench.archive.entries()) == 1
    assert bench.catalog.unsettled() == []


def test_a_file_that_nobody_names_stays(bench: Bench) -> None:
    """With another or an older catalog, nobody loses the only copy of an upload, nor paid embeddings."""
    video, job = bench.add()
    bench.run(job)
    put(bench.layout.originals / f"{video.id}.mp4")
    before = bench.files()
    bench.catalog.close()
    (bench.layout.root / "catalog.sqlite").unlink()
    for left in bench.layout.root.glob("catalog.sqlite-*"):
        left.unlink()
    other = Bench(bench.layout.root.parent)
    sweep(other.layout, other.catalog)
    other.pipeline.remove_unsettled()
    assert other.files() == before
    other.close()


def test_jobs_of_deleted_videos_go(bench: Bench) -> None:
    """A job that ended because its video was deleted is not listed for ever."""
    video, job = bench.add()
    job = bench.until(job, "uploading")
    bench.pipeline.remove_video(video.id, keep_embeddings=False)
    bench.pipeline.advance(job)
    assert [job.state for job in bench.catalog.jobs()] == ["cancelled"]
    sweep(bench.layout, bench.catalog)
    assert bench.catalog.jobs() == []


def test_a_video_that_comes_back_at_the_last_moment_stays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cleans up after a deletion looks again before removing: the video may have been added since."""
    new = bench.new_video("film")
    bench.catalog.add_video(new)
    bench.catalog.forget_video(new.id, keep_embeddings=False)
    noted = bench.catalog.unsettled()
    _, job = bench.catalog.add_video_with_job(new)
    bench.run(job)
    before = bench.files()
    monkeypatch.setattr(bench.catalog, "unsettled", lambda: noted)
    bench.pipeline.remove_unsettled()
    sweep(bench.layout, bench.catalog)
    assert bench.files() == before
    assert bench.index.count(bench.embedder.space, new.id) == 4


def test_moving_between_disks_is_whole_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a rename is not possible the file is copied under another name first."""
    import errno
    import os

    source, target = put(tmp_path / "a"), tmp_path / "to" / "b"
    real = os.replace

    def other_disk(old: Path, new: Path) -> None:
        if Path(old) == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(old, new)

    monkeypatch.setattr(os, "replace", other_disk)
    move(source, target)
    assert target.read_text() == "x"
    assert not source.exists()
    assert list(target.parent.iterdir()) == [target]


def test_removing_says_whether_it_is_gone(tmp_path: Path) -> None:
    """Removing a file, a folder, or what is not there at all leaves nothing; a link's target stays."""
    folder = put(tmp_path / "folder" / "inner").parent
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert remove(link)
    assert (folder / "inner").exists()
    assert remove(folder)
    assert remove(folder)
    assert list(tmp_path.iterdir()) == []

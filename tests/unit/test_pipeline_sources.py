"""Where videos come from: addresses that are downloaded, and what an engine sees of a video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import (
    EngineRefused,
    NotFound,
)
from core.indexing.record import Stopping
from core.indexing.url_details import read_details, write_details
from core.indexing.workbench import video_fields
from core.library_model import Details
from tests.indexing_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


# -- addresses ---------------------------------------------------------------------------------------


def test_an_address_becomes_a_video(bench: Bench) -> None:
    """A URL is downloaded, probed, moved to the originals and indexed, with what the person wrote."""
    details = Details(
        title="Harbour", category="sea", tags=("a",), recorded_at=datetime(2024, 5, 1, tzinfo=UTC)
    )
    job = bench.add_url("film", details=write_details(details))
    done = bench.run(job)
    assert done.state == "ready"
    assert done.title == "Harbour"
    video = bench.catalog.video(done.video_id or "")
    assert (video.title, video.category, video.tags, video.recorded_at, video.source_url) == (
        "Harbour", "sea", ("a",), details.recorded_at, job.source_url,
    )  # fmt: skip
    assert video.paths == (str(bench.layout.originals / f"{video.id}.mp4"),)
    assert Path(video.paths[0]).stat().st_size == video.size_bytes
    assert list(bench.layout.incoming.iterdir()) == []
    assert bench.catalog.unsettled() == []


def test_an_address_keeps_the_wish_for_a_fitted_copy(bench: Bench) -> None:
    """What was said about copies that fit counts for the video that the address turns out to be."""
    done = bench.run(bench.add_url("film", details=write_details(Details(fit=True))))
    assert bench.catalog.video(done.video_id or "").fit
    plain = bench.run(bench.add_url("other", details=write_details(Details())))
    assert not bench.catalog.video(plain.video_id or "").fit


def test_details_survive_their_way_through_the_job() -> None:
    """What a person wrote about an address is read back as it was."""
    details = Details("T", "c", ("a", "ü"), datetime(2024, 5, 1, 3, tzinfo=UTC))
    assert read_details(write_details(details)) == details
    assert read_details("") == Details()


def test_an_address_of_known_bytes_is_recognised(bench: Bench) -> None:
    """Bytes that are in the library already are not indexed again; the download is thrown away."""
    url_job = bench.add_url("film")
    path = next(iter(bench.urls.values()))
    new = replace(bench.new_video("film"), path=str(path))
    _, job = bench.catalog.add_video_with_job(new)
    bench.run(job)
    done = bench.run(url_job)
    assert (done.state, done.video_id) == ("ready", new.id)
    assert "“film”" in (done.message or "")
    found = bench.catalog.video(new.id)
    assert (found.source_url, found.status) == (url_job.source_url, "ready")
    assert list(bench.layout.incoming.iterdir()) == []
    assert list(bench.layout.originals.iterdir()) == []
    assert bench.embedder.tasks == 1


def test_an_address_brings_back_a_missing_file(bench: Bench) -> None:
    """Where the known video's file has gone missing, the download takes its place."""
    url_job = bench.add_url("film")
    video, job = bench.catalog.add_video_with_job(bench.new_video("film"))
    bench.run(job)
    Path(video.paths[0]).unlink()
    bench.run(url_job)
    found = bench.catalog.video(video.id)
    assert found.paths[0] == str(bench.layout.originals / f"{video.id}.mp4")
    assert Path(found.paths[0]).is_file()


def test_an_address_takes_over_a_video_that_failed(bench: Bench) -> None:
    """A known video whose indexing had failed is indexed by the job of the address."""
    url_job = bench.add_url("film")
    video, job = bench.catalog.add_video_with_job(bench.new_video("film"))
    bench.embedder.faults.plan("check", EngineRefused("No."))
    assert bench.run(job).state == "failed"
    done = bench.run(url_job)
    assert (done.state, done.video_id) == ("ready", video.id)
    assert bench.catalog.video(video.id).status == "ready"
    assert bench.row_count(video) == 4


def test_an_address_gives_way_to_a_video_at_work(bench: Bench) -> None:
    """Where the same bytes are being indexed, the job of the address ends and the video keeps its state."""
    url_job = bench.add_url("film")
    video, job = bench.catalog.add_video_with_job(bench.new_video("film"))
    bench.until(job, "embedding")
    assert bench.run(url_job).state == "ready"
    assert bench.catalog.video(video.id).status == "embedding"


def test_an_address_that_leads_to_no_video(bench: Bench) -> None:
    """What was downloaded and is not a video fails with the sentence of the probe and is removed."""
    job = bench.add_url("film")
    next(iter(bench.urls.values())).write_text("<html>")
    done = bench.run(job)
    assert (done.state, done.message) == ("failed", "This is not a video. Choose another file.")
    assert bench.files() == set()
    assert bench.catalog.videos() == []


def test_an_address_that_leads_nowhere(bench: Bench) -> None:
    """An address that is refused fails at once with the downloader's sentence."""
    job = bench.catalog.add_job(source_url="https://films.example/none")
    done = bench.run(job)
    assert (done.state, done.retryable) == ("failed", False)
    assert "404" in (done.message or "")


def test_a_cancelled_download_leaves_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling while a file is on its way removes what had arrived."""
    monkeypatch.setattr("core.indexing.record.SAVE_EVERY_S", 0.0)
    job = bench.until(bench.add_url("film"), "preparing")
    real = bench.media._called

    def cancel_first(call: str, about: str = "") -> None:
        bench.catalog.request_cancel(job.id)
        real(call, about)

    monkeypatch.setattr(bench.media, "_called", cancel_first)
    assert bench.pipeline.advance(job).state == "cancelled"
    assert bench.files() == set()


def test_a_crash_between_moving_and_recording_is_undone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was moved although its row was never written is removed, and the job brings it again."""
    job = bench.until(bench.add_url("film"), "preparing")

    def dies(*_: object) -> None:
        raise Stopping

    monkeypatch.setattr(bench.catalog, "add_video_for_job", dies)
    with pytest.raises(Stopping):
        bench.pipeline.advance(job)
    monkeypatch.undo()
    assert len(list(bench.layout.originals.iterdir())) == 1
    bench.pipeline.remove_unsettled()
    assert bench.files() == set()
    assert bench.catalog.unsettled() == []
    assert bench.run(bench.catalog.job(job.id)).state == "ready"


# -- sources -----------------------------------------------------------------------------------------


def test_subtitles_reach_the_engine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine sees the cues of a video that has subtitles, with its title and tags."""
    seen = []
    real = bench.embedder.check
    monkeypatch.setattr(bench.embedder, "check", lambda source: (seen.append(source), real(source)))
    new = replace(bench.new_video("film"), has_subtitles=True, tags=("a",))
    path = bench.layout.subtitles(new.id)
    path.parent.mkdir(parents=True)
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n")
    _, job = bench.catalog.add_video_with_job(new)
    assert bench.run(job).state == "ready"
    assert [cue.text for cue in seen[0].cues] == ["Hello"]
    assert (seen[0].title, seen[0].tags, seen[0].size_bytes) == ("film", ("a",), new.size_bytes)


def test_fields_of_a_video_for_the_index(bench: Bench) -> None:
    """Filter fields say what the video says; the recorded day is the one in UTC."""
    video, _ = bench.add()
    video = replace(video, recorded_at=datetime(2024, 5, 1, 23, 30, tzinfo=UTC), category="c", tags=("t",))
    fields = video_fields(video)
    assert (fields.category, fields.tags, str(fields.recorded_on)) == ("c", ("t",), "2024-05-01")


def test_a_job_that_is_gone_is_left_alone(bench: Bench) -> None:
    """A job whose row disappeared ends for its worker, without an error."""
    video, job = bench.add()
    bench.catalog.forget_video(video.id, keep_embeddings=False)
    assert bench.pipeline.advance(job).state == "cancelled"
    with pytest.raises(NotFound):
        bench.catalog.job(job.id)

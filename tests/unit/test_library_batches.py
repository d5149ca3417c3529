"""Batches through the façade: opened, filled in every way, estimated, let go, paused, cancelled, counted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import Settings
from core.embedding.preview.engine import PreviewEmbedder
from core.errors import NotFound
from core.library import Library, open_library
from core.library_model import Details
from core.media.incoming import Received, hash_file
from core.model import Job
from tests.made_media import Film, made

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    for number, rate in enumerate((10, 12, 15)):
        (folder / f"film{number}.mp4").write_bytes(made(Film(seconds=4.0 + number, rate=rate), ".mp4"))
    return sorted(folder.iterdir())


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    settings = Settings(
        data_dir=tmp_path / "data", import_roots=(tmp_path / "allowed",), price_per_minute=2.0, currency="EUR"
    )
    with open_library(settings) as opened:
        yield opened


def wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def states(library: Library) -> list[str]:
    return sorted(job.state for job in library.jobs())


def arrived(library: Library, film: Path) -> Received:
    part = library.layout.incoming / f"{film.stem}.part"
    shutil.copyfile(film, part)
    return Received(part, *hash_file(part))


def test_a_held_batch_waits_for_a_word(library: Library, films: list[Path]) -> None:
    """A held batch is prepared, estimated and shown; after its release it becomes ready and is gone."""
    batch = library.open_batch("Holidays", hold=True)
    for film in films:
        library.add_file(film, batch_id=batch.id)
    wait_for(lambda: states(library) == ["uploading"] * 3)
    (progress,) = library.batches()
    assert (progress.batch.name, progress.jobs, progress.ready) == ("Holidays", 3, 0)
    assert progress.waiting is not None
    estimate = library.estimate(batch.id)
    assert (estimate.videos, estimate.known_videos) == (3, 0)
    assert estimate.minutes == pytest.approx(15.0 / 60, abs=0.02)
    assert estimate.price is None
    assert not library.release(batch.id).held
    library.wait(60)
    assert states(library) == ["ready"] * 3
    assert library.batches() == []
    (ended,) = library.batches(active_only=False)
    assert (ended.ready, ended.share, ended.ended) == (3, 1.0, True)
    assert library.estimate(batch.id).videos == 0


def test_pause_resume_and_cancel(library: Library, films: list[Path]) -> None:
    """A paused batch begins nothing, a resumed one goes on, a cancelled one ends with all its jobs."""
    batch = library.open_batch("Holidays")
    assert library.pause(batch.id).paused
    library.add_file(films[0], batch_id=batch.id)
    time.sleep(0.3)
    assert states(library) == ["queued"]
    library.resume(batch.id)
    library.wait(60)
    library.pause(batch.id)
    library.add_file(films[1], batch_id=batch.id)
    library.cancel_batch(batch.id)
    library.wait(10)
    assert states(library) == ["cancelled", "ready"]


def test_a_folder_comes_as_one_batch(library: Library, films: list[Path], tmp_path: Path) -> None:
    """Every video of a folder belongs to the batch that the folder was added with."""
    shutil.copytree(films[0].parent, tmp_path / "allowed" / "films")
    batch = library.open_batch("Folder", hold=True)
    library.add_folder(tmp_path / "allowed" / "films", batch_id=batch.id)
    assert [job.batch_id for job in library.jobs()] == [batch.id] * 3


def test_an_address_comes_in_its_batch(library: Library) -> None:
    """The job of an address is one of its batch, unread until it has been downloaded."""
    batch = library.open_batch("Web", hold=True)
    library.pause(batch.id)
    job: Job = library.add_url("https://films.example.com/a.mp4", batch_id=batch.id)
    assert job.batch_id == batch.id
    assert library.estimate(batch.id).unread == 1


@pytest.mark.parametrize("billable", [True, False])
def test_an_upload_brings_its_batch_along(
    library: Library, films: list[Path], monkeypatch: pytest.MonkeyPatch, billable: bool
) -> None:
    """Files that were dropped together are one batch, which waits for a word where embedding is paid."""
    monkeypatch.setattr(PreviewEmbedder, "billable", billable)
    batch_id = "0123456789abcdef" * 2
    for film in films[:2]:
        library.adopt(arrived(library, film), film.name, Details(batch_id=batch_id))
    if billable:
        wait_for(lambda: states(library) == ["uploading"] * 2)
        library.release(batch_id)
    library.wait(60)
    (progress,) = library.batches(active_only=False)
    assert (progress.batch.id, progress.jobs, progress.ready) == (batch_id, 2, 2)


def test_a_failed_video_that_is_added_again_is_held_with_its_batch(
    library: Library, films: list[Path]
) -> None:
    """Adding a cancelled video once more into a held batch does not send it before the release."""
    first = library.open_batch("First", hold=True)
    video = library.add_file(films[0], batch_id=first.id)
    library.cancel_batch(first.id)
    wait_for(lambda: states(library) == ["cancelled"])
    again = library.open_batch("Again", hold=True)
    assert library.add_file(films[0], batch_id=again.id).id == video.id
    wait_for(lambda: states(library) == ["uploading"])
    assert [one.batch.id for one in library.batches()] == [again.id]


def test_a_batch_that_nobody_opened_is_not_known(library: Library, films: list[Path]) -> None:
    """An unknown batch is refused before a file is touched; so is asking for it."""
    for ask in (
        lambda: library.add_file(films[0], batch_id="f" * 32),
        lambda: library.add_url("https://films.example.com/a.mp4", batch_id="f" * 32),
        lambda: library.estimate("f" * 32),
        lambda: library.cancel_batch("f" * 32),
        lambda: library.release("f" * 32),
    ):
        with pytest.raises(NotFound):
            ask()
    assert library.videos() == []


def test_usage_counts_what_is_paid(library: Library, films: list[Path]) -> None:
    """What the free engine embeds is no usage; minutes and calls of a paid one are, with their price."""
    library.add_file(films[0])
    library.wait(60)
    assert (library.usage().minutes_total, library.usage().minutes_in_flight) == (0.0, 0.0)
    catalog = library._parts.catalog
    catalog.record_usage(
        "twelvelabs_marengo3_5_512", "v", 90.0, catalog.video(library.videos()[0].id).added_at
    )
    catalog.record_call("twelvelabs_marengo3_5_512", "text")
    usage = library.usage()
    assert (usage.minutes_today, usage.minutes_total, usage.price_total) == (1.5, 1.5, 3.0)
    assert (usage.calls_today, usage.calls_total, usage.currency) == (1, 1, "EUR")

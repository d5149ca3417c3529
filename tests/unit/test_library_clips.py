"""The façade cuts clips: from kept moments to a zip that a browser saves."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from core.config import Settings
from core.errors import InputRefused, MediaMissing, NotFound
from core.http.routes import routes
from core.library import Library, open_library
from core.model import ClipRun
from tests.made_media import Film
from tests.web import Browser

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return Film(seconds=8, sound="aac", moving=True).write(tmp_path / "Harvest.mp4")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


def ended(library: Library, run: ClipRun) -> ClipRun:
    until = time.monotonic() + 120
    while library.clip_run(run.id).state == "running":
        assert time.monotonic() < until, "the run does not end"
        time.sleep(0.05)
    return library.clip_run(run.id)


def test_kept_moments_become_a_zip(library: Library, film: Path) -> None:
    """Shots of a list are cut with their handles and downloaded over a link of their own."""
    video = library.add_file(film)
    shots = library.create_shot_list("The best: 1/2")
    library.keep_shots(shots.id, [(video.id, 1.0, 2.0), (video.id, 4.0, 4.4)])
    run = library.start_clips(shots.id, handles=5)
    assert (run.total, run.name) == (2, "The best_ 1_2 clips.zip")
    run = ended(library, run)
    assert (run.state, run.done, run.message) == ("ready", 2, None)
    assert library.clip_runs(shots.id) == [run]
    browser = Browser(Starlette(routes=routes(lambda: library)))
    answer = browser.get(library.clips_link(run.id))
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = ["01 Harvest 00-00-00-20.mp4", "02 Harvest 00-00-03-20.mp4", "About these clips.txt"]
        assert archive.namelist() == names
        about = archive.read("About these clips.txt").decode()
        assert "01 Harvest 00-00-00-20.mp4: 35 frames" in about
        assert "02 Harvest 00-00-03-20.mp4: 20 frames" in about


def test_what_cannot_be_cut_is_refused(library: Library, film: Path) -> None:
    """An empty list, handles of no sense and unknown runs each get a sentence."""
    shots = library.create_shot_list("Empty")
    with pytest.raises(InputRefused, match="no shots yet"):
        library.start_clips(shots.id)
    video = library.add_file(film)
    library.keep_shots(shots.id, [(video.id, 1.0, 2.0)])
    for handles in (-1, 1001):
        with pytest.raises(InputRefused, match="Handles are 0 to 1000"):
            library.start_clips(shots.id, handles=handles)
    for ask in (library.clip_run, library.cancel_clips, library.clips_link, library.start_clips):
        with pytest.raises(NotFound):
            ask("unknown")
    assert library.clip_runs(shots.id) == []


def test_deleted_video_and_lost_file_are_said(library: Library, film: Path, tmp_path: Path) -> None:
    """Where nothing is left to cut the run fails with the reason, and gives no link."""
    video = library.add_file(film)
    shots = library.create_shot_list("Lost")
    library.keep_shots(shots.id, [(video.id, 1.0, 2.0)])
    library.wait()
    film.rename(tmp_path / "elsewhere.mp4")
    run = ended(library, library.start_clips(shots.id))
    assert run.state == "failed"
    assert "no longer where it was" in (run.message or "")
    with pytest.raises(MediaMissing):
        library.clips_link(run.id)
    library.delete(video.id)
    run = ended(library, library.start_clips(shots.id))
    assert "no longer in the library" in (run.message or "")


def test_zips_of_the_last_time_are_swept(film: Path, tmp_path: Path) -> None:
    """Opening the library again removes what lies in the folder of exports."""
    with open_library(Settings(data_dir=tmp_path / "data")) as library:
        exports = library.layout.exports
        (exports / "old.zip").write_bytes(b"x")
        (exports / ".half.zip.part").write_bytes(b"x")
    with open_library(Settings(data_dir=tmp_path / "data")):
        assert list(exports.iterdir()) == []

"""Having a fitted copy sent: offered where it helps, remembered with the video, and then indexed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import NotFound
from core.indexing.url_details import read_details, write_details
from core.library import Library, open_library
from core.library_model import Details
from tests.made_media import Film, made
from tests.twelvelabs_server.running import KEY, StandIn, standing_in

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with standing_in(task_s=0.1) as started:
        yield started


def settings(server: StandIn, folder: Path, **changes: object) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "engine": "twelvelabs",
            "twelve_labs_api_key": KEY,
            "twelve_labs_base_url": server.url,
            **changes,
        }
    )


@pytest.fixture
def library(server: StandIn, tmp_path: Path) -> Iterator[Library]:
    with open_library(settings(server, tmp_path / "data")) as opened:
        yield opened


def film(folder: Path, name: str, *, width: int = 320, height: int = 240, seconds: float = 5.0) -> Path:
    path = folder / f"{name}.mp4"
    path.write_bytes(made(Film(width=width, height=height, seconds=seconds), ".mp4"))
    return path


def test_a_refused_video_is_mended_with_one_call(library: Library, tmp_path: Path) -> None:
    """Where the picture alone is in the way, `fit` sends a copy and the video becomes ready."""
    small = library.add_file(film(tmp_path, "small"))
    short = library.add_file(film(tmp_path, "short", seconds=2.0))
    library.wait(60)
    assert library.offers_fitting
    assert [library.video(one.id).status for one in (small, short)] == ["failed", "failed"]
    assert [library.fit_helps(one.id) for one in (small, short)] == [True, False]
    (job,) = (job for job in library.jobs() if job.video_id == small.id)
    assert "240 pixels high" in (job.message or "")
    assert library.fit(small.id).id == job.id
    library.wait(60)
    assert library.video(small.id).status == "ready"
    assert library.video(small.id).fit
    assert not library.fit_helps(small.id)


def test_added_with_the_wish_it_is_ready_at_once(library: Library, tmp_path: Path) -> None:
    """Asked for at adding, nothing is refused; added again with the wish, a refused one is mended."""
    first = library.add_file(film(tmp_path, "first"), fit=True)
    again = film(tmp_path, "again", width=400)
    second = library.add_file(again)
    library.wait(60)
    assert [library.video(one.id).status for one in (first, second)] == ["ready", "failed"]
    assert library.add_file(again, fit=True).id == second.id
    library.wait(60)
    assert library.video(second.id).status == "ready"


def test_the_setting_decides_where_nothing_is_said(server: StandIn, tmp_path: Path) -> None:
    """CUEPOINT_FIT counts for every new video whose adding says nothing about it."""
    with open_library(settings(server, tmp_path / "data", fit=True)) as library:
        one = library.add_file(film(tmp_path, "one"))
        two = library.add_file(film(tmp_path, "two", width=300), fit=False)
        library.wait(60)
        assert [library.video(video.id).status for video in (one, two)] == ["ready", "failed"]


def test_an_engine_without_limits_offers_no_copies(tmp_path: Path) -> None:
    """The preview engine takes a video of any size, so there is nothing to offer."""
    with open_library(Settings(data_dir=tmp_path / "data", engine="preview")) as library:
        small = library.add_file(film(tmp_path, "small"))
        assert not library.offers_fitting
        assert not library.fit_helps(small.id)


def test_an_unknown_video_is_not_found(library: Library) -> None:
    """Both calls name a video that must be there."""
    for ask in (library.fit, library.fit_helps):
        with pytest.raises(NotFound):
            ask("0" * 32)


@pytest.mark.parametrize("fit", [True, False, None])
def test_the_wish_is_kept_with_an_address(fit: bool | None) -> None:
    """What was said about an address is still known when its file has arrived."""
    assert read_details(write_details(Details(fit=fit))).fit is fit

"""Real footage through the real SDK, for both models: what is accepted is found, the rest is told why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config import Settings
from core.errors import MediaRefused
from core.library import Library, open_library
from core.media.stills import frame_at
from core.model import Clip, Image, Query, Results, Text
from tests.embedders import MODELS
from tests.twelvelabs_server.running import KEY, StandIn, standing_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOO_SHORT = {"asl_bird.mkv", "asl_walk.mkv"}
TOO_LOW = {"mdn_tears_of_steel_battle.webm"}
CARS = "car-detection.mp4"


@dataclass(frozen=True)
class Shelf:
    """A library with all of the footage in it, and the provider behind it."""

    library: Library
    server: StandIn
    footage: Path
    refused: dict[str, str]
    """Why a file was not taken in at all."""

    def named(self, name: str) -> str:
        """Return the id of the video that a file became."""
        path = str(self.footage / name)
        return next(video.id for video in self.library.videos() if path in video.paths)

    def messages(self) -> dict[str, str | None]:
        """Return why each failed video failed, by file name."""
        failed = {job.video_id: job.message for job in self.library.jobs() if job.state == "failed"}
        return {
            Path(video.paths[0]).name: failed.get(video.id)
            for video in self.library.videos()
            if video.status == "failed"
        }

    def best(self, *terms: Text | Clip | Image, together: bool = False) -> str:
        """Return the video of the first moment."""
        results: Results = self.library.search(Query(terms, modalities=("visual",), together=together))
        assert results.moments, results
        return results.moments[0].video_id


@pytest.fixture(scope="module", params=MODELS)
def shelf(
    request: pytest.FixtureRequest, footage: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shelf]:
    with standing_in(task_s=0.2) as server:
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("data"),
            engine="twelvelabs",
            twelve_labs_api_key=SecretStr(KEY),
            twelve_labs_base_url=server.url,
            model=request.param,
        )
        with open_library(settings) as library:
            refused = {}
            for path in sorted(footage.iterdir()):
                if path.name.startswith("README"):
                    continue
                try:
                    library.add_file(path)
                except MediaRefused as exc:
                    refused[path.name] = exc.message
            library.wait(timeout_s=300)
            yield Shelf(library, server, footage, refused)


def test_acceptable_footage_is_ready_and_billed_once(shelf: Shelf) -> None:
    """Every file within the limits becomes ready, and the provider bills its minutes once."""
    assert set(shelf.messages()) <= TOO_SHORT | TOO_LOW
    ready = [video for video in shelf.library.videos() if video.status == "ready"]
    assert len(ready) >= 12
    billed = shelf.server.statistics()["billed_by_content"]
    assert {video.sha256: 1 for video in ready if not video.fit} == {
        sha256: count for sha256, count in billed.items() if any(video.sha256 == sha256 for video in ready)
    }


def test_the_rest_is_refused_with_the_reason(shelf: Shelf) -> None:
    """Too short and sound alone are said so, with the limit; nothing of them was sent."""
    assert {name for name in shelf.refused if name.endswith(".flac")} == set(shelf.refused)
    assert all("no picture" in message for message in shelf.refused.values())
    messages = shelf.messages()
    for name in TOO_SHORT & set(messages):
        assert "Marengo needs at least 4 seconds" in (messages[name] or "")
    sent = {asset["sha256"] for asset in shelf.server.statistics()["open_assets"]}
    assert sent == set(), "what is archived is deleted at the provider"


def test_a_low_picture_is_sent_as_a_fitted_copy(shelf: Shelf) -> None:
    """332 pixels are refused with the fix named; the fix makes the video ready."""
    name = next(iter(TOO_LOW))
    video_id = shelf.named(name)
    if shelf.library.video(video_id).status == "failed":
        message = shelf.messages()[name] or ""
        assert "332 pixels high" in message
        assert "360" in message
        assert "fit" in message
        assert shelf.library.fit_helps(video_id)
        shelf.library.fit(video_id)
        shelf.library.wait(timeout_s=120)
    assert shelf.library.video(video_id).status == "ready"


def test_words_find_a_scene(shelf: Shelf) -> None:
    """The stand-in knows colours: grey is the road seen from above, not the pink sky of the cartoon."""
    results = shelf.library.search(Query((Text("pink"),), modalities=("visual",)))
    cartoons = {
        shelf.named(name) for name in ("bbb_hevc.mov", "bbb_vp9_opus.webm", "big_buck_bunny_0_30.webm")
    }
    assert results.moments[0].video_id in cartoons


def test_a_picture_finds_its_video(shelf: Shelf, tmp_path: Path) -> None:
    """A still of a video is nearest to that video."""
    still = tmp_path / "still.png"
    frame_at(shelf.footage / CARS, 10.0).save(still)
    assert shelf.best(Image(still)) == shelf.named(CARS)


def test_a_clip_finds_its_video(shelf: Shelf) -> None:
    """A stretch of a file is nearest to the video it was taken from."""
    assert shelf.best(Clip(shelf.footage / CARS, start_s=8.0, end_s=14.0)) == shelf.named(CARS)


def test_words_and_clip_together_find_the_clips_video(shelf: Shelf) -> None:
    """Weighed by the slider, and combined by the model where it can (which knows no weights)."""
    terms = (Text("gray", 0.3), Clip(shelf.footage / CARS, start_s=8.0, end_s=14.0, weight=0.7))
    assert shelf.best(*terms) == shelf.named(CARS)
    if shelf.library.combines:
        results = shelf.library.search(Query(terms, modalities=("visual",), together=True))
        assert shelf.named(CARS) in {moment.video_id for moment in results.moments}


def test_repeated_queries_cost_nothing(shelf: Shelf) -> None:
    """The same words, the same clip and another position of the slider are not sent again."""
    clip = Clip(shelf.footage / CARS, start_s=2.0, end_s=7.0, weight=0.5)
    shelf.best(Text("blue", 0.5), clip)
    before = shelf.server.statistics()["query_calls"]
    shelf.best(Text("blue", 0.2), Clip(clip.path, 2.0, 7.0, weight=0.8))
    shelf.best(Text("blue", 0.9), Clip(clip.path, 2.0, 7.0, weight=0.1))
    assert shelf.server.statistics()["query_calls"] == before

"""Chromium plays the proxies, and shows at each time the frame that the source has then."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from core.config import Settings
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.proxy import write_proxy
from core.media.redrawing import Upright
from core.media.stills import frame_at
from tests.made_media import Film, corner_of, number_in, with_hole
from tests.ports import free_port

pytestmark = pytest.mark.browser

UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)
LOOK = """async ([name, times]) => {
  const video = document.querySelector("video");
  await new Promise((done, fail) => {
    video.onloadeddata = done;
    video.onerror = () => fail(new Error(video.error.message));
    video.src = "/media/" + name;
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pictures = [];
  for (const at of times) {
    await new Promise((done) => { video.onseeked = done; video.currentTime = at; });
    // The event may come before the picture is there.
    await new Promise((done) => { video.requestVideoFrameCallback(done); setTimeout(done, 200); });
    canvas.getContext("2d").drawImage(video, 0, 0);
    pictures.push(canvas.toDataURL("image/png").split(",")[1]);
  }
  video.currentTime = 0;
  video.playbackRate = 4;
  await video.play();
  await new Promise((done, fail) => {
    video.onended = done;
    video.onerror = () => fail(new Error(video.error.message));
  });
  return { duration: video.duration, pictures };
}"""

Look = Callable[[Path, list[float]], tuple[float, list[Image.Image]]]


@pytest.fixture
def look(browser: Any, tmp_path: Path) -> Iterator[Look]:
    """Return what shows a file in Chromium: its length there, and its pictures at some times."""
    port = free_port()
    app = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse("<video muted></video>")),
            Route("/media/{name}", lambda request: FileResponse(tmp_path / request.path_params["name"])),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    page = browser.new_page()

    def show(path: Path, times: list[float]) -> tuple[float, list[Image.Image]]:
        page.goto(f"http://127.0.0.1:{port}/")
        answer = page.evaluate(LOOK, [path.name, times])
        pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in answer["pictures"]]
        return answer["duration"], [picture.convert("RGB") for picture in pictures]

    yield show
    page.close()
    server.should_exit = True
    thread.join(timeout=10)


FILMS: list[tuple[str, dict[str, Any]]] = [
    (".mkv", {"sound": "aac"}),
    (".mkv", {"times_s": UNEVEN}),
    (".ts", {"sound": "aac", "start_s": 7.0}),
    (".mp4", {"sound": "aac", "container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    (".mp4", {"codec": "libx265", "times_s": UNEVEN}),
    (".mpg", {"codec": "mpeg2video", "sound": "mp2"}),
    (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", "sound": "pcm_s16le"}),
]


@pytest.mark.parametrize(("suffix", "film"), FILMS, ids=lambda value: str(value)[:40])
def test_chromium_shows_the_right_frame(
    suffix: str, film: dict[str, Any], look: Look, tmp_path: Path
) -> None:
    """Wherever it is sent, the player shows the source's frame of that time, and it plays to its end."""
    source, proxy = Film(**film).write(tmp_path / f"film{suffix}"), tmp_path / "proxy.mp4"
    media = probe(source, Settings())
    write_proxy(source, proxy, media)
    times = [0.007, 0.307, 0.537, 0.937, 1.007, 1.417, 1.937, 2.017, 2.557, 2.857]
    duration_s, pictures = look(proxy, times)
    assert duration_s == pytest.approx(media.duration_s, abs=0.1)
    expected = [number_in(frame_at(source, at_s)) for at_s in times]
    assert [number_in(picture) for picture in pictures] == expected


def test_chromium_shows_turned_films_upright(look: Look, tmp_path: Path) -> None:
    """A turned film is upright in the browser, by itself where it plays and by its proxy elsewhere."""
    for codec in ("libx264", "libx265"):
        source, proxy = (
            Film(codec=codec, rotation=90).write(tmp_path / f"{codec}.mp4"),
            tmp_path / "proxy.mp4",
        )
        media = probe(source, Settings())
        if not media.playable:
            write_proxy(source, proxy, media)
        _, (picture,) = look(source if media.playable else proxy, [1.0])
        assert picture.size == (media.width, media.height)
        assert corner_of(picture, "top left") == "top right"


def test_chromium_plays_through_damage(look: Look, tmp_path: Path) -> None:
    """A film with a hole in its middle plays to its end by its proxy."""
    whole = Film(seconds=6, sound="aac").write(tmp_path / "whole.mp4")
    source, proxy = with_hole(whole, tmp_path / "film.mp4", 0.4, 0.6), tmp_path / "proxy.mp4"
    media = probe(source, Settings())
    assert not media.playable
    write_proxy(source, proxy, media)
    duration_s, _ = look(proxy, [1.0, 5.0])
    assert duration_s == pytest.approx(6.0, abs=0.2)


def test_chromium_plays_the_hevc_footage(look: Look, footage: Path, tmp_path: Path) -> None:
    """The real HEVC film, which Chromium cannot play, plays by its proxy with the right frames."""
    source, proxy = footage / "bbb_hevc.mov", tmp_path / "proxy.mp4"
    media = probe(source, Settings())
    assert not media.playable
    write_proxy(source, proxy, media)
    times = [0.51, 2.31, 5.02, 8.77, 11.4]
    duration_s, pictures = look(proxy, times)
    assert duration_s == pytest.approx(12.0, abs=0.1)
    for at_s, picture in zip(times, pictures, strict=True):
        near = _around(source, at_s, float(1 / media.frame_rate))
        distance = {k: _distance(picture, frame) for k, frame in near.items()}
        # Neighbours may be the same picture (drawn on twos): none may be clearly nearer.
        assert distance[0] <= min(distance.values()) + 0.2, (at_s, distance)
        assert distance[0] < 4


def _around(source: Path, at_s: float, step: float) -> dict[int, Image.Image]:
    """Return the frame on screen at a time and the four on either side of it, decoded in one go."""
    with OpenVideo(source) as video:
        upright = Upright(video.picture.sample_aspect_ratio)
        shown = islice(video.frames_from(at_s - 4 * step), 9)
        near = {k: upright.picture(one.frame) for k, one in zip(range(-4, 5), shown, strict=True)}
    assert near[0] == frame_at(source, at_s)
    return near


def _distance(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())

"""Posters and thumbnails show the right frame, the right way up."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.errors import Cancelled
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.stills import frame_at, write_poster, write_thumbnails
from core.model import MediaInfo
from tests.made_media import CORNERS, Film, corner_of, drawn, number_in

UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)
KINDS: list[tuple[str, dict[str, Any]]] = [
    (".mp4", {}),
    (".mp4", {"gop": 1000}),
    (".mp4", {"times_s": UNEVEN}),
    (".mp4", {"sound": "aac", "container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    (".mkv", {"sound": "aac"}),
    (".mkv", {"start_s": 100.0}),
    (".webm", {"codec": "libvpx-vp9", "container": "webm", "container_options": {"live": "1"}}),
    (".ts", {"sound": "aac", "start_s": 7.0}),
    (".mpg", {"codec": "mpeg2video"}),
    (".avi", {"codec": "mpeg4"}),
    (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}),
    (".mp4", {"codec": "libx265"}),
]


def times_of(path: Path) -> list[float]:
    """Return when each frame is shown, read from beginning to end without seeking."""
    with OpenVideo(path) as video:
        return [shown.at_s for shown in video.frames()]


@pytest.mark.parametrize(("suffix", "film"), KINDS, ids=lambda value: str(value)[:40])
def test_thumbnail_is_the_last_frame_not_after_its_time(
    suffix: str, film: dict[str, Any], tmp_path: Path
) -> None:
    """At each time the thumbnail shows the last frame that is not after it, in every kind of file."""
    path = Film(**film).write(tmp_path / f"film{suffix}")
    media, times = probe(path, Settings()), times_of(path)
    asked = [0, 1, 39, 40, 41, 333, 520, 960, 1000, 1001, 1539, 2222, 2223, 2399, 2400, 2900, 2999, 9000]
    targets = {at_ms: tmp_path / "thumbs" / f"{at_ms}.jpg" for at_ms in asked}
    write_thumbnails(path, targets, media)
    expected = [max([k for k, at in enumerate(times) if at <= ms / 1000 + 1e-6], default=0) for ms in asked]
    assert [number_in(Image.open(targets[at_ms])) for at_ms in asked] == expected
    assert [number_in(frame_at(path, at_ms / 1000)) for at_ms in asked] == expected


@pytest.mark.parametrize(
    ("counter_clockwise", "mirrored", "top_left", "top_right"),
    [
        (0, False, "top left", "top right"),
        (90, False, "top right", "bottom right"),
        (180, False, "bottom right", "bottom left"),
        (270, False, "bottom left", "top left"),
        (0, True, "top right", "top left"),
        (90, True, "bottom right", "top right"),
    ],
)
def test_stills_are_upright(
    counter_clockwise: int, mirrored: bool, top_left: str, top_right: str, tmp_path: Path
) -> None:
    """Poster, thumbnail and frame are turned and mirrored as the file says."""
    path = Film(rotation=counter_clockwise, mirrored=mirrored).write(tmp_path / "film.mp4")
    media = probe(path, Settings())
    write_poster(path, tmp_path / "poster.jpg", media)
    write_thumbnails(path, {1500: tmp_path / "thumb.jpg"}, media)
    poster, thumb = Image.open(tmp_path / "poster.jpg"), Image.open(tmp_path / "thumb.jpg")
    for picture in (poster, thumb, frame_at(path, 1.5)):
        assert corner_of(picture, "top left") == top_left
        assert corner_of(picture, "top right") == top_right
        assert picture.width / picture.height == pytest.approx(media.width / media.height, rel=0.02)


def test_stills_have_square_pixels(tmp_path: Path) -> None:
    """A film of wide pixels is drawn as wide as it is shown."""
    path = Film(codec="mpeg2video", width=720, height=576, aspect=Fraction(16, 11)).write(
        tmp_path / "film.mpg"
    )
    media = probe(path, Settings())
    write_poster(path, tmp_path / "poster.jpg", media)
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.width == 640
        assert poster.width / poster.height == pytest.approx(media.width / media.height, rel=0.01)


def test_sizes(tmp_path: Path) -> None:
    """Posters are at most 640 wide, thumbnails 320, and nothing is made larger."""
    for width, poster_width, thumb_width in ((1280, 640, 320), (400, 400, 320), (160, 160, 160)):
        path = Film(width=width, height=width // 2, seconds=1.2).write(tmp_path / f"{width}.mp4")
        media = probe(path, Settings())
        write_poster(path, tmp_path / "poster.jpg", media)
        write_thumbnails(path, {500: tmp_path / "thumb.jpg"}, media)
        assert Image.open(tmp_path / "poster.jpg").width == poster_width
        assert Image.open(tmp_path / "thumb.jpg").width == thumb_width


def test_poster_is_not_black(tmp_path: Path) -> None:
    """The poster of a film that is black but for one stretch shows that stretch."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(250):
            picture = drawn(number, 320, 192) if 140 <= number < 190 else np.zeros((192, 320, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    write_poster(path, tmp_path / "poster.jpg", probe(path, Settings()))
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert corner_of(poster, "top left") == "top left"
        assert np.asarray(poster).mean() > 60


def test_high_dynamic_range_is_brought_down(tmp_path: Path) -> None:
    """Stills of an HDR film have the tones that a person saw, not grey ones."""
    path = tmp_path / "film.mov"
    _write_hdr(path)
    tones = np.asarray(frame_at(path, 0.5).convert("L")).mean(axis=0)
    wanted = np.linspace(0, 255, tones.size)
    assert np.abs(tones - wanted).mean() < 10


def test_cancel_leaves_no_thumbnail(tmp_path: Path) -> None:
    """When it is cancelled in between, none of the thumbnails is there, and no part of one."""
    path = Film(seconds=8).write(tmp_path / "film.mp4")
    targets = {at_ms: tmp_path / "thumbs" / f"{at_ms}.jpg" for at_ms in range(0, 8000, 20)}

    def report(progress: float) -> None:
        if progress > 0.1:
            raise Cancelled("You cancelled this.")

    with pytest.raises(Cancelled):
        write_thumbnails(path, targets, probe(path, Settings()), report)
    assert not list((tmp_path / "thumbs").iterdir())


def test_thumbnails_report_progress(tmp_path: Path) -> None:
    """Progress grows from 0 to 1 with the thumbnails that are done."""
    path = Film(seconds=8).write(tmp_path / "film.mp4")
    heard: list[float] = []
    targets = {at_ms: tmp_path / f"{at_ms}.jpg" for at_ms in range(0, 8000, 20)}
    write_thumbnails(path, targets, probe(path, Settings()), heard.append)
    assert heard == sorted(heard)
    assert any(0 < progress < 1 for progress in heard)


def test_nothing_asked_nothing_done(tmp_path: Path) -> None:
    """No thumbnails wanted means no work, not even opening the file."""
    write_thumbnails(tmp_path / "gone.mp4", {}, MediaInfo(1, 320, 192, Fraction(25), "h264"))


@pytest.mark.slow
def test_footage_gets_poster_and_thumbnails(footage: Path, tmp_path: Path) -> None:
    """Every real film gets a poster and thumbnails that equal the frames at their times."""
    films = sorted(path for path in footage.iterdir() if path.suffix in (".mp4", ".mkv", ".mov", ".webm"))
    assert len(films) == 15
    for path in films:
        media = probe(path, Settings())
        poster = tmp_path / f"{path.name}.jpg"
        write_poster(path, poster, media)
        with Image.open(poster) as drawn_poster:
            assert drawn_poster.width == min(640, media.width)
            assert drawn_poster.convert("L").entropy() > 4
        asked = [round(media.duration_s * 1000 * share) for share in (0.02, 0.33, 0.71, 0.98)]
        targets = {at_ms: tmp_path / path.name / f"{at_ms}.jpg" for at_ms in asked}
        write_thumbnails(path, targets, media)
        for at_ms, target in targets.items():
            thumb = Image.open(target).convert("RGB")
            frame = frame_at(path, at_ms / 1000).resize(thumb.size)
            assert np.abs(np.asarray(thumb, float) - np.asarray(frame, float)).mean() < 6, path.name


def _write_hdr(path: Path) -> None:
    """Write an even ramp of tones as HDR10 (SMPTE 2084), its white at 203 candela."""
    light = 203 * np.linspace(0, 1, 320) ** 2.4 / 10_000
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    code = ((c1 + c2 * light**m1) / (1 + c3 * light**m1)) ** m2
    ramp = np.ascontiguousarray(
        np.broadcast_to((code * 65535).astype(np.uint16)[None, :, None], (192, 320, 3))
    )
    parameters = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx265", rate=25, options={"preset": "ultrafast", "x265-params": parameters}
        )
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p10le"
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(ramp, format="rgb48le")
            frame = frame.reformat(format="yuv420p10le", dst_colorspace="bt2020")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_corners_are_told_apart() -> None:
    """The test films' own corners can be told apart, or the tests above would prove nothing."""
    picture = drawn(1234, 320, 192)
    assert [corner_of(picture, which) for which in CORNERS] == list(CORNERS)
    assert number_in(picture) == 1234

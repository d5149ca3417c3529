"""A fitted copy is inside the limits and shows at every time what its source shows then."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.limits import PICTURE, check_video
from core.errors import Cancelled, MediaError
from core.media.decoding import OpenVideo
from core.media.fitting import Fitting, fitted_size, write_fitted
from core.media.probe import probe
from core.media.stills import frame_at
from core.media.writing import draft_of
from core.model import MediaInfo
from tests.made_media import Film, corner_of, made, number_in

UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)
PLAIN = MediaInfo(3.0, 320, 192, Fraction(25), "h264")
HLG = {
    "codec": "libx265",
    "pixel_format": "yuv420p10le",
    "codec_options": {
        "x265-params": "log-level=none:transfer=arib-std-b67:colorprim=bt2020:colormatrix=bt2020nc"
    },
}

# (suffix, film, width and height of the copy, of the picture in it)
KINDS: list[tuple[str, dict[str, Any], tuple[int, int], tuple[int, int]]] = [
    (".mp4", {"width": 320, "height": 192, "sound": "aac"}, (600, 360), (600, 360)),
    (".mkv", {"width": 800, "height": 332, "times_s": UNEVEN}, (800, 360), (800, 332)),
    (".mp4", {"width": 1000, "height": 200, "sound": "aac"}, (1000, 418), (1000, 200)),
    (".mp4", {"width": 200, "height": 1000}, (418, 1000), (200, 1000)),
    (".mkv", {"width": 320, "height": 240, "start_s": 100.0, "sound": "ac3"}, (480, 360), (480, 360)),
    (".ts", {"width": 320, "height": 240, "start_s": 7.0, "sound": "aac"}, (480, 360), (480, 360)),
    (".mp4", {"width": 400, "height": 240, "rotation": 90}, (360, 600), (360, 600)),
    (".mpg", {"codec": "mpeg2video", "sound": "mp2", "width": 352, "height": 288,
              "aspect": Fraction(12, 11)}, (480, 360), (480, 360)),
    (".mp4", {"width": 1440, "height": 2304, "seconds": 1.0}, (1350, 2160), (1350, 2160)),
]  # fmt: skip


def fitted(source: Path, target: Path) -> tuple[MediaInfo, MediaInfo, Fitting]:
    """Write the copy; return what is in the source, what is in the copy, and how it was made."""
    media = probe(source, Settings())
    fitting = fitted_size(media.width, media.height, PICTURE)
    assert fitting is not None
    write_fitted(source, target, media, fitting)
    return media, probe(target, Settings()), fitting


def times_of(path: Path) -> list[float]:
    with OpenVideo(path) as video:
        return [shown.at_s for shown in video.frames_from(0)]


def inside(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the middle of a picture, without its bars."""
    left, top = ((most - side) // 4 * 2 for most, side in zip(picture.size, size, strict=True))
    return picture.crop((left, top, left + size[0], top + size[1]))


@pytest.mark.parametrize(("suffix", "film", "size", "drawn"), KINDS, ids=lambda value: str(value)[:50])
def test_a_copy_fits_and_shows_the_same_at_the_same_times(
    suffix: str, film: dict[str, Any], size: tuple[int, int], drawn: tuple[int, int], tmp_path: Path
) -> None:
    """Whatever its shape, turn or start: upright, square pixels, every frame at its time, sound kept."""
    source, target = Film(**film).write(tmp_path / f"film{suffix}"), tmp_path / "copy.mp4"
    media, copy, fitting = fitted(source, target)
    assert (copy.width, copy.height) == size
    assert (fitting.width, fitting.height) == drawn
    assert copy.rotation == 0
    assert (copy.container, copy.video_codec) == ("mp4", "h264")
    assert copy.audio_codec == ("aac" if film.get("sound") else None)
    assert times_of(target) == pytest.approx(times_of(source), abs=0.001)
    assert copy.duration_s == pytest.approx(media.duration_s, abs=float(1 / media.frame_rate))
    shown = inside(frame_at(target, 0.7), drawn)
    assert number_in(shown) == number_in(frame_at(source, 0.7))
    assert [corner_of(shown, name) for name in ("top left", "bottom right")] == [
        corner_of(frame_at(source, 0.7), name) for name in ("top left", "bottom right")
    ]


def test_bars_are_black(tmp_path: Path) -> None:
    """Beside the picture there is nothing but black, above as much as below."""
    source = Film(width=1000, height=200, seconds=1.0).write(tmp_path / "film.mp4")
    fitted(source, tmp_path / "copy.mp4")
    pixels = np.asarray(frame_at(tmp_path / "copy.mp4", 0.5)).astype(int)
    assert pixels[:104].max() < 12
    assert pixels[-104:].max() < 12
    assert pixels[112:306].mean() > 60


def test_high_dynamic_range_is_drawn_with_fewer_lines(tmp_path: Path) -> None:
    """An upright HDR film of a telephone becomes one that fits, in seconds and not in hours."""
    source = Film(width=1080, height=2304, seconds=1.0, rate=Fraction(5), **HLG).write(tmp_path / "film.mp4")
    _, copy, _ = fitted(source, tmp_path / "copy.mp4")
    assert PICTURE.hold(copy.width, copy.height)
    assert copy.height <= 1280


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    """An upload that goes on after a restart sends the rest of the same copy."""
    source = tmp_path / "film.mp4"
    source.write_bytes(made(Film(sound="aac", width=320, height=240), ".mp4"))
    copies = []
    for name in ("one.mp4", "two.mp4"):
        fitted(source, tmp_path / name)
        copies.append((tmp_path / name).read_bytes())
    assert copies[0] == copies[1]


def test_a_copy_stays_below_its_most_bytes(tmp_path: Path) -> None:
    """A film that codes badly is made coarser, so that the copy may be sent whatever its source weighs."""
    rng = np.random.default_rng(1)
    source, target = tmp_path / "film.mp4", tmp_path / "copy.mp4"
    _write_noise(source, rng)
    media = probe(source, Settings())
    fitting = fitted_size(media.width, media.height, PICTURE)
    assert fitting is not None
    write_fitted(source, target, media, fitting)
    unbounded = target.stat().st_size
    write_fitted(source, target, media, replace(fitting, most_bytes=unbounded // 2))
    assert target.stat().st_size <= unbounded // 2


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    """What the person cancels ends at once, with neither copy nor draft."""
    source, target = tmp_path / "film.mp4", tmp_path / "copies" / "copy.mp4"
    source.write_bytes(made(Film(width=320, height=240, seconds=20.0), ".mp4"))

    def report(progress: float) -> None:
        if progress > 0.1:
            raise Cancelled("You cancelled this.")

    with pytest.raises(Cancelled):
        write_fitted(source, target, PLAIN, Fitting(480, 360, 480, 360, 10**9), report)
    assert not list(target.parent.iterdir())


def test_a_file_without_film_leaves_nothing(tmp_path: Path) -> None:
    """What cannot be decoded raises a sentence, with neither copy nor draft."""
    source, target = tmp_path / "film.mp4", tmp_path / "copy.mp4"
    source.write_bytes(b"not a film" * 1000)
    with pytest.raises(MediaError):
        write_fitted(source, target, PLAIN, Fitting(480, 360, 480, 360, 10**9))
    assert not target.exists()
    assert not draft_of(target).exists()


@pytest.mark.slow
def test_footage_that_is_too_low_is_mended(footage: Path, tmp_path: Path) -> None:
    """The real film of 798 x 332 is taken as a copy: not enlarged, bars above and below, same length."""
    source, target = footage / "mdn_tears_of_steel_battle.webm", tmp_path / "copy.mp4"
    media, copy, fitting = fitted(source, target)
    check_video(Source("copy", target, copy, target.stat().st_size))
    assert (fitting.width, fitting.height, copy.width, copy.height) == (798, 332, 798, 360)
    assert copy.duration_s == pytest.approx(media.duration_s, abs=float(1 / media.frame_rate))
    assert copy.has_audio
    assert times_of(target) == pytest.approx(times_of(source), abs=0.001)


def _write_noise(path: Path, rng: np.random.Generator) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(100):
            pixels = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))

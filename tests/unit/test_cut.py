"""A cut clip holds exactly the stretch that was asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.config import Settings
from core.errors import MediaError
from core.media.cut import cut_clip
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.stills import frame_at
from core.model import MediaInfo, Segment
from tests.made_media import Film, corner_of, made, number_in

UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)
KINDS: list[tuple[str, dict[str, Any]]] = [
    (".mp4", {"sound": "aac"}),
    (".mp4", {"gop": 1000}),
    (".mp4", {"times_s": UNEVEN}),
    (".mkv", {"sound": "ac3", "start_s": 50.0}),
    (".ts", {"sound": "aac", "start_s": 7.0}),
    (".mp4", {"codec": "libx265", "sound": "aac"}),
    (".avi", {"codec": "mpeg4"}),
]


def clip_of(source: Path, target: Path, start_s: float, end_s: float) -> MediaInfo:
    cut_clip(source, target, Segment(start_s, end_s), probe(source, Settings()))
    return probe(target, Settings(min_duration_s=0.01))


@pytest.mark.parametrize(("suffix", "film"), KINDS, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 1.0), (0.95, 2.05)])
def test_clip_shows_the_frames_of_its_stretch(
    suffix: str, film: dict[str, Any], start_s: float, end_s: float, tmp_path: Path
) -> None:
    """At each of its times the clip shows what the source shows that much after the start."""
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(Film(**film), suffix))
    media = clip_of(source, tmp_path / "clip.mp4", start_s, end_s)
    assert media.playable
    assert media.duration_s == pytest.approx(end_s - start_s, abs=0.07)
    assert media.has_audio is ("sound" in film)
    for at_s in np.arange(0.0, end_s - start_s - 0.01, 0.07):
        expected = number_in(frame_at(source, start_s + at_s))
        assert number_in(frame_at(tmp_path / "clip.mp4", at_s)) == expected, at_s


def test_clip_begins_and_ends_with_its_sound(tmp_path: Path) -> None:
    """The sound of a clip is as long as its stretch, and not a beginning from somewhere else."""
    source = tmp_path / "film.mkv"
    source.write_bytes(made(Film(seconds=6, sound="libmp3lame"), ".mkv"))
    clip_of(source, tmp_path / "clip.mp4", 2.0, 3.5)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frames = list(container.decode(container.streams.audio[0]))
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert samples.size / 48000 == pytest.approx(1.5, abs=0.05)
    loud = np.abs(samples).reshape(-1)[: samples.size // 480 * 480].reshape(-1, 480).max(axis=1)
    assert (loud[2:-4] > 0.2).all()


def test_clip_is_upright(tmp_path: Path) -> None:
    """A clip of a turned film is upright."""
    source = Film(rotation=90).write(tmp_path / "film.mp4")
    media = clip_of(source, tmp_path / "clip.mp4", 1.0, 2.0)
    assert (media.width, media.height, media.rotation) == (192, 320, 0)
    assert corner_of(frame_at(tmp_path / "clip.mp4", 0.5), "top left") == "top right"


def test_clip_reaching_beyond_the_end_stops_there(tmp_path: Path) -> None:
    """A stretch that reaches beyond the film ends with it."""
    source = Film().write(tmp_path / "film.mp4")
    assert clip_of(source, tmp_path / "clip.mp4", 2.0, 60.0).duration_s == pytest.approx(1.0, abs=0.05)


def test_clip_of_real_footage(footage: Path, tmp_path: Path) -> None:
    """Three seconds out of the middle of a long film are cut at once, without decoding what is before."""
    source = footage / "one-by-one-person-detection.mp4"
    assert clip_of(source, tmp_path / "clip.mp4", 70.0, 73.0).duration_s == pytest.approx(3.0, abs=0.1)
    with OpenVideo(tmp_path / "clip.mp4") as video:
        assert sum(1 for _ in video.frames()) == 30
    got = np.asarray(frame_at(tmp_path / "clip.mp4", 1.5), float)
    assert np.abs(got - np.asarray(frame_at(source, 71.5), float)).mean() < 4


@pytest.mark.slow
def test_clip_fits_what_an_engine_takes(tmp_path: Path) -> None:
    """Thirty seconds of noise, the worst there is to encode, stay below 32 MB."""
    source = tmp_path / "noise.mp4"
    noise = np.random.default_rng(5).integers(0, 255, (8, 360, 640, 3), np.uint8)
    with av.open(str(source), "w") as container:
        stream = container.add_stream("mpeg4", rate=10, options={"b": "20M"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(300):
            frame = av.VideoFrame.from_ndarray(noise[number % 8], format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    clip_of(source, tmp_path / "clip.mp4", 0.0, 30.0)
    assert (tmp_path / "clip.mp4").stat().st_size < 30 * 2**20


def test_clip_of_a_lost_film_leaves_nothing(tmp_path: Path) -> None:
    """Where the film is gone the clip fails as ours, and no file is there."""
    with pytest.raises(MediaError):
        cut_clip(
            tmp_path / "gone.mp4",
            tmp_path / "clip.mp4",
            Segment(0, 1),
            MediaInfo(3, 320, 192, Fraction(25), "h264"),
        )
    assert not list(tmp_path.iterdir())

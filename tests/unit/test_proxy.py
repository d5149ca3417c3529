"""A proxy shows at every time what the source shows then, in a form that browsers play."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from core.config import Settings
from core.errors import Cancelled
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.proxy import proxy_request, write_proxy
from core.media.stills import frame_at
from core.media.writing import draft_of
from core.model import MediaInfo
from tests.made_media import Film, corner_of, made, number_in

PROJECT_ROOT = Path(__file__).resolve().parents[2]
UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)

# (suffix, film, whether the picture is copied)
KINDS: list[tuple[str, dict[str, Any], bool]] = [
    (".mkv", {"sound": "aac"}, True),
    (".mkv", {"sound": "ac3"}, True),
    (".mkv", {"times_s": UNEVEN}, True),
    (".mkv", {"start_s": 100.0, "sound": "aac"}, True),
    (".mkv", {"rate": Fraction(30000, 1001), "gop": 12}, True),
    (".ts", {"sound": "aac", "start_s": 7.0}, True),
    (".mp4", {"sound": "aac", "container_options": {"movflags": "frag_keyframe+empty_moov"}}, True),
    (".mov", {"sound": "pcm_s16le"}, True),
    (".mp4", {"codec": "libx265", "sound": "aac"}, False),
    (".mp4", {"codec": "libx265", "times_s": UNEVEN}, False),
    (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", "sound": "pcm_s24le"}, False),
    (".mpg", {"codec": "mpeg2video", "sound": "mp2"}, False),
    (".avi", {"codec": "mpeg4", "sound": "libmp3lame"}, False),
    (".mp4", {"pixel_format": "yuv444p"}, False),
    (".webm", {"codec": "libvpx", "seconds": 1.5, "container_options": {"live": "1"}}, False),
    (".mkv", {"rotation": 90}, False),
]  # fmt: skip


def proxied(source: Path, target: Path) -> tuple[MediaInfo, bool]:
    """Write the proxy in this process; return what is in it and whether the picture was copied."""
    media = probe(source, Settings())
    request = {"source": str(source), "draft": str(target), "duration_s": media.duration_s}
    copied = proxy_request(request, lambda progress: None)["copied"]
    return probe(target, Settings()), copied


def times_of(path: Path) -> list[float]:
    with OpenVideo(path) as video:
        return [shown.at_s for shown in video.frames_from(0)]


@pytest.mark.parametrize(("suffix", "film", "copies"), KINDS, ids=lambda value: str(value)[:50])
def test_proxy_shows_the_same_frames_at_the_same_times(
    suffix: str, film: dict[str, Any], copies: bool, tmp_path: Path
) -> None:
    """Every frame of the source is in the proxy at its own time, whether copied or coded anew."""
    source, target = Film(**film).write(tmp_path / f"film{suffix}"), tmp_path / "proxy.mp4"
    media, copied = proxied(source, target)
    assert copied is copies
    assert media.playable
    assert media.container == "mp4"
    assert times_of(target) == pytest.approx(times_of(source), abs=0.001)
    if not film.get("rotation"):
        for at_s in np.arange(0.003, 3, 0.13):
            assert number_in(frame_at(target, at_s)) == number_in(frame_at(source, at_s)), at_s
    assert media.has_audio is bool(film.get("sound"))
    assert media.duration_s == pytest.approx(probe(source, Settings()).duration_s, abs=0.1)


def test_proxy_is_h264_and_aac_at_once_playable(tmp_path: Path) -> None:
    """What is coded anew is 8-bit H.264 and AAC at 48 kHz stereo, with the index before the media."""
    source = Film(codec="mpeg2video", sound="mp2").write(tmp_path / "film.mpg")
    target = tmp_path / "media" / "proxy.mp4"
    write_proxy(source, target, probe(source, Settings()))
    with av.open(str(target)) as container:
        picture, sound = container.streams.video[0].codec_context, container.streams.audio[0].codec_context
        assert (picture.name, picture.pix_fmt) == ("h264", "yuv420p")
        assert (sound.name, sound.sample_rate, sound.layout.name) == ("aac", 48000, "stereo")
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert [entry.name for entry in target.parent.iterdir()] == ["proxy.mp4"]


def test_rotation_is_baked_in(tmp_path: Path) -> None:
    """A turned film has an upright proxy that no player has to turn."""
    for angle, top_left in ((90, "top right"), (180, "bottom right"), (270, "bottom left")):
        source = Film(codec="libx265", rotation=angle).write(tmp_path / f"{angle}.mp4")
        target = tmp_path / f"{angle}-proxy.mp4"
        media, _ = proxied(source, target)
        assert media.rotation == 0
        assert (media.width > media.height) is (angle == 180)
        assert corner_of(frame_at(target, 1.0), "top left") == top_left


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (2560, 1440, (1920, 1080)),
        (1440, 2560, (1080, 1920)),
        (333, 187, (332, 186)),
        (3000, 500, (1920, 320)),
    ],
)
def test_proxy_is_at_most_1080p_with_even_sides(
    width: int, height: int, expected: tuple[int, int], tmp_path: Path
) -> None:
    """Large films are made smaller without changing their shape, odd sides made even."""
    film = Film(codec="mpeg4" if width > 400 else "prores_ks", width=width, height=height, seconds=1.04)
    if film.codec == "prores_ks":
        film = Film(**{**vars(film), "pixel_format": "yuv422p10le"})
    media, _ = proxied(film.write(tmp_path / "film.mov"), tmp_path / "proxy.mp4")
    assert (media.width, media.height) == expected


def test_a_key_frame_every_second(tmp_path: Path) -> None:
    """The coded proxy can be entered about every second, also where the frames come unevenly."""
    times = [k / 30 for k in range(90)] + [3.5, 5.1] + [5.2 + k / 60 for k in range(60)]
    source = Film(codec="libx265", times_s=times, gop=1000).write(tmp_path / "film.mp4")
    proxied(source, tmp_path / "proxy.mp4")
    with av.open(str(tmp_path / "proxy.mp4")) as container:
        stream = container.streams.video[0]
        keys = [float(p.pts * p.time_base) for p in container.demux(stream) if p.size and p.is_keyframe]
    for second in (0, 1, 2, 3.5, 5.1, 6):
        assert min(abs(second - key) for key in keys) < 0.05, second


def test_sound_stays_in_step(tmp_path: Path) -> None:
    """Sound that begins late in the source begins as late in the proxy, with silence before it."""
    source = tmp_path / "film.mkv"
    _write_late_beep(source, late_s=1.0)
    proxied(source, tmp_path / "proxy.mp4")
    for path in (source, tmp_path / "proxy.mp4"):
        assert _beep_begins(path) == pytest.approx(1.0, abs=0.05)


def test_interlaced_film_is_deinterlaced(tmp_path: Path) -> None:
    """The proxy of an interlaced film has whole frames, as many as the source, at the same times."""
    source = Film(codec="mpeg2video", interlaced=True).write(tmp_path / "film.mpg")
    with OpenVideo(source) as video:
        assert next(video.frames()).frame.interlaced_frame
    proxied(source, tmp_path / "proxy.mp4")
    assert times_of(tmp_path / "proxy.mp4") == pytest.approx(times_of(source), abs=0.001)
    with OpenVideo(tmp_path / "proxy.mp4") as video:
        assert not next(video.frames()).frame.interlaced_frame


def test_progress_and_cancel(tmp_path: Path) -> None:
    """Progress grows; a cancel in the middle ends the work and leaves neither proxy nor draft."""
    source = tmp_path / "film.mkv"
    source.write_bytes(made(Film(codec="mpeg4", seconds=30, width=640, height=384), ".mkv"))
    target = tmp_path / "media" / "proxy.mp4"
    heard: list[float] = []

    def report(progress: float) -> None:
        heard.append(progress)
        if progress > 0.2:
            raise Cancelled("You cancelled this.")

    with pytest.raises(Cancelled):
        write_proxy(source, target, probe(source, Settings()), report)
    assert heard == sorted(heard)
    assert not list(target.parent.iterdir())


def test_an_earlier_draft_is_written_over(tmp_path: Path) -> None:
    """What a killed process left of a proxy does not stay beside the next one."""
    source, target = Film(sound="aac").write(tmp_path / "film.mkv"), tmp_path / "media" / "proxy.mp4"
    target.parent.mkdir()
    draft_of(target).write_bytes(b"half a file" * 100_000)
    write_proxy(source, target, probe(source, Settings()))
    assert probe(target, Settings()).playable
    assert [entry.name for entry in target.parent.iterdir()] == ["proxy.mp4"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no kill -9 on this system")
def test_killed_application_leaves_no_encoder(tmp_path: Path) -> None:
    """When the application is killed with -9 while it encodes, the encoding child ends by itself."""
    source = tmp_path / "film.mkv"
    source.write_bytes(made(Film(codec="mpeg4", seconds=30, width=640, height=384), ".mkv"))
    code = (
        "import sys; from pathlib import Path; from core.config import Settings\n"
        "from core.media.probe import probe; from core.media.proxy import write_proxy\n"
        "source = Path(sys.argv[1]); write_proxy(source, Path(sys.argv[2]), probe(source, Settings()))"
    )
    target = tmp_path / "proxy.mp4"
    parent = subprocess.Popen([sys.executable, "-c", code, str(source), str(target)], cwd=PROJECT_ROOT)
    try:
        ends = time.monotonic() + 30
        while not draft_of(target).exists() and time.monotonic() < ends:
            time.sleep(0.01)
        assert draft_of(target).exists()
        encoders = psutil.Process(parent.pid).children()
        assert len(encoders) == 1
    finally:
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(encoders, timeout=5)
    assert not alive
    assert not target.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bbb_hevc.mov", "asl_bird.mkv", "asl_walk.mkv"])
def test_footage_proxy_equals_its_source(name: str, footage: Path, tmp_path: Path) -> None:
    """At any time the proxy of a real film is nearest to the source's frame of that time."""
    source, target = footage / name, tmp_path / "proxy.mp4"
    media = probe(source, Settings())
    write_proxy(source, target, media)
    assert probe(target, Settings()).playable
    times = times_of(source)
    assert times_of(target) == pytest.approx(times, abs=0.001)
    with OpenVideo(source) as video:
        pictures = [_small(shown.frame) for shown in video.frames_from(0)]
    for at_s in np.linspace(0.3, media.duration_s - 0.3, 12):
        shown = max(k for k, at in enumerate(times) if at <= at_s)
        got = np.asarray(frame_at(target, at_s).convert("L").resize((160, 90)), float)
        around = range(max(0, shown - 3), min(len(times), shown + 4))
        distance = {k: np.abs(pictures[k] - got).mean() for k in around}
        # Neighbours may be the same picture (drawn on twos): none may be clearly nearer.
        assert distance[shown] <= min(distance.values()) + 0.15, (at_s, distance)
        assert distance[shown] < 3


def _small(frame: av.VideoFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(Image.fromarray(frame.to_ndarray(format="rgb24")).convert("L").resize((160, 90)), float)


def _write_late_beep(path: Path, late_s: float) -> None:
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 320, 192, "yuv420p"
        sound = container.add_stream("libmp3lame", rate=48000)
        for _ in range(75):
            container.mux(picture.encode(av.VideoFrame(320, 192, "yuv420p")))
        container.mux(picture.encode(None))
        wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), "fltp", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), round(late_s * 48000)
        container.mux([*sound.encode(frame), *sound.encode(None)])


def _beep_begins(path: Path) -> float:
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.1)
            if loud.size:
                return float(frame.time + loud[0] / frame.sample_rate)
    raise AssertionError("no sound")

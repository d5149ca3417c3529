"""The demo clips: what is drawn, what is heard, and that the files are whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from core.demo.canvas import HEIGHT, WIDTH, Paint, Shot
from core.demo.catalogue import DemoClip, demo_clip, demo_clips
from core.demo.render import FRAMES_PER_SECOND, render, render_request
from core.demo.scenes.storm import FLASHES_S
from core.demo.sounds import RATE
from core.errors import Cancelled, NotFound
from core.isolation import run_isolated

CLIPS = pytest.mark.parametrize("clip", demo_clips(), ids=lambda clip: clip.name)
SILENT_FROM_S = 10
"""When the studio falls silent."""


@cache
def _painters(name: str) -> tuple[Paint, ...]:
    """Return the painters of a clip's shots; preparing them takes longer than painting."""
    return tuple(shot.open() for shot in demo_clip(name).shots)


def _nothing(part: float) -> None:
    """Report to nobody."""


@pytest.fixture
def short() -> DemoClip:
    """Two seconds of two shots of the harbour, with their sound."""
    harbour = demo_clip("harbour")
    first, second = harbour.shots[:2]
    return replace(harbour, name="short", shots=(Shot(1.0, first.open), Shot(1.0, second.open)))


def test_there_is_a_handful_of_clips_that_can_be_told_apart() -> None:
    """Five or six clips have names, titles and recording dates of their own."""
    clips = demo_clips()
    assert 5 <= len(clips) <= 6
    for what in ("name", "title", "recorded_at"):
        assert len({getattr(clip, what) for clip in clips}) == len(clips)
    assert len({clip.category for clip in clips}) >= 3


@CLIPS
def test_a_clip_is_long_enough_to_search_and_short_enough_to_draw(clip: DemoClip) -> None:
    """A clip has several shots and takes 20 to 60 seconds."""
    assert len(clip.shots) >= 3
    assert 20 <= clip.duration_s <= 60


@CLIPS
def test_everything_that_people_would_write_is_written(clip: DemoClip) -> None:
    """Title, category, tags and a date with a time zone are set."""
    assert clip.title
    assert clip.category
    assert clip.tags
    assert clip.recorded_at.utcoffset() is not None


@CLIPS
def test_subtitles_lie_within_the_clip_in_order(clip: DemoClip) -> None:
    """Subtitles follow each other, do not overlap, and end before the clip does."""
    assert len(clip.cues) >= 3
    ends = [0.0, *(cue.segment.end_s for cue in clip.cues)]
    for earlier, cue in zip(ends, clip.cues, strict=False):
        assert cue.segment.start_s >= earlier
        assert cue.text.strip() == cue.text != ""
    assert ends[-1] <= clip.duration_s


@CLIPS
def test_a_shot_paints_the_same_picture_for_the_same_time(clip: DemoClip) -> None:
    """A picture depends on the time alone, not on which pictures were painted before."""
    for shot, paint in zip(clip.shots, _painters(clip.name), strict=True):
        first = paint(1.0).copy()
        assert first.shape == (HEIGHT, WIDTH, 3)
        assert first.dtype == np.uint8
        paint(0.2)
        paint(shot.seconds - 0.04)
        assert np.array_equal(paint(1.0), first)


@pytest.mark.parametrize("name", ["harbour", "campfire", "traffic", "alpine", "storm"])
def test_scenes_move(name: str) -> None:
    """In every shot of an outdoor scene something has moved after half a second."""
    for paint in _painters(name):
        before = paint(1.0).astype(int)
        assert (np.abs(paint(1.5).astype(int) - before).max(axis=2) > 12).mean() > 0.001


@CLIPS
def test_cuts_can_be_seen(clip: DemoClip) -> None:
    """The pictures on both sides of a cut differ over much of the frame."""
    for shot, (before, after) in zip(clip.shots, pairwise(_painters(clip.name)), strict=False):
        difference = np.abs(before(shot.seconds - 0.04).astype(int) - after(0.0).astype(int)).mean()
        assert difference > 8


@CLIPS
def test_the_sound_is_as_long_as_the_picture_and_never_clips(clip: DemoClip) -> None:
    """Sound lasts as long as the clip, is finite, and hardly ever reaches its limit."""
    sound = clip.sound(clip.duration_s)
    assert sound.shape == (round(clip.duration_s * RATE),)
    assert np.isfinite(sound).all()
    assert (np.abs(sound) > 1).mean() < 0.02
    assert np.sqrt((sound[: 5 * RATE] ** 2).mean()) > 0.01


def test_the_studio_falls_silent() -> None:
    """There is a stretch of digital silence after the test tone."""
    clip = demo_clip("studio")
    sound = clip.sound(clip.duration_s)
    assert not sound[SILENT_FROM_S * RATE :].any()
    assert clip.duration_s - SILENT_FROM_S >= 8


def test_thunder_follows_lightning() -> None:
    """After the first flash the low rumble is much louder than before it."""
    clip = demo_clip("storm")
    assert max(FLASHES_S) < clip.duration_s
    sound = clip.sound(clip.duration_s)
    flash = FLASHES_S[0]

    def rumble(begin_s: float) -> float:
        piece = np.fft.rfft(sound[round(begin_s * RATE) : round((begin_s + 1) * RATE)])
        return float(np.abs(piece[20:180]).mean())

    assert rumble(flash + 0.45) > 3 * rumble(flash - 1)


def test_a_rendered_clip_plays_everywhere(short: DemoClip, tmp_path: Path) -> None:
    """The file is H.264 4:2:0 and AAC in an MP4 whose index comes first, with a keyframe a second."""
    target = tmp_path / "short.mp4"
    parts: list[float] = []
    render(short, target, parts.append)
    with av.open(str(target)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height) == (WIDTH, HEIGHT)
        assert video.average_rate == Fraction(FRAMES_PER_SECOND)
        assert (audio.codec_context.name, audio.rate) == ("aac", RATE)
        frames = list(container.decode(video))
    assert len(frames) == 2 * FRAMES_PER_SECOND
    assert [frame.time for frame in frames if frame.key_frame] == [0.0, 1.0]
    head = target.read_bytes()[:4096]
    assert head.index(b"moov") < head.index(b"mdat") if b"mdat" in head else b"moov" in head
    assert parts == sorted(parts)
    assert 0 < parts[0] <= parts[-1] <= 1


def test_the_pictures_in_the_file_are_those_that_were_painted(short: DemoClip, tmp_path: Path) -> None:
    """A decoded frame shows what its shot painted for that time."""
    target = tmp_path / "short.mp4"
    render(short, target, _nothing)
    with av.open(str(target)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    painted = short.shots[1].open()(0.5)
    shown = frames[round(1.5 * FRAMES_PER_SECOND)]
    assert np.abs(shown.astype(int) - painted.astype(int)).mean() < 4


def test_rendering_twice_gives_the_same_file(short: DemoClip, tmp_path: Path) -> None:
    """Nothing of the moment or of the file's name gets into the bytes."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    render(short, first, _nothing)
    render(short, second, _nothing)
    assert first.read_bytes() == second.read_bytes()


def test_a_cancelled_rendering_leaves_nothing_behind(short: DemoClip, tmp_path: Path) -> None:
    """Cancelling half-way leaves no draft, and the file that was there stays as it was."""
    target = tmp_path / "short.mp4"
    target.write_bytes(b"before")

    def stop(part: float) -> None:
        if part > 0.4:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        render(short, target, stop)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "ask", [demo_clip, lambda name: render_request({"name": name, "target": "-"}, _nothing)]
)
def test_an_unknown_name_is_refused(ask: Callable[[str], object]) -> None:
    """Only clips that exist can be drawn."""
    with pytest.raises(NotFound):
        ask("../../etc/passwd")


@pytest.mark.slow
def test_a_clip_is_drawn_in_a_child_process(tmp_path: Path) -> None:
    """The operation that the application uses draws a whole clip and reports how far it is."""
    target, parts = tmp_path / "studio.part", [0.0]
    run_isolated("demo.render", {"name": "studio", "target": str(target)}, report=parts.append)
    with av.open(str(target)) as container:
        duration_s = float(container.duration or 0) / av.time_base
    assert abs(duration_s - demo_clip("studio").duration_s) < 0.1
    assert len(parts) > 10

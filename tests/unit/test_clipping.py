"""A clip for an editing program holds exactly the frames from In to Out, as good as the source has them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from core.config import Settings
from core.errors import Cancelled, MediaError, MediaMissing
from core.media.clipping import Clipped, write_clip
from core.media.containers import packets_of
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.redrawing import Upright
from core.model import MediaInfo, Segment
from core.timecode import clock_of
from tests.made_media import Film, corner_of, made

OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:keyint=25:min-keyint=25:scenecut=0"}
NTSC, DOUBLE = Fraction(30000, 1001), Fraction(60000, 1001)
UNEVEN = tuple(
    sorted({round(at_s, 3) for at_s in np.cumsum(np.random.default_rng(3).uniform(0.02, 0.2, 60))})
)
PLAIN: dict[str, Any] = {"moving": True, "width": 320, "height": 192, "sound": "aac"}
# fmt: off
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "long gop": (".mp4", {"seconds": 14, "gop": 250}),
    "short gop": (".mp4", {"seconds": 5, "gop": 12, "codec_options": {"x264-params": "scenecut=0"}}),
    "no reordering": (".mp4", {"seconds": 5, "gop": 10, "codec_options": {"bf": "0"}}),
    "open gop": (".mp4", {"seconds": 5, "codec_options": OPEN_GOP}),
    "varying": (".mp4", {"seconds": 6, "times_s": UNEVEN}),
    "turned 90": (".mp4", {"seconds": 3, "rotation": 90}),
    "turned 180": (".mp4", {"seconds": 3, "rotation": 180}),
    "turned 270": (".mp4", {"seconds": 3, "rotation": 270}),
    "hevc": (".mp4", {"seconds": 4, "codec": "libx265", "gop": 60}),
    "hevc 10 bits": (".mov", {"seconds": 3, "codec": "libx265", "pixel_format": "yuv420p10le"}),
    "vp9": (".webm", {"seconds": 4, "codec": "libvpx-vp9", "sound": "libopus", "codec_options": {"b": "4M"}}),
    "prores": (".mov", {"seconds": 2, "codec": "prores_ks", "pixel_format": "yuv422p10le",
                       "sound": "pcm_s16le"}),
    "matroska": (".mkv", {"seconds": 4, "rate": NTSC}),
    "late start": (".ts", {"seconds": 4, "start_s": 7.0}),
    "odd sides": (".mkv", {"seconds": 3, "width": 321, "height": 193, "codec": "libvpx-vp9",
                           "codec_options": {"b": "4M"}}),
    "29.97": (".mp4", {"seconds": 6, "rate": NTSC, "gop": 30}),
    "59.94": (".mp4", {"seconds": 4, "rate": DOUBLE}),
    "23.976 silent": (".mp4", {"seconds": 5, "rate": Fraction(24000, 1001), "sound": None}),
}
# fmt: on


@dataclass(frozen=True)
class Seen:
    """Frames of a file as they are shown, and when."""

    times: list[float]
    pictures: list[Any]


def seen(path: Path, first: int = 0, after: int | None = None) -> Seen:
    times, pictures = [], []
    with OpenVideo(path) as video:
        upright = Upright(video.picture.sample_aspect_ratio)
        for number, shown in enumerate(video.frames()):
            times.append(shown.at_s)
            wanted = number >= first - 1 and (after is None or number <= after)
            drawn = np.asarray(upright.picture(shown.frame).convert("L")) if wanted else np.empty(0)
            pictures.append(drawn[: len(drawn) // 2 * 2, : drawn.shape[1] // 2 * 2] if wanted else drawn)
    return Seen(times, pictures)


def likeness(one: Any, other: Any) -> float:
    return float(structural_similarity(one, other))


def check(source: Seen, clip: Seen, first: int, after: int, start_s: float) -> None:
    """Hold the clip to the source's frames ``[first, after)``."""
    assert len(clip.times) == after - first
    assert clip.times[0] == pytest.approx(0, abs=1e-6)
    wanted = [max(0.0, at_s - start_s) for at_s in source.times[first:after]]
    assert clip.times == pytest.approx(wanted, abs=0.0011)
    for shown, number in ((clip.pictures[0], first), (clip.pictures[-1], after - 1)):
        right = likeness(shown, source.pictures[number])
        assert right >= 0.97
        for beside in (number - 1, number + 1):
            if 0 <= beside < len(source.pictures) and source.pictures[beside].size:
                assert right > likeness(shown, source.pictures[beside])


def on_screen(source: Seen, frame: int, rate: Fraction) -> int:
    """Return which of the frames is on screen in the middle of a cell of the file's frame grid."""
    middle_s = float((frame + Fraction(1, 2)) / rate)
    number = max((number for number, at_s in enumerate(source.times) if at_s <= middle_s), default=0)
    assert number == frame or source.times[0] > 0.5 / rate, "most films begin at 0"
    return number


def cut(source: Path, target: Path, first: int, after: int, media: MediaInfo) -> Clipped:
    clock = clock_of(media)
    return write_clip(source, target, Segment(clock.seconds_at(first), clock.seconds_at(after)), media)


def hold(source: Path, media: MediaInfo, folder: Path, places: list[tuple[int, int]]) -> list[Clipped]:
    """Cut all places, given in frames; hold each clip to what a player shows there."""
    found = []
    for number, (first, after) in enumerate(places):
        target = folder / f"{number}.mp4"
        whole = seen(source, first, after)
        if not media.variable_frame_rate:
            clipped = cut(source, target, first, after, media)
            first, after = (on_screen(whole, number, media.frame_rate) for number in (first, after))
            start_s = whole.times[first]
        if media.variable_frame_rate:
            start_s, end_s = whole.times[first], whole.times[after]
            clipped = write_clip(source, target, Segment(start_s, end_s), media)
        check(whole, seen(target), first, after, start_s)
        assert clipped.frames == after - first
        found.append(clipped)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_first_and_last_frame_are_those_of_in_and_out(kind: str, tmp_path: Path) -> None:
    """Wherever In and Out lie, the clip has exactly the frames between, at their times."""
    suffix, more = KINDS[kind]
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(Film(**PLAIN | more), suffix))
    media = probe(source, Settings())
    frames = len(seen(source, 0, 0).times)
    chosen = random.Random(kind)
    places = [(0, chosen.randrange(1, frames - 1))]
    for _ in range(3):
        first = chosen.randrange(0, frames - 2)
        places.append((first, chosen.randrange(first + 1, frames - 1)))
    hold(source, media, tmp_path, places)
    copied = probe(tmp_path / "1.mp4", Settings(min_duration_s=0.001))
    assert (copied.width, copied.height) == (media.width // 2 * 2, media.height // 2 * 2)
    assert (copied.video_codec, copied.rotation, copied.has_audio) == ("h264", 0, media.has_audio)


def raw_packets(path: Path, first: int = 0, count: int | None = None) -> list[bytes]:
    with OpenVideo(path) as video:
        packets = [bytes(packet) for packet in packets_of(video.container, video.picture) if packet.size]
    return packets[first : None if count is None else first + count]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_copies_are_exact_to_the_bit(suffix: str, tmp_path: Path) -> None:
    """From key frame to key frame the picture is the source's own."""
    options = {"x264-params": "scenecut=0:bframes=3:b-adapt=0:open-gop=0"}
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(Film(**PLAIN | {"seconds": 5, "gop": 20, "codec_options": options}), suffix))
    media = probe(source, Settings())
    for clipped in hold(source, media, tmp_path, [(20, 60), (0, 40), (100, 120)]):
        assert clipped.copied, clipped.reason
    for number, (first, count) in enumerate(((20, 40), (0, 40), (100, 20))):
        assert raw_packets(tmp_path / f"{number}.mp4") == raw_packets(source, first, count)


def test_what_would_not_be_exact_is_coded_anew(tmp_path: Path) -> None:
    """Between key frames, where kept frames refer to dropped ones, and for other codecs nothing is copied."""
    options = {"x264-params": "scenecut=0:bframes=3:b-adapt=0:b-pyramid=none:open-gop=0"}
    source = Film(**PLAIN | {"seconds": 4, "gop": 20, "codec_options": options}).write(tmp_path / "film.mp4")
    media = probe(source, Settings())
    ways = {place: hold(source, media, tmp_path, [place])[0] for place in [(21, 60), (20, 42), (20, 45)]}
    assert not ways[21, 60].copied
    # Frames 41 to 43 lie between two that they refer to: 40, and 44, which is coded before them.
    assert not ways[20, 42].copied
    assert "Out" in ways[20, 42].reason
    assert ways[20, 45].copied


@pytest.mark.parametrize("kind", ["open gop", "turned 90", "hevc", "vp9"])
def test_key_frames_alone_do_not_make_a_copy(kind: str, tmp_path: Path) -> None:
    """A key frame that is none to begin with, a turned picture and other codecs are coded anew."""
    suffix, more = KINDS[kind]
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(Film(**PLAIN | more), suffix))
    media = probe(source, Settings())
    with OpenVideo(source) as video:
        keys = [
            round(video.time_of(packet.pts or 0) * media.frame_rate)
            for packet in packets_of(video.container, video.picture)
            if packet.size and packet.is_keyframe
        ]
    first = keys[1] if len(keys) > 1 else 0
    (clipped,) = hold(source, media, tmp_path, [(first, first + 10)])
    assert not clipped.copied
    assert clipped.reason


@pytest.mark.parametrize(
    ("suffix", "sound"),
    [(".mp4", "aac"), (".webm", "libopus"), (".mkv", "libmp3lame"), (".mov", "pcm_s16le")],
)
@pytest.mark.parametrize(("first", "after"), [(20, 60), (33, 71)])
def test_sound_stays_in_step(suffix: str, sound: str, first: int, after: int, tmp_path: Path) -> None:
    """A click at 2 s of the film is 2 s less In into the clip, whether the picture is copied or not."""
    picture = "libvpx-vp9" if suffix == ".webm" else "libx264"
    film = Film(**PLAIN | {"seconds": 4, "gop": 20, "codec": picture, "sound": sound, "click_s": 2.0})
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(film, suffix))
    cut(source, tmp_path / "clip.mp4", first, after, probe(source, Settings()))
    heard_s, length_s = click_in(tmp_path / "clip.mp4")
    was_s, _ = click_in(source)
    assert was_s == pytest.approx(2.0, abs=0.03)
    assert heard_s == pytest.approx(2.0 - first / 25, abs=0.025)
    assert length_s == pytest.approx((after - first) / 25, abs=0.025)


def click_in(path: Path) -> tuple[float, float]:
    """Return when the click is heard, and how long the sound is."""
    with OpenVideo(path) as video:
        assert video.sound is not None
        ends_s, loudest, at_s = 0.0, 0.0, 0.0
        for frame in video.container.decode(video.sound):
            samples = np.abs(frame.to_ndarray().astype(float)).reshape(-1, frame.samples)[0]
            begins_s = video.time_of(frame.pts or 0, video.sound)
            ends_s = begins_s + frame.samples / frame.sample_rate
            if samples.max() > loudest * 1.05:
                loudest = samples.max()
                at_s = begins_s + int((samples > loudest / 2).argmax()) / frame.sample_rate
    return at_s, ends_s


def test_frames_of_a_rate_begin_exactly_on_its_grid(tmp_path: Path) -> None:
    """Frames of a clip at 23.976, 29.97 or 59.94 have one length: no program calls its rate varying."""
    for rate, suffix, first, copied in (
        (Fraction(24000, 1001), ".mkv", 7, False),
        (NTSC, ".mkv", 12, False),
        (NTSC, ".mkv", 25, True),
        (DOUBLE, ".mp4", 7, False),
        (DOUBLE, ".mp4", 25, True),
    ):
        source = Film(**PLAIN | {"seconds": 3, "rate": rate}).write(tmp_path / f"film{suffix}")
        clipped = cut(source, tmp_path / "clip.mp4", first, 50, probe(source, Settings()))
        assert clipped.copied == copied, clipped.reason
        with av.open(str(tmp_path / "clip.mp4")) as container:
            (stream,) = container.streams.video
            lengths = {
                (packet.duration or 0) * packet.time_base for packet in container.demux(stream) if packet.size
            }
            assert lengths == {1 / rate}
            assert stream.average_rate == rate


def test_colours_are_kept(tmp_path: Path) -> None:
    """What the file says of its colours the clip says too."""
    tags = {"x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709", "color_range": "tv"}
    source = Film(**PLAIN | {"codec_options": tags}).write(tmp_path / "film.mp4")
    clipped = cut(source, tmp_path / "clip.mp4", 3, 20, probe(source, Settings()))
    assert not clipped.copied
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)) == (1, 1, 1)


def test_turned_film_comes_upright(tmp_path: Path) -> None:
    """The turn is in the clip's pixels, for programs that do not heed the file's word."""
    source = Film(rotation=90, seconds=2).write(tmp_path / "film.mp4")
    cut(source, tmp_path / "clip.mp4", 5, 20, probe(source, Settings()))
    with OpenVideo(tmp_path / "clip.mp4") as video:
        first = next(video.frames())
        assert corner_of(first.frame.to_image(), "top left") == "top right"


def test_time_inside_a_long_frame_begins_with_that_frame(tmp_path: Path) -> None:
    """Where the rate varies, a clip that begins in the middle of a frame shows the rest of it first."""
    source = Film(**PLAIN | {"times_s": (0, 0.1, 0.9, 1.0, 1.1, 1.5, 1.6, 1.7, 2.4, 2.5)}).write(
        tmp_path / "f.mp4"
    )
    media = probe(source, Settings())
    assert media.variable_frame_rate
    assert write_clip(source, tmp_path / "clip.mp4", Segment(0.5, 1.55), media).frames == 5
    check(seen(source), seen(tmp_path / "clip.mp4"), 1, 6, 0.5)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("bbb_hevc.mov", [(131, 164), (90, 91)]),
        ("bbb_vp9_opus.webm", [(17, 50)]),
        ("car-detection.mp4", [(100, 160)]),
        ("big_buck_bunny_0_30.webm", [(201, 230)]),
        ("intel_classroom.mp4", [(40, 70)]),
    ],
)
def test_real_footage(footage: Path, name: str, places: list[tuple[int, int]], tmp_path: Path) -> None:
    """Real files of several makers are cut to the frame."""
    media = probe(footage / name, Settings())
    hold(footage / name, media, tmp_path, places)


# -- what goes wrong --


def test_cancelled_cut_leaves_nothing(tmp_path: Path) -> None:
    """What the progress raises ends the cut at once, without a file."""
    source = Film(**PLAIN | {"seconds": 14, "gop": 250}).write(tmp_path / "film.mp4")
    media = probe(source, Settings())

    def stop(_progress: float) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        write_clip(source, tmp_path / "out" / "clip.mp4", Segment(0.5, 13), media, stop)
    assert not list((tmp_path / "out").iterdir())


def test_lost_and_broken_sources_are_ours_to_tell(tmp_path: Path) -> None:
    """A file that is gone, or is no film any more, gives a sentence and no file."""
    media = MediaInfo(3, 320, 192, Fraction(25), "h264")
    with pytest.raises(MediaMissing):
        write_clip(tmp_path / "gone.mp4", tmp_path / "out" / "clip.mp4", Segment(0, 1), media)
    (tmp_path / "broken.mp4").write_bytes(b"no film" * 1000)
    with pytest.raises(MediaError):
        write_clip(tmp_path / "broken.mp4", tmp_path / "out" / "clip.mp4", Segment(0, 1), media)
    assert not list((tmp_path / "out").iterdir())

"""Probing finds out what is really in a file, and trusts no header."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from core.config import Settings
from core.errors import MediaError, MediaFault, MediaRefused, MediaTimeout
from core.isolated import OUT_OF_MEMORY
from core.media import probe as probing
from core.media.probe import probe
from core.model import MediaInfo
from tests.made_media import Film, drawn, with_declared_duration

LIVE = {"live": "1"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)

FOOTAGE = {
    "asl_bird.mkv": ("mkv", "h264", None, 640, 480, 2.1, False),
    "asl_walk.mkv": ("mkv", "h264", None, 640, 480, 3.0, False),
    "bbb_hevc.mov": ("mov", "hevc", "aac", 1280, 720, 12.0, False),
    "bbb_vp9_opus.webm": ("webm", "vp9", "opus", 1280, 720, 12.0, True),
    "big_buck_bunny_0_30.webm": ("webm", "vp8", "vorbis", 1280, 720, 30.0, True),
    "bottle-detection.mp4": ("mp4", "h264", None, 640, 360, 39.9, True),
    "car-detection.mp4": ("mp4", "h264", "aac", 768, 432, 30.2, True),
    "intel_classroom.mp4": ("mp4", "h264", None, 640, 360, 9.0, True),
    "intel_face-demographics-walking.mp4": ("mp4", "h264", None, 640, 360, 8.8, True),
    "intel_fruit-and-vegetable-detection.mp4": ("mp4", "h264", None, 640, 360, 20.2, True),
    "intel_person-bicycle-car-detection.mp4": ("mp4", "h264", None, 640, 360, 10.2, True),
    "intel_store-aisle-detection.mp4": ("mp4", "h264", None, 640, 360, 13.4, True),
    "intel_worker-zone-detection.mp4": ("mp4", "h264", None, 640, 360, 14.2, True),
    "mdn_tears_of_steel_battle.webm": ("webm", "vp8", "vorbis", 798, 332, 70.5, True),
    "one-by-one-person-detection.mp4": ("mp4", "h264", None, 768, 432, 139.4, True),
}


def probed(folder: Path, suffix: str = ".mp4", **film: Any) -> MediaInfo:
    return probe(Film(**film).write(folder / f"film{suffix}"), Settings())


# -- real footage --


@pytest.mark.parametrize("name", FOOTAGE)
def test_footage_is_accepted(name: str, footage: Path) -> None:
    """Every real film is accepted with the container, codecs, size and length that it has."""
    container, picture, sound, width, height, seconds, playable = FOOTAGE[name]
    media = probe(footage / name, Settings())
    assert (media.container, media.video_codec, media.audio_codec) == (container, picture, sound)
    assert (media.width, media.height, media.rotation) == (width, height, 0)
    assert media.duration_s == pytest.approx(seconds, abs=0.1)
    assert media.playable is playable
    assert not media.variable_frame_rate


def test_footage_without_picture_is_declined(footage: Path) -> None:
    """A recording of a speech is declined with a sentence that says what is missing."""
    with pytest.raises(MediaRefused, match="sound but no picture"):
        probe(footage / "whisper_jfk.flac", Settings())


def test_recording_time_of_footage(footage: Path) -> None:
    """The recording time is the container's creation time, where it is one."""
    media = probe(footage / "car-detection.mp4", Settings())
    assert media.recorded_at == datetime(2018, 4, 19, 22, 46, tzinfo=UTC)
    assert probe(footage / "bottle-detection.mp4", Settings()).recorded_at is None


# -- length --


def test_missing_duration_is_measured(tmp_path: Path) -> None:
    """A live recording that does not say how long it is, is measured, and gets a proxy to seek in."""
    media = probed(
        tmp_path, ".webm", codec="libvpx-vp9", sound="libopus", container="webm", container_options=LIVE
    )
    assert media.duration_s == pytest.approx(3.0, abs=0.05)
    assert not media.playable


def test_fragmented_file_is_measured(tmp_path: Path) -> None:
    """A fragmented MP4, which has no length in its head, has its real one, and a proxy to seek in."""
    media = probed(tmp_path, sound="aac", container_options=FRAGMENTED)
    assert media.duration_s == pytest.approx(3.0, abs=0.1)
    assert not media.playable


@pytest.mark.parametrize("claimed_s", [1e9, 0.001, 30.0])
def test_false_duration_is_not_believed(claimed_s: float, tmp_path: Path) -> None:
    """A header that claims another length than is there is overruled by the packets."""
    whole = Film(codec="libvpx-vp9").write(tmp_path / "whole.webm")
    media = probe(with_declared_duration(whole, tmp_path / "film.webm", claimed_s), Settings())
    assert media.duration_s == pytest.approx(3.0, abs=0.05)
    assert not media.playable


def test_length_covers_sound_that_outlasts_the_picture(tmp_path: Path) -> None:
    """The length is that of the whole, as a player shows it, also where the sound goes on."""
    assert probed(tmp_path, seconds=2, sound="aac", sound_s=5).duration_s == pytest.approx(5.0, abs=0.1)


def test_short_picture_under_long_sound_is_refused(tmp_path: Path) -> None:
    """Long sound does not make up for a picture that is too short."""
    with pytest.raises(MediaRefused, match=r"0\.4 s long"):
        probed(tmp_path, seconds=0.4, sound="aac", sound_s=5)


@pytest.mark.parametrize("suffix", [".ts", ".mpg", ".mkv"])
def test_time_begins_with_the_container(suffix: str, tmp_path: Path) -> None:
    """A file whose timestamps begin anywhere has the length from there, not from 0."""
    codec = "mpeg2video" if suffix == ".mpg" else "libx264"
    media = probed(tmp_path, suffix, codec=codec, start_s=500.0)
    assert media.duration_s == pytest.approx(3.0, abs=0.1)


# -- rate --


@pytest.mark.parametrize(
    ("rate", "suffix"),
    [
        (Fraction(24), ".mp4"), (Fraction(30000, 1001), ".mp4"), (Fraction(24000, 1001), ".mov"),
        (Fraction(30000, 1001), ".mkv"), (Fraction(60000, 1001), ".mkv"), (Fraction(25, 2), ".mp4"),
        (Fraction(50), ".ts"), (Fraction(30000, 1001), ".ts"),
    ],
)  # fmt: skip
def test_frame_rate_is_exact(rate: Fraction, suffix: str, tmp_path: Path) -> None:
    """The frame rate is the exact fraction, whatever the container rounds its times to."""
    media = probed(tmp_path, suffix, rate=rate, sound="aac")
    assert media.frame_rate == rate
    assert not media.variable_frame_rate


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_frame_rate_is_noticed(suffix: str, tmp_path: Path) -> None:
    """Frames at uneven times make a variable frame rate, and the length ends with the last of them."""
    media = probed(tmp_path, suffix, times_s=UNEVEN)
    assert media.variable_frame_rate
    assert 2.9 < media.duration_s < 3.7


def test_one_dropped_frame_is_a_variable_rate(tmp_path: Path) -> None:
    """A single frame that is missing is enough: timecode no longer follows from counting."""
    times = [k / 25 for k in range(75) if k != 40]
    assert probed(tmp_path, times_s=times).variable_frame_rate


# -- picture --


@pytest.mark.parametrize(("counter_clockwise", "clockwise"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_rotation_is_clockwise_and_size_as_shown(
    counter_clockwise: int, clockwise: int, tmp_path: Path
) -> None:
    """Rotation is what a player must turn clockwise; width and height are those after the turn."""
    media = probed(tmp_path, rotation=counter_clockwise)
    assert media.rotation == clockwise
    assert (media.width, media.height) == ((192, 320) if clockwise in (90, 270) else (320, 192))


def test_size_is_that_of_square_pixels(tmp_path: Path) -> None:
    """A film of wide pixels has the width that is shown."""
    media = probed(tmp_path, ".mpg", codec="mpeg2video", width=720, height=576, aspect=Fraction(16, 11))
    assert (media.width, media.height) == (pytest.approx(1047, abs=24), 576)


def test_cover_beside_a_film_is_ignored(tmp_path: Path) -> None:
    """A film with a larger cover picture is judged by the film."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 640, 640, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        film = container.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 320, 192, "yuv420p"
        square = av.VideoFrame.from_ndarray(drawn(0, 640, 640), format="rgb24").reformat(format="yuvj420p")
        container.mux([*cover.encode(square), *cover.encode(None)])
        for number in range(75):
            frame = av.VideoFrame.from_ndarray(drawn(number, 320, 192), format="rgb24")
            container.mux(film.encode(frame.reformat(format="yuv420p")))
        container.mux(film.encode(None))
    media = probe(path, Settings())
    assert (media.width, media.height, media.video_codec) == (320, 192, "h264")


@pytest.mark.parametrize(
    ("suffix", "film", "playable"),
    [
        (".mp4", {"sound": "aac"}, True),
        (".mp4", {"sound": "libmp3lame"}, True),
        (".mp4", {"sound": "ac3"}, False),
        (".mov", {"sound": "aac"}, True),
        (".mov", {"sound": "pcm_s16le"}, False),
        (".mkv", {"sound": "aac"}, False),
        (".mp4", {"codec": "libx265"}, False),
        (".mp4", {"pixel_format": "yuv422p"}, False),
        (".mp4", {"codec": "mpeg4"}, False),
        (".mp4", {"codec": "libvpx-vp9"}, True),
        (".mp4", {"codec": "libsvtav1"}, True),
        (".webm", {"codec": "libsvtav1"}, True),
        (".webm", {"codec": "libvpx-vp9", "sound": "libopus"}, True),
        (".avi", {"codec": "mpeg4", "sound": "libmp3lame"}, False),
        (".mpg", {"codec": "mpeg2video", "sound": "mp2"}, False),
        (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, False),
        (".ts", {"sound": "aac"}, False),
    ],
)  # fmt: skip
def test_playable_is_what_chromium_plays(
    suffix: str, film: dict[str, Any], playable: bool, tmp_path: Path
) -> None:
    """Container, codecs and pixel format together decide whether a browser plays the file itself."""
    assert probed(tmp_path, suffix, seconds=2, **film).playable is playable


# -- recording time --


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"creation_time": "2021-06-05T04:03:02.000000Z"}, datetime(2021, 6, 5, 4, 3, 2, tzinfo=UTC)),
        ({"creation_time": "1904-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "1970-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "2038-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": (datetime.now(UTC) + timedelta(days=3)).isoformat()}, None),
        ({"creation_time": "not a time"}, None),
        ({"date": "2020"}, None),
        ({}, None),
    ],
)
def test_recording_time_is_believable_or_none(
    metadata: dict[str, str], expected: datetime | None, tmp_path: Path
) -> None:
    """A creation time counts when it lies between 1990 and tomorrow; zero dates of clocks do not."""
    assert probed(tmp_path, seconds=1.2, metadata=metadata).recorded_at == expected


def test_local_recording_time_of_phones_is_preferred(tmp_path: Path) -> None:
    """A phone's own creation date, with its zone, goes before the time of the last export."""
    media = probed(
        tmp_path,
        ".mov",
        seconds=1.2,
        metadata={
            "com.apple.quicktime.creationdate": "2023-05-05T12:00:00+0200",
            "creation_time": "2024-01-01T00:00:00Z",
        },
        container_options={"movflags": "use_metadata_tags"},
    )
    assert media.recorded_at == datetime(2023, 5, 5, 10, tzinfo=UTC)


# -- bounds --


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (MediaTimeout("Reading took too long."), "took too long"),
        (MediaTimeout(OUT_OF_MEMORY), "more memory than is allowed"),
        (MediaError("The decoder died."), "stops the decoder"),
        (MediaFault("An exception."), "a fault of its own"),
    ],
)
def test_what_the_child_cannot_do_is_a_refusal(
    raised: MediaError, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose examination takes too long, too much memory, or kills the decoder is refused."""

    def run(*_: object, **__: object) -> None:
        raise raised

    path = tmp_path / "film.mp4"
    path.write_bytes(b"x")
    monkeypatch.setattr(probing, "run_isolated", run)
    with pytest.raises(MediaRefused, match=told):
        probe(path, Settings())


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.mp4", "ünï 映画 ½.mp4", "%d-%s *?.mp4", "-i.mp4"]
)
def test_names_do_not_matter(name: str, tmp_path: Path) -> None:
    """A file is opened under whatever name it has, and no name means anything but the file."""
    assert probe(Film(seconds=2).write(tmp_path / name), Settings()).duration_s == pytest.approx(2.0)


def test_files_stay_below_the_shortest_allowed(tmp_path: Path) -> None:
    """The shortest length is a setting."""
    path = Film(seconds=2).write(tmp_path / "film.mp4")
    with pytest.raises(MediaRefused, match="at least 5 s"):
        probe(path, Settings(min_duration_s=5))

"""Files of every kind, and broken ones, as the preview engine reads them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.embedding.preview.colours import COLOURS
from core.embedding.preview.concepts import AUDIO
from core.embedding.preview.describe import Description, cutting_for, describe_image, describe_media
from core.embedding.preview.fingerprints import look_fingerprint
from core.embedding.preview.looks import look_of
from core.embedding.preview.pictures import picture_of_image, shrink
from core.embedding.preview.reading import Reading
from core.errors import MediaError, MediaRefused, QueryRefused
from tests.made_media import Film, sound_only
from tests.scenes import HEIGHT, WIDTH, Scene, half, plain, write

RED, YELLOW = COLOURS.index("red"), COLOURS.index("yellow")


def described(path: Path, cutting: str = "scenes") -> Description:
    return describe_media(path, cutting=cutting_for(cutting, 4.0))


def assert_whole(found: Description, seconds: float) -> None:
    """Check that there is a finite description for every part of the video."""
    assert found.segments[0, 0] == 0
    assert found.segments[-1, 1] == pytest.approx(seconds, abs=0.1)
    for rows in (found.sights, found.looks, found.motions, found.layouts, found.sounds, found.timbres):
        assert len(rows) == len(found.segments)
        assert np.isfinite(rows).all()
    for rows in (found.looks, found.motions, found.layouts, found.timbres, found.spectra):
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0)
    assert 0 <= found.sights.min() <= found.sights.max() <= 1


def corner(path: Path, colour: int) -> tuple[int, int]:
    """Return (row, column) of the cell with most of a colour, of the first picture as displayed."""
    with Reading(path, 10**8) as reading:
        picture = next(item for item in reading.stretch(0.0, 1.0) if hasattr(item, "rgb"))
    row, column = np.unravel_index(np.argmax(look_of(picture).cells[:, :, colour]), (4, 4))
    return int(row), int(column)


@pytest.mark.parametrize(
    ("rotation", "mirrored", "red", "yellow"),
    [
        (0, False, (0, 0), (3, 0)),
        (90, False, (3, 0), (3, 3)),
        (180, False, (3, 3), (0, 3)),
        (270, False, (0, 3), (0, 0)),
        (0, True, (0, 3), (3, 3)),
    ],
)
def test_pictures_are_seen_as_they_are_displayed(
    rotation: int, mirrored: bool, red: tuple[int, int], yellow: tuple[int, int], tmp_path: Path
) -> None:
    """A turned or mirrored video has its red corner where a player shows it (turned counter-clockwise)."""
    path = Film(seconds=1, rotation=rotation, mirrored=mirrored).write(tmp_path / "turned.mp4")
    assert corner(path, RED) == red
    assert corner(path, YELLOW) == yellow


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix"),
    [
        ("libx264", "yuv420p10le", ".mp4"),
        ("libx264", "yuv444p", ".mp4"),
        ("libx264", "nv12", ".mp4"),
        ("libx264rgb", "rgb24", ".mkv"),
        ("mjpeg", "yuvj422p", ".mkv"),
        ("prores_ks", "yuv422p10le", ".mov"),
        ("libvpx-vp9", "yuv420p", ".webm"),
    ],
)
def test_pixel_formats_look_alike(codec: str, pixel_format: str, suffix: str, tmp_path: Path) -> None:
    """The same film in another codec and pixel format has nearly the same look."""
    usual = described(Film(seconds=1).write(tmp_path / "usual.mp4"))
    path = Film(seconds=1, codec=codec, pixel_format=pixel_format).write(tmp_path / f"other{suffix}")
    other = described(path)
    assert float(usual.looks[0] @ other.looks[0]) > 0.97
    assert np.abs(usual.sights[0] - other.sights[0]).max() < 0.2


@pytest.mark.parametrize(("width", "height"), [(16, 16), (34, 20), (1920, 1080), (322, 182), (96, 480)])
def test_any_size_of_picture_is_described(width: int, height: int, tmp_path: Path) -> None:
    """From a postage stamp to full HD, and odd shapes."""
    assert_whole(described(Film(seconds=1, width=width, height=height).write(tmp_path / "a.mp4")), 1.0)


def test_a_video_without_sound_is_silent(tmp_path: Path) -> None:
    """Without a sound stream every segment is silence, and nothing else is heard."""
    found = described(write(Scene("a", plain((90, 90, 90))), tmp_path / "a.mp4"))
    assert found.silent.all()
    heard = dict(zip(AUDIO, found.sounds[0], strict=True))
    assert heard.pop("silence") == 1
    assert heard.pop("quiet") < 1
    assert not any(heard.values())


def test_sound_that_ends_early_is_silent_from_there(tmp_path: Path) -> None:
    """Four seconds with one second of sound: the later segments are silent."""
    path = Film(seconds=8, sound="aac", sound_s=2).write(tmp_path / "a.mp4")
    found = described(path, "fixed")
    assert found.silent.tolist() == [0, 1]


def test_a_picture_counts_until_the_next_one(tmp_path: Path) -> None:
    """A slide show with a picture every few seconds has a look in every segment."""
    path = Film(times_s=[0, 0.04, 6.3, 12.6], seconds=13).write(tmp_path / "slides.mkv")
    found = described(path, "fixed")
    assert np.isfinite(found.looks).all()
    assert len(found.segments) >= 3
    assert float(found.looks[0] @ found.looks[1]) > 0.9


def test_broken_packets_are_skipped(tmp_path: Path) -> None:
    """A file that is damaged in the middle is described from end to end, without a hole or a NaN."""
    path = Film(seconds=8, sound="aac", gop=12).write(tmp_path / "a.ts")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 9000] = np.random.default_rng(1).bytes(9000)
    path.write_bytes(data)
    with Reading(path, 10**8) as reading:
        seconds = reading.duration_s
    assert_whole(described(path), seconds)
    assert seconds > 7


def test_a_file_that_was_cut_off_is_described_as_far_as_it_goes(tmp_path: Path) -> None:
    """Half a Matroska file says that it is eight seconds long; its last picture stands for the rest."""
    path = Film(seconds=8, gop=12).write(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = describe_media(path, end_s=8.0, cutting=cutting_for("fixed", 2.0))
    assert_whole(found, 8.0)


def test_times_count_from_the_containers_start(tmp_path: Path) -> None:
    """A stream whose timestamps begin at an hour is the same as one that begins at nothing."""
    at_zero = described(Film(seconds=3).write(tmp_path / "zero.ts"))
    at_hour = described(Film(seconds=3, start_s=3600).write(tmp_path / "hour.ts"))
    assert at_hour.segments == pytest.approx(at_zero.segments, abs=0.05)
    assert float(at_zero.looks[0] @ at_hour.looks[0]) > 0.999


def test_cuts_become_edges_to_the_frame(tmp_path: Path) -> None:
    """A change from red to blue after exactly 2.5 seconds is where a segment ends."""
    red, blue = plain((220, 20, 20))(0), plain((30, 50, 220))(0)
    scene = Scene("cut", lambda t: red if t < 2.5 - 1e-9 else blue)
    found = described(write(scene, tmp_path / "a.mp4", seconds=5))
    assert found.segments.tolist() == [[0, 2.5], [2.5, 5.0]]


def test_flashes_are_no_cuts(tmp_path: Path) -> None:
    """A strobe stays one scene."""
    light, dark = plain((230, 230, 230))(0), plain((20, 20, 20))(0)
    scene = Scene("strobe", lambda t: light if int(t * 6) % 2 else dark)
    found = described(write(scene, tmp_path / "a.mp4", seconds=3.5))
    assert len(found.segments) == 1


def test_a_stretch_is_the_same_as_the_segment(tmp_path: Path) -> None:
    """Describing seconds 2 to 4 alone gives what the whole file has there."""
    path = Film(seconds=6, sound="aac").write(tmp_path / "a.mp4")
    whole = describe_media(path, cutting=cutting_for("fixed", 2.0))
    alone = describe_media(path, start_s=2.0, end_s=4.0, cutting=cutting_for("whole", 2.0))
    assert float(whole.looks[1] @ alone.looks[0]) > 0.999
    assert float(whole.timbres[1] @ alone.timbres[0]) > 0.99


def test_a_stretch_without_anything_is_refused(tmp_path: Path) -> None:
    """What lies behind the end cannot be described."""
    path = Film(seconds=2).write(tmp_path / "a.mp4")
    with pytest.raises(MediaError):
        describe_media(path, start_s=30.0, cutting=cutting_for("whole", 4.0))
    with pytest.raises(MediaError):
        describe_media(path, start_s=30.0, end_s=31.0, cutting=cutting_for("whole", 4.0))


def test_too_long_and_too_large_are_refused(tmp_path: Path) -> None:
    """A clip over the limit and a picture over the limit each say so."""
    path = Film(seconds=4).write(tmp_path / "a.mp4")
    with pytest.raises(QueryRefused, match=r"4 seconds long.*at most 2"):
        describe_media(path, longest_s=2.0, cutting=cutting_for("whole", 4.0))
    with pytest.raises(MediaRefused, match="too large"):
        describe_media(path, max_pixels=1000, cutting=cutting_for("whole", 4.0))


@pytest.mark.parametrize("content", [b"", b"<html>no video</html>", b"\x00" * 5000])
def test_what_is_no_media_file_is_refused(content: bytes, tmp_path: Path) -> None:
    """Neither a crash nor a stranger's exception: one sentence."""
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError):
        described(path)
    with pytest.raises(MediaRefused):
        describe_image(path)


def test_a_still_image_is_turned_and_flattened(tmp_path: Path) -> None:
    """EXIF rotation is respected, transparency lies on white, and there is no motion and no sound."""
    picture = half("left", (220, 20, 20), (120, 120, 120))(0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: left becomes top
    Image.fromarray(picture).save(tmp_path / "turned.jpg", exif=exif)
    turned = picture_of_image(Image.fromarray(np.rot90(picture, -1)))
    found = describe_image(tmp_path / "turned.jpg")
    assert float(found.looks[0] @ look_fingerprint(look_of(turned))) > 0.98
    assert len(found.motions) == len(found.sounds) == 0
    clear = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    assert picture_of_image(clear).rgb.min() == pytest.approx(1.0)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    """A small file that unpacks to a billion pixels is not unpacked."""
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(MediaRefused, match="too large"):
        describe_image(path)


def test_shrinking_is_exact() -> None:
    """Areas are averaged in whole numbers: a plain plane keeps its value whatever its size."""
    for height, width in ((360, 640), (37, 65), (5, 9), (1081, 1921)):
        assert (shrink(np.full((height, width), 77, np.uint8), 36, 64) == 77).all()
    ramp = np.arange(64, dtype=np.uint8).repeat(6)[None, :].repeat(36, axis=0)
    assert np.array_equal(shrink(ramp, 36, 64)[0], np.arange(64) * 1.0)


def test_an_odd_frame_rate_and_a_tone_are_described(tmp_path: Path) -> None:
    """Sixty frames a second are read with fewer pictures and the same result."""
    slow = described(Film(seconds=3, rate=Fraction(25), sound="aac").write(tmp_path / "a.mp4"))
    fast = described(Film(seconds=3, rate=Fraction(60), sound="aac").write(tmp_path / "b.mp4"))
    assert float(slow.looks[0] @ fast.looks[0]) > 0.97
    assert dict(zip(AUDIO, fast.sounds[0], strict=True))["tone"] > 0.8


def test_sound_alone_can_be_an_example(tmp_path: Path) -> None:
    """A file without a picture is described by its sound only."""
    found = described(sound_only(tmp_path / "a.m4a"))
    assert len(found.looks) == 0
    assert len(found.timbres) == len(found.segments)
    assert not found.silent.any()

"""A video that Marengo does not take is refused before anything is sent, with the way out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.limits import MOST_BYTES, check_video, fitting_of
from core.errors import MediaOutOfLimits, MediaRefused
from core.media.probe import probe
from core.model import MediaInfo

MEDIA = MediaInfo(60.0, 1280, 720, Fraction(25), "h264")


def source(
    width: int = 1280, height: int = 720, seconds: float = 60.0, *, size: int = 1000, fit: bool = False
) -> Source:
    media = replace(MEDIA, width=width, height=height, duration_s=seconds)
    return Source("v" * 32, Path("film.mp4"), media, size, fit=fit)


@pytest.mark.parametrize(
    "taken",
    [
        source(360, 360),
        source(864, 360),
        source(360, 864),
        source(5184, 2160),
        source(900, 2160),
        source(seconds=4.0),
        source(seconds=4 * 3600.0),
        source(size=MOST_BYTES),
    ],
)
def test_what_is_just_inside_is_taken(taken: Source) -> None:
    """Every limit belongs to what is allowed, and nothing inside it is copied."""
    check_video(taken)
    assert fitting_of(replace(taken, fit=True)) is None


PICTURES = [
    (source(798, 332), "This video is 332 pixels high; Marengo needs at least 360."),
    (source(358, 640), "This video is 358 pixels wide; Marengo needs at least 360."),
    (source(5186, 2161), "This video is 5186 pixels wide; Marengo takes at most 5184."),
    (source(2160, 3840), "This video is 3840 pixels high; Marengo takes at most 2160."),
    (
        source(1920, 700),
        "This video is 1920 x 700 pixels, 2.74 times as wide as it is high; Marengo takes at most 2.4 times.",
    ),
    (
        source(1921, 800),
        "This video is 1921 x 800 pixels, 2.401 times as wide as it is high; "
        "Marengo takes at most 2.4 times.",
    ),
    (
        source(400, 1000),
        "This video is 400 x 1000 pixels, 2.5 times as high as it is wide; Marengo takes at most 2.4 times.",
    ),
]


@pytest.mark.parametrize(("refused", "sentence"), PICTURES, ids=lambda value: str(value)[:60])
def test_a_picture_outside_is_refused_with_the_fix_named(refused: Source, sentence: str) -> None:
    """The sentence holds what was measured, the limit and the copy that fits; asked for, it is taken."""
    with pytest.raises(MediaOutOfLimits) as raised:
        check_video(refused)
    assert raised.value.message.startswith(sentence)
    assert "“Send a fitted copy”" in raised.value.message
    assert "“Make a copy that fits Twelve Labs”" in raised.value.message
    assert raised.value.fit_helps
    wanted = replace(refused, fit=True)
    check_video(wanted)
    assert fitting_of(wanted) is not None
    assert fitting_of(refused) is None


@pytest.mark.parametrize("fit", [False, True])
@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (2.97, "This video is 2.9 seconds long; Marengo needs at least 4 seconds. Add a longer cut of it."),
        (3.99, "This video is 3.9 seconds long; Marengo needs at least 4 seconds. Add a longer cut of it."),
        (
            4 * 3600 + 1.0,
            "This video is 4 h 01 min long; Marengo takes at most 4 hours. "
            "Cut it into shorter files and add those.",
        ),
    ],
)
def test_a_length_outside_is_refused_whatever_is_asked(seconds: float, sentence: str, fit: bool) -> None:
    """No copy mends a video that is too short or too long, also where its picture needs one."""
    for height in (720, 332):
        with pytest.raises(MediaOutOfLimits) as raised:
            check_video(source(height=height, seconds=seconds, fit=fit))
        assert raised.value.message == sentence
        assert not raised.value.fit_helps


def test_a_file_that_is_too_large_is_refused() -> None:
    """The file's size counts where the file itself would be sent, not where a copy of it is."""
    with pytest.raises(MediaOutOfLimits) as raised:
        check_video(source(size=4_600_000_000, fit=True))
    assert "4.6 GB; Marengo takes at most 4 GB." in raised.value.message
    assert not raised.value.fit_helps
    check_video(source(798, 332, size=4_600_000_000, fit=True))


def test_footage_out_of_limits_is_refused_for_the_right_reason(footage: Path) -> None:
    """Of the real clips two are too short, one is 332 pixels high, one is sound alone; the rest is taken."""
    refused: dict[str, str] = {}
    for path in sorted(footage.iterdir()):
        if path.suffix == ".md":
            continue
        try:
            media = probe(path, Settings())
            check_video(Source(path.stem, path, media, path.stat().st_size))
        except MediaRefused as exc:
            refused[path.name] = exc.message
    assert {name: message.partition(";")[0] for name, message in refused.items()} == {
        "asl_bird.mkv": "This video is 2.1 seconds long",
        "asl_walk.mkv": "This video is 2.9 seconds long",
        "mdn_tears_of_steel_battle.webm": "This video is 332 pixels high",
        "whisper_jfk.flac": "This file has sound but no picture. Choose a file that has a moving picture.",
    }

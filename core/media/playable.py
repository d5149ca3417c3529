"""What Chromium plays as it is. Everything else gets a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from av.container import InputContainer

from core.media.sniffing import matroska_kind

_KINDS: Final = {"mpegts": "ts", "mpeg": "mpg", "avi": "avi", "flv": "flv", "asf": "wmv", "ogg": "ogg"}
# Source: tried in Chromium 142 on Linux. HEVC and MPEG-4 part 2 depend on hardware or are missing;
# deep colour and 4:2:2 decode in some builds only.
_PICTURES: Final = {
    "mp4": {"h264", "vp9", "av1"},
    "mov": {"h264"},
    "webm": {"vp8", "vp9", "av1"},
}
_SOUNDS: Final = {
    "mp4": {"aac", "mp3", "opus", "flac"},
    "mov": {"aac", "mp3"},
    "webm": {"opus", "vorbis"},
}
_PIXELS: Final = {"yuv420p", "yuvj420p"}


@dataclass(frozen=True, slots=True)
class Coding:
    """How a file is coded."""

    container: str
    picture: str
    pixels: str
    sound: str | None


def container_kind(path: Path, container: InputContainer) -> str:
    """Return the container's everyday name: "mp4", "mov", "webm", "mkv", "avi"..."""
    names = container.format.name.split(",")
    if "matroska" in names:
        return matroska_kind(path)
    if "mov" in names:
        return "mov" if container.metadata.get("major_brand", "qt").startswith("qt") else "mp4"
    return _KINDS.get(names[0], names[0])


def browser_plays(coding: Coding) -> bool:
    """Return whether Chromium plays this coding without a proxy."""
    return (
        coding.picture in _PICTURES.get(coding.container, ())
        and coding.pixels in _PIXELS
        and (coding.sound is None or coding.sound in _SOUNDS[coding.container])
    )


def fits_mp4(coding: Coding) -> bool:
    """Return whether the streams can be copied into an MP4 that Chromium plays."""
    return browser_plays(Coding("mp4", coding.picture, coding.pixels, coding.sound))

"""The examination of a file, inside the child process: is it a video, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from core.media import refusals
from core.media.containers import codec_name, open_container, packets_of, picture_of
from core.media.decoding import OpenVideo, Shown
from core.media.extent import Extent, frame_rate, measure
from core.media.orientation import displayed_size, orientation_of
from core.media.playable import Coding, browser_plays, container_kind
from core.media.sniffing import begins_like_a_video, kind_of
from core.media.sounding import sound_is_whole
from core.timecode import label, read_label

_LEAST_SIDE: Final = 16
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a video may be, from the settings."""

    min_duration_s: float
    max_duration_s: float
    max_pixels: int


def examine_request(request: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Return what `core.media.probe` makes a MediaInfo of. Raises: MediaRefused."""
    return examine(Path(request["path"]), Limits(**request["limits"]))


def examine(path: Path, limits: Limits) -> dict[str, Any]:
    """Return the facts about a video, checked by decoding some of it. Raises: MediaRefused."""
    if path.stat().st_size == 0:
        raise refusals.empty()
    if (kind := kind_of(path)) is not None:
        raise refusals.not_a_video(kind)
    _check_streams(path, limits)
    with OpenVideo(path, most_pixels=limits.max_pixels) as video:
        extent, runs = measure(video)
        first, whole = _check_extent(video, extent, limits)
        rate, varies = frame_rate(video, runs)
        turned = orientation_of(first.frame)
        width, height = displayed_size(first.frame, video.picture.sample_aspect_ratio, turned)
        container = container_kind(path, video.container)
        coding = Coding(
            container, codec_name(video.picture) or "", first.frame.format.name, codec_name(video.sound)
        )
        films = [s for s in video.container.streams.video if s.disposition == video.picture.disposition]
        return {
            "duration_s": extent.duration_s,
            "width": width,
            "height": height,
            "frame_rate": [rate.numerator, rate.denominator],
            "video_codec": coding.picture,
            "audio_codec": coding.sound,
            "container": container,
            "rotation": turned.clockwise,
            "variable_frame_rate": varies,
            "recorded_at": _recorded_at(video.container, video.picture),
            "playable": (
                browser_plays(coding)
                and extent.honest
                and len(films) == 1
                # A browser gives up at damage; the proxy leaves it out.
                and whole
                and not _is_fragmented(container, video.picture)
            ),
            "start_timecode": _start_timecode(video.container, video.picture, rate),
        }


# -- what the header says --


def _check_streams(path: Path, limits: Limits) -> None:
    try:
        container = open_container(path)
    except MemoryError:
        raise
    except av.FFmpegError as exc:
        raise (refusals.incomplete() if begins_like_a_video(path) else refusals.unknown()) from exc
    with container:
        picture = picture_of(container)
        if picture is None:
            raise _without_film(container)
        if _is_encrypted(container, picture):
            raise refusals.encrypted()
        if picture.codec_context is None:
            raise refusals.unknown_codec()
        width, height = picture.width, picture.height
        if width * height > limits.max_pixels:
            raise refusals.too_large(width, height, limits.max_pixels)
        if width and height and min(width, height) < _LEAST_SIDE:
            raise refusals.too_small(width, height, _LEAST_SIDE)


def _without_film(container: InputContainer) -> Exception:
    covers = bool(container.streams.video)
    sound = next(iter(container.streams.audio), None)
    if sound is None:
        return refusals.no_film()
    try:
        # Random bytes can pass for MP3; what cannot be decoded is not called sound.
        heard = next(iter(container.decode(sound)), None) is not None
    except MemoryError:
        raise
    except av.FFmpegError:
        heard = False
    return refusals.sound_only(covers) if heard else refusals.unknown()


def _is_encrypted(container: InputContainer, picture: VideoStream) -> bool:
    if "enc_key_id" in picture.metadata:  # WebM
        return True
    if picture.codec_context is not None and picture.codec_context.codec_tag in ("encv", "drmi"):
        return True
    packet = next(packets_of(container, picture), None)
    return packet is not None and packet.has_sidedata("encryption_info")  # MP4


# -- what can be decoded --


def _check_extent(video: OpenVideo, extent: Extent, limits: Limits) -> tuple[Shown, bool]:
    """Return the first frame, and whether all could be decoded wherever it was tried."""
    first = video.decoded_near(0.0)
    if first is None:
        raise refusals.undecodable()
    if first.frame.width * first.frame.height > limits.max_pixels:
        raise refusals.too_large(first.frame.width, first.frame.height, limits.max_pixels)
    if min(first.frame.width, first.frame.height) < _LEAST_SIDE:
        raise refusals.too_small(first.frame.width, first.frame.height, _LEAST_SIDE)
    if extent.duration_s > limits.max_duration_s:
        raise refusals.too_long(extent.duration_s, limits.max_duration_s)
    if extent.picture_end_s < limits.min_duration_s:
        raise refusals.too_short(extent.picture_end_s, limits.min_duration_s)
    decodes = [video.decoded_near(at_s) is not None for at_s in extent.looked_at_s]
    if not any(decodes):
        raise refusals.only_beginning()
    return first, all(decodes) and not video.damage and sound_is_whole(video, extent.looked_at_s)


def _is_fragmented(container: str, picture: VideoStream) -> bool:
    """Return whether an MP4 is in fragments: a browser cannot seek exactly in it."""
    return container in ("mp4", "mov") and picture.frames == 0


# -- when it was recorded, and how its frames are labelled --


def _start_timecode(container: InputContainer, picture: VideoStream, rate: Fraction) -> str | None:
    """Return the label of the first frame, from a timecode track or a tag; None where there is none.

    One that no frame can have at this rate is a tag that was copied from another file.
    """
    tracks = [stream.metadata for stream in container.streams if stream.type == "data"]
    for tags in (picture.metadata, *tracks, container.metadata):
        text = tags.get("timecode") or tags.get("TIMECODE")
        read = None if text is None else read_label(text, rate)
        if read is not None:
            return label(read[0], rate, drop=read[1])
    return None


def _recorded_at(container: InputContainer, picture: VideoStream) -> str | None:
    """Return the first believable creation time as ISO 8601 in UTC."""
    named = [
        container.metadata.get("com.apple.quicktime.creationdate"),
        container.metadata.get("creation_time"),
        picture.metadata.get("creation_time"),
        container.metadata.get("date"),
    ]
    latest = datetime.now(UTC) + timedelta(days=1)
    for text in filter(None, named):
        moment = _moment(text)
        if moment is not None and _EARLIEST <= moment <= latest:
            return moment.isoformat()
    return None


def _moment(text: str) -> datetime | None:
    # A date alone, or a year, is a guess about the work, not the time of a recording.
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

"""Video containers: which are opened, and which of their streams is the film.

Runs in the child process of `core.isolation` (tests excepted).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

log = logging.getLogger(__name__)
av.logging.set_libav_level(av.logging.PANIC)

# Left out on purpose: playlists (HLS, DASH, concat) and image sequences, which open other files, and
# raw streams, which have no times. The sound formats are here to be refused by name.
_CONTAINERS: Final = (
    "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mxf,gif,ivf,dv,wtv,rm,nut,yuv4mpegpipe,"
    "mp3,flac,wav,w64,aiff,aac,ac3,caf,au,wv,ape"
)
_COVERS: Final = Disposition.attached_pic | Disposition.timed_thumbnails
_MOST_DAMAGE: Final = 100


def open_container(path: Path) -> InputContainer:
    """Return the file opened for reading: only known containers, and no other file or address.

    Raises: av.FFmpegError where it is none of them.
    """
    return av.open(
        f"file:{path}",
        mode="r",
        options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
        metadata_errors="replace",
    )


def picture_of(container: InputContainer) -> VideoStream | None:
    """Return the stream that is the film: the default one, then the largest; never a cover."""
    films = [stream for stream in container.streams.video if not stream.disposition & _COVERS]
    by_rank = sorted(films, key=lambda s: (not s.disposition & Disposition.default, -_pixels(s), s.index))
    return by_rank[0] if by_rank else None


def sound_of(container: InputContainer) -> AudioStream | None:
    """Return the stream that is heard: the default one, then the first."""
    sounds = sorted(container.streams.audio, key=lambda s: not s.disposition & Disposition.default)
    return sounds[0] if sounds else None


def origin_of(container: InputContainer) -> Fraction:
    """Return the timestamp, in seconds, that the browser calls 0."""
    return Fraction(container.start_time or 0, av.time_base)


def codec_name(stream: Stream | None) -> str | None:
    """Return the codec's own name (``h264``, not the name of a decoder), None for no stream."""
    if stream is None:
        return None
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown"


def _pixels(stream: VideoStream) -> int:
    return stream.width * stream.height if stream.codec_context is not None else 0


def packets_of(container: InputContainer, *streams: Stream) -> Iterator[Packet[Any]]:
    """Yield the packets from here to the end, stepping over what is damaged."""
    for _ in range(_MOST_DAMAGE):
        try:
            yield from container.demux(*streams)
        except MemoryError:
            raise
        except av.FFmpegError as exc:
            log.debug("media.packet_damaged kind=%s", type(exc).__name__)
        else:
            return

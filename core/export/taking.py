"""What each shot of a list takes of its file, in frames of that file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from core.export import names, rates
from core.export.media_paths import MediaPath, media_path
from core.model import ExportOptions, Shot, Video
from core.timecode import FrameClock, clock_of


@dataclass(frozen=True, slots=True)
class Source:
    """A file that shots are taken from."""

    number: int
    """From 1, in the order in which the list comes upon the files."""
    video_id: str
    title: str
    reel: str
    media: MediaPath
    clock: FrameClock
    """Its rate is one that editing programs know."""
    frames: int
    """Length of the file."""
    width: int
    height: int
    has_audio: bool
    variable: bool
    probed_rate: Fraction
    """As the file has it; another than the clock's where no editing program knows it."""

    @property
    def rate(self) -> Fraction:
        return self.clock.rate

    @property
    def name(self) -> str:
        """Return the file's name, as text that every format can hold."""
        return names.line(self.media.name) or self.title


@dataclass(frozen=True, slots=True)
class Take:
    """``[first, after)`` of a file, in its frames from 0: a shot with its handles."""

    shot_id: str
    name: str
    note: str
    rating: int
    source: Source
    first: int
    after: int
    marked_first: int
    """The shot itself, without handles."""
    marked_after: int

    @property
    def frames(self) -> int:
        return self.after - self.first

    @property
    def source_in(self) -> str:
        """Return the timecode of the first frame."""
        return self.source.clock.label(self.first)

    @property
    def source_out(self) -> str:
        """Return the timecode of the frame after the last."""
        return self.source.clock.label(self.after)


def takes_of(
    shots: Iterable[Shot], videos: Mapping[str, Video], data_folder: Path, options: ExportOptions
) -> list[Take]:
    """Return what the shots take, in their order; shots whose video is gone are left out."""
    sources: dict[str, Source] = {}
    takes = []
    for shot in shots:
        video = videos.get(shot.video_id)
        if video is None:
            continue
        source = sources.get(video.id)
        if source is None:
            reels = {known.reel for known in sources.values()}
            source = _source(video, len(sources) + 1, reels, media_path(video, data_folder, options))
            sources[video.id] = source
        takes.append(_take(shot, video, source, options.handles))
    return takes


def _source(video: Video, number: int, reels: set[str], media: MediaPath) -> Source:
    info = video.media
    probed = clock_of(info).rate
    rate = rates.named(probed) or rates.nearest(probed)
    clock = clock_of(replace(info, frame_rate=rate))
    return Source(
        number=number,
        video_id=video.id,
        title=names.line(video.title) or "Untitled",
        reel=names.reel_name(media.name, reels),
        media=media,
        clock=clock,
        frames=clock.frames(0.0, info.duration_s)[1],
        width=info.width,
        height=info.height,
        has_audio=info.has_audio,
        variable=info.variable_frame_rate,
        probed_rate=probed,
    )


def _take(shot: Shot, video: Video, source: Source, handles: int) -> Take:
    # A rounded rate (29.98 for 29.97) is another spelling of the same frames, so they are counted as
    # the file says; where the rate has no name at all, time is what the two have in common.
    spelt = rates.named(source.probed_rate) is not None
    clock = FrameClock(source.probed_rate) if spelt else source.clock
    first, after = clock.frames(shot.start_s, shot.end_s)
    # A shot may be older than what is known of the file now: at least its last frame is taken.
    first = min(first, source.frames - 1)
    after = max(first + 1, min(after, source.frames))
    return Take(
        shot_id=shot.id,
        name=names.line(video.title) or names.line(shot.title) or "Untitled",
        note=names.lines(shot.note),
        rating=shot.rating,
        source=source,
        first=max(0, first - handles),
        after=min(source.frames, after + handles),
        marked_first=first,
        marked_after=after,
    )

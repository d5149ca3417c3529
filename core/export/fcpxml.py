"""FCPXML 1.9, which Final Cut Pro 10.5 and DaVinci Resolve 17 and their successors read.

Written here and not by OpenTimelineIO's adapter, which at 23.976, 29.97 and 59.94 writes an empty frame
duration, at every rate a version without media representations, and no timecode at all.

Times are fractions of a second and exact: a frame of 29.97 is ``1001/30000s``. ``offset`` and
``duration`` of a clip belong to the timeline and are whole frames of it (Final Cut fills anything else with
gaps); ``start`` belongs to the file, whose first frame has its start timecode, and is a whole frame of
the file. So In is exact at any rate.

A clip of another rate says so by ``conform-rate`` with scaling off: otherwise Final Cut plays 24 in a
timeline of 25 faster, and the length is no longer that of the shot.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final
from xml.etree import ElementTree as ET

from core.export.events import Event, EventList
from core.export.markup import child, document
from core.export.taking import Source

VERSION: Final = "1.9"

# The only values that the document type allows.
_CONFORMED: Final = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
    Fraction(30): "30", Fraction(60): "60", Fraction(48000, 1001): "47.95", Fraction(48): "48",
    Fraction(50): "50", Fraction(60000, 1001): "59.94",
}  # fmt: skip
# Of the sound only that it is there is noted in the catalog; the programs read the rest from the file.
_SOUND: Final = {"hasAudio": 1, "audioSources": 1, "audioChannels": 2, "audioRate": 48000}


class _Formats:
    """Numbers the formats: rate and size, each written once."""

    def __init__(self, resources: ET.Element) -> None:
        self._resources = resources
        self._known: dict[tuple[Fraction, int, int], str] = {}

    def of(self, rate: Fraction, width: int, height: int) -> str:
        key = rate, width, height
        if key not in self._known:
            self._known[key] = f"r{len(self._known) + 1}"
            child(
                self._resources, "format",
                id=self._known[key], frameDuration=seconds(1, rate), width=width, height=height,
            )  # fmt: skip
        return self._known[key]


def seconds(frames: int, rate: Fraction) -> str:
    """Return how long frames last, as the format writes it: ``1001/30000s``, ``5s``."""
    time = frames / rate
    return f"{time.numerator}s" if time.denominator == 1 else f"{time.numerator}/{time.denominator}s"


def written(events: EventList) -> bytes:
    """Return the file."""
    root = ET.Element("fcpxml", version=VERSION)
    resources = child(root, "resources")
    formats = _Formats(resources)
    frame = events.sources[0]
    timeline = formats.of(events.rate, frame.width, frame.height)
    for source in events.sources:
        _asset(resources, source, formats.of(source.rate, source.width, source.height))
    event = child(child(root, "library"), "event", name=events.name)
    sequence = child(
        child(event, "project", name=events.name), "sequence",
        format=timeline, duration=seconds(events.frames, events.rate),
        tcStart=seconds(events.start, events.rate), tcFormat=_counting(drop=events.drop),
        audioLayout="stereo", audioRate="48k",
    )  # fmt: skip
    spine = child(sequence, "spine")
    for placed in events.events:
        _clip(spine, events, placed)
    return document(root)


def _asset(resources: ET.Element, source: Source, format_id: str) -> None:
    asset = child(
        resources, "asset",
        id=f"a{source.number}", name=source.name, start=seconds(source.clock.start, source.rate),
        duration=seconds(source.frames, source.rate), hasVideo=1, format=format_id, videoSources=1,
        **(_SOUND if source.has_audio else {}),
    )  # fmt: skip
    child(asset, "media-rep", kind="original-media", src=source.media.url())


def _clip(spine: ET.Element, events: EventList, event: Event) -> None:
    take, source = event.take, event.take.source
    clip = child(
        spine, "asset-clip",
        ref=f"a{source.number}", name=take.name,
        # The timeline's own time begins at its start timecode, so offsets do too.
        offset=seconds(event.record_first, events.rate),
        start=_in_file(source, take.first), duration=seconds(event.record_frames, events.rate),
        tcFormat=_counting(drop=source.clock.drop),
        audioRole="dialogue" if source.has_audio else None,
    )  # fmt: skip
    if take.note:
        child(clip, "note", take.note)
    if source.rate != events.rate:
        child(clip, "conform-rate", scaleEnabled=0, srcFrameRate=_CONFORMED.get(source.rate))
    if take.note:
        # Resolve reads markers and no notes.
        child(
            clip, "marker",
            start=_in_file(source, take.marked_first), duration=seconds(1, source.rate),
            value=take.note.split("\n")[0], note=take.note,
        )  # fmt: skip
    if take.rating:
        child(
            clip, "keyword",
            start=_in_file(source, take.first), duration=seconds(take.frames, source.rate),
            value=f"{take.rating} star{'s' if take.rating > 1 else ''}",
        )  # fmt: skip


def _in_file(source: Source, frame: int) -> str:
    return seconds(source.clock.start + frame, source.rate)


def _counting(*, drop: bool) -> str:
    return "DF" if drop else "NDF"

"""OpenTimelineIO: the one format whose library writes it rightly, because it is its own.

Source ranges are frames of the file, from its start timecode, at the file's rate, as OpenTimelineIO
means them; the timeline begins at its record start. Rates in it are floats, so the exact ones are beside them
as text. What no field of the format is for lies under ``cuepoint`` in the metadata of each clip.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import opentimelineio as otio

from core.export import rates
from core.export.events import Event, EventList
from core.export.taking import Source

NAMESPACE: Final = "cuepoint"


def written(events: EventList) -> bytes:
    """Return the file."""
    timeline = otio.schema.Timeline(
        events.name,
        global_start_time=_time(events.start, events.rate),
        metadata={
            NAMESPACE: {
                "rate": rates.exact(events.rate),
                "drop_frame": events.drop,
                "start_timecode": events.label(events.start),
            }
        },
    )
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for event in events.events:
        track.append(_clip(events, event))
    text: str = timeline.to_json_string(indent=1)
    return text.encode()


def _clip(events: EventList, event: Event) -> otio.schema.Clip:
    take, source = event.take, event.take.source
    clip = otio.schema.Clip(
        name=take.name,
        media_reference=otio.schema.ExternalReference(
            target_url=source.media.url(),
            available_range=_range(source, 0, source.frames),
            metadata={NAMESPACE: {"reel": source.reel, "size": [source.width, source.height]}},
        ),
        source_range=_range(source, take.first, take.after),
        metadata={
            NAMESPACE: {
                "shot_id": take.shot_id,
                "video_id": source.video_id,
                "note": take.note,
                "rating": take.rating,
                "rate": rates.exact(source.rate),
                "drop_frame": source.clock.drop,
                "source_in": take.source_in,
                "source_out": take.source_out,
                "record_in": events.label(event.record_first),
                "record_out": events.label(event.record_after),
            }
        },
    )
    clip.media_reference.name = source.name
    if take.note:
        clip.markers.append(
            otio.schema.Marker(
                name=take.note.split("\n")[0],
                marked_range=_range(source, take.marked_first, take.marked_after),
                comment=take.note,
            )
        )
    return clip


def _range(source: Source, first: int, after: int) -> otio.opentime.TimeRange:
    """Return frames of a file as OpenTimelineIO counts them: from its start timecode."""
    return otio.opentime.TimeRange(
        _time(source.clock.start + first, source.rate), _time(after - first, source.rate)
    )


def _time(frames: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(rate))

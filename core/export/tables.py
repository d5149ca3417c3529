"""Shot lists for spreadsheets (CSV) and for other programs (JSON).

The JSON, version 1 of ``cuepoint.shot-list``: ``name``; ``timeline`` with ``rate`` (exact, as
``30000/1001``), ``drop_frame``, ``start_timecode`` and ``frames``; ``shots`` in order. Frames are counted
from 0 in ``source`` (the file's first, at ``source.rate``) and in ``record`` (the timeline's first, at
``timeline.rate``); ``out`` is the frame after the last, ``marked`` the shot without its handles. Seconds are
rounded to microseconds; frames and timecodes are exact.
"""

from __future__ import annotations

import json
from typing import Final

from core.cells import csv_of
from core.export import rates
from core.export.events import Event, EventList

SCHEMA: Final = "cuepoint.shot-list"
VERSION: Final = 1

HEADINGS: Final = (
    "number", "name", "note", "rating", "source_in", "source_out", "record_in", "record_out",
    "duration_frames", "duration_s", "in_frame", "out_frame", "in_s", "out_s", "frame_rate", "drop_frame",
    "timeline_rate", "reel", "file", "path", "width", "height", "video_id", "shot_id",
)  # fmt: skip


def csv_written(events: EventList) -> bytes:
    """Return one row a shot, under `HEADINGS`."""
    return csv_of(HEADINGS, (_row(events, event) for event in events.events))


def _row(events: EventList, event: Event) -> tuple[object, ...]:
    take, source = event.take, event.take.source
    return (
        event.number, take.name, take.note, take.rating or None,
        take.source_in, take.source_out, events.label(event.record_first), events.label(event.record_after),
        take.frames, _seconds(take.frames, event), take.first, take.after,
        _seconds(take.first, event), _seconds(take.after, event), rates.exact(source.rate),
        "yes" if source.clock.drop else "no", rates.exact(events.rate),
        source.reel, source.name, source.media.shown, source.width, source.height,
        source.video_id, take.shot_id,
    )  # fmt: skip


def json_written(events: EventList) -> bytes:
    """Return the document described above."""
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "name": events.name,
        "timeline": {
            "rate": rates.exact(events.rate),
            "drop_frame": events.drop,
            "start_timecode": events.label(events.start),
            "frames": events.frames,
        },
        "shots": [_shot(events, event) for event in events.events],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _shot(events: EventList, event: Event) -> dict[str, object]:
    take, source = event.take, event.take.source
    return {
        "number": event.number,
        "id": take.shot_id,
        "name": take.name,
        "note": take.note,
        "rating": take.rating,
        "source": {
            "rate": rates.exact(source.rate),
            "drop_frame": source.clock.drop,
            "in": take.first,
            "out": take.after,
            "marked_in": take.marked_first,
            "marked_out": take.marked_after,
            "in_s": _seconds(take.first, event),
            "out_s": _seconds(take.after, event),
            "timecode_in": take.source_in,
            "timecode_out": take.source_out,
        },
        "record": {
            "in": event.record_first - events.start,
            "out": event.record_after - events.start,
            "timecode_in": events.label(event.record_first),
            "timecode_out": events.label(event.record_after),
        },
        "media": {
            "video_id": source.video_id,
            "file": source.name,
            "path": source.media.shown,
            "url": source.media.url(),
            "reel": source.reel,
            "start_timecode": source.clock.label(0),
            "frames": source.frames,
            "width": source.width,
            "height": source.height,
            "has_audio": source.has_audio,
        },
    }


def _seconds(frames: int, event: Event) -> float:
    return round(float(frames / event.take.source.rate), 6)

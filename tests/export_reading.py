"""Shot lists to export, and readers of exports that share no arithmetic with the writers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pycmx
from lxml import etree

from core.export.exporting import export
from core.model import Exported, ExportFormat, ExportOptions, MediaInfo, Shot, ShotList, Video

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DATA = Path("/srv/cuepoint")
FORMATS: tuple[ExportFormat, ...] = ("edl", "fcp7", "fcpxml", "otio", "csv", "json")


def video(
    name: str = "a",
    *,
    rate: Fraction = Fraction(25),
    frames: int = 1000,
    timecode: str | None = None,
    sound: bool = True,
    title: str | None = None,
    paths: tuple[str, ...] | None = None,
    **changes: Any,
) -> Video:
    """Return a video of so many frames; its file is ``/footage/<name>.mov`` unless ``paths`` says more."""
    info = MediaInfo(float(frames / rate), 1920, 1080, rate, "h264", "aac" if sound else None,
                     start_timecode=timecode, variable_frame_rate=changes.pop("variable", False))  # fmt: skip
    known = (f"/footage/{name}.mov",) if paths is None else paths
    return Video(f"id-{name}", title or name, "0" * 64, 1, info, NOW, paths=known, **changes)


def shot(source: Video, first: int, after: int, **words: Any) -> Shot:
    """Return a shot of ``[first, after)`` in frames, as the catalog keeps it: in float seconds."""
    rate = source.media.frame_rate
    number = words.pop("number", first)
    return Shot(f"shot-{source.id}-{number}", source.id, source.title, float(first / rate),
                float(after / rate), NOW, **words)  # fmt: skip


def listed(shots: Sequence[Shot], name: str = "Selects") -> ShotList:
    return ShotList("list", name, NOW, NOW, tuple(shots))


def exported(
    kind: ExportFormat, videos: Sequence[Video], shots: Sequence[Shot], name: str = "Selects", **options: Any
) -> Exported:
    """Return the export of shots of these videos."""
    known = {video.id: video for video in videos}
    return export(listed(shots, name), known, DATA, kind, ExportOptions(**options))


def frame_of(timecode: str, rate: Fraction) -> int:
    """Return how many frames lie before a label, counted as SMPTE 12M says, from the label alone."""
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", timecode))
    per_second = round(rate)
    whole = ((hours * 60 + minutes) * 60 + seconds) * per_second + frames
    if ";" not in timecode:
        return whole
    past = hours * 60 + minutes
    assert minutes % 10 == 0 or seconds or frames >= per_second // 15, f"{timecode} is no label"
    return whole - per_second // 15 * (past - past // 10)


def day(rate: Fraction, *, drop: bool) -> int:
    """Return how many frames there are between two midnights of timecode."""
    return frame_of(f"23:59:59{';' if drop else ':'}{round(rate) - 1}", rate) + 1


@dataclass(frozen=True)
class Read:
    """One event as a reader found it; None where the format has no field for it."""

    source_in: int
    """Frames after 00:00:00:00 of the source's timecode."""
    source_out: int
    record_in: int
    record_out: int
    name: str | None = None
    note: str | None = None
    rate: Fraction | None = None
    drop: bool | None = None
    reel: str | None = None
    media: str | None = None
    rating: int | None = None


def read_edl(content: bytes, rate: Fraction) -> list[Read]:
    """Read by pycmx."""
    text = content.decode("utf-8")
    assert text.count("\r\n") == text.count("\n")
    edl = pycmx.parse_cmx3600(io.StringIO(text.replace("\r\n", "\n")))
    assert edl.format == "3600"
    assert list(edl.unrecognized_statements) == []
    (drop,) = (found.drop for found in edl.event_statements if type(found).__name__ == "StmtFCM")
    reads = []
    for event in edl.events:
        (edit,) = event.edits
        assert edit.channels.video
        labels = [edit.source_in, edit.source_out, edit.record_in, edit.record_out]
        assert {";" in label for label in labels} == {drop}
        remarks = [found.text for found in event.statements if type(found).__name__ == "StmtRemark"]
        notes = [text.removeprefix("COMMENT: ") for text in remarks if text.startswith("COMMENT: ")]
        stars = [int(text.split()[1]) for text in remarks if text.startswith("RATING: ")]
        reads.append(
            Read(*(frame_of(label, rate) for label in labels), name=edit.clip_name,
                 note=notes[0] if notes else "", drop=drop, reel=edit.source, media=edit.source_file,
                 rating=stars[0] if stars else 0)
        )  # fmt: skip
    return reads


def read_edl_by_otio(content: bytes, rate: Fraction) -> list[Read]:
    """Read by OpenTimelineIO's CMX adapter, which has to be told the rate."""
    timeline = otio.adapters.read_from_string(content.decode(), "cmx_3600", rate=float(rate))
    track = next(track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Video)
    # The adapter notes where the record side begins as how far the track would have to be moved back.
    start = 0 if track.source_range is None else -round(track.source_range.start_time.value)
    return [_clip_read(track, clip, start) for clip in track.find_clips()]


def read_fcp7(content: bytes) -> tuple[list[Read], otio.schema.Timeline]:
    """Read by OpenTimelineIO's Final Cut Pro 7 adapter; the timeline too, for its tracks."""
    timeline = otio.adapters.read_from_string(content.decode(), "fcp_xml")
    start = round(timeline.global_start_time.value)
    track = timeline.video_tracks()[0]
    reads = []
    for clip in track.find_clips():
        found = _clip_read(track, clip, start)
        timecode = clip.media_reference.metadata["fcp_xml"]["timecode"]
        notes = [marker.metadata["fcp_xml"].get("comment", "") for marker in clip.markers]
        reads.append(
            Read(found.source_in, found.source_out, found.record_in, found.record_out, name=clip.name,
                 note=notes[0] if notes else "", rate=_rate(clip.source_range.start_time.rate),
                 drop=timecode["displayformat"] == "DF", reel=timecode["reel"]["name"],
                 media=clip.media_reference.target_url)
        )  # fmt: skip
    return reads, timeline


def read_otio(content: bytes) -> tuple[list[Read], otio.schema.Timeline]:
    """Read by OpenTimelineIO."""
    timeline = otio.adapters.read_from_string(content.decode(), "otio_json")
    start = round(timeline.global_start_time.value)
    (track,) = timeline.tracks
    reads = []
    for clip in track.find_clips():
        found, ours = _clip_read(track, clip, start), clip.metadata["cuepoint"]
        reads.append(
            Read(found.source_in, found.source_out, found.record_in, found.record_out, name=clip.name,
                 note=ours["note"], rate=Fraction(ours["rate"]), drop=ours["drop_frame"],
                 reel=clip.media_reference.metadata["cuepoint"]["reel"],
                 media=clip.media_reference.target_url, rating=ours["rating"])
        )  # fmt: skip
        assert _rate(clip.source_range.start_time.rate) == Fraction(ours["rate"])
        length = day(Fraction(ours["rate"]), drop=ours["drop_frame"])
        labels = [frame_of(ours[name], Fraction(ours["rate"])) for name in ("source_in", "source_out")]
        assert labels == [found.source_in % length, found.source_out % length]
    return reads, timeline


def _clip_read(track: Any, clip: Any, start: int) -> Read:
    inside, placed = clip.source_range, track.range_of_child(clip)
    numbers = (inside.start_time.value, inside.end_time_exclusive().value,
               start + placed.start_time.value, start + placed.end_time_exclusive().value)  # fmt: skip
    whole = [round(number) for number in numbers]
    assert all(abs(number - nearest) < 1e-6 for number, nearest in zip(numbers, whole, strict=True))
    return Read(*whole)


def _rate(rate: float) -> Fraction:
    """Return the exact rate that a float stands for; none of those in use are nearer than 0.01."""
    return min(
        (Fraction(n * 1000, d) for n in range(1, 121) for d in (1000, 1001)), key=lambda r: abs(r - rate)
    )


def seconds_of(time: str) -> Fraction:
    """Return a time of FCPXML."""
    assert re.fullmatch(r"-?\d+(/\d+)?s", time), time
    found = Fraction(time.removesuffix("s"))
    assert abs(found.numerator) < 2**63
    assert found.denominator < 2**31
    return found


def read_fcpxml(content: bytes) -> list[Read]:
    """Read by lxml, with the arithmetic of Apple's reference: offset in the timeline, start in the file."""
    root = etree.fromstring(content)
    rates = {one.get("id"): 1 / seconds_of(one.get("frameDuration")) for one in root.iter("format")}
    (sequence,) = root.iter("sequence")
    timeline = rates[sequence.get("format")]
    whole = seconds_of(sequence.get("tcStart"))
    assets = {asset.get("id"): asset for asset in root.iter("asset")}
    reads = []
    for clip in sequence.find("spine"):
        assert clip.tag == "asset-clip"
        asset = assets[clip.get("ref")]
        rate = rates[asset.get("format")]
        offset, start, length = (seconds_of(clip.get(name)) for name in ("offset", "start", "duration"))
        # The clip lies inside of the media that there is.
        assert seconds_of(asset.get("start")) <= start
        assert start + length <= seconds_of(asset.get("start")) + seconds_of(asset.get("duration"))
        assert offset == whole, "a gap"
        whole = offset + length
        frames = [start * rate, (start + length) * rate, offset * timeline, (offset + length) * timeline]
        scaled = clip.find("conform-rate")
        assert (scaled is not None) == (rate != timeline)
        if rate != timeline:
            assert scaled.get("scaleEnabled") == "0"
            # Out is a whole frame of the timeline, so the nearest frame of the file.
            frames[1] = Fraction(round(frames[1]))
        assert {frame.denominator for frame in frames} == {1}
        marker, stars = clip.find("marker"), clip.find("keyword")
        note = clip.findtext("note") or ""
        assert (marker.get("note") if marker is not None else "") == note
        reads.append(
            Read(*(int(frame) for frame in frames), name=clip.get("name"), note=note, rate=rate,
                 drop=clip.get("tcFormat") == "DF", media=asset.find("media-rep").get("src"),
                 rating=0 if stars is None else int(stars.get("value").split()[0]))
        )  # fmt: skip
    assert whole == seconds_of(sequence.get("tcStart")) + seconds_of(sequence.get("duration"))
    return reads


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_json(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)
    return found

"""One shot list in, one file out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final, get_args

from core.errors import InputRefused
from core.export import edl, fcp7, fcpxml, names, rates, remarks, tables, timeline
from core.export.events import counts_drop, laid_out, timeline_rate
from core.export.media_paths import is_absolute
from core.export.taking import Take, takes_of
from core.model import Exported, ExportFormat, ExportOptions, ShotList, Video
from core.timecode import nominal

_WRITERS: Final = {
    "fcp7": (fcp7.written, ".xml", "application/xml"),
    "fcpxml": (fcpxml.written, ".fcpxml", "application/xml"),
    "otio": (timeline.written, ".otio", "application/json"),
    "csv": (tables.csv_written, ".csv", "text/csv"),
    "json": (tables.json_written, ".json", "application/json"),
}
_MOST_HANDLES: Final = 10_000


def export(
    shots: ShotList,
    videos: Mapping[str, Video],
    data_folder: Path,
    kind: ExportFormat,
    options: ExportOptions | None = None,
) -> Exported:
    """Return a shot list as a file of one kind, with remarks on what it could not hold.

    ``videos`` are those of the catalog by id; shots of others are left out. ``data_folder`` tells the
    library's own copies from files that were added by their path. EDLs of several rates come as a zip.

    Raises: InputRefused for an empty list, one of which no video is left, and options that mean nothing.
    """
    options = options or ExportOptions()
    _check(kind, options)
    if not shots.shots:
        raise InputRefused(f"“{names.line(shots.name)}” is empty. Keep a shot in it, then export it.")
    takes = takes_of(shots.shots, videos, data_folder, options)
    if not takes:
        raise InputRefused(
            "The library no longer has any of the videos of this list. Add one of them again, then export."
        )
    said = remarks.left_out(shots.shots, takes)
    said += remarks.about_sources(list({take.source.number: take.source for take in takes}.values()))
    name = names.line(shots.name) or "Shot list"
    if kind == "edl":
        return _edl(name, takes, options, said)
    rate = timeline_rate(takes, options.rate)
    events = laid_out(name, takes, rate, drop=counts_drop(takes, rate), start_h=options.record_start_h)
    write, ending, media_type = _WRITERS[kind]
    said += remarks.about_rates(events)
    return Exported(names.file_name(name, ending), media_type, write(events), tuple(said))


def _check(kind: str, options: ExportOptions) -> None:
    if kind not in get_args(ExportFormat):
        raise InputRefused(f"“{kind}” is no format of a shot list. Use {', '.join(get_args(ExportFormat))}.")
    if not 0 <= options.handles <= _MOST_HANDLES:
        raise InputRefused(f"Handles are 0 to {_MOST_HANDLES} frames on each side.")
    if options.record_start_h not in range(24):
        raise InputRefused("A timeline begins at a full hour from 0 to 23.")
    if options.rate is not None and not 0 < options.rate <= 1000:
        raise InputRefused("A timeline needs a frame rate, such as 25 or 30000/1001.")
    if options.relink_to and not is_absolute(options.relink_to):
        raise InputRefused(
            r"Give the folder of the editing machine in full, as Z:\Footage, \\server\footage or "
            "/Volumes/Footage."
        )


def _edl(name: str, takes: list[Take], options: ExportOptions, said: list[str]) -> Exported:
    countable = [take for take in takes if nominal(take.source.rate) <= edl.MOST_FRAMES_A_SECOND]
    if len(countable) < len(takes):
        fast = f"{len(takes) - len(countable)} of {len(takes)} shots"
        said.append(
            f"An EDL cannot count more than 100 frames a second; left out: {fast}. Use FCPXML for them."
        )
    if not countable:
        raise InputRefused("An EDL cannot count more than 100 frames a second. Export as FCPXML or OTIO.")
    parts = edl.edls(name, countable, options.record_start_h)
    said += _about_edls(edl.countings(countable), len(parts), options.rate)
    if len(parts) == 1:
        return Exported(names.file_name(name, ".edl"), "text/plain", parts[0].content, tuple(said))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            # Without a date of its own, so that the same list gives the same bytes.
            entry = zipfile.ZipInfo(names.file_name(f"{name} {part.suffix}", ".edl"))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.content)
    return Exported(names.file_name(name, ".zip"), "application/zip", packed.getvalue(), tuple(said))


def _about_edls(countings: list[str], parts: int, asked: Fraction | None) -> list[str]:
    if len(countings) == 1:
        said = [f"An EDL holds no frame rate. Import this one at {countings[0]} frames a second."]
    else:
        said = [
            "An EDL holds one frame rate and does not say which, so there is one for each: "
            f"{', '.join(countings)}."
        ]
    if parts > len(countings):
        said.append("An EDL ends at 999 events, so longer ones are in parts; their record timecode goes on.")
    if asked is not None and any(not shown.startswith(rates.shown(asked)) for shown in countings):
        said.append(
            "An EDL counts as its media do; the timeline's frame rate that was asked for is left aside."
        )
    return said

"""The panel that carries a shot list away: as a file for an editing program, or as cut clips."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.clip_cutting import cut_button
from components.faults import guarded
from components.formats import size
from components.frame import quiet
from components.markup import plain
from components.shots.rows import shown_rate
from core.errors import CuepointError
from core.model import ExportOptions

if TYPE_CHECKING:
    from core.library import Library
    from core.model import ExportFormat, ShotList, Video

PANEL: Final = "export_panel"
MOST_HANDLES: Final = 250
FORMATS: Final[Mapping[ExportFormat, tuple[str, str]]] = {
    "fcp7": ("Final Cut Pro 7 XML", "For Premiere Pro, and for DaVinci Resolve."),
    "fcpxml": ("FCPXML", "For Final Cut Pro, and for DaVinci Resolve."),
    "edl": ("EDL (CMX 3600)", "For Avid Media Composer and older systems: In, Out and names."),
    "otio": ("OpenTimelineIO", "For DaVinci Resolve 18 and later, and for tools of your own."),
    "csv": ("Table (CSV)", "For spreadsheets: a row a shot, with notes and ratings."),
    "json": ("JSON", "For scripts: everything that is known of each shot."),
}
_NTSC: Final = Fraction(1000, 1001)
RATES: Final = (
    *(24 * _NTSC, Fraction(24), Fraction(25), 30 * _NTSC),
    *(Fraction(30), Fraction(50), 60 * _NTSC, Fraction(60)),
)
_KEPT: Final = "export_choices"


def export_rate() -> Fraction | None:
    """Return the frame rate that was chosen for exports; None where the list's own decides."""
    rate: Fraction | None = _choices().get("rate")
    return rate


def export_panel(library: Library, shots: ShotList, videos: Mapping[str, Video]) -> None:
    """Draw the button, and behind it how a list is written and a file of it to download."""
    with st.popover("Export", icon=":material/ios_share:", key=PANEL, on_change="rerun") as panel:
        if panel.open:
            with st.container(key="export", gap="small"):
                guarded(_panel)(library, shots, videos)


def _panel(library: Library, shots: ShotList, videos: Mapping[str, Video]) -> None:
    if not shots.shots:
        quiet("There is nothing in this list yet that could be exported.")
        return
    choices = _choices()
    kind = _format(choices)
    options = _options(library, choices, videos)
    st.session_state[_KEPT] = {"format": kind, "rate": options.rate, **_plain(options)}
    try:
        exported = library.export_shots(shots.id, kind, options)
    except CuepointError as exc:
        st.warning(plain(exc.message), icon=":material/error:")
    else:
        st.download_button(
            f"Download {FORMATS[kind][0]} ({size(len(exported.content))})",
            exported.content,
            file_name=exported.name,
            mime=exported.media_type,
            key="export_download",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
        for remark in exported.remarks:
            quiet(remark)
    cut_button(library, shots.id, handles=options.handles)


def _format(choices: Mapping[str, Any]) -> ExportFormat:
    kinds = list(FORMATS)
    kind = st.selectbox(
        "Format",
        kinds,
        index=kinds.index(choices.get("format", "fcp7")),
        key="export_format",
        format_func=lambda one: FORMATS[one][0],
    )
    quiet(FORMATS[kind][1])
    return kind


def _options(library: Library, choices: Mapping[str, Any], videos: Mapping[str, Video]) -> ExportOptions:
    left, right = st.columns(2)
    with left:
        handles = st.number_input(
            "Handles, in frames",
            0,
            MOST_HANDLES,
            choices.get("handles", 0),
            key="export_handles",
            help="So many frames more on each side of every shot, as far as the file has them.",
        )
    rates: list[Fraction | None] = [None, *RATES]
    with right:
        rate = st.selectbox(
            "Frames a second",
            rates,
            index=rates.index(choices.get("rate")),
            key="export_rate",
            required=True,
            format_func=lambda one: "As most shots" if one is None else shown_rate(one),
        )
    start_h = st.segmented_control(
        "Timeline begins at",
        [0, 1],
        default=choices.get("record_start_h", 1),
        key="export_start",
        required=True,
        format_func=lambda one: f"0{one}:00:00:00",
    )
    return ExportOptions(handles, start_h or 0, rate, *_relinked(library, choices, videos))


def _relinked(library: Library, choices: Mapping[str, Any], videos: Mapping[str, Video]) -> tuple[str, str]:
    """Return what paths begin with here, and what they begin with on the editing machine."""
    to = st.text_input(
        "Media folder on the editing machine",
        choices.get("relink_to", library.settings.relink_to),
        key="export_relink_to",
        placeholder="As it is here",
        help="Where the editing program finds the media. Empty: the paths of this computer are written.",
    )
    if not (to or "").strip():
        return choices.get("relink_from", library.settings.relink_from), ""
    start = st.text_input(
        "It stands for this beginning of the paths here",
        choices.get("relink_from") or library.settings.relink_from or common_folder(library, videos),
        key="export_relink_from",
        help="What follows it is kept. Empty: only the file names are.",
    )
    return (start or "").strip(), (to or "").strip()


def common_folder(library: Library, videos: Mapping[str, Video]) -> str:
    """Return the folder that holds all originals of these videos; empty where there is none to speak of."""
    own = Path(library.settings.data_dir).absolute()
    paths = [Path(path) for video in videos.values() for path in video.paths[:1]]
    folders = [str(path.parent) for path in paths if path.is_absolute() and not path.is_relative_to(own)]
    try:
        found = os.path.commonpath(folders) if folders else ""
    except ValueError:
        # Drives of Windows have nothing in common.
        return ""
    return "" if found == os.path.sep else found


def _choices() -> dict[str, Any]:
    """Return what was chosen in this session; a control that is not drawn forgets its own."""
    return dict(st.session_state.get(_KEPT, {}))


def _plain(options: ExportOptions) -> dict[str, Any]:
    return {
        "handles": options.handles,
        "record_start_h": options.record_start_h,
        "relink_from": options.relink_from,
        "relink_to": options.relink_to,
    }

"""What is written about one video, and whether its file is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from components.formats import day, resolution, size
from components.frame import facts
from components.markup import plain
from core.errors import MediaMissing
from core.timecode import clock_of, label

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video


def draw_about(video: Video) -> None:
    """Draw what is known about a video and its file."""
    media, counting = video.media, clock_of(video.media)
    rate = f"{float(media.frame_rate):.3f}".rstrip("0").rstrip(".")
    rows = [
        ("Length", label(counting.frame_at(video.duration_s), counting.rate, drop=counting.drop)),
        ("Begins at", media.start_timecode or ""),
        ("Picture", f"{resolution(media.width, media.height)}, {rate} frames a second"),
        ("Codecs", ", ".join(part for part in (media.video_codec, media.audio_codec) if part)),
        ("Size", size(video.size_bytes)),
        ("File", video.file_name or ""),
        ("Recorded", day(video.recorded_at)),
        ("Added", day(video.added_at)),
        ("Subtitles", "yes" if video.has_subtitles else ""),
        ("From", video.source_url or ""),
    ]
    with st.expander("About this video", expanded=True):
        facts((name, value) for name, value in rows if value)


def draw_missing(library: Library, video: Video) -> None:
    """Draw what to do where the video's file is gone, and nothing where it is there."""
    try:
        library.source_path(video.id)
    except MediaMissing as exc:
        st.warning(plain(exc.message), icon=":material/link_off:")
        st.page_link("library.py", label="Find it on the Library page", icon=":material/video_library:")

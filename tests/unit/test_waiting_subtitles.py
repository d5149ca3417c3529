"""Subtitles that wait for their video."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.errors import InputRefused
from core.media.subtitles import read_subtitles
from core.media.waiting import WaitingSubtitles

SRT = "1\n00:00:01,000 --> 00:00:02,000\nA red car\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nA red car\n"


def test_waiting_subtitles_are_found_by_their_id_only(tmp_path: Path) -> None:
    """Subtitles wait below an id that cannot be guessed, and no other text finds a file."""
    (tmp_path / "film.srt").write_text(SRT)
    waiting = WaitingSubtitles(tmp_path)
    first, second = waiting.keep(SRT.encode(), ".srt"), waiting.keep(SRT.encode(), ".srt")
    assert first != second
    assert len(first) >= 32
    assert read_subtitles(waiting.path(first)) == read_subtitles(SRT.encode())
    for other in (
        "film",
        "../film",
        first[:-1],
        first.upper() + "x",
        f"{first}.srt",
        "",
        "*" * 32,
        "../" * 10 + "ab",
    ):
        with pytest.raises(InputRefused, match="no longer here"):
            waiting.path(other)
    waiting.forget(first)
    with pytest.raises(InputRefused):
        waiting.path(first)
    assert waiting.path(second).is_file()


def test_waiting_subtitles_do_not_pile_up(tmp_path: Path) -> None:
    """Subtitles that nobody asked for are gone after a day; refused ones are never kept."""
    waiting = WaitingSubtitles(tmp_path)
    old = waiting.keep(SRT.encode(), ".srt")
    yesterday = time.time() - 25 * 3600
    os.utime(waiting.path(old), (yesterday, yesterday))
    with pytest.raises(InputRefused):
        waiting.keep(b"nothing")
    new = waiting.keep(VTT.encode(), ".vtt")
    assert [path.stem for path in tmp_path.iterdir()] == [new]

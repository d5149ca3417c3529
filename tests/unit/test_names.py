"""File names that people and attackers use, and what becomes of each."""

from __future__ import annotations

import pytest

from core.media.names import clean_name


@pytest.mark.parametrize(
    ("name", "title", "suffix"),
    [
        ("holiday.MP4", "holiday", ".mp4"),
        ("../../x.mp4", "x", ".mp4"),
        ("..\\..\\x.mp4", "x", ".mp4"),
        ("C:\\Users\\me\\clip.mov", "clip", ".mov"),
        ("/etc/passwd", "passwd", ""),
        ("<img src=x onerror=alert(1)>.mp4", "<img src=x onerror=alert(1)>", ".mp4"),
        ("<script>alert(1)</script>.mp4", "script>", ".mp4"),
        ("a\x00b\x1b[31mc\n.mp4", "a b [31mc", ".mp4"),
        ("gnp.\u202e4pm.mp4", "gnp.4pm", ".mp4"),
        ("x" * 300 + ".mp4", "x" * 199 + "…", ".mp4"),
        ("", "Untitled", ""),
        (".mp4", "Untitled", ".mp4"),
        ("..", "Untitled", ""),
        ("CON", "CON", ""),
        ("aux.mkv", "aux", ".mkv"),
        ("page.html", "page.html", ""),
        ("clip.mp4.exe", "clip.mp4.exe", ""),
        ("film.mp4.", "film", ".mp4"),
        ("=1+1.mp4", "=1+1", ".mp4"),
        ("Urlaub – Zürich 2024.MKV", "Urlaub – Zürich 2024", ".mkv"),
        ("Zu\u0308rich.mp4", "Zürich", ".mp4"),
        ("👨\u200d👩\u200d👧 picnic.mp4", "👨\u200d👩\u200d👧 picnic", ".mp4"),
        ("日本語の動画.webm", "日本語の動画", ".webm"),
    ],
)
def test_names_are_cleaned(name: str, title: str, suffix: str) -> None:
    """A name keeps its text for showing, and loses paths, controls, overrides and foreign suffixes."""
    assert clean_name(name) == (title, suffix)

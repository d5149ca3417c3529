"""Sidecar subtitles: read whatever people have, write what browsers show."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.embedding.port import Cue
from core.errors import InputRefused
from core.media.names import clean_text
from core.media.subtitles import MAX_BYTES, MAX_CUE_LENGTH, MAX_CUES, read_subtitles, write_vtt
from core.model import Segment

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>A red car</i> drives
past {\\an8}the <font color="#ff0000">house</font>

2
00:00:04,000 --> 00:00:06,000
"Müller & Söhne" <3
"""
SRT_CUES = (
    Cue(Segment(1.0, 3.5), "A red car drives\npast the house"),
    Cue(Segment(4.0, 6.0), '"Müller & Söhne" <3'),
)
VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE this 00:00:09.000 --> is nothing

intro
00:01.000 --> 00:03.500 align:start position:0%
<v Anna>A <c.red>red</c> car

NOTE between cues
over two lines

1:00:04.000 --> 1:00:06.000
Müller &amp; S&ouml;hne &lt;3
"""
VTT_CUES = (
    Cue(Segment(1.0, 3.5), "A red car"),
    Cue(Segment(3604.0, 3606.0), "Müller & Söhne <3"),
)
SPOKEN = """WEBVTT

00:00:00.000 --> 00:00:02.000
<00:00:00.480><c> hello</c><00:00:01.000><c> world</c>
"""


def cue(start: str, end: str, text: str = "words") -> str:
    return f"{start} --> {end}\n{text}\n\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_srt_is_read_in_every_usual_encoding(encoding: str, newline: str) -> None:
    """The same cues come out of a .srt file whatever encoding and line ends it was saved with."""
    assert read_subtitles(SRT.replace("\n", newline).encode(encoding)) == SRT_CUES


def test_vtt_is_read_without_notes_styles_and_tags() -> None:
    """Of WebVTT only what is spoken comes out: no notes, styles, names of cues, settings or tags."""
    assert read_subtitles(VTT.encode()) == VTT_CUES


def test_time_tags_inside_words_are_no_cues() -> None:
    """Karaoke times, as video sites write them, do not begin cues."""
    assert read_subtitles(SPOKEN.encode()) == (Cue(Segment(0, 2), "hello world"),)


def test_numbers_that_are_spoken_stay() -> None:
    """A line that is a number is kept, unless it is the number of the next cue."""
    text = (
        cue("00:00:01,000", "00:00:02,000", "How many?\n42")
        + "2\n"
        + cue("00:00:03,000", "00:00:04,000", "7")
    )
    assert [one.text for one in read_subtitles(text.encode())] == ["How many?\n42", "7"]


@pytest.mark.parametrize(
    ("times", "segment"),
    [
        (("00:00:01,000", "00:00:02,000"), Segment(1, 2)),
        (("0:0:1,5", "0:0:2,25"), Segment(1.5, 2.25)),
        (("-00:00:01,000", "00:00:02,000"), Segment(0, 2)),
        (("00:00:02,000", "00:00:02,000"), None),
        (("00:00:03,000", "00:00:02,000"), None),
        (("-00:00:03,000", "-00:00:02,000"), None),
        (("01:02.500", "01:03.000"), Segment(62.5, 63)),
        (("09:59:59,998", "09:59:59,999"), Segment(35999.998, 35999.999)),
        (("soon", "later"), None),
    ],
)
def test_times_of_every_kind(times: tuple[str, str], segment: Segment | None) -> None:
    """A start before zero becomes zero; a cue that takes no time or runs backwards is left out."""
    content = (cue(*times) + cue("10:00:00,000", "10:00:01,000")).encode()
    found = [one.segment for one in read_subtitles(content)]
    assert found == ([segment] if segment else []) + [Segment(36000, 36001)]


def test_overlapping_cues_are_kept_in_order() -> None:
    """Two people may speak at once, and a file may be out of order."""
    text = cue("00:00:05,000", "00:00:09,000", "late") + cue("00:00:01,000", "00:00:06,000", "early")
    assert [(one.text, one.segment.end_s) for one in read_subtitles(text.encode())] == [
        ("early", 6),
        ("late", 9),
    ]


def test_long_text_is_cut() -> None:
    """A cue holds a bounded amount of text."""
    (one,) = read_subtitles(cue("00:00:01,000", "00:00:02,000", "x" * 50_000).encode())
    assert one.text == "x" * (MAX_CUE_LENGTH - 1) + "…"


def test_controls_do_not_come_through() -> None:
    """Direction overrides and control characters, plain or as entities, are taken out."""
    vtt = "WEBVTT\n\n" + cue("00:01.000", "00:02.000", "a\u202eb&#x202e;c&#8;d\x07")
    assert read_subtitles(vtt.encode())[0].text == "abcd"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no subtitles in this file"),
        (b"WEBVTT\n", "no subtitles in this file"),
        (b"<html><body>Not found</body></html>", "no subtitles in this file"),
        (b"\1\2\0\3" * 100, "not readable text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not readable text"),
        (b"\xff\xfe\x00\xd8", "not readable text"),
        (b"x" * (MAX_BYTES + 1), "at most 2 MB"),
        (cue("00:00:01,000", "00:00:02,000", "x").encode() * (MAX_CUES + 1), "at most 20,000"),
    ],
)
def test_what_is_no_subtitle_file_is_refused(content: bytes, sentence: str) -> None:
    """Each unusable file gets a sentence that says what is wrong."""
    with pytest.raises(InputRefused, match=sentence):
        read_subtitles(content)


def test_files_are_read_with_bounds(tmp_path: Path) -> None:
    """A file is read by its path; another kind, a missing and a huge one are refused."""
    path = tmp_path / "film.SRT"
    path.write_text(SRT, encoding="utf-8")
    assert read_subtitles(path) == SRT_CUES
    with pytest.raises(InputRefused, match=r"must be a \.srt or \.vtt"):
        read_subtitles(path.rename(tmp_path / "film.ass"))
    with pytest.raises(InputRefused, match=r"gone\.srt"):
        read_subtitles(tmp_path / "gone.srt")
    with (tmp_path / "huge.vtt").open("wb") as file:
        file.truncate(8 * 1024**3)
    with pytest.raises(InputRefused, match="too large"):
        read_subtitles(tmp_path / "huge.vtt")


@pytest.mark.parametrize(
    "body",
    ["{", "<", "<a", "{\\", "\n", "a\n\n", " ", "-", "-->", "00:00:01,000 ", "1:", "&", "&#", "9", "\\N"],
)
@pytest.mark.parametrize("header", ["", "WEBVTT\n\n"])
def test_hostile_text_takes_no_long_time(header: str, body: str) -> None:
    """Two megabytes of anything are read or refused within seconds."""
    start = header + "00:00:01.000 --> 00:00:02.000\nwords\n"
    content = (start + body * ((MAX_BYTES - 100) // len(body))).encode()
    began = time.process_time()
    with suppress(InputRefused):
        assert read_subtitles(content)[0].segment == Segment(1, 2)
    assert time.process_time() - began < 5


def test_written_vtt_is_escaped(tmp_path: Path) -> None:
    """What looks like markup or a time line is written as text."""
    target = tmp_path / "media" / "subtitles.vtt"
    write_vtt([Cue(Segment(0.25, 3661.5), "a < b & c --> d\n\n<script>alert(1)</script>")], target)
    assert target.read_text(encoding="utf-8") == (
        "WEBVTT\n\n00:00:00.250 --> 01:01:01.500\n"
        "a &lt; b &amp; c --&gt; d\n&lt;script&gt;alert(1)&lt;/script&gt;\n"
    )
    assert os.listdir(target.parent) == ["subtitles.vtt"]


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """A write that fails half-way leaves the old subtitles and nothing else."""
    target = tmp_path / "subtitles.vtt"
    write_vtt([Cue(Segment(0, 1), "old")], target)

    def breaking() -> Iterator[Cue]:
        yield Cue(Segment(0, 1), "new")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_vtt(breaking(), target)
    assert read_subtitles(target) == (Cue(Segment(0, 1), "old"),)
    assert os.listdir(tmp_path) == ["subtitles.vtt"]


LINE = st.text(max_size=40).map(lambda text: clean_text(text, None)).filter(bool)
CUES = st.lists(
    st.builds(
        lambda start, length, lines: Cue(Segment(start / 1000, (start + length) / 1000), "\n".join(lines)),
        st.integers(0, 100 * 3_600_000),
        st.integers(1, 100_000),
        st.lists(LINE, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(cues=CUES)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, cues: list[Cue]) -> None:
    """Whatever is said in a cue, writing and reading it gives the same cue."""
    target = tmp_path_factory.mktemp("vtt") / "subtitles.vtt"
    write_vtt(cues, target)
    assert read_subtitles(target) == tuple(sorted(cues, key=lambda one: one.segment))


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"WEBVTT\n\n", b"\xff\xfe", b"1\n00:00:01,000 --> 00:00:02,000\n"]),
)
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    """No file content makes reading crash."""
    try:
        cues = read_subtitles(start + content)
    except InputRefused:
        return
    assert all(one.text and one.text == one.text.strip() for one in cues)

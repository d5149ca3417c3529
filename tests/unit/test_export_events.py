"""What a shot list means on a timeline: frames, handles, rates, timecode, and what cannot be written."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest
from lxml import etree

from core.errors import InputRefused
from core.export import rates
from core.model import Shot
from tests import export_reading as reading
from tests.export_reading import FORMATS, exported, shot, video

FILM, PAL, NTSC, NTSC_60 = Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)


def times(read: reading.Read) -> tuple[int, int, int, int]:
    return read.source_in, read.source_out, read.record_in, read.record_out


def rows(*videos: object, shots: list[Shot], **options: object) -> list[dict[str, str]]:
    return reading.read_csv(exported("csv", videos, shots, **options).content)  # type: ignore[arg-type]


def test_handles_end_where_the_file_does() -> None:
    """Handles are added on both sides, and cut off at the file's first and last frame."""
    source = video(frames=100)
    found = rows(source, shots=[shot(source, 5, 20), shot(source, 50, 60), shot(source, 90, 100)], handles=10)
    assert [(row["in_frame"], row["out_frame"]) for row in found] == [
        ("0", "30"),
        ("40", "70"),
        ("80", "100"),
    ]


def test_shots_of_milliseconds_keep_their_frames() -> None:
    """Times that the catalog rounded to a millisecond still mean the frame that they began with."""
    source = video(rate=NTSC_60, frames=100_000)
    rounded = [
        replace(one, start_s=round(one.start_s, 3), end_s=round(one.end_s, 3))
        for one in (shot(source, 1801, 1802), shot(source, 99_990, 100_000))
    ]
    assert [(row["in_frame"], row["out_frame"]) for row in rows(source, shots=rounded)] == [
        ("1801", "1802"), ("99990", "100000")]  # fmt: skip


def test_a_shot_behind_the_end_of_its_file_takes_the_last_frame() -> None:
    """A shot that was kept of a longer file is never written outside of the one there is now."""
    long, short = video(frames=500), video(frames=100)
    (row,) = rows(short, shots=[shot(long, 400, 450)])
    assert (row["in_frame"], row["out_frame"]) == ("99", "100")


@pytest.mark.parametrize(
    ("rate", "start", "first", "shown"),
    [
        (NTSC, "00:00:00;00", 1799, "00:00:59;29"),
        (NTSC, "00:00:00;00", 1800, "00:01:00;02"),
        (NTSC, "00:00:00;00", 17981, "00:09:59;29"),
        (NTSC, "00:00:00;00", 17982, "00:10:00;00"),
        (NTSC, "00:00:00:00", 1800, "00:01:00:00"),
        (NTSC_60, "00:00:00;00", 3600, "00:01:00;04"),
        (NTSC_60, "01:00:00:00", 3600, "01:01:00:00"),
        (FILM, "01:00:00:00", 1440, "01:01:00:00"),
    ],
)
def test_labels_at_the_turn_of_a_minute(rate: Fraction, start: str, first: int, shown: str) -> None:
    """Drop-frame leaves labels out at minutes but not at tenths; non-drop never does, at any rate."""
    source = video(rate=rate, frames=20_000, timecode=start)
    for kind in ("edl", "csv", "json"):
        assert shown in exported(kind, [source], [shot(source, first, first + 10)]).content.decode()


def test_timecode_passes_midnight() -> None:
    """Labels begin anew after 24 hours; formats that count frames go on."""
    source = video(timecode="23:59:59:20", frames=100)
    shots = [shot(source, 0, 20)]
    (read,) = reading.read_edl(exported("edl", [source], shots).content, PAL)
    assert (read.source_in, read.source_out) == (25 * 86400 - 5, 15)
    for found in (
        reading.read_fcp7(exported("fcp7", [source], shots).content)[0],
        reading.read_fcpxml(exported("fcpxml", [source], shots).content),
        reading.read_otio(exported("otio", [source], shots).content)[0],
    ):
        assert (found[0].source_in, found[0].source_out) == (25 * 86400 - 5, 25 * 86400 + 15)


def test_the_timeline_has_the_rate_of_most_shots() -> None:
    """Without a wish, the rate that most of the shots have; of two that are equal, the first."""
    pal, film = video("p"), video("f", rate=FILM)
    mixed = [shot(film, 0, 10), shot(pal, 0, 10), shot(pal, 20, 30)]
    assert {row["timeline_rate"] for row in rows(pal, film, shots=mixed)} == {"25/1"}
    assert {row["timeline_rate"] for row in rows(pal, film, shots=mixed[:2])} == {"24000/1001"}
    assert {row["timeline_rate"] for row in rows(pal, film, shots=mixed, rate=Fraction(50))} == {"50/1"}


def test_another_rate_keeps_its_in_and_rounds_its_length() -> None:
    """A source of another rate has its own In and Out to the frame; the record side has no gap."""
    pal, film = video("p"), video("f", rate=FILM, timecode="02:00:00:00")
    shots = [shot(pal, 0, 50), shot(film, 7, 55), shot(pal, 60, 70)]
    start = 2 * 3600 * 24
    made = exported("fcp7", [pal, film], shots)
    # OpenTimelineIO's reader takes the length from the record side, so the items are read as they stand.
    items = list(etree.fromstring(made.content).iterfind(".//video/track/clipitem"))
    fields = ("start", "end", "in", "out")
    assert [tuple(int(item.findtext(name) or -1) for name in fields) for item in items] == [
        (0, 50, 0, 50), (50, 100, 7, 55), (100, 110, 60, 70)]  # fmt: skip
    assert [(item.findtext("rate/timebase"), item.findtext("rate/ntsc")) for item in items] == [
        ("25", "FALSE"), ("24", "TRUE"), ("25", "FALSE")]  # fmt: skip
    assert any("another frame rate" in remark for remark in made.remarks)
    found = reading.read_fcpxml(exported("fcpxml", [pal, film], shots).content)
    assert [times(read) for read in found] == [
        (0, 50, 90_000, 90_050),
        (start + 7, start + 55, 90_050, 90_100),
        (60, 70, 90_100, 90_110),
    ]
    timeline = otio.adapters.read_from_string(
        exported("otio", [pal, film], shots).content.decode(), "otio_json"
    )
    ranges = [clip.source_range for clip in timeline.find_clips()]
    assert [(one.start_time.value, one.duration.value) for one in ranges] == [
        (0, 50), (start + 7, 48), (60, 10)]  # fmt: skip
    assert abs(ranges[1].start_time.rate - float(FILM)) < 1e-12


def test_a_rounded_length_never_leaves_the_file() -> None:
    """A shot that ends with its file is rounded down: no program is sent for frames behind the end."""
    pal, film = video("p"), video("f", rate=FILM, frames=49)
    found = reading.read_fcpxml(
        exported("fcpxml", [pal, film], [shot(pal, 0, 9), shot(film, 10, 49)], rate=PAL).content
    )
    assert found[1].record_out - found[1].record_in == 40  # 39 frames are 40.66 of 25.


@pytest.mark.parametrize(
    ("timecodes", "drop"), [(["00:00:00;00", "00:00:00:00"], True), (["00:00:00:00", "00:00:00;00"], False)]
)
def test_the_first_shot_decides_how_the_timeline_counts(timecodes: list[str], drop: bool) -> None:
    """A timeline at 29.97 drops labels as the first shot of that rate does; 25 never does."""
    videos = [video(f"v{n}", rate=NTSC, timecode=text) for n, text in enumerate(timecodes)]
    made = exported("json", videos, [shot(one, 0, 10) for one in videos], rate=NTSC)
    assert reading.read_json(made.content)["timeline"]["drop_frame"] is drop
    pal = exported("json", videos, [shot(videos[0], 0, 10)], rate=PAL)
    assert reading.read_json(pal.content)["timeline"]["drop_frame"] is False


def test_a_rate_that_was_rounded_is_the_one_it_stands_for() -> None:
    """29.98 and 2997/100 are 29.97, 23.98 is 23.976; 24 is not; their frames keep their numbers."""
    assert rates.named(Fraction(2997, 100)) == rates.named(Fraction(2998, 100)) == NTSC
    assert (rates.named(Fraction(2398, 100)), rates.named(Fraction(24))) == (FILM, Fraction(24))
    assert rates.named(Fraction(15)) == 15
    assert rates.named(Fraction(273, 10)) is None
    source = video(rate=Fraction(2997, 100), frames=100_000)
    (row,) = rows(source, shots=[shot(source, 90_000, 90_100)])
    assert (row["in_frame"], row["out_frame"], row["frame_rate"]) == ("90000", "90100", "30000/1001")


def test_a_rate_without_a_name_is_counted_at_one_that_has() -> None:
    """Frames at 27.3 a second are counted at a timeline's rate, by their times, and it is said."""
    source = video(rate=Fraction(273, 10), frames=2730)
    made = exported("csv", [source], [shot(source, 273, 546)])
    (row,) = reading.read_csv(made.content)
    assert row["frame_rate"] == "25/1"
    assert (row["in_frame"], row["out_frame"]) == ("250", "500")
    assert any("do not know the frame rate" in remark for remark in made.remarks)
    assert rates.nearest(Fraction(120)) == 60
    assert rates.nearest(Fraction(15)) == 30


def test_an_edl_is_written_for_every_rate() -> None:
    """An EDL holds no rate: shots of three ways of counting come as three lists in a zip, named by them."""
    videos = [video("p"), video("d", rate=NTSC), video("n", rate=NTSC, timecode="00:00:00:00")]
    shots = [shot(one, first, first + 10, number=first) for first in (0, 30) for one in videos]
    made = exported("edl", videos, shots, "Day 1/2")
    assert (made.name, made.media_type) == ("Day 1_2.zip", "application/zip")
    assert any("25, 29.97 DF, 29.97 NDF" in remark for remark in made.remarks)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert archive.namelist() == [
            "Day 1_2 25.edl", "Day 1_2 29.97 DF.edl", "Day 1_2 29.97 NDF.edl"]  # fmt: skip
        found = {name: archive.read(name) for name in archive.namelist()}
    for content, rate, hour in zip(
        found.values(), (PAL, NTSC, NTSC), (90_000, 107_892, 108_000), strict=True
    ):
        assert [times(read) for read in reading.read_edl(content, rate)] == [
            (0, 10, hour, hour + 10), (30, 40, hour + 10, hour + 20)]  # fmt: skip


def test_an_edl_of_one_rate_says_at_which_to_read_it() -> None:
    """The rate that the format cannot hold is in a remark; a wish for another is not followed."""
    source = video(rate=NTSC)
    made = exported("edl", [source], [shot(source, 0, 10)], rate=PAL)
    assert made.name == "Selects.edl"
    assert any("29.97 DF" in remark for remark in made.remarks)
    assert any("left aside" in remark for remark in made.remarks)


def test_an_edl_ends_at_999_events() -> None:
    """Longer lists are in parts, each numbered from 001, whose record timecode goes on."""
    source = video(frames=50_000)
    made = exported("edl", [source], [shot(source, 10 * n, 10 * n + 10) for n in range(1500)])
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert archive.namelist() == ["Selects part 1.edl", "Selects part 2.edl"]
        parts = [archive.read(name) for name in archive.namelist()]
    reads = [reading.read_edl(part, PAL) for part in parts]
    assert [len(part) for part in reads] == [999, 501]
    assert b"\n999  " in parts[0]
    assert b"\n001  " in parts[1]
    assert reads[0][-1].record_out == reads[1][0].record_in == 90_000 + 9990
    assert reads[1][0].source_in == 9990


def test_more_than_a_hundred_frames_a_second_are_no_edl() -> None:
    """Two digits cannot count 120 frames: such shots are left out of an EDL, and are whole in FCPXML."""
    fast, pal = video("fast", rate=Fraction(120)), video("p")
    made = exported("edl", [fast, pal], [shot(fast, 0, 10), shot(pal, 0, 10)])
    assert len(reading.read_edl(made.content, PAL)) == 1
    assert any("1 of 2 shots" in remark for remark in made.remarks)
    with pytest.raises(InputRefused, match="FCPXML"):
        exported("edl", [fast], [shot(fast, 0, 10)])
    (read,) = reading.read_fcpxml(exported("fcpxml", [fast], [shot(fast, 3, 13)]).content)
    assert (read.source_in, read.rate) == (3, 120)


@pytest.mark.parametrize("kind", FORMATS)
def test_shots_without_a_video_are_left_out(kind: reading.ExportFormat) -> None:
    """A shot whose video is gone is named in a remark; a list of nothing else is refused."""
    here, gone = video("here"), video("gone", title="Gone with the wind")
    made = exported(kind, [here], [shot(gone, 0, 10), shot(here, 5, 10)])
    assert any("Gone with the wind" in remark for remark in made.remarks)
    assert b"Gone with the wind" not in made.content
    with pytest.raises(InputRefused, match="no longer"):
        exported(kind, [here], [shot(gone, 0, 10)])


def test_an_empty_list_is_refused() -> None:
    """There is nothing to export, and the sentence says what to do."""
    with pytest.raises(InputRefused, match="Keep a shot"):
        exported("otio", [], [])


@pytest.mark.parametrize(
    "options",
    [{"handles": -1}, {"record_start_h": 24}, {"rate": Fraction(0)}, {"relink_to": "Footage"}],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """Each refusal is a sentence of its own and not a broken file."""
    source = video()
    with pytest.raises(InputRefused):
        exported("csv", [source], [shot(source, 0, 10)], **options)


def test_a_varying_rate_is_said() -> None:
    """Where the rate varies, the remark says that frames are counted at the average."""
    source = video(variable=True)
    assert any("varies" in remark for remark in exported("json", [source], [shot(source, 0, 9)]).remarks)
    steady = video()
    assert not any("varies" in text for text in exported("json", [steady], [shot(steady, 0, 9)]).remarks)


def test_the_same_list_gives_the_same_bytes() -> None:
    """No format writes a date or a random id, so an export can be compared with another."""
    sources = [video("a"), video("b", rate=NTSC)]
    shots = [shot(one, 0, 10) for one in sources]
    for kind in FORMATS:
        assert exported(kind, sources, shots) == exported(kind, sources, shots)

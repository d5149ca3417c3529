"""Shot lists leave and come back: every field that a format holds, equal to the frame."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from core.model import Shot, Video
from tests import export_reading as reading
from tests.export_reading import FORMATS, Read, day, exported, shot, video

NTSC_30, NTSC_60 = Fraction(30000, 1001), Fraction(60000, 1001)
CASES = {
    "23.976": (Fraction(24000, 1001), False),
    "25": (Fraction(25), False),
    "29.97 DF": (NTSC_30, True),
    "29.97 NDF": (NTSC_30, False),
    "50": (Fraction(50), False),
    "59.94 DF": (NTSC_60, True),
    "59.94 NDF": (NTSC_60, False),
}
LISTS_EACH = 30
"""210 lists over the seven ways of counting."""

# What Apple's reference of the format says of the elements that are written: which attributes they have, and
# in which order their children stand. Put down here in our own words, because their file is not free.
STRUCTURE = """
<!ELEMENT fcpxml (resources, library)> <!ATTLIST fcpxml version CDATA #FIXED "1.9">
<!ELEMENT resources (format | asset)*>
<!ELEMENT format EMPTY>
<!ATTLIST format id ID #REQUIRED frameDuration CDATA #REQUIRED width CDATA #REQUIRED height CDATA #REQUIRED>
<!ELEMENT asset (media-rep+)>
<!ATTLIST asset id ID #REQUIRED name CDATA #REQUIRED start CDATA #REQUIRED duration CDATA #REQUIRED
 hasVideo (1) #REQUIRED format IDREF #REQUIRED videoSources (1) #REQUIRED hasAudio (1) #IMPLIED
 audioSources CDATA #IMPLIED audioChannels CDATA #IMPLIED audioRate CDATA #IMPLIED>
<!ELEMENT media-rep EMPTY>
<!ATTLIST media-rep kind (original-media | proxy-media) #REQUIRED src CDATA #REQUIRED>
<!ELEMENT library (event)> <!ELEMENT event (project)> <!ATTLIST event name CDATA #REQUIRED>
<!ELEMENT project (sequence)> <!ATTLIST project name CDATA #REQUIRED>
<!ELEMENT sequence (spine)>
<!ATTLIST sequence format IDREF #REQUIRED duration CDATA #REQUIRED tcStart CDATA #REQUIRED
 tcFormat (DF | NDF) #REQUIRED audioLayout (mono | stereo | surround) #REQUIRED
 audioRate (32k | 44.1k | 48k | 88.2k | 96k | 176.4k | 192k) #REQUIRED>
<!ELEMENT spine (asset-clip)+>
<!ELEMENT asset-clip (note?, conform-rate?, (marker | keyword)*)>
<!ATTLIST asset-clip ref IDREF #REQUIRED name CDATA #REQUIRED offset CDATA #REQUIRED start CDATA #REQUIRED
 duration CDATA #REQUIRED tcFormat (DF | NDF) #REQUIRED audioRole CDATA #IMPLIED>
<!ELEMENT note (#PCDATA)>
<!ELEMENT conform-rate EMPTY>
<!ATTLIST conform-rate scaleEnabled (0 | 1) #REQUIRED
 srcFrameRate (23.98 | 24 | 25 | 29.97 | 30 | 60 | 47.95 | 48 | 50 | 59.94) #IMPLIED>
<!ELEMENT marker EMPTY>
<!ATTLIST marker start CDATA #REQUIRED duration CDATA #REQUIRED value CDATA #REQUIRED note CDATA #REQUIRED>
<!ELEMENT keyword EMPTY>
<!ATTLIST keyword start CDATA #REQUIRED duration CDATA #REQUIRED value CDATA #REQUIRED>
"""


@dataclass(frozen=True)
class Case:
    """A list, and what it must come back as: frames counted in whole numbers from the beginning."""

    rate: Fraction
    drop: bool
    videos: tuple[Video, ...]
    shots: tuple[Shot, ...]
    handles: int
    start_h: int
    wanted: tuple[Read, ...]
    """Source frames count on past midnight; the record begins at ``start_h``."""

    def write(self, kind: reading.ExportFormat) -> bytes:
        made = exported(kind, self.videos, self.shots, handles=self.handles, record_start_h=self.start_h)
        return made.content


def visible(most: int) -> st.SearchStrategy[str]:
    """Return text that cleaning leaves alone: letters, figures, signs and single spaces."""
    letters = st.characters(categories=("L", "Nd", "P", "S"), exclude_characters="/\\")
    return st.text(letters, min_size=1, max_size=most).map(_as_it_is_kept).filter(bool)


def _as_it_is_kept(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def spelt(frame: int, rate: Fraction, drop: bool) -> str:
    """Return a label by looking for it: guess, read the guess, and mend it."""
    mark, per_second = ";" if drop else ":", round(rate)
    guess = frame
    while True:
        seconds, frames = divmod(guess, per_second)
        minutes, seconds = divmod(seconds, 60)
        text = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{mark}{frames:02d}"
        skipped = drop and seconds == 0 and frames < per_second // 15 and minutes % 10
        off = -1 if skipped else reading.frame_of(text, rate) - frame
        if not skipped and off == 0:
            return text
        guess -= off


@st.composite
def cases(draw: st.DrawFn, rate: Fraction, drop: bool) -> Case:
    """Return a list of 1 to 8 shots of 1 to 3 files, some of which pass midnight."""
    videos, starts = [], []
    for number in range(draw(st.integers(1, 3))):
        start = draw(st.one_of(st.none(), st.integers(0, day(rate, drop=drop) - 1)))
        if start is None and rate in (NTSC_30, NTSC_60) and not drop:
            start = 0  # Without a timecode these count drop-frame.
        starts.append(start or 0)
        videos.append(
            video(
                f"{number}{draw(visible(20))}", rate=rate, frames=draw(st.integers(1, 200_000)),
                timecode=None if start is None else spelt(start, rate, drop), sound=draw(st.booleans()),
                title=draw(visible(30)),
            )
        )  # fmt: skip
    handles, start_h = draw(st.integers(0, 60)), draw(st.sampled_from([0, 1]))
    at = reading.frame_of(f"{start_h:02d}:00:00{';' if drop else ':'}00", rate)
    shots, wanted = [], []
    for number in range(draw(st.integers(1, 8))):
        which = draw(st.integers(0, len(videos) - 1))
        frames = round(videos[which].media.duration_s * rate)
        first = draw(st.integers(0, frames - 1))
        after = draw(st.integers(first + 1, frames))
        note = draw(st.one_of(st.just(""), visible(40)))
        rating = draw(st.integers(0, 5))
        shots.append(shot(videos[which], first, after, number=number, note=note, rating=rating))
        first, after = max(0, first - handles), min(frames, after + handles)
        wanted.append(
            Read(starts[which] + first, starts[which] + after, at, at + after - first,
                 name=videos[which].title, note=note, rate=rate, drop=drop, rating=rating)
        )  # fmt: skip
        at += after - first
    return Case(rate, drop, tuple(videos), tuple(shots), handles, start_h, tuple(wanted))


def times(reads: list[Read] | tuple[Read, ...]) -> list[tuple[int, int, int, int]]:
    return [(read.source_in, read.source_out, read.record_in, read.record_out) for read in reads]


def check_edl(case: Case) -> None:
    content, length = case.write("edl"), day(case.rate, drop=case.drop)
    reads = reading.read_edl(content, case.rate)
    # Labels begin anew at midnight.
    assert times(reads) == [tuple(frame % length for frame in found) for found in times(case.wanted)]
    files = {found.id: found.paths[0].rsplit("/", 1)[1] for found in case.videos}
    assert [read.name for read in reads] == [files[one.video_id] for one in case.shots]
    assert [(read.note, read.rating) for read in reads] == [(want.note, want.rating) for want in case.wanted]
    assert {read.drop for read in reads} == {case.drop}
    reels = {one.video_id: read.reel for one, read in zip(case.shots, reads, strict=True)}
    assert len(set(reels.values())) == len(reels)
    assert all(0 < len(reel or "") <= 8 for reel in reels.values())
    if all(want.source_out < length for want in case.wanted):
        assert times(reading.read_edl_by_otio(content, case.rate)) == times(case.wanted)


def marked(case: Case) -> list[tuple[int, int, int]]:
    """Return In and Out, without handles, and the file's first label of each shot with a note."""
    found = []
    for one, want in zip(case.shots, case.wanted, strict=True):
        first, after = round(one.start_s * case.rate), round(one.end_s * case.rate)
        if one.note:
            found.append((first, after, want.source_in - max(0, first - case.handles)))
    return found


def check_fcp7(case: Case) -> None:
    content = case.write("fcp7")
    root = etree.fromstring(content)
    for timecode in root.iter("timecode"):
        assert timecode.findtext("displayformat") == ("DF" if case.drop else "NDF")
        frame = reading.frame_of(timecode.findtext("string"), case.rate)
        assert frame == int(timecode.findtext("frame"))
    marks = [(int(mark.findtext("in")), int(mark.findtext("out"))) for mark in root.iter("marker")]
    assert marks == [(first, after) for first, after, _ in marked(case)]
    stars = [
        item.findtext("comments/mastercomment2") or "" for item in root.iterfind(".//video/track/clipitem")
    ]
    assert stars == [f"Rating {want.rating} of 5" if want.rating else "" for want in case.wanted]
    reads, timeline = reading.read_fcp7(content)
    assert times(reads) == times(case.wanted)
    check_words(case, reads)
    sounding = sum(bool(_of(case, one).media.audio_codec) for one in case.shots)
    tracks = timeline.audio_tracks()
    assert [len(list(track.find_clips())) for track in tracks] == ([sounding] * 2 if sounding else [])
    picture = {clip.name: 0 for clip in timeline.video_tracks()[0].find_clips()}
    assert all(clip.name in picture for track in tracks for clip in track.find_clips())


def check_fcpxml(case: Case) -> None:
    content = case.write("fcpxml")
    root, structure = etree.fromstring(content), etree.DTD(io.StringIO(STRUCTURE))
    assert structure.validate(root), structure.error_log
    assert root.find(".//sequence").get("tcFormat") == ("DF" if case.drop else "NDF")
    marks = [reading.seconds_of(mark.get("start")) * case.rate for mark in root.iter("marker")]
    assert marks == [first + start for first, _, start in marked(case)]
    reads = reading.read_fcpxml(content)
    assert times(reads) == times(case.wanted)
    check_words(case, reads)
    if case.rate.denominator == 1:
        # OpenTimelineIO's adapter takes 29.97 for 29, and cuts 430.99 frames down to 430.
        (timeline,) = otio.adapters.read_from_string(content.decode(), "fcpx_xml")
        ranges = [clip.source_range for clip in timeline.find_clips()]
        for found, want in zip(ranges, case.wanted, strict=True):
            assert want.source_in - round(found.start_time.value) in (0, 1)
            assert want.source_out - want.source_in - round(found.duration.value) in (0, 1)


def check_otio(case: Case) -> None:
    reads, timeline = reading.read_otio(case.write("otio"))
    assert times(reads) == times(case.wanted)
    check_words(case, reads)
    assert Fraction(timeline.metadata["cuepoint"]["rate"]) == case.rate
    assert timeline.metadata["cuepoint"]["drop_frame"] == case.drop


def check_words(case: Case, reads: list[Read]) -> None:
    """Names, notes, rates, ways of counting and media, where the format has them."""
    assert [(read.name, read.note, read.rate, read.drop) for read in reads] == [
        (want.name, want.note, want.rate, want.drop) for want in case.wanted
    ]
    media = [otio.url_utils.filepath_from_url(read.media.replace("//localhost", "//")) for read in reads]
    assert media == [_of(case, one).paths[0] for one in case.shots]
    if reads[0].rating is not None:
        assert [read.rating for read in reads] == [want.rating for want in case.wanted]


def check_tables(case: Case) -> None:
    rows, found = reading.read_csv(case.write("csv")), reading.read_json(case.write("json"))
    length, timeline = day(case.rate, drop=case.drop), found["timeline"]
    assert (Fraction(timeline["rate"]), timeline["drop_frame"]) == (case.rate, case.drop)
    columns = ("source_in", "source_out", "record_in", "record_out")
    for row, one, want, kept in zip(rows, found["shots"], case.wanted, case.shots, strict=True):
        labels = [row[name] for name in columns]
        assert [reading.frame_of(text, case.rate) for text in labels] == [
            frame % length for frame in times([want])[0]
        ]
        source, record = one["source"], one["record"]
        assert labels == [source["timecode_in"], source["timecode_out"],
                          record["timecode_in"], record["timecode_out"]]  # fmt: skip
        first = int(row["in_frame"])
        assert (first, int(row["out_frame"])) == (source["in"], source["out"])
        start = reading.frame_of(one["media"]["start_timecode"], case.rate)
        assert (start + source["in"], start + source["out"]) == (want.source_in, want.source_out)
        assert abs(float(row["in_s"]) - first / case.rate) < 1e-6
        assert (source["marked_in"], source["marked_out"]) == (
            round(kept.start_s * case.rate), round(kept.end_s * case.rate))  # fmt: skip
        assert (one["name"], one["note"], one["rating"]) == (want.name, want.note, want.rating)
        assert (row["name"].removeprefix("'"), row["note"].removeprefix("'"), row["rating"]) == (
            want.name.removeprefix("'"), want.note.removeprefix("'"), str(want.rating or ""))  # fmt: skip
        assert Fraction(row["frame_rate"]) == Fraction(source["rate"]) == case.rate
        assert row["path"] == one["media"]["path"] == _of(case, kept).paths[0]


def _of(case: Case, one: Shot) -> Video:
    return next(found for found in case.videos if found.id == one.video_id)


@pytest.mark.parametrize("counting", CASES)
@given(st.data())
@settings(max_examples=LISTS_EACH, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_export_comes_back_equal_to_the_frame(counting: str, data: st.DataObject) -> None:
    """Readers that share nothing with the writers find In, Out, timecode, rate and words of each shot."""
    case = data.draw(cases(*CASES[counting]))
    check_edl(case)
    check_fcp7(case)
    check_fcpxml(case)
    check_otio(case)
    check_tables(case)


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_breaks_a_file(data: st.DataObject) -> None:
    """Whatever is in title, note and names, every format is read, and has the shots that went in."""
    anything = st.text(st.characters(codec=None), max_size=25)
    name, title, note, list_name = (data.draw(anything) for _ in range(4))
    file = (
        name.replace("/", "")
        .replace("\0", "")
        .encode("utf-8", "surrogatepass")
        .decode("utf-8", "surrogateescape")
    )
    source = video("a", title=title or "t", paths=(f"/footage/{file}",))
    shots = [shot(source, 10, 20, note=note), shot(source, 30, 40)]
    for kind in FORMATS:
        content = exported(kind, [source], shots, list_name).content
        match kind:
            case "edl":
                found = len(reading.read_edl(content, Fraction(25)))
            case "fcp7":
                found = len(reading.read_fcp7(content)[0])
            case "fcpxml":
                found = len(reading.read_fcpxml(content))
            case "otio":
                found = len(reading.read_otio(content)[0])
            case "csv":
                found = len(reading.read_csv(content))
            case "json":
                found = len(reading.read_json(content)["shots"])
        assert found == 2, kind

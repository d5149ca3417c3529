"""The label of a file's first frame is found where cameras and editing programs write it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.config import Settings
from core.library import open_library
from core.media.probe import probe
from core.timecode import clock_of

NTSC = Fraction(30000, 1001)


def labelled(path: Path, rate: Fraction, timecode: str | None) -> Path:
    """Write a film of three seconds whose first frame has this label, or none."""
    codec = "mpeg2video" if path.suffix == ".mxf" else "libx264"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        if timecode is not None:
            stream.metadata["timecode"] = container.metadata["timecode"] = timecode
        for number in range(round(3 * rate)):
            picture = np.full((360, 320), 40 + number % 100, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mxf"])
@pytest.mark.parametrize(
    ("rate", "timecode"),
    [
        (Fraction(25), "10:11:12:13"),
        (Fraction(24000, 1001), "00:59:59:23"),
        (NTSC, "01:00:00;02"),
        (NTSC, "01:00:00:02"),
    ],
)
def test_a_start_timecode_is_found(tmp_path: Path, suffix: str, rate: Fraction, timecode: str) -> None:
    """Its label and its way of counting are those that the file was given."""
    media = probe(labelled(tmp_path / f"film{suffix}", rate, timecode), Settings(_env_file=None))
    assert media.start_timecode == timecode
    assert clock_of(media).timecode(0.0) == timecode


@pytest.mark.parametrize("timecode", [None, "00:00:00:25", "soon"])
def test_no_label_is_made_up(tmp_path: Path, timecode: str | None) -> None:
    """A file without a start timecode has none, and neither has one whose tag no frame can have."""
    media = probe(labelled(tmp_path / "film.mkv", Fraction(25), timecode), Settings(_env_file=None))
    assert media.start_timecode is None


def test_the_library_keeps_start_timecode_and_file_name(tmp_path: Path) -> None:
    """Both are the video's own: a second arrival under another name changes neither, but fills a gap."""
    film = labelled(tmp_path / "A001_C002 Ä.mov", Fraction(25), "10:11:12:13")
    again = tmp_path / "copy.mov"
    again.write_bytes(film.read_bytes())
    with open_library(Settings(_env_file=None, data_dir=tmp_path / "data", engine="preview")) as library:
        video = library.add_file(film)
        library.add_file(again)
        found = library.video(video.id)
        assert (found.file_name, found.media.start_timecode) == ("A001_C002 Ä.mov", "10:11:12:13")
        library.wait()
        library._parts.catalog.edit_video(video.id, file_name=None)
        assert library.add_file(again).file_name == "copy.mov"


def test_indexing_again_finds_what_an_earlier_version_did_not_look_for(tmp_path: Path) -> None:
    """A video of a catalog without start timecodes has its own after it was indexed again."""
    film = labelled(tmp_path / "film.mov", Fraction(25), "10:11:12:13")
    with open_library(Settings(_env_file=None, data_dir=tmp_path / "data", engine="preview")) as library:
        video = library.add_file(film)
        library.wait()
        library._parts.catalog.edit_video(video.id, start_timecode=None)
        assert library.video(video.id).media.start_timecode is None
        library.reindex(video.id)
        library.wait()
        assert library.video(video.id).media.start_timecode == "10:11:12:13"

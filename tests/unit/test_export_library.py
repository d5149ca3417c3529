"""The façade's export, with a real library, a real film, its real probe and a real shot list behind it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import InputRefused, NotFound
from core.library import Library, open_library
from core.model import ExportOptions
from tests import export_reading as reading
from tests.export_reading import FORMATS
from tests.made_media import Film, made


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


def test_a_film_is_exported_in_every_format(library: Library, tmp_path: Path) -> None:
    """Shots of a film that was added by its path are written with that path, its rate and its frames."""
    rate = Fraction(30000, 1001)
    file = tmp_path / "Möwe #1.mp4"
    file.write_bytes(made(Film(seconds=6.0, rate=rate, sound="aac"), ".mp4"))
    video = library.add_file(file)
    gulls = library.create_shot_list("Gulls")
    library.keep_shots(gulls.id, [(video.id, float(30 / rate), float(60 / rate))], note="dive")
    library.keep_shots(gulls.id, [(video.id, float(90 / rate), float(100 / rate))])
    wanted = [(30, 60, 107_892, 107_922), (90, 100, 107_922, 107_932)]
    for kind in FORMATS:
        export = library.export_shots(gulls.id, kind)
        assert export.name.startswith("Gulls.")
        match kind:
            case "edl":
                reads = reading.read_edl(export.content, rate)
                assert reads[0].media == str(file)
            case "fcp7":
                reads = reading.read_fcp7(export.content)[0]
            case "fcpxml":
                reads = reading.read_fcpxml(export.content)
                assert reads[0].media == file.as_uri()
            case "otio":
                reads = reading.read_otio(export.content)[0]
            case "csv":
                rows = reading.read_csv(export.content)
                assert [(row["in_frame"], row["out_frame"]) for row in rows] == [("30", "60"), ("90", "100")]
                continue
            case "json":
                media = reading.read_json(export.content)["shots"][0]["media"]
                assert (media["path"], media["video_id"]) == (str(file), video.id)
                continue
        found = [(read.source_in, read.source_out, read.record_in, read.record_out) for read in reads]
        assert found == wanted
        assert [read.note for read in reads] == ["dive", ""]


def test_a_deleted_video_leaves_its_shots_out(library: Library, tmp_path: Path) -> None:
    """What the catalog no longer has is left out with a remark; a list that is not there is not found."""
    files = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for number, file in enumerate(files):
        file.write_bytes(made(Film(seconds=4.0 + number), ".mp4"))
    videos = [library.add_file(file) for file in files]
    library.wait(timeout_s=120)
    kept = library.create_shot_list("Kept")
    with pytest.raises(InputRefused, match="Keep a shot"):
        library.export_shots(kept.id, "json")
    library.keep_shots(kept.id, [(video.id, 0.0, 1.0) for video in videos])
    library.delete(videos[0].id)
    export = library.export_shots(kept.id, "json", ExportOptions(relink_to="/Volumes/RAID"))
    (one,) = reading.read_json(export.content)["shots"]
    assert one["media"]["path"] == "/Volumes/RAID/two.mp4"
    assert any("“one”" in remark for remark in export.remarks)
    with pytest.raises(NotFound):
        library.export_shots("another", "json")

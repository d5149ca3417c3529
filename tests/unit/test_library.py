"""The façade, with everything behind it real: decoders, the preview engine, Milvus Lite, SQLite."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageDraw

from core.config import Settings
from core.errors import CuepointError, InputRefused, LibraryBusy, MediaMissing, MediaRefused, NotFound
from core.library import Library, open_library
from core.model import Clip, Filters, Like, Query, Text
from tests.made_media import Film, made

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return three films that differ in length, shape and sound."""
    folder = tmp_path_factory.mktemp("films")
    kinds = {
        "harvest": Film(seconds=6.0, sound="aac"),
        "parade": Film(seconds=5.0, width=240, height=320, rate=Fraction(30)),
        "regatta": Film(seconds=7.0, width=400, height=300, sound="aac"),
    }
    for name, film in kinds.items():
        (folder / f"{name}.mp4").write_bytes(made(film, ".mp4"))
    return {name: folder / f"{name}.mp4" for name in kinds}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(Settings(data_dir=tmp_path / "data", import_roots=(tmp_path / "allowed",))) as opened:
        yield opened


def painted(path: Path, colour: tuple[int, int, int]) -> Path:
    """Write a silent film of five seconds: one colour with a lighter disc that wanders across."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(50):
            picture = Image.new("RGB", (160, 96), colour)
            x = 2 * number + colour[0] % 30
            lighter = tuple(part + 45 for part in colour)
            ImageDraw.Draw(picture).ellipse([x, 20 + colour[1] % 40, x + 40, 60 + colour[1] % 40], lighter)
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return path


def found(library: Library, text: str, **filters: object) -> list[str]:
    """Return the titles of the videos that answer some words well, best first."""
    query = Query(terms=(Text(text),), filters=Filters(**filters))  # type: ignore[arg-type]  # fields by name
    results = library.search(query)
    titles = {video.id: video.title for video in library.videos()}
    return list(dict.fromkeys(titles[m.video_id] for m in results.moments if m.band != "weak"))


def test_one_file_in_one_search_one_moment(library: Library, films: dict[str, Path]) -> None:
    """A file that was added is ready, has segments and pictures, and its words find it."""
    video = library.add_file(films["harvest"], category="farm", tags=("wheat",))
    library.wait(120)
    ready = library.video(video.id)
    assert (ready.status, ready.category, ready.tags) == ("ready", "farm", ("wheat",))
    segments = library.segments(video.id)
    assert segments[0].start_s == 0
    assert segments[-1].end_s == pytest.approx(6.0, abs=0.1)
    assert library.layout.poster(video.id).is_file()
    assert all(library.layout.thumbnail(video.id, round(s.middle_s * 1000)).is_file() for s in segments)
    assert found(library, "wheat") == ["harvest"]
    assert not library.search(Query(terms=(Text("zeppelin"),))).good_match


def test_the_same_bytes_are_one_video(library: Library, films: dict[str, Path], tmp_path: Path) -> None:
    """Bytes that are known are not indexed again; every path they were seen at is remembered."""
    video = library.add_file(films["harvest"])
    copy = shutil.copy(films["harvest"], tmp_path / "another name.mp4")
    again = library.add_file(copy, title="ignored")
    library.wait(120)
    assert again.id == video.id
    assert len(library.videos()) == len(library.jobs()) == 1
    assert set(library.video(video.id).paths) == {str(films["harvest"]), str(copy)}


def test_editing_is_seen_at_once(library: Library, films: dict[str, Path]) -> None:
    """A new category filters at once; a new title is found after its words were indexed again."""
    video = library.add_file(films["harvest"], category="farm")
    other = library.add_file(films["parade"], category="street")
    library.wait(120)
    library.edit(video.id, category="fields", recorded_at=datetime(2024, 5, 1, tzinfo=UTC))
    in_fields = library.search(Query(terms=(Text("moving"),), filters=Filters(categories=("fields",))))
    assert {moment.video_id for moment in in_fields.moments} == {video.id}
    in_farm = library.search(Query(terms=(Text("moving"),), filters=Filters(categories=("farm",))))
    assert in_farm.moments == ()
    library.edit(other.id, title="Carnival")
    library.wait(120)
    assert found(library, "carnival") == ["Carnival"]
    assert found(library, "parade") == []


def test_subtitles_are_found_where_they_are_said(
    library: Library, films: dict[str, Path], tmp_path: Path
) -> None:
    """A word of a subtitle finds the segment in which it is said."""
    said = tmp_path / "regatta.srt"
    said.write_text("1\n00:00:05,200 --> 00:00:06,500\nA gannet dives.\n", encoding="utf-8")
    video = library.add_file(films["regatta"], subtitles=said)
    library.wait(120)
    best = library.search(Query(terms=(Text("gannet"),))).moments[0]
    assert best.video_id == video.id
    assert best.hits[0].segment.start_s <= 5.8 < best.hits[0].segment.end_s
    assert library.subtitles_link(video.id) is not None


def test_deleting_leaves_nothing(library: Library, films: dict[str, Path]) -> None:
    """A deleted video has no rows, pictures, archive or results; the file that was added by path stays."""
    video = library.add_file(films["harvest"])
    kept = library.add_file(films["regatta"])
    library.wait(120)
    library.delete(video.id)
    assert [one.id for one in library.videos()] == [kept.id]
    assert library.segments(video.id) == []
    assert not library.layout.video_folder(video.id).exists()
    assert not list(library.layout.archive.rglob(f"{video.id}*"))
    assert films["harvest"].is_file()
    moments = library.search(Query(terms=(Text("moving"),))).moments
    assert video.id not in {moment.video_id for moment in moments}
    with pytest.raises(NotFound):
        library.video(video.id)


def test_kept_embeddings_are_used_again(library: Library, films: dict[str, Path]) -> None:
    """A video that was deleted without its embeddings is embedded by nobody when it comes back."""
    video = library.add_file(films["harvest"])
    library.wait(120)
    (archived,) = library.layout.archive.rglob("*.parquet")
    before = archived.stat().st_mtime_ns
    library.delete(video.id, keep_embeddings=True)
    assert library.status().segments == 0
    library.add_file(films["harvest"])
    library.wait(120)
    assert library.video(video.id).status == "ready"
    assert archived.stat().st_mtime_ns == before


def test_rebuild_gives_the_same_without_embedding(library: Library, films: dict[str, Path]) -> None:
    """A rebuilt index has the same rows and answers; no archive file is written again."""
    for path in films.values():
        library.add_file(path)
    library.wait(120)
    query = Query(terms=(Clip(films["regatta"], 0, 4),), limit=50)
    before = library.search(query).moments
    rows = library.status().segments
    written = {path: path.stat().st_mtime_ns for path in library.layout.archive.rglob("*.parquet")}
    report = library.rebuild()
    assert (report.videos, report.rows) == (3, rows)
    assert library.status().segments == rows
    after = library.search(query).moments
    # The same vectors lie in other blocks now, and float32 sums of other blocks differ in their last bits.
    assert [replace(one, score=0, hits=()) for one in after] == [
        replace(one, score=0, hits=()) for one in before
    ]
    assert [one.score for one in after] == pytest.approx([one.score for one in before], abs=1e-5)
    assert {path: path.stat().st_mtime_ns for path in library.layout.archive.rglob("*.parquet")} == written


def test_a_clip_and_a_known_segment_find_their_video(library: Library, tmp_path: Path) -> None:
    """A sample cut from a file, and a segment that is indexed, find their own video first."""
    colours = {"rose": (200, 60, 90), "leaf": (40, 150, 50), "night": (10, 12, 40)}
    paths = {name: painted(tmp_path / f"{name}.mp4", colour) for name, colour in colours.items()}
    videos = {name: library.add_file(path) for name, path in paths.items()}
    library.wait(120)
    for name, path in paths.items():
        by_clip = library.search(Query(terms=(Clip(path, 1, 4),))).moments[0]
        by_segment = library.search(Query(terms=(Like(videos[name].id, 1, 4),))).moments[0]
        assert by_clip.video_id == by_segment.video_id == videos[name].id


def test_a_library_is_open_once(library: Library) -> None:
    """A second opening of the same folder is refused with a sentence, and works after closing."""
    with pytest.raises(LibraryBusy, match="in use"):
        open_library(library.settings)
    library.close()
    open_library(library.settings).close()


def test_what_is_handed_in_is_refused_with_a_sentence(library: Library, tmp_path: Path) -> None:
    """A missing file, a text file and a folder outside the allowed one are refused, each in words."""
    text = tmp_path / "page.mp4"
    text.write_text("<!doctype html><html><body>Sorry</body></html>")
    with pytest.raises(InputRefused, match="no file"):
        library.add_file(tmp_path / "nothing.mp4")
    with pytest.raises(MediaRefused, match="not a video"):
        library.add_file(text)
    with pytest.raises(InputRefused, match="outside"):
        library.add_folder(tmp_path)
    assert library.videos() == []
    assert library.jobs() == []


def test_a_folder_is_added_file_by_file(library: Library, films: dict[str, Path], tmp_path: Path) -> None:
    """Each file of a folder has its own outcome; a link that leads outside is not followed."""
    folder = tmp_path / "allowed" / "day one"
    folder.mkdir(parents=True)
    shutil.copy(films["parade"], folder)
    (folder / "broken.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\0" * 100)
    (folder / "outside.mp4").symlink_to(films["harvest"])
    added = {one.name: one for one in library.add_folder(folder)}
    assert added["parade.mp4"].video is not None
    assert added["broken.mp4"].message
    assert "outside" in (added["outside.mp4"].message or "")
    assert len(library.videos()) == 1


def test_a_missing_file_is_said(library: Library, films: dict[str, Path], tmp_path: Path) -> None:
    """A video whose file has gone is still found; watching it says what to do."""
    moved = Path(shutil.copy(films["parade"], tmp_path / "moved.mp4"))
    video = library.add_file(moved)
    library.wait(120)
    moved.unlink()
    with pytest.raises(MediaMissing, match="no longer where it was"):
        library.source_path(video.id)
    library.add_file(films["parade"])
    assert library.source_path(video.id) == films["parade"]


def test_samples_are_checked_and_named_by_content(
    library: Library, films: dict[str, Path], tmp_path: Path
) -> None:
    """A sample is kept once under its content's name; what is no sample, or too long, is refused."""
    content = films["parade"].read_bytes()
    sample = library.keep_sample("clip.mp4", content)
    assert library.keep_sample("other.mp4", content) == sample
    assert library.sample_kind(sample) == "clip"
    assert library.sample_path(sample).read_bytes() == content
    long = made(Film(seconds=33.0, width=64, height=48, rate=Fraction(10)), ".mp4")
    with pytest.raises(InputRefused, match="30 seconds"):
        library.keep_sample("long.mp4", long)
    with pytest.raises(InputRefused, match="clip or a picture"):
        library.keep_sample("notes.txt", b"words")
    for unknown in ("0" * 32, "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            library.sample_path(unknown)


def test_everything_raised_is_ours(library: Library) -> None:
    """Asking for what does not exist raises our errors only, whose sentence may be shown."""
    for ask in (library.video, library.cancel, library.retry, library.delete, library.source_path):
        with pytest.raises(CuepointError, match=r"[A-Z].*\."):
            ask("no-such-id")

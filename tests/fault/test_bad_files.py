"""What people are told about files that are no good: a table of files and sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import MediaError, MediaMissing, MediaRefused, StorageFull
from core.isolation import run_isolated
from core.media import examine, probe
from core.media.cut import cut_clip
from core.media.proxy import write_proxy
from core.media.stills import write_poster, write_thumbnails
from core.model import MediaInfo, Segment
from tests.made_media import (
    Film,
    head_of,
    made,
    sound_only,
    sound_with_cover,
    tail_of,
    with_declared_size,
    with_hole,
)

FILM = Film(seconds=4, sound="aac")
FAST = Film(seconds=4, sound="aac", container_options={"movflags": "faststart"})
WEBM = Film(seconds=4, codec="libvpx-vp9", sound="libopus")
LOCKED = Film(
    seconds=2,
    container_options={
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "00112233445566778899aabbccddeeff",
        "encryption_kid": "00112233445566778899aabbccddeeff",
    },
)
HTML = b"\n\n<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not here</body></html>"


@dataclass(frozen=True)
class Row:
    """One kind of file, and what is said about it."""

    name: str
    make: Callable[[Path], object]
    told: str
    """A regular expression that the whole sentence matches."""
    settings: dict[str, float] | None = None


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _from(film: Film, suffix: str, damage: Callable[[Path, Path], object]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        whole = path.with_name(f"whole{suffix}")
        whole.write_bytes(made(film, suffix))
        damage(whole, path)
        whole.unlink()

    return make


def _only_index(whole: Path, path: Path) -> None:
    """Keep an MP4's index and next to nothing of its media."""
    data = whole.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 100])


def _only_zeros(whole: Path, path: Path) -> None:
    """Keep an MP4's index, with zeros for media: a download that reserved its space and stopped."""
    data = whole.read_bytes()
    kept = data[: data.index(b"mdat") + 4]
    path.write_bytes(kept + bytes(len(data) - len(kept)))


NOT_A_VIDEO = r"This is not a video: it looks like {}\. Choose an MP4, MOV, WebM or MKV file\."
UNKNOWN = r"This is not a video that can be read: it is damaged or of another kind\. Choose an MP4.*"
INCOMPLETE = r"This video is incomplete or damaged: .* Copy or download it again and add the complete file\."

TABLE = [
    Row("zero.mp4", _bytes(b""), r"This file is empty\. Copy or download it again.*"),
    Row("page.mp4", _bytes(HTML), NOT_A_VIDEO.format("a web page")),
    Row("notes.mov", _bytes("Tähän ei kuulu mitään.\n".encode() * 50), NOT_A_VIDEO.format("a text file")),
    Row("list.webm", _bytes(b"#EXTM3U\n#EXTINF:4,\n../../etc/passwd\n"), NOT_A_VIDEO.format("a playlist.*")),
    Row("picture.mp4", _bytes(b"\xff\xd8\xff\xe0" + bytes(2000)), NOT_A_VIDEO.format("a picture")),
    Row("archive.mkv", _bytes(b"PK\x03\x04" + bytes(2000)), NOT_A_VIDEO.format("a ZIP archive.*")),
    Row("random.mp4", _bytes(random.Random(7).randbytes(300_000)), UNKNOWN),
    Row("zeros.mp4", _bytes(bytes(300_000)), UNKNOWN),
    Row("sound.m4a", lambda path: sound_only(path), r"This file has sound but no picture\. .*"),
    Row("sound.mp4", lambda path: sound_only(path), r"This file has sound but no picture\. .*"),
    Row("cover.mp3", lambda path: sound_with_cover(path, "libmp3lame"), r".*sound and a cover picture.*"),
    Row("cover.m4a", lambda path: sound_with_cover(path, "aac"), r".*and a cover picture, but no film.*"),
    Row("locked.mp4", LOCKED.write, r"This video is encrypted \(DRM\).* Choose a copy without protection\."),
    Row("blink.mp4", Film(seconds=0.4).write, r"This video is 0\.4 s long; at least 1 s are needed\. .*"),
    Row("three.mp4", Film(times_s=(0, 0.04, 0.08)).write, r"This video is 0\.1 s long; at least 1 s .*"),
    Row("long.mp4", FILM.write, r"This video is 4 seconds long; at most 3 seconds are allowed\. Cut it.*",
        {"max_duration_s": 3.0}),
    Row("sparse.mkv", Film(times_s=(0, 0.04, 40_000)).write,
        r"This video is 11 hours 7 minutes long; at most 4 hours are allowed\. Cut it into parts.*"),
    Row("dot.mp4", Film(width=1, height=1, pixel_format="yuv444p").write,
        r"The picture is 1 × 1 pixels; at least 16 × 16 are needed\. Choose a larger version\."),
    Row("thin.avi", Film(width=64, height=2, codec="mpeg4").write, r"The picture is 64 × 2 pixels; at .*"),
    Row("large.mp4", FILM.write, r"The picture is 320 × 192 pixels; at most 0\.05 megapixels .*",
        {"max_pixels": 50_000}),
    Row("huge.avi", _from(Film(codec="rawvideo", seconds=1), ".avi",
                          lambda whole, path: with_declared_size(whole, path, 20_000, 10_000)),
        r"The picture is 20000 × 10000 pixels; at most 35\.4 megapixels are decoded\. Make a smaller copy.*"),
    Row("first-half.mp4", _from(FILM, ".mp4", head_of), INCOMPLETE),
    Row("second-half.mp4", _from(FILM, ".mp4", tail_of), UNKNOWN),
    Row("second-half-fast.mp4", _from(FAST, ".mp4", tail_of), UNKNOWN),
    Row("second-half.webm", _from(WEBM, ".webm", tail_of), UNKNOWN),
    Row("stub.webm", _from(WEBM, ".webm", lambda whole, path: head_of(whole, path, 0.03)),
        r"This video is 0\.\d s long; at least 1 s are needed\. .*"),
    Row("stub.mp4", _from(FAST, ".mp4", _only_index),
        r"The picture of this video cannot be decoded: the file is damaged\. Copy or download it again.*"),
    Row("half-copied.mp4", _from(FAST, ".mp4", lambda whole, path: with_hole(whole, path, 0.35, 1.0)),
        r"Only the beginning of this video can be decoded, the rest is damaged\. Copy or download.*"),
    Row("all-holes.mp4", _from(FAST, ".mp4", _only_zeros),
        r"The picture of this video cannot be decoded: the file is damaged\. .*"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_bad_file_is_refused_with_a_clear_sentence(row: Row, tmp_path: Path) -> None:
    """Each kind of bad file is refused by one sentence why and one what to do; nothing is left behind."""
    folder = tmp_path / "secret-place"
    folder.mkdir()
    path = folder / row.name
    row.make(path)
    before = path.read_bytes()
    with pytest.raises(MediaRefused) as caught:
        probe.probe(path, Settings(**(row.settings or {})))
    message = caught.value.message
    assert type(caught.value) is MediaRefused
    assert re.fullmatch(row.told, message), message
    assert message.endswith(".")
    assert "secret-place" not in message
    assert "Errno" not in message
    assert [entry.name for entry in folder.iterdir()] == [row.name]
    assert path.read_bytes() == before


KEPT = [
    ("first-half-fast.mp4", _from(FAST, ".mp4", head_of), 1.5, 2.5),
    ("first-half.webm", _from(WEBM, ".webm", head_of), 1.5, 2.5),
    ("first-half.mkv", _from(FILM, ".mkv", head_of), 1.5, 2.5),
    ("hole.mp4", _from(FAST, ".mp4", lambda whole, path: with_hole(whole, path, 0.45, 0.55)), 3.9, 4.1),
    ("hole.webm", _from(WEBM, ".webm", lambda whole, path: with_hole(whole, path, 0.45, 0.55)), 3.9, 4.1),
    ("hole.mkv", _from(FILM, ".mkv", lambda whole, path: with_hole(whole, path, 0.45, 0.55)), 3.9, 4.1),
]


@pytest.mark.parametrize(("name", "make", "least_s", "most_s"), KEPT, ids=[row[0] for row in KEPT])
def test_what_still_plays_is_kept(
    name: str, make: Callable[[Path], object], least_s: float, most_s: float, tmp_path: Path
) -> None:
    """A file that was cut off, or has a hole, is taken at the length that is there and gets a proxy."""
    path = tmp_path / name
    make(path)
    media = probe.probe(path, Settings())
    assert least_s <= media.duration_s <= most_s
    proxy = tmp_path / "proxy.mp4"
    write_proxy(path, proxy, media)
    watched = probe.probe(proxy, Settings())
    assert watched.playable
    assert watched.duration_s == pytest.approx(media.duration_s, abs=0.3)
    times = {round(media.duration_s * 1000 * share): tmp_path / f"{share}.jpg" for share in (0, 0.5, 0.99)}
    write_thumbnails(path, times, media)
    assert all(target.stat().st_size > 500 for target in times.values())


def test_missing_file_is_named_as_missing(tmp_path: Path) -> None:
    """A file that went away is MediaMissing, not a bad video."""
    with pytest.raises(MediaMissing, match="no longer where it was"):
        probe.probe(tmp_path / "gone.mp4", Settings())


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder in place of a file is refused."""
    with pytest.raises(MediaRefused, match="not a file"):
        probe.probe(tmp_path, Settings())


BAD_FOR_WRITING = {
    "gone": (lambda path: None, MediaMissing),
    "page": (lambda path: path.write_bytes(HTML), MediaError),
    "stub": (_from(FAST, ".mp4", _only_index), MediaError),
}


@pytest.mark.parametrize("kind", BAD_FOR_WRITING)
def test_failed_writing_leaves_nothing(kind: str, tmp_path: Path) -> None:
    """Poster, thumbnails, proxy and cut of a file that went bad since fail as ours and leave no file."""
    make, error = BAD_FOR_WRITING[kind]
    source, target = tmp_path / "source.mp4", tmp_path / "out" / "target"
    make(source)
    media = MediaInfo(4.0, 320, 192, Fraction(25), "h264")
    for write in (
        lambda: write_poster(source, target, media),
        lambda: write_thumbnails(source, {0: target, 1000: target.with_name("other")}, media),
        lambda: write_proxy(source, target, media),
        lambda: cut_clip(source, target, Segment(0, 1), media),
    ):
        with pytest.raises(error) as caught:
            write()
        assert str(tmp_path) not in caught.value.message
        assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the disk that is always full")
@pytest.mark.parametrize("operation", ["media.poster", "media.proxy", "media.cut"])
@pytest.mark.parametrize("suffix", [".mkv", ".mpg"])
def test_full_disk_is_named(operation: str, suffix: str, tmp_path: Path) -> None:
    """Writing to a full disk is StorageFull, whether streams are copied or coded anew."""
    source = tmp_path / f"film{suffix}"
    source.write_bytes(made(Film(codec="mpeg2video" if suffix == ".mpg" else "libx264"), suffix))
    request = {"source": str(source), "draft": "/dev/full", "duration_s": 3.0, "start_s": 0.0, "end_s": 2.0}
    with pytest.raises(StorageFull, match="Free some space"):
        run_isolated(operation, request)


def test_playlist_opens_nothing_else(tmp_path: Path) -> None:
    """A list that names other files is not followed, even where its text is not recognised."""
    inner = Film(seconds=2).write(tmp_path / "inner.mp4")
    listing = tmp_path / "list.mp4"
    listing.write_bytes(b"ffconcat version 1.0\nfile inner.mp4\n\x00")
    with pytest.raises(MediaRefused):
        examine.examine(listing, examine.Limits(1.0, 3600, 10**7))
    assert inner.is_file()

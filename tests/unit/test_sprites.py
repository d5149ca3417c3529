"""Sheets of small pictures: the right frame in every tile, whole or not there, in little memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.config import Settings
from core.errors import Cancelled, MediaError, MediaMissing
from core.media.decoding import OpenVideo
from core.media.probe import probe
from core.media.sprites import read_sprites, tile_times_ms, write_sprites
from core.media.stills import frame_at
from core.model import MediaInfo, Sprites
from tests.made_media import Film, corner_of, head_of, number_in, with_hole

UNEVEN = (0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.4, 2.9)
B_FRAMES = {"bf": "3", "b_strategy": "0"}
OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=20:min-keyint=20:scenecut=0"}
KINDS: list[tuple[str, dict[str, Any]]] = [
    (".mp4", {}),
    (".mp4", {"gop": 1000, "seconds": 9.0}),
    (".mp4", {"gop": 7, "codec_options": B_FRAMES}),
    (".mp4", {"codec_options": OPEN_GOP, "seconds": 6.0}),
    (".ts", {"codec_options": OPEN_GOP, "seconds": 6.0}),
    (".mp4", {"times_s": UNEVEN}),
    (".mp4", {"rate": Fraction(1, 2), "seconds": 12.0}),
    (".mp4", {"rate": Fraction(60000, 1001), "codec_options": B_FRAMES, "gop": 240}),
    (".mp4", {"sound": "aac", "container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    (".mkv", {"sound": "aac", "codec_options": B_FRAMES, "gop": 40}),
    (".mkv", {"start_s": 100.0}),
    (".webm", {"codec": "libvpx-vp9", "container": "webm", "container_options": {"live": "1"}}),
    (".webm", {"codec": "libvpx", "codec_options": {"auto-alt-ref": "1", "lag-in-frames": "16"}}),
    (".ts", {"sound": "aac", "start_s": 7.0}),
    (".mpg", {"codec": "mpeg2video", "codec_options": {"bf": "2"}}),
    (".avi", {"codec": "mpeg4", "codec_options": {"bf": "2"}}),
    (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}),
    (".mp4", {"codec": "libx265", "gop": 30, "seconds": 5.0}),
    (".mp4", {"codec": "libsvtav1", "codec_options": {"crf": "15"}}),
    (".mp4", {"interlaced": True, "width": 640, "height": 480}),
]  # fmt: skip


def tiles_of(folder: Path, sprites: Sprites) -> list[Image.Image]:
    """Return the tiles in order, cut from the sheets."""
    tiles = []
    for number in range(sprites.sheets):
        with Image.open(folder / f"{number:03d}.jpg") as opened:
            sheet = opened.convert("RGB")
        assert sheet.size == (sprites.columns * sprites.width, sprites.rows * sprites.height)
        for place in range(sprites.per_sheet):
            row, column = divmod(place, sprites.columns)
            left, top = column * sprites.width, row * sprites.height
            tiles.append(sheet.crop((left, top, left + sprites.width, top + sprites.height)))
    return tiles


def expected_numbers(path: Path, sprites: Sprites) -> list[int]:
    """Return the number of the last frame not after each tile's time, read without seeking or skipping."""
    with OpenVideo(path) as video:
        times = [shown.at_s for shown in video.frames()]
    asked = [number * sprites.interval_s for number in range(sprites.count)]
    return [max([k for k, at in enumerate(times) if at <= ask + 1e-6], default=0) for ask in asked]


def made_sprites(path: Path, folder: Path) -> Sprites:
    return write_sprites(path, folder, probe(path, Settings()))


# -- layout --


@given(st.floats(0.001, 40 * 3600))
def test_times_are_even_and_few(duration_s: float) -> None:
    """Tiles lie half a second apart or more, 1200 at most, the first at 0 and the last within the video."""
    times = tile_times_ms(duration_s)
    assert times.start == 0
    assert times.step >= 500
    assert 1 <= len(times) <= 1200
    assert times[-1] < max(1, round(duration_s * 1000)) <= times[-1] + times.step
    # No coarser than it has to be.
    assert times.step == 500 or len(range(0, round(duration_s * 1000), times.step - 1)) > 1200


@pytest.mark.parametrize(
    ("duration_s", "interval_ms", "count"),
    [(0.04, 500, 1), (10, 500, 20), (600, 500, 1200), (3600, 3000, 1200), (14400, 12000, 1200)],
)
def test_usual_lengths(duration_s: float, interval_ms: int, count: int) -> None:
    """An hour has a picture every three seconds, four hours every twelve."""
    assert (tile_times_ms(duration_s).step, len(tile_times_ms(duration_s))) == (interval_ms, count)


@given(
    st.integers(1, 20), st.integers(1, 20), st.integers(1, 1200), st.integers(500, 12_000), st.floats(0, 1)
)
def test_every_time_has_its_sheet(
    columns: int, rows: int, count: int, interval_ms: int, share: float
) -> None:
    """The sheet of a time is the one that has the tile of the last whole interval before it."""
    sprites = Sprites(interval_ms / 1000, columns, rows, 160, 90, count)
    number = min(count - 1, int(share * count))
    inside_s = (number * interval_ms + 0.4 * interval_ms) / 1000
    assert (
        sprites.sheet_at(inside_s)
        == sprites.sheet_at(number * interval_ms / 1000)
        == number // (columns * rows)
    )
    assert sprites.sheet_at(-1.0) == 0
    assert sprites.sheet_at(1e9) == sprites.sheets - 1
    assert (sprites.sheets - 1) * sprites.per_sheet < count <= sprites.sheets * sprites.per_sheet


# -- frames --


@pytest.mark.parametrize(("suffix", "film"), KINDS, ids=lambda value: str(value)[:60])
def test_every_tile_shows_its_frame(suffix: str, film: dict[str, Any], tmp_path: Path) -> None:
    """Each tile shows the last frame that is not after its time, in every kind of file."""
    path = Film(**film).write(tmp_path / f"film{suffix}")
    sprites = made_sprites(path, tmp_path / "sprites")
    tiles = tiles_of(tmp_path / "sprites", sprites)
    assert [number_in(tile) for tile in tiles[: sprites.count]] == expected_numbers(path, sprites)
    # But for the edges, where JPEG lets neighbours bleed into each other.
    assert all(np.asarray(tile)[9:-9, 9:-9].max() < 20 for tile in tiles[sprites.count :])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize("interval_ms", [500, 700, 1300, 4000])
def test_sparse_tiles_show_their_frames(
    suffix: str, interval_ms: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where most of a video is stepped over, and over several sheets, each tile still shows its frame."""
    monkeypatch.setattr("core.media.sprites._LEAST_INTERVAL_MS", interval_ms)
    monkeypatch.setattr("core.media.sprites._COLUMNS", 3)
    monkeypatch.setattr("core.media.sprites._ROWS", 2)
    path = Film(seconds=24, gop=30, codec_options=B_FRAMES).write(tmp_path / f"film{suffix}")
    sprites = made_sprites(path, tmp_path / "sprites")
    assert sprites.sheets == math.ceil(24_000 / interval_ms / 6)
    tiles = tiles_of(tmp_path / "sprites", sprites)
    assert [number_in(tile) for tile in tiles[: sprites.count]] == expected_numbers(path, sprites)


@pytest.mark.parametrize(
    ("counter_clockwise", "mirrored", "top_left", "top_right"),
    [
        (0, False, "top left", "top right"),
        (90, False, "top right", "bottom right"),
        (180, False, "bottom right", "bottom left"),
        (270, False, "bottom left", "top left"),
        (0, True, "top right", "top left"),
    ],
)
def test_tiles_are_upright(
    counter_clockwise: int, mirrored: bool, top_left: str, top_right: str, tmp_path: Path
) -> None:
    """Tiles are turned and mirrored as the file says, and the longer side is 160."""
    path = Film(rotation=counter_clockwise, mirrored=mirrored).write(tmp_path / "film.mp4")
    sprites = made_sprites(path, tmp_path / "sprites")
    tile = tiles_of(tmp_path / "sprites", sprites)[1]
    assert (corner_of(tile, "top left"), corner_of(tile, "top right")) == (top_left, top_right)
    assert tile.size == ((96, 160) if counter_clockwise in (90, 270) else (160, 96))


def test_tiles_have_square_pixels(tmp_path: Path) -> None:
    """A film of wide pixels has tiles of the shape in which it is shown."""
    film = Film(codec="mpeg2video", width=720, height=576, aspect=Fraction(16, 11))
    path = film.write(tmp_path / "film.mpg")
    media = probe(path, Settings())
    sprites = write_sprites(path, tmp_path / "sprites", media)
    assert sprites.width == 160
    assert sprites.width / sprites.height == pytest.approx(media.width / media.height, rel=0.02)


def test_a_short_video_has_one_tile(tmp_path: Path) -> None:
    """A video shorter than one interval has one sheet with one tile: its first frame."""
    path = Film(seconds=0.2).write(tmp_path / "film.mp4")
    media = MediaInfo(0.2, 320, 192, Fraction(25), "h264")
    sprites = write_sprites(path, tmp_path / "sprites", media)
    assert (sprites.count, sprites.sheets) == (1, 1)
    assert number_in(tiles_of(tmp_path / "sprites", sprites)[0]) == 0


def test_times_after_the_picture_show_its_last_frame(tmp_path: Path) -> None:
    """Where the sound goes on, or the length is overstated, the last frame stays."""
    path = Film(seconds=2.0, sound="aac", sound_s=4.0).write(tmp_path / "film.mp4")
    sprites = write_sprites(path, tmp_path / "sprites", replace(probe(path, Settings()), duration_s=6.0))
    numbers = [number_in(tile) for tile in tiles_of(tmp_path / "sprites", sprites)[: sprites.count]]
    assert numbers == [0, 12, 25, 37, *[49] * 8]


def test_a_picture_that_begins_late(tmp_path: Path) -> None:
    """Times before the first frame show the first frame."""
    path = Film(times_s=[1.2 + k / 25 for k in range(50)], sound="aac", seconds=3.2).write(
        tmp_path / "film.mkv"
    )
    sprites = made_sprites(path, tmp_path / "sprites")
    numbers = [number_in(tile) for tile in tiles_of(tmp_path / "sprites", sprites)[: sprites.count]]
    assert numbers[:3] == [0, 0, 0]
    assert numbers == expected_numbers(path, sprites)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_damaged_middle_shows_what_is_near(suffix: str, tmp_path: Path) -> None:
    """Around a hole each tile shows a good frame from near its time, and beyond it the right one again."""
    fast = {"movflags": "faststart"} if suffix == ".mp4" else {}
    film = Film(seconds=12, gop=12, container_options=fast, codec_options=B_FRAMES)
    whole = film.write(tmp_path / f"whole{suffix}")
    path = with_hole(whole, tmp_path / f"film{suffix}", 0.45, 0.55)
    sprites = made_sprites(path, tmp_path / "sprites")
    numbers = [number_in(tile) for tile in tiles_of(tmp_path / "sprites", sprites)[: sprites.count]]
    right = [number * 25 // 2 for number in range(sprites.count)]
    assert sum(a == b for a, b in zip(numbers, right, strict=True)) >= 18
    assert all(abs(a - b) <= 50 for a, b in zip(numbers, right, strict=True)), numbers


def test_a_file_that_ends_early(tmp_path: Path) -> None:
    """Of a film that was cut off, the tiles of what is there are right."""
    film = Film(seconds=8, container_options={"movflags": "faststart"})
    path = head_of(film.write(tmp_path / "whole.mp4"), tmp_path / "film.mp4")
    sprites = write_sprites(path, tmp_path / "sprites", MediaInfo(8.0, 320, 192, Fraction(25), "h264"))
    numbers = [number_in(tile) for tile in tiles_of(tmp_path / "sprites", sprites)[: sprites.count]]
    assert numbers[:4] == [0, 12, 25, 37]
    assert numbers == sorted(numbers)
    assert numbers[-1] == numbers[-2] < 160


# -- whole or not there --


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The layout that comes back is the one that was written, and no draft is left."""
    path = Film(seconds=2).write(tmp_path / "film.mp4")
    sprites = made_sprites(path, tmp_path / "sprites")
    assert read_sprites(tmp_path / "sprites") == sprites == Sprites(0.5, 10, 10, 160, 96, 4)
    assert sorted(file.name for file in (tmp_path / "sprites").iterdir()) == ["000.jpg", "sheets.json"]


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "null", "{}", '{"interval_s": 1}', "\ud800".encode("utf-8", "replace").decode(),
     '{"interval_s": 0, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": 3}',
     '{"interval_s": NaN, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": 3}',
     '{"interval_s": 1, "columns": 10, "rows": 0, "width": 160, "height": 90, "count": 3}',
     '{"interval_s": 1, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": -3}',
     '{"interval_s": 1, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": true}',
     '{"interval_s": "1", "columns": 10, "rows": 10, "width": 160, "height": 90, "count": 3}',
     '{"interval_s": 1, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": 1e300}',
     "[" * 100_000],
    ids=lambda text: text[:30] or "empty",
)  # fmt: skip
def test_nonsense_is_no_layout(text: str, tmp_path: Path) -> None:
    """A layout that cannot be read, or that says what cannot be, counts as none."""
    (tmp_path / "sheets.json").write_text(text)
    assert read_sprites(tmp_path) is None


def test_sheets_are_seen_as_soon_as_they_are_there(tmp_path: Path) -> None:
    """Asking before and after gives what is there, although an answer is remembered."""
    path, folder = Film(seconds=1).write(tmp_path / "film.mp4"), tmp_path / "sprites"
    assert read_sprites(folder) is None
    sprites = made_sprites(path, folder)
    assert read_sprites(folder) is read_sprites(folder)
    assert read_sprites(folder) == sprites
    (folder / "sheets.json").unlink()
    assert read_sprites(folder) is None


@pytest.mark.parametrize("moment", [0.0, 0.5])
def test_cancel_leaves_nothing(moment: float, tmp_path: Path) -> None:
    """When it is cancelled in between, there is no folder, so nothing that could pass for whole."""
    path = Film(seconds=40, width=640, height=384).write(tmp_path / "film.mp4")

    def report(progress: float) -> None:
        if progress >= moment:
            raise Cancelled("You cancelled this.")

    with pytest.raises(Cancelled):
        write_sprites(path, tmp_path / "sprites", probe(path, Settings()), report)
    assert not (tmp_path / "sprites").exists()


def test_progress_grows(tmp_path: Path) -> None:
    """Progress grows from 0 to 1 with the tiles that are done."""
    path = Film(seconds=60, width=640, height=384).write(tmp_path / "film.mp4")
    heard: list[float] = []
    write_sprites(path, tmp_path / "sprites", probe(path, Settings()), heard.append)
    assert heard == sorted(heard)
    assert any(0 < progress < 1 for progress in heard)


@pytest.mark.parametrize(
    ("make", "error"),
    [(lambda path: None, MediaMissing), (lambda path: path.write_bytes(b"<html>" * 99), MediaError)],
)
def test_a_file_that_went_bad(
    make: Callable[[Path], object], error: type[MediaError], tmp_path: Path
) -> None:
    """A file that is gone, or is no video any more, fails as ours and leaves nothing."""
    make(tmp_path / "film.mp4")
    with pytest.raises(error) as caught:
        write_sprites(
            tmp_path / "film.mp4", tmp_path / "sprites", MediaInfo(4, 320, 192, Fraction(25), "h264")
        )
    assert str(tmp_path) not in caught.value.message
    assert not (tmp_path / "sprites").exists()


@pytest.mark.slow
def test_footage_gets_sprites(footage: Path, tmp_path: Path) -> None:
    """Of every real film, tiles look like the frames at their times."""
    films = sorted(path for path in footage.iterdir() if path.suffix in (".mp4", ".mkv", ".mov", ".webm"))
    assert len(films) == 15
    for path in films:
        sprites = made_sprites(path, tmp_path / path.name)
        tiles = tiles_of(tmp_path / path.name, sprites)
        for number in {0, sprites.count // 3, sprites.count * 2 // 3, sprites.count - 1}:
            frame = frame_at(path, number * sprites.interval_s).resize(
                tiles[0].size, Image.Resampling.BICUBIC
            )
            difference = np.abs(np.asarray(tiles[number], float) - np.asarray(frame, float)).mean()
            assert difference < 8, (path.name, number)

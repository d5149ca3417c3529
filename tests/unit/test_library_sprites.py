"""Filmstrips through the façade: real decoders, real links, and a real hour of video in little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.errors import MediaMissing, NotFound
from core.layout import Layout
from core.library import Library, open_library
from core.media.sprites import read_sprites, tile_times_ms, write_sprites
from core.model import MediaInfo
from core.tokens import MediaClaim
from tests.conftest import PROJECT_ROOT
from tests.made_media import Film, made, number_in

pytestmark = pytest.mark.timeout(240)

MOST_MEMORY_MB = 150


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


def add(library: Library, folder: Path) -> str:
    path = folder / "film.mp4"
    path.write_bytes(made(Film(seconds=6.0), ".mp4"))
    return library.add_file(path).id


def claimed(library: Library, link: str) -> MediaClaim:
    return library.tokens.read_media(link.rpartition("/")[2])


def test_an_imported_video_has_its_filmstrip(library: Library, tmp_path: Path) -> None:
    """A video that is ready has sheets, and their links lead to them."""
    video_id = add(library, tmp_path)
    library.wait(60)
    sprites = library.sprites(video_id)
    assert sprites is not None
    assert (sprites.interval_s, sprites.count, sprites.width, sprites.height) == (0.5, 12, 160, 96)
    link = library.sprite_link(video_id, 0)
    assert link == library.sprite_link(video_id, 0)
    with Image.open(library.media_file(claimed(library, link))) as sheet:
        assert sheet.size == (1600, 960)
        assert number_in(sheet.crop((160, 0, 320, 96))) == 12


def test_indexing_again_keeps_it_and_deleting_removes_it(library: Library, tmp_path: Path) -> None:
    """The same bytes have the same pictures; a deleted video has none."""
    video_id = add(library, tmp_path)
    library.wait(60)
    sheet = Layout(library.settings.data_dir).sprite_sheet(video_id, 0)
    written = sheet.stat().st_mtime_ns
    library.reindex(video_id)
    library.wait(60)
    assert sheet.stat().st_mtime_ns == written
    link = library.sprite_link(video_id, 0)
    library.delete(video_id)
    assert library.sprites(video_id) is None
    assert not sheet.parent.exists()
    with pytest.raises(NotFound):
        library.media_file(claimed(library, link))


@pytest.mark.parametrize("number", [1, -1, 999, 10**6, 10**400])
def test_a_sheet_that_there_is_not(number: int, library: Library, tmp_path: Path) -> None:
    """A number beyond the sheets is refused in a sentence, however it is written."""
    video_id = add(library, tmp_path)
    library.wait(60)
    with pytest.raises(MediaMissing, match="has not been made yet"):
        library.media_file(MediaClaim("sprites", video_id, number))


def test_asking_is_cheap(library: Library, tmp_path: Path) -> None:
    """Pages ask for every card at every drawing: a thousand times take no noticeable time."""
    video_id = add(library, tmp_path)
    assert library.sprites("unknown") is None
    library.wait(60)
    began = time.perf_counter()
    for _ in range(1000):
        library.sprites(video_id)
    assert time.perf_counter() - began < 0.5


def test_a_library_of_an_earlier_version_is_made_up_for(tmp_path: Path) -> None:
    """Videos without sheets get them after opening, without anybody asking."""
    settings = Settings(data_dir=tmp_path / "data")
    with open_library(settings) as library:
        video_id = add(library, tmp_path)
        library.wait(60)
    folder = Layout(settings.data_dir).sprites(video_id)
    for file in folder.iterdir():
        file.unlink()
    with open_library(settings) as library:
        ends = time.monotonic() + 60
        while library.sprites(video_id) is None:
            assert time.monotonic() < ends
            time.sleep(0.05)
        assert (folder / "000.jpg").is_file()


DYING = """
import os, sys
from fractions import Fraction
from pathlib import Path
from core.media import sprites
from core.model import MediaInfo

sprites.written_whole = lambda path: os._exit(9)  # All sheets are there, and nothing says so yet.
sprites._COLUMNS = sprites._ROWS = 3
media = MediaInfo(40.0, 640, 384, Fraction(25), "h264")
sprites.write_sprites(Path(sys.argv[1]), Path(sys.argv[2]), media)
"""


def test_killed_half_way_reads_as_nothing(tmp_path: Path) -> None:
    """A process that dies while it writes sheets leaves no layout, and the next attempt is whole."""
    film = Film(seconds=40, width=640, height=384).write(tmp_path / "film.mp4")
    folder = tmp_path / "sprites"
    command = [sys.executable, "-c", DYING, str(film), str(folder)]
    died = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, timeout=60, check=False)
    assert died.returncode == 9, died.stderr
    assert list(folder.glob("*.jpg"))
    assert read_sprites(folder) is None
    sprites = write_sprites(film, folder, MediaInfo(40.0, 640, 384, Fraction(25), "h264"))
    assert read_sprites(folder) == sprites
    assert sorted(file.name for file in folder.iterdir()) == ["000.jpg", "sheets.json"]


# -- an hour --


def long_film(folder: Path, minutes: int) -> Path:
    """Return so much 1080p H.264, one minute of moving noise again and again."""
    minute, hour = folder / "minute.mp4", folder / "hour.mp4"
    noise = np.random.default_rng(1).integers(0, 255, (136, 240, 3), np.uint8)
    with av.open(str(minute), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.codec_context.gop_size = 50
        for number in range(60 * 25):
            picture = np.roll(noise, (number, 2 * number), (0, 1))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(1920, 1080, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(hour), "w") as target:
        copy = None
        for repeat in range(minutes):
            with av.open(str(minute)) as source:
                film = source.streams.video[0]
                copy = copy or target.add_stream_from_template(film)
                later = round(60 * repeat / film.time_base)
                for packet in source.demux(film):
                    if packet.dts is not None and packet.pts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + later, packet.dts + later, copy
                        target.mux(packet)
    minute.unlink()
    return hour


MEASURED = """
import re, sys
from pathlib import Path
from core.media.sheets import sprites_request
sprites_request({"source": sys.argv[1], "folder": sys.argv[2], "interval_ms": int(sys.argv[3]),
    "count": int(sys.argv[4]), "columns": 10, "rows": 10, "longer_side": 160}, lambda progress: None)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""Not by getrusage: its peak of a process includes that of the one which started it."""


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("minutes", [8, pytest.param(60, marks=pytest.mark.soak)])
def test_a_long_film_takes_little_memory(tmp_path: Path, minutes: int) -> None:
    """The sheets of an hour of 1080p are made in a process of 150 MB at most, decoder and all; what a film
    takes does not grow with its length, so a shorter one tells it too."""
    hour, times = long_film(tmp_path, minutes), tile_times_ms(60.0 * minutes)
    command = [sys.executable, "-c", MEASURED, str(hour), str(tmp_path / "sprites"), str(times.step)]
    done = subprocess.run(
        [*command, str(len(times))],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=1100,
        check=True,
    )
    assert int(done.stdout) / 1024 <= MOST_MEMORY_MB
    assert len(list((tmp_path / "sprites").glob("*.jpg"))) == -(-len(times) // 100)

"""Runs of clips: one zip a run, cut in the background, stopped at once, and never any litter."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.clip_orders import ClipOrder, clip_orders
from core.clip_runs import KEPT_S, ClipRuns
from core.config import Settings
from core.errors import MediaError, MediaMissing, NotFound, StorageFull
from core.indexing.cleaning import sweep
from core.layout import Layout
from core.media.clipping import Clipped
from core.media.probe import probe
from core.model import ClipRun, MediaInfo, Segment, Shot, ShotList, Video
from core.tokens import Tokens, load_secret
from tests.made_media import Film
from tests.web import PROJECT_ROOT, Browser, SmallLibrary

MEDIA = MediaInfo(10, 320, 192, Fraction(25), "h264")
CONTENT = os.urandom(3_000_000)


@dataclass
class Scissors:
    """Cuts made-up clips; waits before each one where it is told to, and fails at the sources it is told."""

    failures: dict[str, Exception] = field(default_factory=dict)
    go_on: threading.Event = field(default_factory=threading.Event)
    cutting: threading.Event = field(default_factory=threading.Event)
    waits: bool = False
    cut: list[str] = field(default_factory=list)

    def __call__(
        self,
        source: Path,
        target: Path,
        segment: Segment,
        media: MediaInfo,
        report: Callable[[float], None] | None = None,
    ) -> Clipped:
        assert report is not None
        report(0.5)
        self.cutting.set()
        while self.waits and not self.go_on.wait(0.02):
            report(0.5)
        self.cut.append(source.name)
        target.write_bytes(CONTENT)
        if source.name in self.failures:
            raise self.failures[source.name]
        return Clipped(25, copied=False, reason="In is no key frame")


def order(name: str, seconds: float = 1.0) -> ClipOrder:
    return ClipOrder(f"{name}.mp4", name, Segment(0, seconds), MEDIA, lambda: Path(name))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


@pytest.fixture
def scissors() -> Scissors:
    return Scissors()


@pytest.fixture
def runs(layout: Layout, scissors: Scissors) -> Iterator[ClipRuns]:
    runs = ClipRuns(layout, cut=scissors)
    yield runs
    runs.close()


def ended(runs: ClipRuns, run: ClipRun, within_s: float = 30) -> ClipRun:
    until = time.monotonic() + within_s
    while runs.run(run.id).state == "running":
        assert time.monotonic() < until, "the run does not end"
        time.sleep(0.01)
    return runs.run(run.id)


def files(layout: Layout) -> list[str]:
    return sorted(path.name for path in layout.exports.iterdir())


def test_zip_holds_all_clips_as_they_are(runs: ClipRuns, layout: Layout) -> None:
    """A run ends with a zip of every clip, not compressed, and nothing beside it."""
    run = ended(runs, runs.start("list", "My clips.zip", [order("a"), order("b", 3.0)]))
    assert (run.state, run.progress, run.done, run.total, run.message) == ("ready", 1.0, 2, 2, None)
    path, name = runs.file(run.id)
    assert (name, path.stat().st_size, files(layout)) == ("My clips.zip", run.size_bytes, [path.name])
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.mp4", "b.mp4", "About these clips.txt"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read("b.mp4") == CONTENT
        assert (
            "a.mp4: 25 frames, picture coded anew (In is no key frame)"
            in archive.read("About these clips.txt").decode()
        )


def test_progress_goes_by_length(runs: ClipRuns, scissors: Scissors) -> None:
    """Half of a clip that is three quarters of the whole is three eighths."""
    scissors.waits = True
    run = runs.start("list", "a.zip", [order("a", 3.0), order("b", 1.0)])
    assert scissors.cutting.wait(5)
    time.sleep(0.1)
    assert runs.run(run.id).progress == pytest.approx(0.375)
    scissors.go_on.set()
    assert ended(runs, run).progress == 1.0


@pytest.mark.parametrize("failure", [MediaMissing("It is gone."), MediaError("It is broken.")])
def test_clip_that_cannot_be_cut_is_left_out(
    runs: ClipRuns, scissors: Scissors, layout: Layout, failure: Exception
) -> None:
    """A source that is gone or damaged costs its own clip, and the run says which and why."""
    scissors.failures["b"] = failure
    run = ended(runs, runs.start("list", "a.zip", [order("a"), order("b"), order("c")]))
    assert (run.state, run.done, run.total) == ("ready", 2, 3)
    assert run.message == f"One clip was left out. “b”: {failure}"
    with zipfile.ZipFile(runs.file(run.id)[0]) as archive:
        assert archive.namelist()[:2] == ["a.mp4", "c.mp4"]
    assert files(layout) == [f"{run.id}.zip"]


def test_run_without_any_clip_fails(runs: ClipRuns, scissors: Scissors, layout: Layout) -> None:
    """Where no clip can be cut there is no zip, and the sentence says why."""
    scissors.failures = {"a": MediaMissing("It is gone."), "b": NotFound("It was deleted.")}
    run = ended(runs, runs.start("list", "a.zip", [order("a"), order("b")]))
    assert (run.state, run.message) == ("failed", "2 of 2 clips were left out. “a”: It is gone.")
    assert files(layout) == []
    with pytest.raises(MediaMissing):
        runs.file(run.id)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (StorageFull("The disk is full. Free some space and try again."), "disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (RuntimeError("a fault of ours"), "Something went wrong"),
    ],
)
def test_what_stops_a_run_is_said(
    runs: ClipRuns, scissors: Scissors, layout: Layout, failure: Exception, sentence: str
) -> None:
    """A full disk, or a fault of ours, ends the run with a sentence, and the next run works."""
    scissors.failures["b"] = failure
    run = ended(runs, runs.start("list", "a.zip", [order("a"), order("b")]))
    assert run.state == "failed"
    assert sentence in (run.message or "")
    assert files(layout) == []
    assert ended(runs, runs.start("list", "b.zip", [order("a")])).state == "ready"


def test_disk_that_fills_while_the_zip_grows(
    runs: ClipRuns, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the zip itself finds no room, the run says that the disk is full and leaves nothing."""

    def full(*_what: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile._ZipWriteFile, "write", full)
    run = ended(runs, runs.start("list", "a.zip", [order("a")]))
    assert (run.state, files(layout)) == ("failed", [])
    assert "disk is full" in (run.message or "")


def test_cancelled_run_stops_and_leaves_nothing(runs: ClipRuns, scissors: Scissors, layout: Layout) -> None:
    """A cancel is heard in the middle of a clip; neither clip nor zip stays. A second one changes nothing."""
    scissors.waits = True
    run = runs.start("list", "a.zip", [order("a"), order("b")])
    assert scissors.cutting.wait(5)
    runs.cancel(run.id)
    assert ended(runs, run, within_s=1).state == "cancelled"
    assert (scissors.cut, files(layout)) == ([], [])
    runs.cancel(run.id)
    assert runs.run(run.id).state == "cancelled"


def test_runs_wait_for_each_other(runs: ClipRuns, scissors: Scissors) -> None:
    """Runs are cut one after the other; one that waits can be cancelled at once."""
    scissors.waits = True
    first = runs.start("list", "a.zip", [order("a")])
    second, third = (runs.start("list", "b.zip", [order(name)]) for name in "bc")
    runs.start("another list", "d.zip", [order("d")])
    assert scissors.cutting.wait(5)
    runs.cancel(second.id)
    assert runs.run(second.id).state == "cancelled"
    assert [run.id for run in runs.runs("list")] == [third.id, second.id, first.id]
    scissors.go_on.set()
    assert [ended(runs, run).state for run in (first, second, third)] == ["ready", "cancelled", "ready"]
    assert scissors.cut[:2] == ["a", "c"]


def test_closing_stops_everything(layout: Layout, scissors: Scissors) -> None:
    """When the library closes, runs stop within a second or two, and only finished zips stay."""
    runs = ClipRuns(layout, cut=scissors)
    kept = ended(runs, runs.start("list", "a.zip", [order("a")]))
    scissors.waits = True
    scissors.cutting.clear()
    runs.start("list", "b.zip", [order("b")])
    runs.start("list", "c.zip", [order("c")])
    assert scissors.cutting.wait(5)
    began = time.monotonic()
    runs.close()
    assert time.monotonic() - began < 2
    assert files(layout) == [f"{kept.id}.zip"]


def test_old_zips_go(layout: Layout, scissors: Scissors) -> None:
    """A finished zip is kept for a day, then it and its run are gone."""
    now = 1000.0
    runs = ClipRuns(layout, cut=scissors, clock=lambda: now)
    run = ended(runs, runs.start("list", "a.zip", [order("a")]))
    now += KEPT_S - 1
    assert runs.runs("list")
    now += 2
    assert not runs.runs("list")
    assert files(layout) == []
    with pytest.raises(NotFound):
        runs.file(run.id)
    runs.close()


# -- with real films --


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return Film(seconds=20, width=640, height=384, gop=250).write(tmp_path / "film.mp4")


def real(film: Path, name: str = "clip", start_s: float = 0.2, end_s: float = 19) -> ClipOrder:
    return ClipOrder(f"{name}.mp4", name, Segment(start_s, end_s), probe(film, Settings()), lambda: film)


def test_real_clips(layout: Layout, film: Path) -> None:
    """Films become clips that play; one whose file was deleted is left out."""
    runs = ClipRuns(layout)
    gone = film.with_name("gone.mp4")
    lost = ClipOrder("lost.mp4", "lost", Segment(0, 1), probe(film, Settings()), lambda: gone)
    run = ended(runs, runs.start("list", "a.zip", [real(film, end_s=2.2), lost]), within_s=60)
    assert (run.state, run.done) == ("ready", 1)
    assert "no longer where it was" in (run.message or "")
    with zipfile.ZipFile(runs.file(run.id)[0]) as archive:
        archive.extract("clip.mp4", layout.cache)
    assert probe(layout.cache / "clip.mp4", Settings()).duration_s == pytest.approx(2.0, abs=0.03)
    runs.close()


def test_real_cut_is_cancelled_in_time(layout: Layout, film: Path) -> None:
    """A cut that would take long is stopped within two seconds."""
    runs = ClipRuns(layout)
    run = runs.start("list", "a.zip", [real(film) for _ in range(20)])
    until = time.monotonic() + 20
    while runs.run(run.id).progress == 0 and time.monotonic() < until:
        time.sleep(0.02)
    began = time.monotonic()
    runs.cancel(run.id)
    assert ended(runs, run).state == "cancelled"
    assert time.monotonic() - began < 2
    assert files(layout) == []
    runs.close()


_DYING = """
import sys
from pathlib import Path
from core.clip_orders import ClipOrder
from core.clip_runs import ClipRuns
from core.config import Settings
from core.layout import Layout
from core.media.probe import probe
from core.model import Segment
film, folder = Path(sys.argv[1]), Path(sys.argv[2])
order = ClipOrder("a.mp4", "a", Segment(0.2, 19), probe(film, Settings()), lambda: film)
runs = ClipRuns(Layout(folder))
runs.start("list", "a.zip", [order] * 50)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_killed_process_leaves_nothing_after_the_next_start(layout: Layout, film: Path) -> None:
    """Whatever a process leaves that is killed while it cuts is gone when the library is opened again."""
    command = [sys.executable, "-c", _DYING, str(film), str(layout.root)]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE)
    until = time.monotonic() + 60
    while not any(name.endswith(".mp4.part") for name in files(layout)) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert files(layout), "the process was killed before it began"
    time.sleep(0.5)  # The child notices that its parent is gone.
    catalog = Catalog(f"sqlite:///{layout.root / 'catalog.db'}")
    assert sweep(layout, catalog) >= 1
    assert files(layout) == []
    catalog.close()


# -- what is ordered --


def shot(video: str, start_s: float, end_s: float, title: str = "A title") -> Shot:
    return Shot(video + "-shot", video, title, start_s, end_s, datetime.now(UTC))


def ordered(*shots: Shot, handles: int = 0, media: MediaInfo = MEDIA) -> list[ClipOrder]:
    now = datetime.now(UTC)
    videos = {
        shot.video_id: Video(shot.video_id, shot.title, "0" * 64, 1, media, now)
        for shot in shots
        if shot.video_id != "gone"
    }
    return clip_orders(ShotList("list", "My list", now, now, shots), handles, videos.get, Path)


@pytest.mark.parametrize(
    ("start_s", "end_s", "handles", "wanted"),
    [
        (1.0, 2.0, 0, (1.0, 2.0)),
        (1.0, 2.0, 5, (0.8, 2.2)),
        (0.08, 9.96, 5, (0.0, 10.0)),
        (9.96, 12.0, 0, (9.96, 10.0)),
        (11.0, 12.0, 0, (9.96, 10.0)),
    ],
)
def test_handles_end_with_the_film(
    start_s: float, end_s: float, handles: int, wanted: tuple[float, float]
) -> None:
    """Extra frames are added on both sides as far as the film has them; a clip has a frame at least."""
    (found,) = ordered(shot("a", start_s, end_s), handles=handles)
    assert (found.segment.start_s, found.segment.end_s) == pytest.approx(wanted)


def test_names_are_safe_and_different() -> None:
    """Files in the zip are called by order, title and In, in characters that every system takes."""
    titles = ["A title", 'a/b\\c:d*e?"f<g>|h', "same", "same", "", "é" * 300, "../../etc/passwd", "end. "]
    names = [
        found.name for found in ordered(*(shot(str(k), 3661.08, 3662, t) for k, t in enumerate(titles)),
                                        media=MediaInfo(4000, 320, 192, Fraction(25), "h264"))
    ]  # fmt: skip
    assert names[0] == "01 A title 01-01-01-02.mp4"
    assert len({name.lower() for name in names}) == len(titles)
    for name in names:
        assert not set(name) & set('<>:"/\\|?*')
        assert len(name.encode()) <= 255
        assert name.endswith("01-01-01-02.mp4")


def test_names_carry_the_films_own_timecode() -> None:
    """Where the file has a start timecode, the name says what the editing program will show."""
    media = MediaInfo(10, 320, 192, Fraction(30000, 1001), "h264", start_timecode="10:00:00;00")
    (found,) = ordered(shot("a", 1001 / 1000, 3.0), media=media)
    assert found.name == "01 A title 10-00-01-00.mp4"


def test_deleted_video_is_said_when_its_turn_comes() -> None:
    """A shot outlives its video; its clip is left out with a sentence."""
    (found,) = ordered(shot("gone", 1, 2))
    with pytest.raises(NotFound, match="no longer in the library"):
        found.find_source()


# -- the download --

RUN = "ab" * 16


@pytest.fixture
def library(tmp_path: Path) -> SmallLibrary:
    library = SmallLibrary(tmp_path)
    (library.layout.exports / f"{RUN}.zip").write_bytes(CONTENT)
    return library


def test_download_has_its_name_and_ranges(library: SmallLibrary) -> None:
    """The zip comes as a file to save, under its own name in any script; nobody keeps it; it can go on."""
    library.clips_name = "Žluťoučký kůň “1”.zip"
    client, link = Browser(library), f"/api/clips/{library.tokens.clips(RUN)}"
    whole = client.get(link)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["content-type"] == "application/zip"
    assert whole.headers["content-disposition"].startswith("attachment; filename*=utf-8''%C5%BDlu")
    assert "private, no-store" in whole.headers["cache-control"]
    assert "content-encoding" not in whole.headers
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(link, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
    head = client.request("HEAD", link)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(CONTENT)))
    assert client.request("POST", link).status_code == 405


@pytest.mark.parametrize(
    ("token", "status", "sentence"),
    [
        (lambda library: "nonsense", 403, "not one of ours"),
        (lambda library: library.tokens.media("play", RUN), 403, "not one of ours"),
        (lambda library: library.tokens.upload(), 403, "not one of ours"),
        (lambda library: library.tokens.clips(RUN)[:-1] + "_", 403, "not one of ours"),
        (lambda library: Tokens(b"x" * 32, 3600).clips(RUN), 403, "not one of ours"),
        (lambda library: old_tokens(library).clips(RUN), 410, "has expired"),
        (lambda library: library.tokens.clips("cd" * 16), 404, "no longer there"),
    ],
)
def test_download_refuses_what_is_not_its_own(
    library: SmallLibrary, token: Callable[[SmallLibrary], str], status: int, sentence: str
) -> None:
    """Forged, foreign and old links, and links of another kind, open nothing."""
    answer = Browser(library).get(f"/api/clips/{token(library)}")
    assert answer.status_code == status
    assert sentence in answer.json()["message"]
    assert answer.headers["cache-control"] == "no-store"


def old_tokens(library: SmallLibrary) -> Tokens:
    secret = load_secret(library.layout.secret)
    return Tokens(secret, library.settings.link_lifetime_s, clock=lambda: 10**9)


def test_link_of_clips_opens_no_video(library: SmallLibrary) -> None:
    """Whoever may download clips may not for that reason see anything else."""
    answer = Browser(library).get(f"/api/media/{library.tokens.clips(RUN)}")
    assert answer.status_code == 403

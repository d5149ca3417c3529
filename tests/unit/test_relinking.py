"""Files that were moved: which are missing, and how they are found again, over real files."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.config import Settings
from core.errors import InputRefused
from core.indexing.workbench import present_path
from core.layout import Layout
from core.library import open_library
from core.library_model import RelinkRun
from core.media.incoming import hash_file
from core.missing_media import MissingMedia, nearest_folder
from core.model import Video
from core.relinking import Relinking
from core.relinking_search import MOST_COMPARED, moved
from tests.catalogs import new_video
from tests.made_media import Film, made

Reader = Callable[..., tuple[str, int]]


class Shelf:
    """A catalog with files, and what looks for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old = folder / "old"
        self.old.mkdir()
        self.catalog = Catalog(f"sqlite:///{folder / 'catalog.sqlite'}")
        self.read: list[str] = []
        self.before_reading: Callable[[Path], None] = lambda path: None
        self.relinking = self.open()

    def open(self, *, host: str = "127.0.0.1", roots: tuple[Path, ...] = ()) -> Relinking:
        settings = Settings(data_dir=self.folder / "data", host=host, import_roots=roots)
        return Relinking(self.catalog, settings, Layout(settings.data_dir.absolute()), self.hash)

    def hash(self, path: Path, report: Callable[[float], None] | None = None) -> tuple[str, int]:
        self.read.append(path.name)
        self.before_reading(path)
        return hash_file(path, report)

    def video(self, name: str, content: bytes) -> Video:
        """Write a file below the old folder and have the catalog know it."""
        path = self.old / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        new = new_video(
            id=sha256[:32], sha256=sha256, size_bytes=len(content), title=path.stem, path=str(path)
        )
        return self.catalog.add_video_with_job(new)[0]

    def look(self, folder: Path | str) -> RelinkRun:
        """Look through a folder and return how it ended."""
        self.relinking.missing.look_again()
        self.relinking.start(str(folder))
        return self.ended()

    def ended(self) -> RelinkRun:
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            run = self.relinking.now()
            if run is not None and run.ended:
                return run
            time.sleep(0.005)
        raise AssertionError("the look did not end")

    def place(self, video: Video) -> Path | None:
        return present_path(self.catalog.video(video.id))

    def missing(self) -> list[str]:
        self.relinking.missing.look_again()
        return [video.id for video in self.relinking.missing.videos(10)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made_here = Shelf(tmp_path)
    yield made_here
    made_here.relinking.stop()
    made_here.catalog.close()


# -- which are missing ---------------------------------------------------------------------------


def test_a_file_is_missing_when_no_known_path_has_one_of_its_size(shelf: Shelf) -> None:
    """Gone, or another file under its name: both are missing; a second known path is enough."""
    here, gone, other, copied = (shelf.video(f"{n}.mp4", bytes([n]) * (100 + n)) for n in range(4))
    (shelf.old / "1.mp4").unlink()
    (shelf.old / "2.mp4").write_bytes(b"another length")
    shutil.move(shelf.old / "3.mp4", shelf.folder / "3.mp4")
    shelf.catalog.remember_path(copied.id, str(shelf.folder / "3.mp4"))
    assert sorted(shelf.missing()) == sorted([gone.id, other.id])
    assert here.id not in shelf.missing()


def test_a_share_that_does_not_answer_holds_nobody_up(shelf: Shelf) -> None:
    """While one path hangs the others are answered, nobody waits long, and nobody waits twice."""
    stuck, gone = shelf.video("stuck.mp4", b"s" * 50), shelf.video("gone.mp4", b"g" * 60)
    (shelf.old / "gone.mp4").unlink()
    released = threading.Event()

    def present(video: Video) -> Path | None:
        if video.id == stuck.id:
            released.wait(30)
        return present_path(video)

    missing = MissingMedia(shelf.catalog.videos, present)
    try:
        began = time.monotonic()
        assert [video.id for video in missing.videos()] == [gone.id]
        assert time.monotonic() - began < 2
        began = time.monotonic()
        for _ in range(50):
            missing.videos()
        assert time.monotonic() - began < 0.25
        missing.look_again()
        (shelf.old / "gone.mp4").write_bytes(b"g" * 60)
        missing.videos()
        assert missing.videos() == []
    finally:
        released.set()


def test_ten_thousand_videos_are_looked_at_in_the_background(shelf: Shelf) -> None:
    """An answer about ten thousand files is there soon, and asking again costs next to nothing."""
    video = shelf.video("one.mp4", b"1" * 10)
    many = [replace(video, id=f"{n:032d}", paths=(str(shelf.old / f"{n}.mp4"),)) for n in range(10_000)]
    missing = MissingMedia(lambda: many)
    ends = time.monotonic() + 20
    while len(missing.videos()) < 10_000 and time.monotonic() < ends:
        time.sleep(0.01)
    began = time.monotonic()
    assert len(missing.videos()) == 10_000
    assert time.monotonic() - began < 0.1


def test_folders_that_are_left_of_the_old_places_are_offered(shelf: Shelf) -> None:
    """The lowest folder that still exists is offered, the one with most missing files first."""
    for name in ("a/b/1.mp4", "a/b/2.mp4", "c/3.mp4"):
        shelf.video(name, name.encode())
    shutil.move(shelf.old / "a" / "b", shelf.old / "a" / "x")
    (shelf.old / "c" / "3.mp4").unlink()
    shelf.missing()
    assert shelf.relinking.suggested() == [shelf.old / "a", shelf.old / "c"]


def test_the_top_of_a_disk_is_never_offered(shelf: Shelf) -> None:
    """Where all of an old path is gone, nothing is offered rather than the whole disk."""
    video = replace(shelf.video("1.mp4", b"1"), paths=("/no-such-top/films/1.mp4",))
    assert nearest_folder(video) is None


# -- finding them --------------------------------------------------------------------------------


@pytest.mark.parametrize("new", ["new/deep/down/film.mp4", "old/renamed.mp4", "new/renamed.MOV"])
def test_a_file_that_was_moved_or_renamed_is_found(shelf: Shelf, new: str) -> None:
    """Moved, renamed or both: the content tells which it is, and its new path is remembered first."""
    video = shelf.video("film.mp4", b"what is in it" * 1000)
    target = shelf.folder / new
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(shelf.old / "film.mp4", target)
    run = shelf.look(shelf.folder)
    assert (run.state, run.found, run.missing) == ("done", (video.id,), ())
    assert shelf.place(video) == target
    assert shelf.missing() == []


def test_the_mark_is_gone_at_once(shelf: Shelf) -> None:
    """What was found is not missing any more for the very next question, without another look."""
    shelf.video("film.mp4", b"x" * 400)
    shutil.move(shelf.old / "film.mp4", shelf.folder / "film.mp4")
    assert len(shelf.missing()) == 1
    shelf.relinking.start(str(shelf.folder))
    shelf.ended()
    assert shelf.relinking.missing.videos() == []


def test_the_same_size_and_name_is_not_enough(shelf: Shelf) -> None:
    """A file with name and size but other content is refused and said so, and never linked."""
    video, renewed = shelf.video("film.mp4", b"right" * 100), shelf.video("cut.mp4", b"first cut")
    for name in ("film.mp4", "cut.mp4"):
        (shelf.old / name).unlink()
    new = shelf.folder / "new"
    new.mkdir()
    (new / "film.mp4").write_bytes(b"wrong" * 100)
    (new / "cut.mp4").write_bytes(b"second cut")
    run = shelf.look(new)
    assert run.found == ()
    assert sorted(run.other) == sorted([video.id, renewed.id])
    assert shelf.place(video) is shelf.place(renewed) is None
    assert shelf.read == ["film.mp4"], "a file of another size need not be read"


def test_the_right_one_among_files_of_one_name_is_taken(shelf: Shelf) -> None:
    """Cameras name their files alike: of several with name and size the one with the content is linked."""
    video = shelf.video("00001.mts", b"right" * 100)
    (shelf.old / "00001.mts").unlink()
    for number, content in enumerate((b"wrong" * 100, b"right" * 100, b"other" * 100)):
        place = shelf.folder / "cards" / str(number) / "00001.mts"
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    run = shelf.look(shelf.folder / "cards")
    assert (run.found, run.other) == ((video.id,), ())
    assert shelf.place(video) == shelf.folder / "cards" / "1" / "00001.mts"


def test_after_one_file_the_same_move_is_tried_on_the_others(shelf: Shelf) -> None:
    """Once one file is found its neighbours are found where they went with it, also outside the folder."""
    videos = [shelf.video(f"trip/day{n}/{n}.mp4", f"day {n}".encode() * 50) for n in range(40)]
    shutil.move(shelf.old / "trip", shelf.folder / "journey")
    run = shelf.look(shelf.folder / "journey" / "day7")
    assert sorted(run.found) == sorted(video.id for video in videos)
    assert shelf.place(videos[3]) == shelf.folder / "journey" / "day3" / "3.mp4"
    assert len(shelf.read) == 40


def test_a_second_copy_of_what_was_found_is_let_be(shelf: Shelf) -> None:
    """Where a whole folder was found by its move, copies elsewhere in the named folder disturb nothing."""
    videos = [shelf.video(f"day/{n}.mp4", f"day {n}".encode() * 50) for n in range(3)]
    copies = shelf.folder / "new"
    shutil.copytree(shelf.old / "day", copies / "moved" / "day")
    shutil.copytree(shelf.old / "day", copies, dirs_exist_ok=True)
    shutil.rmtree(shelf.old / "day")
    run = shelf.look(copies)
    assert (run.state, sorted(run.found)) == ("done", sorted(video.id for video in videos))
    assert len(shelf.read) == 3


def test_a_thousand_files_of_the_same_size_are_not_all_read(shelf: Shelf) -> None:
    """Of a thousand decoys a bounded number is read, the one with the right name first, and it is said."""
    video, never = shelf.video("zz-last.mp4", b"right" * 20), shelf.video("never.mp4", b"never" * 20)
    decoys = shelf.folder / "decoys"
    decoys.mkdir()
    for number in range(1000):
        (decoys / f"{number:04}.mp4").write_bytes(b"%05d" % number * 20)
    shutil.move(shelf.old / "zz-last.mp4", decoys / "zz-last.mp4")
    (shelf.old / "never.mp4").unlink()
    run = shelf.look(decoys)
    assert (run.state, run.found, run.missing) == ("done", (video.id,), (never.id,))
    assert shelf.read[0] == "zz-last.mp4"
    assert len(shelf.read) == MOST_COMPARED + 1
    assert run.untried == 1000 - MOST_COMPARED


def test_each_file_is_read_once_for_all_that_are_missing(shelf: Shelf) -> None:
    """Twenty renamed files of one size cost twenty reads, not four hundred."""
    for number in range(20):
        shelf.video(f"{number}.mp4", b"%05d" % number * 20)
    (shelf.folder / "new").mkdir()
    for number in range(20):
        shutil.move(shelf.old / f"{number}.mp4", shelf.folder / "new" / f"renamed-{19 - number}.mp4")
    run = shelf.look(shelf.folder / "new")
    assert (len(run.found), len(shelf.read)) == (20, 20)


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right of its own on Windows")
def test_links_that_lead_in_a_ring_end(shelf: Shelf) -> None:
    """A folder that links to itself is walked once, and what lies in it is found."""
    video = shelf.video("film.mp4", b"x" * 300)
    ring = shelf.folder / "ring" / "deep"
    ring.mkdir(parents=True)
    (ring / "again").symlink_to(shelf.folder / "ring", target_is_directory=True)
    (ring / "self").symlink_to("self")
    (ring / "dead").symlink_to("nowhere")
    shutil.move(shelf.old / "film.mp4", ring / "other.mp4")
    run = shelf.look(shelf.folder / "ring")
    assert (run.found, run.seen) == ((video.id,), 1)


def test_a_folder_that_may_not_be_read_is_passed_over(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed folder is counted, and the rest is looked through all the same."""
    video = shelf.video("film.mp4", b"x" * 300)
    closed = shelf.folder / "new" / "closed"
    closed.mkdir(parents=True)
    (shelf.folder / "new" / "open").mkdir()
    shutil.move(shelf.old / "film.mp4", shelf.folder / "new" / "open" / "renamed.mp4")
    real = os.scandir

    def scandir(place: str) -> object:
        # Permissions do not bind who runs tests as root, so the refusal is played.
        if str(place) == str(closed):
            raise PermissionError(13, "Permission denied")
        return real(place)

    monkeypatch.setattr("core.relinking_walk.os.scandir", scandir)
    run = shelf.look(shelf.folder / "new")
    assert (run.state, run.found, run.unread) == ("done", (video.id,), 1)


def test_a_file_that_vanishes_while_it_is_read_spoils_nothing(shelf: Shelf) -> None:
    """A candidate that goes away is passed over, and another copy of it is still found."""
    video = shelf.video("film.mp4", b"x" * 300)
    for name in ("a", "b"):
        (shelf.folder / "new" / name).mkdir(parents=True)
        shutil.copy(shelf.old / "film.mp4", shelf.folder / "new" / name / "film.mp4")
    (shelf.old / "film.mp4").unlink()

    def vanish(path: Path) -> None:
        if path.parent.name == "a":
            path.unlink()

    shelf.before_reading = vanish
    run = shelf.look(shelf.folder / "new")
    assert (run.found, run.unread) == ((video.id,), 1)
    assert shelf.place(video) == shelf.folder / "new" / "b" / "film.mp4"


def test_a_video_that_is_deleted_meanwhile_is_left_alone(shelf: Shelf) -> None:
    """A video that goes while its file is read ends nothing: the other one is found."""
    first, second = shelf.video("a.mp4", b"a" * 300), shelf.video("b.mp4", b"b" * 200)
    shutil.move(shelf.old, shelf.folder / "new")

    def forget(path: Path) -> None:
        if path.name == "a.mp4":
            shelf.catalog.forget_video(first.id, keep_embeddings=False)

    shelf.before_reading = forget
    run = shelf.look(shelf.folder / "new")
    assert run.state == "done"
    assert run.found == (second.id,)
    assert shelf.place(second) == shelf.folder / "new" / "b.mp4"


# -- stopping ------------------------------------------------------------------------------------


def test_a_look_can_be_stopped_while_a_file_is_read(shelf: Shelf) -> None:
    """Stopping answers at once, links nothing afterwards, and another look may begin."""
    video = shelf.video("film.mp4", b"x" * 300)
    shutil.move(shelf.old / "film.mp4", shelf.folder / "film.mp4")
    reading, released = threading.Event(), threading.Event()

    def hang(path: Path) -> None:
        reading.set()
        released.wait(30)

    shelf.before_reading = hang
    shelf.missing()
    shelf.relinking.start(str(shelf.folder))
    assert reading.wait(10)
    with pytest.raises(InputRefused, match="just now"):
        shelf.relinking.start(str(shelf.folder))
    shelf.relinking.cancel()
    run = shelf.relinking.now()
    assert run is not None
    assert run.state == "cancelled"
    shelf.before_reading = lambda path: None
    thread = shelf.relinking._thread
    released.set()
    assert thread is not None
    thread.join(10)
    assert shelf.place(video) is None
    assert shelf.look(shelf.folder).found == (video.id,)


# -- who may name which folder -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "visitor", "with_roots", "refused"),
    [
        ("127.0.0.1", None, False, False),
        ("localhost", "127.0.0.1", False, False),
        ("::1", "::1", False, False),
        ("127.0.0.1", "192.168.1.20", False, True),
        ("0.0.0.0", None, False, True),
        ("films.example", None, False, True),
        ("0.0.0.0", "192.168.1.20", True, False),
    ],
)
def test_without_roots_only_this_machine_may_name_folders(
    shelf: Shelf, host: str, visitor: str | None, with_roots: bool, refused: bool
) -> None:
    """Where others can reach the page, folders are looked through only below the roots of the settings."""
    relinking = shelf.open(host=host, roots=(shelf.folder,) if with_roots else ())
    sentence = relinking.refused(visitor)
    assert (sentence is not None) == refused
    if refused:
        with pytest.raises(InputRefused, match="CUEPOINT_IMPORT_ROOTS"):
            relinking.start(str(shelf.folder), visitor)


def test_roots_bound_what_is_looked_through(shelf: Shelf) -> None:
    """A folder outside the roots is refused whether it exists or not, also when a link leads there."""
    inside, outside = shelf.folder / "inside", shelf.folder / "outside"
    inside.mkdir()
    outside.mkdir()
    shelf.video("film.mp4", b"x" * 300)
    shutil.move(shelf.old / "film.mp4", outside / "film.mp4")
    (inside / "link").symlink_to(outside, target_is_directory=True)
    (inside / "film.mp4").symlink_to(outside / "film.mp4")
    shelf.relinking = shelf.open(roots=(inside,))
    told = {shelf.look(place).message for place in (outside, outside / "no such", inside / ".." / "outside")}
    assert told == {"That folder is outside the allowed ones. Choose a folder below one of them."}
    run = shelf.look(inside)
    assert (run.state, run.found) == ("done", ())
    assert shelf.read == []
    assert shelf.relinking.suggested() == [inside]


@pytest.mark.parametrize("typed", ["", "  ", "films/holiday", "~nobody-of-that-name/films", "/a\0b"])
def test_a_path_that_is_not_whole_is_refused(shelf: Shelf, typed: str) -> None:
    """What is no whole path is refused at once, with a sentence."""
    shelf.video("film.mp4", b"x")
    (shelf.old / "film.mp4").unlink()
    with pytest.raises(InputRefused):
        shelf.relinking.start(typed)


def test_a_folder_that_is_not_there_fails_with_a_sentence(shelf: Shelf) -> None:
    """A folder that does not exist is said to be none; a file that is named stands for its folder."""
    video = shelf.video("film.mp4", b"x" * 300)
    shutil.move(shelf.old / "film.mp4", shelf.folder / "film2.mp4")
    run = shelf.look(shelf.folder / "nowhere")
    assert (run.state, run.message) == (
        "failed",
        "There is no such folder, or Cuepoint may not open it. Check the path.",
    )
    assert shelf.look(f'"{shelf.folder / "film2.mp4"}"').found == (video.id,)


def test_what_is_still_arriving_is_not_taken(shelf: Shelf) -> None:
    """The library's own folder is left out, but for the originals, which stay where they are."""
    video = shelf.video("film.mp4", b"x" * 300)
    incoming, originals = shelf.folder / "data" / "incoming", shelf.folder / "data" / "originals"
    incoming.mkdir(parents=True)
    originals.mkdir()
    shutil.move(shelf.old / "film.mp4", incoming / "film.mp4")
    assert shelf.look(shelf.folder).found == ()
    shutil.move(incoming / "film.mp4", originals / "film.mp4")
    assert shelf.look(shelf.folder).found == (video.id,)


# -- which move it was ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("/a/b/c/1.mp4", "/a/x/c/1.mp4", ("/a/b", "/a/x")),
        ("/a/b/1.mp4", "/a/x/2.mp4", ("/a/b", "/a/x")),
        ("/a/1.mp4", "/b/a/1.mp4", ("/", "/b")),
        ("/a/1.mp4", "/a/1.mp4", None),
    ],
)
def test_a_move_is_read_off_one_file(before: str, after: str, expected: tuple[str, str] | None) -> None:
    """The largest folder that moved as a whole is told by what the two paths end in alike."""
    move = None if expected is None else (Path(expected[0]), Path(expected[1]))
    assert moved(Path(before), Path(after)) == move


# -- the façade ----------------------------------------------------------------------------------


def test_the_same_bytes_added_again_are_linked_again(tmp_path: Path) -> None:
    """Adding a moved file from its new place ends its being missing at once, and embeds nothing."""
    film = tmp_path / "film.mp4"
    film.write_bytes(made(Film(seconds=4.0), ".mp4"))
    with open_library(Settings(data_dir=tmp_path / "data", engine="preview")) as library:
        video = library.add_file(film)
        library.wait(120)
        shutil.move(film, tmp_path / "elsewhere.mp4")
        library._parts.relinking.missing.look_again()
        assert [one.id for one in library.missing_videos()] == [video.id]
        library.add_file(tmp_path / "elsewhere.mp4")
        assert library.missing_videos() == []
        assert library.source_path(video.id) == tmp_path / "elsewhere.mp4"
        assert len(library.jobs()) == 1


def test_work_that_failed_for_want_of_the_file_can_be_tried_again(tmp_path: Path) -> None:
    """After a file is found, the job that failed without it is named, and trying it again succeeds."""
    film = tmp_path / "film.mp4"
    film.write_bytes(made(Film(seconds=4.0), ".mp4"))
    with open_library(Settings(data_dir=tmp_path / "data", engine="preview")) as library:
        video = library.add_file(film)
        library.wait(120)
        (tmp_path / "new").mkdir()
        shutil.move(film, tmp_path / "new" / "renamed.mp4")
        library.reindex(video.id)
        library.wait(120)
        assert library.video(video.id).status == "failed"
        library._parts.relinking.missing.look_again()
        library.start_relinking(str(tmp_path / "new"))
        ends = time.monotonic() + 30
        while not ((run := library.relinking()) and run.ended) and time.monotonic() < ends:
            time.sleep(0.01)
        failed = library.relinked_failures()
        assert [job.video_id for job in failed] == [video.id]
        library.retry(failed[0].id)
        library.wait(120)
        assert library.video(video.id).status == "ready"
        assert library.relinked_failures() == []
        assert library.missing_videos() == []


def test_closing_the_library_stops_the_look(shelf: Shelf) -> None:
    """Stopping waits for a look that is at work, so nothing is written to a catalog that is closed."""
    video = shelf.video("film.mp4", b"x" * 300)
    shutil.move(shelf.old / "film.mp4", shelf.folder / "film.mp4")
    reading = threading.Event()

    def slowly(path: Path) -> None:
        reading.set()
        time.sleep(0.3)

    shelf.before_reading = slowly
    shelf.missing()
    shelf.relinking.start(str(shelf.folder))
    assert reading.wait(10)
    shelf.relinking.stop()
    assert shelf.relinking._thread is not None
    assert not shelf.relinking._thread.is_alive()
    assert shelf.place(video) is None

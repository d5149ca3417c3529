"""A library carried away and brought back is the same library, whatever happened on the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from core.__main__ import main
from core.backup import saving
from core.backup.manifest import content_path, read_manifest
from core.backup.restoring import restore
from core.backup.saving import back_up
from core.catalog.catalog import Catalog
from core.catalog.portable import save_rows
from core.config import PROJECT_ROOT, Settings
from core.errors import InputRefused, NotFound, SettingsError, StorageFull, StoreError
from core.library import Library
from core.model import Query, Text
from tests.fakes import FakeEmbedder
from tests.spaces_bench import SpacesBench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpacesBench:
    return SpacesBench(tmp_path, monkeypatch)


def fill(bench: SpacesBench, library: Library) -> None:
    """Put something into every table that people write into."""
    first, *_others = bench.add(library, "a", "b", "c")
    library.edit(first.id, title="Straße \N{MOVIE CAMERA}", category="road", tags=("red", 'a "tag"'))
    library.save_search("q=red", "Red ones", label="red")
    library.remember_search("q=blue", "blue")
    shots = library.create_shot_list("Keepers")
    library.rename_shot_list(shots.id, "Keepers, final")


def rows_of(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of a catalog, as the database keeps it."""
    engine = create_engine(f"sqlite:///{data / 'catalog.sqlite'}")
    with engine.connect() as connection:
        names = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        found = {
            name: sorted(map(tuple, connection.execute(text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in names
        }
    engine.dispose()
    return found


def moments_of(library: Library) -> list[Any]:
    return [
        (one.video_id, one.start_s, one.end_s) for one in library.search(Query(terms=(Text("red"),))).moments
    ]


def scores_of(library: Library) -> list[float]:
    return [one.score for one in library.search(Query(terms=(Text("red"),))).moments]


def settings_of(folder: Path) -> Settings:
    return Settings(data_dir=folder, database_url="", milvus_uri="")


@pytest.fixture
def filled(bench: SpacesBench) -> tuple[SpacesBench, FakeEmbedder]:
    engine = bench.engine("one")
    with bench.open(engine) as library:
        fill(bench, library)
    return bench, engine


def test_a_library_comes_back_as_it_was(bench: SpacesBench, tmp_path: Path) -> None:
    """Backed up while it is open and restored elsewhere: rows, embeddings and searches are equal, and the
    engine is asked for no video."""
    engine = bench.engine("one")
    with bench.open(engine) as library:
        fill(bench, library)
        back_up(library.settings, tmp_path / "backup")
        rows, found, videos = rows_of(tmp_path / "data"), moments_of(library), library.videos()
        scores = scores_of(library)
        index = {v.id: library._parts.index.rows(engine.space, v.id) for v in videos}
    asked = engine.diary.count("submit")
    shutil.move(tmp_path / "data", tmp_path / "former")
    restore(settings_of(tmp_path / "data"), tmp_path / "backup")
    assert rows_of(tmp_path / "data") == rows
    with bench.open(engine) as library:
        assert library.videos() == videos
        assert {v.id: library._parts.index.rows(engine.space, v.id) for v in videos} == index
        assert moments_of(library) == found
        # Rows written in another order add up to sums that differ in their last digits.
        assert scores_of(library) == pytest.approx(scores, abs=1e-6)
        assert found
    assert engine.diary.count("submit") == asked


def test_own_files_move_with_the_folder_and_others_stay(bench: SpacesBench, tmp_path: Path) -> None:
    """In another data folder a path of the library's own copy leads there; any other path is as it was."""
    engine = bench.engine("one")
    with bench.open(engine) as library:
        video, other = bench.add(library, "a", "b")
        own = library.layout.originals / f"{video.id}.mp4"
        shutil.copy(tmp_path / "a.mp4", own)
        library._parts.catalog.remember_path(video.id, str(own))
    back_up(settings_of(tmp_path / "data"), tmp_path / "backup")
    restore(settings_of(tmp_path / "elsewhere"), tmp_path / "backup")
    catalog = Catalog(settings_of(tmp_path / "elsewhere").catalog_url)
    moved = tmp_path / "elsewhere" / "originals" / own.name
    assert {str(path) for path in catalog.video(video.id).paths} == {str(moved), str(tmp_path / "a.mp4")}
    assert [str(path) for path in catalog.video(other.id).paths] == [str(tmp_path / "b.mp4")]
    assert moved.read_bytes() == own.read_bytes()
    catalog.close()


def test_only_what_changed_is_copied_again(filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path) -> None:
    """A second backup into the same folder copies only the table that changed and drops the old one."""
    settings = settings_of(tmp_path / "data")
    first = back_up(settings, tmp_path / "backup")
    assert back_up(settings, tmp_path / "backup").copied_bytes == 0
    catalog = Catalog(settings.catalog_url)
    catalog.add_shot_list("Another")
    catalog.close()
    third = back_up(settings, tmp_path / "backup")
    assert 0 < third.copied_bytes < first.copied_bytes
    held = {path.name for path in (tmp_path / "backup" / "contents").glob("*/*")}
    assert held == read_manifest(tmp_path / "backup").contents()


def dying(step: int, data: Path, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "tests.dying", str(step), *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, "CUEPOINT_DATA_DIR": str(data), "DATABASE_URL": ""},
        capture_output=True,
        timeout=60,
    ).returncode


@pytest.mark.parametrize("step", [5, 15])
def test_a_backup_that_is_killed_leaves_the_former_one(
    filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path, step: int
) -> None:
    """Killed at any step the folder holds the former backup or the new one, whole; and none at first."""
    data, target = tmp_path / "data", tmp_path / "backup"
    assert dying(step, data, "backup", str(target)) == -9
    with pytest.raises(InputRefused):
        read_manifest(target)
    back_up(settings_of(data), target)
    former = rows_of(data)
    catalog = Catalog(settings_of(data).catalog_url)
    catalog.add_shot_list("Another")
    catalog.close()
    assert dying(step, data, "backup", str(target)) == -9
    restore(settings_of(tmp_path / "again"), target)
    assert rows_of(tmp_path / "again") == former


@pytest.mark.parametrize("step", [3, 22])
def test_a_restore_that_is_killed_is_begun_again(
    filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path, step: int
) -> None:
    """Killed at any step the folder is refused by the application, and the same command finishes it."""
    bench, engine = filled
    rows = rows_of(tmp_path / "data")
    back_up(settings_of(tmp_path / "data"), tmp_path / "backup")
    shutil.move(tmp_path / "data", tmp_path / "former")
    assert dying(step, tmp_path / "data", "restore", str(tmp_path / "backup")) == -9
    assert (tmp_path / "data" / "restoring").is_dir()
    with pytest.raises(SettingsError, match="cut off"):
        bench.open(engine)
    restore(settings_of(tmp_path / "data"), tmp_path / "backup")
    assert rows_of(tmp_path / "data") == rows
    assert not (tmp_path / "data" / "restoring").exists()


@pytest.mark.parametrize("harm", ["changed", "shortened", "gone", "manifest"])
def test_a_damaged_backup_is_refused(
    filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path, harm: str
) -> None:
    """A file that is missing, shorter or other than it was is told in a sentence, and no library results."""
    back_up(settings_of(tmp_path / "data"), tmp_path / "backup")
    kept = next(iter(read_manifest(tmp_path / "backup").files.values()))
    content = content_path(tmp_path / "backup", kept.sha256)
    if harm == "manifest":
        (tmp_path / "backup" / "manifest.json").write_text('{"format": 1', encoding="utf-8")
    elif harm == "gone":
        content.unlink()
    else:
        bytes_ = bytearray(content.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        content.write_bytes(bytes_ if harm == "changed" else bytes_[:-1])
    with pytest.raises(StoreError, match="This backup is damaged"):
        restore(settings_of(tmp_path / "new"), tmp_path / "backup")
    assert not (tmp_path / "new" / "catalog.sqlite").exists()


def test_nothing_is_overwritten(filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path) -> None:
    """A data folder with a library, a folder with other things and the data folder itself are refused."""
    settings = settings_of(tmp_path / "data")
    back_up(settings, tmp_path / "backup")
    with pytest.raises(InputRefused, match="not empty"):
        restore(settings, tmp_path / "backup")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear", encoding="utf-8")
    with pytest.raises(InputRefused, match="other things"):
        back_up(settings, tmp_path / "mine")
    with pytest.raises(InputRefused, match="data folder itself"):
        back_up(settings, tmp_path / "data" / "backup")
    with pytest.raises(NotFound):
        back_up(settings_of(tmp_path / "nothing"), tmp_path / "other")
    assert not (tmp_path / "nothing").exists()


def test_a_full_disk_is_told_before_anything_is_copied(
    filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk has no room, the sentence says how much is needed and no content is written."""
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(StorageFull, match="GB are free"):
        back_up(settings_of(tmp_path / "data"), tmp_path / "backup")
    assert not list((tmp_path / "backup").glob("contents/*/*"))


def test_a_file_replaced_meanwhile_is_taken_again(
    filled: tuple[SpacesBench, FakeEmbedder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embeddings that are replaced while the rows are read are in the backup with the rows that name them."""
    real = save_rows
    done: list[Path] = []

    def replacing(url: str, folder: Path) -> str:
        told = real(url, folder)
        if not done:
            file = next((tmp_path / "data" / "archive").rglob("*.parquet"))
            done.append(file.rename(file.with_name(f"other-{file.name}")))
        else:
            done.append(file_again(tmp_path))
        return told

    def file_again(folder: Path) -> Path:
        return next((folder / "data" / "archive").rglob("other-*.parquet"))

    monkeypatch.setattr(saving, "save_rows", replacing)
    back_up(settings_of(tmp_path / "data"), tmp_path / "backup")
    assert len(done) == 2
    assert any("other-" in name for name in read_manifest(tmp_path / "backup").files)


def test_the_two_commands(
    filled: tuple[SpacesBench, FakeEmbedder],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both commands end with 0 and say what they did; a refusal ends with 1 and is one sentence."""
    monkeypatch.setenv("CUEPOINT_DATA_DIR", str(tmp_path / "data"))
    assert main(["backup", str(tmp_path / "backup"), "--without-media"]) == 0
    assert "The videos are not in it." in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "backup")]) == 1
    assert "not empty" in capsys.readouterr().err
    monkeypatch.setenv("CUEPOINT_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "backup")]) == 0
    assert "relink" in capsys.readouterr().out

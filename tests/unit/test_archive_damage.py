"""Damaged archive files: every kind is noticed, none is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import ArchiveDamaged
from core.vectors.archive import Archive
from tests.vector_stores import SPACE, clips, random_vectors

RECIPE = "scenes-4.0 visual+audio"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive of two videos."""
    archive = Archive(tmp_path / "archive")
    for number, video_id in enumerate(("v", "w")):
        archive.write(video_id, SPACE, RECIPE, clips(random_vectors(number, 3)))
    return archive


def file_of(archive: Archive, video_id: str) -> Path:
    [path] = [entry.path for entry in archive.entries() if entry.video_id == video_id]
    return path


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def damage_empty(path: Path) -> None:
    path.write_bytes(b"")


def damage_other(path: Path) -> None:
    path.write_text("<html>not parquet</html>")


def damage_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(bytes(content))


def damage_nan(path: Path) -> None:
    rewrite(path, "vector", [[float("nan")] * SPACE.dimension] * 3, pa.list_(pa.float32(), SPACE.dimension))


def damage_modality(path: Path) -> None:
    rewrite(path, "modality", ["smell"] * 3, pa.string())


def damage_times(path: Path) -> None:
    rewrite(path, "end_s", [0.0] * 3, pa.float64())


def damage_rows(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 2), path)


def damage_metadata(path: Path) -> None:
    pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)


def damage_column(path: Path) -> None:
    pq.write_table(pq.read_table(path).drop_columns(["scope"]), path)


def rewrite(path: Path, column: str, values: list[object], kind: pa.DataType) -> None:
    table = pq.read_table(path)
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, column, pa.array(values, kind)), path)


@pytest.mark.parametrize(
    "damage",
    [
        damage_cut,
        damage_empty,
        damage_other,
        damage_one_bit,
        damage_nan,
        damage_modality,
        damage_times,
        damage_rows,
        damage_metadata,
        damage_column,
    ],
)
def test_every_damage_is_noticed(archive: Archive, damage: Callable[[Path], None]) -> None:
    """A file that was changed in any way raises ArchiveDamaged, and the others can still be listed."""
    path = file_of(archive, "v")
    damage(path)
    with pytest.raises(ArchiveDamaged) as raised:
        archive.read("v", SPACE, RECIPE)
    assert str(path.parent) not in str(raised.value)
    assert "w" in {entry.video_id for entry in archive.entries()}


def test_a_file_under_another_name_is_noticed(archive: Archive) -> None:
    """A file that holds another video than its name says is damaged, not believed."""
    file_of(archive, "w").write_bytes(file_of(archive, "v").read_bytes())
    with pytest.raises(ArchiveDamaged):
        archive.read("w", SPACE, RECIPE)


def test_unreadable_files_are_listed_as_damaged(archive: Archive) -> None:
    """A file that does not say what it holds is named by damaged(), and left out of entries()."""
    path = file_of(archive, "v")
    assert archive.damaged() == []
    damage_empty(path)
    assert archive.damaged() == [path]
    assert [entry.video_id for entry in archive.entries()] == ["w"]

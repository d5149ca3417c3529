"""The archive: complete files or none, exact contents, every damage noticed."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import NotFound, SpaceMismatch, StorageFull, StoreError
from core.model import Embedding, Segment, Space
from core.vectors.archive import Archive, cut
from tests.vector_stores import SPACE, clips, random_vectors, unit

RECIPE = "scenes-4.0 visual+audio"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def some(count: int = 3, seed: int = 1) -> list[Embedding]:
    return clips(random_vectors(seed, count))


def same(one: list[Embedding], other: list[Embedding]) -> bool:
    return [(e.vector.tobytes(), e.segment, e.modality, e.scope) for e in one] == [
        (e.vector.tobytes(), e.segment, e.modality, e.scope) for e in other
    ]


def test_what_was_written_is_read(archive: Archive) -> None:
    """Vectors come back bit for bit, times exactly, in order, with modality and scope."""
    embeddings = [
        Embedding(random_vectors(1, 1)[0] * 3, Segment(0.1 + 0.2, 21.087732), "audio", "asset"),
        *some(),
    ]
    assert not archive.has("v", SPACE, RECIPE)
    path = archive.write("v", SPACE, RECIPE, embeddings)
    assert archive.has("v", SPACE, RECIPE)
    assert path.parent.name == SPACE.key
    assert same(archive.read("v", SPACE, RECIPE), embeddings)


def test_a_video_without_embeddings_can_be_archived(archive: Archive) -> None:
    """No embeddings are a result too: the file says so."""
    archive.write("v", SPACE, RECIPE, [])
    assert archive.read("v", SPACE, RECIPE) == []


def test_videos_spaces_and_recipes_are_kept_apart(archive: Archive) -> None:
    """Each video, space and recipe has its own file, however alike their names are."""
    longer = Space("test", "model.v1", 32)
    written = {}
    for video_id in ("v", "w", "v.x", "a/../b", "Ä" * 300):
        for space in (SPACE, longer):
            for number, recipe in enumerate(("a b", "a-b", "A b", "", "../up", "x" * 500, "日本")):
                seed = len(written)
                embeddings = clips(random_vectors(seed, 1 + number, space.dimension))
                written[video_id, space, recipe] = embeddings
                archive.write(video_id, space, recipe, embeddings)
    for (video_id, space, recipe), embeddings in written.items():
        assert same(archive.read(video_id, space, recipe), embeddings)
    assert {(e.video_id, e.space, e.recipe): e.rows for e in archive.entries()} == {
        place: len(embeddings) for place, embeddings in written.items()
    }


def test_names_never_leave_the_folder(archive: Archive, tmp_path: Path) -> None:
    """No id or recipe leads outside the archive's own folders."""
    for text in ("../../x", "/etc/passwd", "a\x00b", "con", ".."):
        path = archive.write(text, SPACE, text, some())
        assert path.resolve().parent == (tmp_path / "archive" / SPACE.key).resolve()
        assert len(path.name) < 200


def test_entries_say_what_there_is(archive: Archive) -> None:
    """Entries carry video, space, recipe, rows and the size on disk."""
    assert archive.entries() == []
    path = archive.write("v", SPACE, RECIPE, some(7))
    [entry] = archive.entries()
    assert (entry.video_id, entry.space, entry.recipe, entry.rows) == ("v", SPACE, RECIPE, 7)
    assert entry.path == path
    assert entry.size_bytes == path.stat().st_size > 0


def test_metadata_are_in_the_file_itself(archive: Archive) -> None:
    """A file tells by itself what it holds, for whoever finds it alone; vectors are float32 lists."""
    path = archive.write("v", SPACE, RECIPE, some())
    schema = pq.read_schema(path)
    for part in (b'"video_id": "v"', b'"engine": "test"', b'"recipe"', b'"created_at"', b'"version": 1'):
        assert part in schema.metadata[b"cuepoint"]
    assert schema.field("vector").type == pa.list_(pa.float32(), SPACE.dimension)


def test_writing_again_replaces_the_file(archive: Archive) -> None:
    """The later embeddings of one recipe take the place of the earlier ones."""
    archive.write("v", SPACE, RECIPE, some(5))
    archive.write("v", SPACE, RECIPE, some(2, seed=9))
    assert same(archive.read("v", SPACE, RECIPE), some(2, seed=9))
    assert len(archive.entries()) == 1


def test_a_missing_file_is_not_found(archive: Archive) -> None:
    """Reading what was never written says so."""
    with pytest.raises(NotFound):
        archive.read("v", SPACE, RECIPE)


def test_impossible_vectors_are_not_archived(archive: Archive) -> None:
    """What could not be read back is refused before it replaces a good file."""
    archive.write("v", SPACE, RECIPE, some())
    with pytest.raises(SpaceMismatch):
        archive.write("v", SPACE, RECIPE, clips(random_vectors(1, 2, 8)))
    with pytest.raises(StoreError):
        archive.write("v", SPACE, RECIPE, clips([np.full(SPACE.dimension, np.inf)]))
    assert same(archive.read("v", SPACE, RECIPE), some())


def test_a_full_disk_leaves_the_old_file(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails for want of room says so, keeps the earlier file, and leaves nothing behind."""
    path = archive.write("v", SPACE, RECIPE, some())

    def no_room(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.vectors.archive.os.fsync", no_room)
    with pytest.raises(StorageFull):
        archive.write("v", SPACE, RECIPE, some(9))
    monkeypatch.undo()
    assert same(archive.read("v", SPACE, RECIPE), some())
    assert list(path.parent.iterdir()) == [path]


def test_what_was_cut_off_is_swept(archive: Archive) -> None:
    """Temporary files of a killed process are no entries, and sweeping removes them alone."""
    path = archive.write("v", SPACE, RECIPE, some())
    for number in range(3):
        path.with_name(f"{path.name}.{number}.tmp").write_bytes(b"half")
    assert len(archive.entries()) == 1
    assert archive.sweep() == 3
    assert archive.sweep() == 0
    assert list(path.parent.iterdir()) == [path]


def test_forgetting_removes_what_was_meant(archive: Archive) -> None:
    """Forgetting takes a video's files of one space or of all, but for the recipe that is kept."""
    longer = Space("test", "model.v1", 32)
    for video_id in ("v", "vv", "v2"):
        for recipe in ("old", "new"):
            archive.write(video_id, SPACE, recipe, some())
            archive.write(video_id, longer, recipe, clips(random_vectors(1, 1, 32)))

    def left(video_id: str) -> set[tuple[int, str]]:
        return {(e.space.dimension, e.recipe) for e in archive.entries() if e.video_id == video_id}

    archive.forget("v", space=SPACE, keep_recipe="new")
    assert left("v") == {(16, "new"), (32, "old"), (32, "new")}
    archive.forget("v", keep_recipe="new")
    assert left("v") == {(16, "new"), (32, "new")}
    archive.forget("v", space=longer)
    assert left("v") == {(16, "new")}
    archive.forget("v")
    archive.forget("v")
    assert left("v") == set()
    assert len(left("vv")) == len(left("v2")) == 4


def test_cutting_keeps_the_first_components(archive: Archive) -> None:
    """A cut vector has the direction of the first components, unit length, and its segment."""
    [embedding] = clips(random_vectors(1, 1), "audio", "asset")
    [shorter] = cut([embedding], 5)
    assert shorter.vector.shape == (5,)
    assert shorter.vector == pytest.approx(unit(embedding.vector[:5]), abs=1e-7)
    assert np.linalg.norm(shorter.vector.astype(float)) == pytest.approx(1, abs=1e-7)
    assert (shorter.segment, shorter.modality, shorter.scope) == (embedding.segment, "audio", "asset")
    for dimension in (0, -1, SPACE.dimension + 1):
        with pytest.raises(SpaceMismatch):
            cut([embedding], dimension)
    with pytest.raises(StoreError):
        cut(clips([np.eye(SPACE.dimension)[9]]), 5)

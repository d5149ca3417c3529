"""Milvus in trouble: what is damaged is mended, what fails is said clearly, nothing is lost quietly."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import StorageFull, StoreError
from core.vectors import ledger as ledgers
from core.vectors.client import Client
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import rows_name, sums_name
from tests.vector_stores import (
    SPACE,
    VIDEOS,
    about,
    check_whole,
    clips,
    fill,
    open_lite,
    open_lite_large,
    random_vectors,
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[MilvusIndex]:
    """An index of five videos."""
    index = open_lite(tmp_path)
    fill(index)
    yield index
    index.close()


# -- what a killed process leaves behind --


@pytest.mark.parametrize("opener", [open_lite, open_lite_large])
@pytest.mark.parametrize("left", [0.0, 0.5])
def test_index_files_that_were_cut_off_are_built_again(opener: Any, tmp_path: Path, left: float) -> None:
    """Index files that a kill left incomplete are thrown away when loading fails, and nothing is missing."""
    index = opener(tmp_path)
    fill(index)
    index.close()
    files = list(tmp_path.glob("milvus.db/**/*.idx"))
    assert files
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * left)])
    index = opener(tmp_path)
    check_whole(index)
    index.close()


def test_a_collection_that_was_half_made_is_made_again(tmp_path: Path) -> None:
    """A folder without a schema, and a collection without an index, do not stop a space from opening."""
    (tmp_path / "milvus.db" / "collections" / rows_name(SPACE) / "wal").mkdir(parents=True)
    index = open_lite(tmp_path)
    fill(index)
    index.close()
    client = Client(str(tmp_path / "milvus.db"))
    client.drop_index(rows_name(SPACE))
    client.close()
    index = open_lite(tmp_path)
    check_whole(index)
    index.close()


def test_sums_that_are_lost_are_counted_again(tmp_path: Path) -> None:
    """Without its stored sums a space counts all rows anew, and the mean is as exact as before."""
    index = open_lite(tmp_path)
    fill(index)
    index.close()
    client = Client(str(tmp_path / "milvus.db"))
    client.drop(sums_name(SPACE))
    client.close()
    index = open_lite(tmp_path)
    check_whole(index)
    index.delete_video("v0")
    check_whole(index, {**VIDEOS, "v0": VIDEOS["v0"][:0]})
    index.close()


@pytest.mark.parametrize("again", [False, True], ids=["same process", "opened again"])
def test_a_write_that_was_cut_off_leaves_the_mean_exact(
    index: MilvusIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """A write that ends between rows and sums is noticed by its mark, and the video is counted again."""

    def die(*_: object) -> None:
        raise StoreError("killed here")

    monkeypatch.setattr(ledgers.Ledger, "commit", die)
    new = random_vectors(99, len(VIDEOS["v2"]))  # as many as before: counting alone would not tell
    with pytest.raises(StoreError):
        index.replace_video(SPACE, about("v2"), clips(new))
    monkeypatch.undo()
    if again:
        index.close()
        index = open_lite(tmp_path)
    check_whole(index, {**VIDEOS, "v2": new})
    index.close()


# -- full disks --


@pytest.mark.parametrize(
    "place",
    [
        "milvus_lite.storage.wal.WAL.write_insert",
        "milvus_lite.storage.wal.WAL.write_delete",
        "milvus_lite.engine.flush.write_data_file",
    ],
)
def test_a_full_disk_says_so_and_loses_nothing(
    index: MilvusIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Where there is no room a write raises StorageFull; what was there stays, and the next write works."""

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    new = random_vectors(99, 3)
    with monkeypatch.context() as full:
        full.setattr(place, no_room)
        with pytest.raises(StorageFull, match="disk is full"):
            index.replace_video(SPACE, about("v2"), clips(new))
    others = {name: vectors for name, vectors in VIDEOS.items() if name != "v2"}
    for name, vectors in others.items():
        assert index.count(SPACE, name) == len(vectors)
    index.replace_video(SPACE, about("v2"), clips(new))
    check_whole(index, {**VIDEOS, "v2": new})
    index.close()
    index = open_lite(tmp_path)
    check_whole(index, {**VIDEOS, "v2": new})
    index.close()

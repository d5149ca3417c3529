"""An index that another version laid out, or that was lost, comes back by itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from core import rebuilding_writing
from core.errors import StoreError
from core.library import Library
from core.vectors.client import Client
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import row_fields, rows_name, sums_name
from tests.fakes import FakeEmbedder
from tests.spaces_bench import SpacesBench


def lay_out_otherwise(folder: Path, engine: FakeEmbedder) -> None:
    """Leave the rows in one partition, as versions before 0.4 did."""
    client = Client(str(folder / "data" / "milvus.db"))
    space, name = engine.space, rows_name(engine.space)
    fields = row_fields(client.types, space, client.backend.tags)
    client.load(name, 10.0)
    records = list(client.pages(name, 'key != ""', [field[0] for field in fields]))
    client.drop(sums_name(space))
    client.drop(name)
    client.create(name, fields)
    client.upsert(name, records)
    client.flush(name)
    client.close()


def rows_of(library: Library, engine: FakeEmbedder) -> dict[str, list[Any]]:
    index = library._parts.index
    return {video.id: index.rows(engine.space, video.id) for video in library.videos()}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpacesBench:
    return SpacesBench(tmp_path, monkeypatch)


@pytest.mark.parametrize("lost", [False, True], ids=["another layout", "lost"])
def test_an_index_is_written_anew_from_the_archive(bench: SpacesBench, tmp_path: Path, lost: bool) -> None:
    """Opening the library writes what the index lacks, embeds nothing, and the rows are the same."""
    engine = bench.engine("one")
    with bench.open(engine) as library:
        bench.add(library, "a", "b", "c")
        before, asked = rows_of(library, engine), engine.diary.count("submit")
    if lost:
        shutil.rmtree(tmp_path / "data" / "milvus.db")
    else:
        lay_out_otherwise(tmp_path, engine)
    with bench.open(engine) as library:
        assert rows_of(library, engine) == before
        assert all(before.values())
        assert engine.diary.count("submit") == asked


def test_a_start_that_was_cut_off_is_finished_by_the_next(
    bench: SpacesBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where writing the index anew ends in the middle, the library opens; the next start writes the rest."""
    engine = bench.engine("one")
    with bench.open(engine) as library:
        bench.add(library, "a", "b", "c")
        before = rows_of(library, engine)
    lay_out_otherwise(tmp_path, engine)
    real, done = MilvusIndex.replace_videos, []

    def die(self: MilvusIndex, *given: Any) -> int:
        if done:
            raise StoreError("killed here")
        done.append(given)
        return real(self, *given)

    monkeypatch.setattr(rebuilding_writing, "BULK_ROWS", 1)
    with monkeypatch.context() as killed:
        killed.setattr(MilvusIndex, "replace_videos", die)
        with bench.open(engine) as library:
            assert sum(bool(rows) for rows in rows_of(library, engine).values()) == 1
    with bench.open(engine) as library:
        assert rows_of(library, engine) == before

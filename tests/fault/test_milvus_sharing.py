"""Milvus among others: open elsewhere, gone away, written and searched by many threads, outgrown."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import IndexUnavailable, LibraryBusy, StoreError
from core.model import Filters
from core.vectors.client import Client
from core.vectors.driver import MilvusClient
from core.vectors.lite import release_file
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import rows_name
from tests.conftest import PROJECT_ROOT
from tests.vector_stores import (
    SPACE,
    VIDEOS,
    about,
    check_whole,
    clips,
    fill,
    found,
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


def test_a_file_is_open_once(index: MilvusIndex, tmp_path: Path) -> None:
    """Opening an open file again in the same process says that it is busy; the first goes on working."""
    with pytest.raises(LibraryBusy):
        open_lite(tmp_path)
    check_whole(index)


@pytest.mark.slow
def test_another_process_has_it_open(tmp_path: Path) -> None:
    """A file that another process has open says so in one sentence; when that is gone it opens."""
    database = tmp_path / "milvus.db"
    code = (
        "import sys; from core.vectors.milvus import MilvusIndex; "
        "index = MilvusIndex(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT_ROOT,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(LibraryBusy) as raised:
            open_lite(tmp_path)
        assert str(tmp_path) not in str(raised.value)
    finally:
        other.kill()
        other.communicate()
    index = open_lite(tmp_path)
    fill(index)
    check_whole(index)
    index.close()


def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    """A path that is no database raises IndexUnavailable with the next step, and no path or driver text."""
    (tmp_path / "milvus.db").write_text("not a database")
    with pytest.raises((IndexUnavailable, StoreError)) as raised:
        open_lite(tmp_path)
    assert "make rebuild" in str(raised.value)
    assert str(tmp_path) not in str(raised.value)
    assert raised.value.__cause__ is not None


# -- an engine that goes away --


def test_an_engine_that_went_away_is_unavailable(tmp_path: Path) -> None:
    """When Milvus stops answering every call raises IndexUnavailable, retryable, without driver text."""
    index = open_lite(tmp_path)
    fill(index)
    release_file(tmp_path / "milvus.db")
    calls = [
        lambda: index.search(SPACE, "visual", random_vectors(1, 1), limit=3),
        lambda: index.count(SPACE),
        lambda: index.replace_video(SPACE, about("v1"), clips(VIDEOS["v1"])),
        lambda: index.delete_video("v1"),
    ]
    for call in calls:
        with pytest.raises(IndexUnavailable) as raised:
            call()
        assert raised.value.retryable
        assert "127.0.0.1" not in str(raised.value)
        assert raised.value.__cause__ is not None
    index.close()


def test_closing_ends_searches_at_once(index: MilvusIndex) -> None:
    """Searches that run while the index is closed end within seconds, by a result or IndexUnavailable."""
    started, failures = threading.Barrier(5), []

    def search() -> None:
        started.wait()
        try:
            while True:
                index.search(SPACE, "visual", random_vectors(1, 4), limit=30)
        except IndexUnavailable:
            pass
        except BaseException as exc:  # noqa: BLE001 - handed to the test's own thread
            failures.append(exc)

    searchers = [threading.Thread(target=search, daemon=True) for _ in range(4)]
    for searcher in searchers:
        searcher.start()
    started.wait()
    time.sleep(0.2)
    index.close()
    for searcher in searchers:
        searcher.join(timeout=10)
    assert not any(searcher.is_alive() for searcher in searchers)
    assert failures == []


def test_a_released_collection_is_loaded_again(index: MilvusIndex) -> None:
    """A search that meets a collection which is not loaded loads it and answers."""
    index._client._milvus.release_collection(rows_name(SPACE))
    check_whole(index)


def test_the_index_changes_as_a_space_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past its threshold a space changes its index while searches go on; each of them is answered."""
    index = open_lite_large(tmp_path)
    index.replace_video(SPACE, about("first"), clips(random_vectors(50, 2)))
    assert index._client.index_of(rows_name(SPACE))["index_type"] == "FLAT"
    assert found(index, SPACE) == {"first"}  # the engine's first search takes long, and would miss the change
    done, failures = threading.Event(), []
    drop_index = MilvusClient.drop_index

    def slowly(*arguments: Any, **options: Any) -> None:
        time.sleep(0.3)  # released, and so not searchable
        drop_index(*arguments, **options)

    def search() -> None:
        try:
            while not done.is_set():
                assert "first" in found(index, SPACE, Filters(video_ids=("first",)))
        except BaseException as exc:  # noqa: BLE001 - handed to the test's own thread
            failures.append(exc)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for searcher in searchers:
        searcher.start()
    monkeypatch.setattr(MilvusClient, "drop_index", slowly)
    fill(index)
    done.set()
    for searcher in searchers:
        searcher.join()
    assert failures == []
    taken = index._client.index_of(rows_name(SPACE))
    assert (taken["index_type"], taken["params"]) == ("IVF_FLAT", {"nlist": 1})
    check_whole(index, {**VIDEOS, "first": random_vectors(50, 2)})
    index.close()


def test_writes_never_overlap(index: MilvusIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads write, the store sees one writer at a time: more would corrupt its log."""
    inside, most = [0], [0]
    plain = {name: getattr(Client, name) for name in ("upsert", "delete", "flush")}

    def watched(name: str) -> Any:
        def call(self: Client, *arguments: Any, **named: Any) -> None:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.002)
            plain[name](self, *arguments, **named)
            inside[0] -= 1

        return call

    for name in plain:
        monkeypatch.setattr(Client, name, watched(name))
    threads = [
        threading.Thread(
            target=index.replace_video, args=(SPACE, about(f"t{i}"), clips(random_vectors(i, 3)))
        )
        for i in range(6)
    ] + [threading.Thread(target=index.delete_video, args=(name,)) for name in ("v0", "v1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert index.count(SPACE) == 3 * 6 + 6 * 3


def test_an_index_of_another_version_is_told_apart(tmp_path: Path) -> None:
    """A collection with other fields is not written to; the message names the rebuild, and dropping works."""
    client = Client(str(tmp_path / "milvus.db"))
    text, vector = client.types.VARCHAR, client.types.FLOAT_VECTOR
    fields = [
        ("key", text, {"is_primary": True, "max_length": 64}),
        ("vector", vector, {"dim": SPACE.dimension}),
    ]
    client.create(rows_name(SPACE), fields)
    client.close()
    index = open_lite(tmp_path)
    with pytest.raises(StoreError, match="make rebuild"):
        index.replace_video(SPACE, about("v0"), clips(VIDEOS["v0"]))
    index.drop(SPACE)
    fill(index)
    check_whole(index)
    index.close()


def test_a_removed_file_can_be_started_anew(tmp_path: Path) -> None:
    """When the file is taken away between two runs, the next run starts with an empty index."""
    index = open_lite(tmp_path)
    fill(index)
    index.close()
    shutil.rmtree(tmp_path / "milvus.db")
    index = open_lite(tmp_path)
    assert index.count(SPACE) == 0
    fill(index)
    check_whole(index)
    index.close()

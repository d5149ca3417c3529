"""The disk cache of query vectors."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core.embedding.port import QueryVectors
from core.embedding.query_cache import QueryCache, media_key, normalise_text, text_key
from core.model import Segment, Space
from tests.search_bench import axis

SPACE = Space("made", "one", 8)
FOUND = QueryVectors({"visual": axis(1), "audio": axis(2, rest=0.1)}, ("red",), ("car", "é"))


class Model:
    """Counts how often it is asked."""

    def __init__(self, answer: QueryVectors = FOUND, takes_s: float = 0.0) -> None:
        self.calls = 0
        self._answer = answer
        self._takes_s = takes_s

    def __call__(self) -> QueryVectors:
        self.calls += 1
        time.sleep(self._takes_s)
        return self._answer


def assert_same(one: QueryVectors, other: QueryVectors) -> None:
    assert set(one.by_modality) == set(other.by_modality)
    for modality, vector in one.by_modality.items():
        assert vector.dtype == np.float32
        np.testing.assert_array_equal(vector, other.by_modality[modality])
    assert (one.understood, one.ignored) == (other.understood, other.ignored)


def test_the_model_is_asked_once(tmp_path: Path) -> None:
    """What was asked once is answered from the folder, also by another process."""
    model = Model()
    key = text_key(SPACE, "red car")
    assert_same(QueryCache(tmp_path).remember(key, model), FOUND)
    assert_same(QueryCache(tmp_path).remember(key, model), FOUND)
    assert model.calls == 1


def test_nothing_understood_is_an_answer_too(tmp_path: Path) -> None:
    """A text of which nothing was understood is not asked about again."""
    model = Model(QueryVectors({}, (), ("car",)))
    cache = QueryCache(tmp_path)
    cache.remember("key", model)
    found = cache.remember("key", model)
    assert (model.calls, dict(found.by_modality), found.ignored) == (1, {}, ("car",))


def test_threads_that_miss_together_ask_once(tmp_path: Path) -> None:
    """Ten threads with the same new question cost one call."""
    model = Model(takes_s=0.05)
    cache = QueryCache(tmp_path)
    threads = [threading.Thread(target=cache.remember, args=("key", model)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert model.calls == 1


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    """After a model failed, the next question asks it again."""

    def fails() -> QueryVectors:
        raise RuntimeError("overloaded")

    cache = QueryCache(tmp_path)
    with pytest.raises(RuntimeError):
        cache.remember("key", fails)
    model = Model()
    cache.remember("key", model)
    assert model.calls == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\x00" * len(data),
        lambda data: data.replace(b'"visual": "A', b'"visual": "B'),
        lambda data: data.replace(b'"ignored": ["car"', b'"ignored": ["bus"'),
        lambda data: b"[]",
        lambda data: b"null",
        lambda data: json.dumps({"entry": 3, "checksum": 4}).encode(),
        lambda data: b"\xff\xfe\x00",
    ],
)
def test_a_damaged_entry_is_a_miss(tmp_path: Path, damage: object) -> None:
    """Whatever happened to a file, it is asked for and written again, and never believed."""
    assert callable(damage)
    model = Model()
    cache = QueryCache(tmp_path)
    cache.remember("key", model)
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    assert damage(data) != data
    file.write_bytes(damage(data))
    assert cache.recall("key") is None
    assert_same(cache.remember("key", model), FOUND)
    assert_same(cache.remember("key", model), FOUND)
    assert model.calls == 2


def test_an_entry_of_another_key_is_a_miss(tmp_path: Path) -> None:
    """A file under the wrong name is not taken for the answer."""
    cache = QueryCache(tmp_path)
    cache.remember("one", Model())
    (one,) = tmp_path.iterdir()
    cache.remember("two", Model())
    (two,) = set(tmp_path.iterdir()) - {one}
    two.write_bytes(one.read_bytes())
    assert cache.recall("two") is None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    """The folder never holds more entries than allowed, and keeps those that are used."""
    cache = QueryCache(tmp_path, entries=10)
    for place in range(10):
        cache.remember(f"key {place}", Model())
    assert cache.recall("key 0") is not None
    for place in range(10, 15):
        cache.remember(f"key {place}", Model())
        assert len(list(tmp_path.iterdir())) <= 10
    assert cache.recall("key 0") is not None
    assert cache.recall("key 14") is not None
    assert cache.recall("key 1") is None
    reopened = QueryCache(tmp_path, entries=10)
    for place in range(15, 30):
        reopened.remember(f"key {place}", Model())
    assert len(list(tmp_path.iterdir())) <= 10


def test_a_draft_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    """Opening the cache removes what a killed process left half written."""
    (tmp_path / "0123.tmp").write_bytes(b"half")
    QueryCache(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_only_the_caching(tmp_path: Path) -> None:
    """A search is answered although nothing can be kept."""
    folder = tmp_path / "queries"
    cache = QueryCache(folder)
    folder.rmdir()
    folder.write_text("a file where the folder was")
    model = Model()
    assert_same(cache.remember("key", model), FOUND)
    assert model.calls == 1


def test_keys_tell_apart_what_differs() -> None:
    """Space, kind, version, words and stretch are all part of a key; spelling variants are not."""
    other = Space("made", "two", 8)
    keys = {
        text_key(SPACE, "red"),
        text_key(other, "red"),
        text_key(SPACE, "Red"),
        text_key(SPACE, "red", "titles 7"),
        media_key(SPACE, "clip", "ab"),
        media_key(SPACE, "image", "ab"),
        media_key(SPACE, "clip", "ab", Segment(0, 4)),
        media_key(SPACE, "clip", "ab", Segment(0, 4.5)),
        media_key(SPACE, "clip", "cd", Segment(0, 4)),
    }
    assert len(keys) == 9
    assert text_key(SPACE, "  red \n cafe\u0301 ") == text_key(SPACE, "red café")


def test_text_is_normalised() -> None:
    """Blank runs, control characters and broken surrogates never reach a model."""
    assert normalise_text(" a\t\tb\u00a0c\x00d\ud800 ") == "a b c d"
    assert normalise_text(" \n\x07 ") == ""


def test_a_file_is_hashed_again_only_when_it_changed(tmp_path: Path) -> None:
    """The digest follows the content."""
    cache = QueryCache(tmp_path / "queries")
    sample = tmp_path / "sample.mp4"
    sample.write_bytes(b"one")
    first = cache.digest(sample)
    assert cache.digest(sample) == first
    sample.write_bytes(b"two")
    os.utime(sample, ns=(1, 1))
    assert cache.digest(sample) != first

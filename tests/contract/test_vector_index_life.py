"""The VectorIndex contract over time: statistics, versions, threads, closing and opening again."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexUnavailable
from core.model import Filters, Space
from core.vectors.port import VectorIndex
from tests.vector_stores import PERSISTENT, SPACE, STORES, Opener, about, clips, found, random_vectors, unit

# -- statistics --


def true_mean(videos: dict[str, np.ndarray]) -> np.ndarray:
    every = [vector for vectors in videos.values() for vector in vectors.astype(float)]
    return np.mean(every, axis=0) if every else np.zeros(SPACE.dimension)


def test_the_mean_is_exact_after_any_changes(index: VectorIndex, space: Space) -> None:
    """Count and mean are those of all clip rows of the modality, after any replacing and deleting."""
    random = np.random.default_rng(7)
    videos: dict[str, np.ndarray] = {}
    versions = [index.statistics(space, "visual").version]
    for step in range(25):
        video_id = f"v{random.integers(6)}"
        if random.random() < 0.3:
            index.delete_video(video_id)
            videos.pop(video_id, None)
        else:
            vectors = unit(random.normal(size=(random.integers(1, 9), space.dimension)) + 1)
            others = [*clips(-vectors, "audio"), *clips(vectors[:1], scope="asset", length_s=99)]
            index.replace_video(space, about(video_id), [*clips(vectors), *others])
            videos[video_id] = vectors
        for modality, sign in (("visual", 1), ("audio", -1)):
            statistics = index.statistics(space, modality)
            assert statistics.count == sum(map(len, videos.values())), step
            assert statistics.mean == pytest.approx(sign * true_mean(videos), abs=1e-6), step
            assert statistics.mean.dtype == np.float32
    assert index.statistics(space, "fused").count == 0
    versions.append(index.statistics(space, "visual").version)
    assert versions[1] > versions[0]


def test_every_change_gives_a_new_version(index: VectorIndex, space: Space) -> None:
    """The version grows with each change of the space, and with nothing else."""
    seen = [index.statistics(space, "visual").version]

    def grown() -> bool:
        seen.append(index.statistics(space, "visual").version)
        return seen[-1] > seen[-2]

    index.replace_video(space, about("v"), clips(random_vectors(1, 2)))
    assert grown()
    index.search(space, "visual", random_vectors(2, 1), limit=2)
    index.count(space)
    assert not grown()
    index.update_fields(space, about("v", category="new"))
    assert grown()
    index.delete_video("v")
    assert grown()
    index.replace_video(space, about("v"), clips(random_vectors(1, 2)))
    assert grown()
    index.drop(space)
    assert grown()


# -- threads, closing, opening again --


def test_threads_write_and_search_together(index: VectorIndex, space: Space) -> None:
    """Four writers and two searchers at once: no error, no row lost, no hit that is not a row."""
    failures: list[BaseException] = []
    done = threading.Event()

    def write(writer: int) -> None:
        try:
            for number in range(5):
                vectors = random_vectors(writer * 10 + number, 12)
                index.replace_video(space, about(f"w{writer}-{number}"), clips(vectors))
        except BaseException as exc:  # noqa: BLE001 - handed to the test's own thread
            failures.append(exc)

    def read() -> None:
        try:
            while not done.is_set():
                [hits] = index.search(space, "visual", random_vectors(1, 1), limit=500)
                assert len({hit.row.key for hit in hits}) == len(hits)
                index.statistics(space, "visual")
        except BaseException as exc:  # noqa: BLE001 - handed to the test's own thread
            failures.append(exc)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert failures == []
    assert index.count(space) == 4 * 5 * 12
    assert index.statistics(space, "visual").count == 4 * 5 * 12
    [hits] = index.search(space, "visual", random_vectors(1, 1), limit=500)
    assert len(hits) == 4 * 5 * 12


@pytest.mark.parametrize("opener", STORES.values(), ids=STORES.keys())
def test_a_closed_index_says_so(opener: Opener, tmp_path: Path, space: Space) -> None:
    """After closing, every method raises IndexUnavailable; closing twice does no harm."""
    index = opener(tmp_path)
    index.replace_video(space, about("v"), clips(random_vectors(1, 1)))
    index.close()
    index.close()
    calls = [
        lambda: index.replace_video(space, about("v"), clips(random_vectors(1, 1))),
        lambda: index.update_fields(space, about("v")),
        lambda: index.delete_video("v"),
        lambda: index.count(space),
        lambda: index.search(space, "visual", random_vectors(1, 1), limit=1),
        lambda: index.fetch(space, ["k"]),
        lambda: index.rows(space, "v"),
        lambda: index.statistics(space, "visual"),
        lambda: index.drop(space),
    ]
    for call in calls:
        with pytest.raises(IndexUnavailable):
            call()


@pytest.mark.parametrize("opener", PERSISTENT.values(), ids=PERSISTENT.keys())
def test_everything_survives_opening_again(opener: Opener, tmp_path: Path, space: Space) -> None:
    """What was acknowledged is there after closing and opening, again and again in one process."""
    vectors = random_vectors(1, 12)
    index = opener(tmp_path)
    index.replace_video(space, about("v", category="kept"), clips(vectors))
    version = index.statistics(space, "visual").version
    for turn in range(4):
        index.close()
        index = opener(tmp_path)
        assert index.count(space) == 12 + turn
        assert found(index, space, Filters(categories=("kept",))) == {"v"}
        statistics = index.statistics(space, "visual")
        assert statistics.count == 12 + turn
        assert statistics.version > version
        version = statistics.version
        index.replace_video(space, about(f"more{turn}"), clips(random_vectors(turn, 1)))
    [hits] = index.search(space, "visual", vectors[3:4], limit=1)
    assert hits[0].row.key == "v:clip:visual:6000:8000"
    assert hits[0].cosine == pytest.approx(1, abs=1e-6)
    index.close()


# -- which rows there are --


def times(index: VectorIndex, space: Space, video_id: str) -> dict[str, list[list[int]]]:
    found = index.rows_of(space, [video_id])
    return {m: spans.tolist() for m, spans in found[video_id].spans.items()} if found else {}


def test_the_times_of_rows_follow_every_change(index: VectorIndex, space: Space) -> None:
    """Times of clip rows are those that were written last; a video's version changes with its rows alone."""
    assert index.video_ids(space) == set()
    assert index.rows_of(space, ["v"]) == {}
    other = clips(random_vectors(3, 2))
    index.replace_video(space, about("other"), other)
    index.replace_video(
        space,
        about("v"),
        [
            *clips(random_vectors(1, 3))[::-1],
            *clips(random_vectors(2, 2), "audio", length_s=3.0),
            *clips(random_vectors(4, 1), scope="asset", length_s=9.0),
        ],
    )
    first = index.rows_of(space, ["v", "other", "gone", "v"])
    assert first.keys() == {"v", "other"} == index.video_ids(space)
    assert times(index, space, "v") == {
        "visual": [[0, 2000], [2000, 4000], [4000, 6000]],
        "audio": [[0, 3000], [3000, 6000]],
    }
    index.update_fields(space, about("v", category="new"))
    index.replace_video(space, about("v"), clips(random_vectors(5, 1)))
    again = index.rows_of(space, ["v", "other"])
    assert again["v"].version != first["v"].version
    assert again["other"].version == first["other"].version
    assert times(index, space, "v") == {"visual": [[0, 2000]]}
    index.delete_video("v")
    assert index.video_ids(space) == {"other"}
    assert times(index, space, "v") == {}


@pytest.mark.parametrize("opener", PERSISTENT.values(), ids=PERSISTENT.keys())
@pytest.mark.parametrize("part_bytes", [16, 60_000])
def test_the_times_of_rows_survive_opening_again(
    opener: Opener, tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch, part_bytes: int
) -> None:
    """Times are read back as they were, also where a table is long and has to be stored in parts."""
    monkeypatch.setattr("core.vectors.segment_table.PART_BYTES", part_bytes)
    index = opener(tmp_path)
    index.replace_video(space, about("long"), clips(random_vectors(1, 90), length_s=1.7))
    index.replace_video(space, about("short"), clips(random_vectors(2, 90), length_s=1.9))
    index.replace_video(space, about("short"), clips(random_vectors(2, 3), length_s=1.9))
    before = {video_id: times(index, space, video_id) for video_id in ("long", "short")}
    assert len(before["long"]["visual"]) == 90
    index.close()
    index = opener(tmp_path)
    assert {video_id: times(index, space, video_id) for video_id in before} == before
    assert index.count(space) == 93
    index.close()

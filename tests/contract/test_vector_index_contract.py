"""The VectorIndex contract, writing: what every store keeps of what it is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import SpaceMismatch, StoreError
from core.model import Embedding, Filters, Segment, Space
from core.vectors.port import VectorIndex, row_key
from tests.vector_stores import SPACE, about, clips, found, random_vectors


def test_an_unwritten_space_is_empty(index: VectorIndex, space: Space) -> None:
    """A space that was never written answers everything with nothing, and is not created by asking."""
    space = replace(space, model="never written")
    assert index.count(space) == 0
    assert index.count(space, "v") == 0
    assert index.rows(space, "v") == []
    assert index.fetch(space, ["v:clip:visual:0:1"]) == {}
    assert index.search(space, "visual", random_vectors(0, 3), limit=5) == [[], [], []]
    statistics = index.statistics(space, "visual")
    assert statistics.count == 0
    assert statistics.mean.tolist() == [0.0] * space.dimension
    index.update_fields(space, about("v"))
    index.drop(space)
    assert index.replace_video(space, about("v"), []) == 0
    assert index.count(space) == 0


def test_rows_come_back_as_written(index: VectorIndex, space: Space) -> None:
    """Rows and vectors are those that were written, to the millisecond and the bit."""
    visual, audio = random_vectors(1, 3), random_vectors(2, 3)
    whole = Embedding(random_vectors(3, 1)[0], Segment(0, 21.087732), "visual", "asset")
    embeddings = [*clips(audio, "audio"), *clips(visual), whole]
    assert index.replace_video(space, about("v"), embeddings) == 7
    assert index.count(space) == index.count(space, "v") == 7
    rows = index.rows(space, "v")
    assert [(row.segment.start_ms, row.segment.end_ms, row.modality, row.scope) for row in rows] == [
        (0, 2000, "visual", "clip"),
        (0, 2000, "audio", "clip"),
        (0, 21088, "visual", "asset"),
        (2000, 4000, "visual", "clip"),
        (2000, 4000, "audio", "clip"),
        (4000, 6000, "visual", "clip"),
        (4000, 6000, "audio", "clip"),
    ]
    assert [row.segment.start_s for row in index.rows(space, "v", "audio")] == [0.0, 2.0, 4.0]
    vectors = index.fetch(space, [row_key("v", each) for each in embeddings] + ["v:clip:visual:9:99"])
    assert len(vectors) == 7
    for each in embeddings:
        assert vectors[row_key("v", each)].tobytes() == each.vector.tobytes()


def test_writing_again_replaces(index: VectorIndex, space: Space) -> None:
    """After a second write a video has the rows of the second alone, and other videos theirs."""
    index.replace_video(space, about("other"), clips(random_vectors(9, 2)))
    index.replace_video(space, about("v"), clips(random_vectors(1, 5)))
    again = clips(random_vectors(2, 3), length_s=2.0)
    assert index.replace_video(space, about("v"), again) == 3
    assert index.replace_video(space, about("v"), again) == 3
    assert index.count(space, "v") == 3
    assert index.count(space) == 5
    vectors = index.fetch(space, [row.key for row in index.rows(space, "v")])
    assert np.array_equal(np.stack(list(vectors.values())), np.stack([each.vector for each in again]))
    assert index.replace_video(space, about("v"), []) == 0
    assert index.count(space, "v") == 0
    assert index.count(space, "other") == 2


def test_large_videos_are_written_whole(index: VectorIndex, space: Space) -> None:
    """A video of more rows than one batch is stored, replaced and read back whole."""
    index.replace_video(space, about("v"), clips(random_vectors(1, 2345), length_s=1.0))
    assert index.count(space, "v") == 2345
    assert len(index.rows(space, "v")) == 2345
    assert len(index.fetch(space, [row.key for row in index.rows(space, "v")])) == 2345
    index.update_fields(space, about("v", category="long"))
    assert index.count(space) == 2345
    assert found(index, space, Filters(categories=("long",)), limit=5) == {"v"}
    index.replace_video(space, about("v"), clips(random_vectors(1, 10), length_s=1.0))
    assert index.count(space, "v") == 10
    assert index.statistics(space, "visual").count == 10


def test_one_key_keeps_the_later_row(index: VectorIndex, space: Space) -> None:
    """Of two embeddings of the same segment the later one is kept, and counted once."""
    first, second = random_vectors(1, 2)
    embeddings = [*clips([first]), *clips([second])]
    assert index.replace_video(space, about("v"), embeddings) == 1
    assert index.fetch(space, ["v:clip:visual:0:2000"])["v:clip:visual:0:2000"].tolist() == second.tolist()
    assert index.statistics(space, "visual").count == 1


def test_vectors_are_kept_at_unit_length(index: VectorIndex, space: Space) -> None:
    """A vector of another length is brought to length 1; its direction stays."""
    vector = random_vectors(1, 1)[0]
    index.replace_video(space, about("v"), clips([vector * 7.5]))
    stored = index.fetch(space, ["v:clip:visual:0:2000"])["v:clip:visual:0:2000"]
    assert np.linalg.norm(stored.astype(float)) == pytest.approx(1, abs=1e-7)
    assert stored == pytest.approx(vector, abs=1e-7)


@pytest.mark.parametrize(
    ("vector", "error"),
    [
        (np.ones(SPACE.dimension - 1), SpaceMismatch),
        (np.ones((2, SPACE.dimension)), SpaceMismatch),
        (np.full(SPACE.dimension, np.nan), StoreError),
        (np.full(SPACE.dimension, np.inf), StoreError),
        (np.zeros(SPACE.dimension), StoreError),
    ],
)
def test_impossible_vectors_are_refused(
    index: VectorIndex, space: Space, vector: np.ndarray, error: type[StoreError]
) -> None:
    """A vector that cannot be compared is refused, and the video keeps the rows that it had."""
    index.replace_video(space, about("v"), clips(random_vectors(1, 2)))
    good = clips(random_vectors(2, 1))
    with pytest.raises(error):
        index.replace_video(
            space, about("v"), [*good, Embedding(vector.astype(np.float32), Segment(5, 6), "visual")]
        )
    assert index.count(space, "v") == 2


@pytest.mark.parametrize(
    ("vectors", "error"),
    [
        (np.ones((1, SPACE.dimension + 1)), SpaceMismatch),
        (np.ones(SPACE.dimension), SpaceMismatch),
        (np.full((1, SPACE.dimension), np.nan), StoreError),
        (np.zeros((1, SPACE.dimension)), StoreError),
    ],
)
def test_impossible_queries_are_refused(
    index: VectorIndex, space: Space, vectors: np.ndarray, error: type[StoreError]
) -> None:
    """A query vector that cannot be compared is refused, whether or not anything is stored."""
    for _ in range(2):
        with pytest.raises(error):
            index.search(space, "visual", vectors.astype(np.float32), limit=1)
        index.replace_video(space, about("v"), clips(random_vectors(1, 2)))


def test_a_segment_of_no_length_is_refused(index: VectorIndex, space: Space) -> None:
    """A segment that vanishes when it is written in milliseconds is refused."""
    short = Embedding(random_vectors(1, 1)[0], Segment(1.0, 1.0002), "visual")
    with pytest.raises(StoreError):
        index.replace_video(space, about("v"), [short])


def test_a_video_id_that_breaks_keys_is_refused(index: VectorIndex, space: Space) -> None:
    """A video id that could break a key or an expression is refused on every way in."""
    for video_id in ('a"b', "a b", "", "x" * 129, "a\nb"):
        with pytest.raises(StoreError):
            index.replace_video(space, about(video_id), clips(random_vectors(1, 1)))
        with pytest.raises(StoreError):
            index.delete_video(video_id)
        with pytest.raises(StoreError):
            index.rows(space, video_id)


def test_deleting_a_video_removes_it_from_every_space(index: VectorIndex, space: Space) -> None:
    """A deleted video has no rows in any space; others keep theirs; deleting again does no harm."""
    second = replace(space, dimension=8)
    for each in (space, second):
        for video_id in ("gone", "stays"):
            index.replace_video(each, about(video_id), clips(random_vectors(1, 3, each.dimension)))
    index.delete_video("gone")
    index.delete_video("gone")
    for each in (space, second):
        assert index.count(each, "gone") == 0
        assert index.rows(each, "gone") == []
        assert index.count(each) == 3
        assert index.statistics(each, "visual").count == 3
    assert found(index, space) == {"stays"}
    index.drop(second)


def test_dropping_a_space_leaves_others(index: VectorIndex, space: Space) -> None:
    """A dropped space is empty and can be written anew; other spaces keep their rows."""
    second = replace(space, dimension=8)
    index.replace_video(space, about("v"), clips(random_vectors(1, 3)))
    index.replace_video(second, about("v"), clips(random_vectors(1, 2, 8)))
    index.drop(space)
    assert index.count(space) == 0
    assert index.search(space, "visual", random_vectors(0, 1), limit=3) == [[]]
    assert index.statistics(space, "visual").count == 0
    assert index.count(second) == 2
    index.replace_video(space, about("w"), clips(random_vectors(1, 1)))
    assert found(index, space) == {"w"}
    index.drop(second)

"""The VectorIndex contract, writing several videos at once: the same as one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StoreError
from core.model import Embedding, Filters, Segment, Space
from core.vectors.memory import MemoryIndex
from core.vectors.port import VectorIndex
from tests.vector_stores import (
    SPACE,
    about,
    clips,
    found,
    open_lite,
    open_lite_like_server,
    random_vectors,
)


def everything(index: VectorIndex, space: Space, video_ids: set[str]) -> dict[str, bytes]:
    """Return all vectors of these videos by their keys."""
    keys = [row.key for video_id in video_ids for row in index.rows(space, video_id)]
    return {key: vector.tobytes() for key, vector in index.fetch(space, keys).items()}


def test_videos_written_at_once_are_whole(index: VectorIndex, space: Space) -> None:
    """One write of several videos leaves each with exactly its rows and fields, and others as they were."""
    index.replace_video(space, about("other"), clips(random_vectors(9, 2)))
    index.replace_video(space, about("v1", category="old"), clips(random_vectors(1, 5)))
    index.replace_video(space, about("gone"), clips(random_vectors(8, 3)))
    version = index.statistics(space, "visual").version
    whole = Embedding(random_vectors(3, 1)[0], Segment(0, 9), "visual", "asset")
    videos = [
        (about("v1", category="new"), [*clips(random_vectors(11, 3)), whole]),
        (about("v2", category="new"), clips(random_vectors(12, 1234), "audio", length_s=1.0)),
        (about("gone"), []),
        (about("never"), []),
    ]
    assert index.replace_videos(space, videos) == 4 + 1234
    counted = {name: index.count(space, name) for name in ("v1", "v2", "gone", "never", "other")}
    assert counted == {"v1": 4, "v2": 1234, "gone": 0, "never": 0, "other": 2}
    assert index.count(space) == 1240
    assert index.video_ids(space) == {"v1", "v2", "other"}
    assert found(index, space, Filters(categories=("new",))) == {"v1"}
    assert found(index, space, Filters(categories=("old",))) == set()
    statistics = index.statistics(space, "audio")
    assert statistics.count == 1234
    assert statistics.version > version
    assert np.allclose(statistics.mean, random_vectors(12, 1234).mean(axis=0), rtol=0, atol=1e-6)
    assert index.replace_videos(space, []) == 0
    assert index.count(space) == 1240


def test_one_that_is_refused_stops_all(index: VectorIndex, space: Space) -> None:
    """Where one video cannot be kept, none of the write's videos changes."""
    index.replace_video(space, about("v1"), clips(random_vectors(1, 2)))
    bad = Embedding(np.full(SPACE.dimension, np.nan, np.float32), Segment(0, 1), "visual")
    for refused in ((about("v2"), [bad]), (about("a b"), clips(random_vectors(2, 1)))):
        with pytest.raises(StoreError):
            index.replace_videos(space, [(about("v1"), clips(random_vectors(5, 4))), refused])
    assert index.count(space) == index.count(space, "v1") == 2


WRITES = st.lists(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5), st.integers(0, 99)), max_size=5),
    max_size=4,
)


@pytest.mark.parametrize("index", [open_lite, open_lite_like_server], indirect=True)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITES)
def test_at_once_is_one_after_the_other(
    index: VectorIndex, space: Space, writes: list[list[tuple[str, int, int]]]
) -> None:
    """Whatever is written at once, rows, vectors and sums are those of the same writes one by one."""
    index.drop(space)
    single = MemoryIndex()
    for write in writes:
        videos = [(about(name), clips(random_vectors(seed, rows))) for name, rows, seed in write]
        index.replace_videos(space, videos)
        for fields, embeddings in videos:
            single.replace_video(space, fields, embeddings)
    names = set("abcd")
    assert everything(index, space, names) == everything(single, space, names)
    assert index.count(space) == single.count(space)
    assert index.video_ids(space) == single.video_ids(space)
    ours, plain = index.statistics(space, "visual"), single.statistics(space, "visual")
    assert ours.count == plain.count
    assert np.allclose(ours.mean, plain.mean, rtol=0, atol=1e-6)

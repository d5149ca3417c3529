"""The VectorIndex contract, searching: true cosines, a fixed order, exact filters."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from core.model import Filters, Space
from core.vectors.port import VectorIndex
from tests.vector_stores import about, clips, found, random_vectors, unit

HOSTILE = [
    'say "hi"',
    "back\\slash",
    "50 % off",
    "{template}",
    "it's",
    "two\nlines\tand\rmore",
    "bell\x07 and nul\x00",
    "Größe 東京 🎬👩‍👩‍👧",
    '"] or video_id != "',
    "lone \ud800 surrogate",
    "sha256:" + "0" * 64,
    "x" * 200,
    "\U0001f3ac" * 200,
    "é" * 3000,
    " ",
]


def test_hits_are_best_first_with_true_cosines(index: VectorIndex, space: Space) -> None:
    """Every query vector gets its own list: best first, cosines right to 1e-6, negative ones too."""
    vectors, queries = random_vectors(1, 40), random_vectors(2, 5)
    index.replace_video(space, about("v"), clips(vectors))
    lists = index.search(space, "visual", queries * 3, limit=40)
    assert len(lists) == 5
    for query, hits in zip(queries, lists, strict=True):
        truth = vectors.astype(float) @ query.astype(float)
        assert [hit.row.segment.start_ms // 2000 for hit in hits] == np.argsort(-truth).tolist()
        assert [hit.cosine for hit in hits] == pytest.approx(sorted(truth, reverse=True), abs=1e-6)
        assert hits[-1].cosine < 0


def test_only_clips_of_the_modality_are_found(index: VectorIndex, space: Space) -> None:
    """A search sees the clip rows of its modality, never asset rows or other modalities."""
    same = random_vectors(1, 1)[0]
    index.replace_video(
        space,
        about("v"),
        [*clips([same]), *clips([same], "audio"), *clips([same], scope="asset", length_s=9)],
    )
    [hits] = index.search(space, "audio", same[None], limit=10)
    assert [hit.row.modality for hit in hits] == ["audio"]
    [hits] = index.search(space, "visual", same[None], limit=10)
    assert [hit.row.scope for hit in hits] == ["clip"]
    assert index.search(space, "fused", same[None], limit=10) == [[]]


def test_the_limit_is_kept_and_filled(index: VectorIndex, space: Space) -> None:
    """A list has as many hits as asked for while there are so many rows, and never more."""
    index.replace_video(space, about("v"), clips(random_vectors(1, 30)))
    for limit, expected in ((0, 0), (1, 1), (29, 29), (30, 30), (31, 30), (100_000, 30)):
        [hits] = index.search(space, "visual", random_vectors(2, 1), limit=limit)
        assert len(hits) == expected
    assert index.search(space, "visual", np.empty((0, space.dimension), np.float32), limit=3) == []


def test_ties_are_ordered_by_key(index: VectorIndex, space: Space) -> None:
    """Equal hits come in order of their keys, also where the limit cuts through them."""
    same = unit(np.ones(space.dimension))
    for video_id in ("c", "a", "b"):
        index.replace_video(space, about(video_id), clips([same] * 20))
    index.replace_video(space, about("z"), clips([-same, unit(same + np.eye(space.dimension)[0])]))
    [every] = index.search(space, "visual", same[None], limit=62)
    equal = [hit.row.key for hit in every[:60]]
    assert equal == sorted(equal)
    assert [hit.row.video_id for hit in every[60:]] == ["z", "z"]
    for limit in (1, 7, 25, 59, 60, 61):
        [hits] = index.search(space, "visual", same[None], limit=limit)
        assert [hit.row.key for hit in hits] == [hit.row.key for hit in every[:limit]]


# -- filters --


def test_each_filter_finds_its_videos(index: VectorIndex, space: Space) -> None:
    """Each filter admits exactly the videos that satisfy it; ranges include both ends."""
    videos = {
        "a": about(
            "a",
            category="road",
            tags=("red", "car"),
            duration_s=10,
            recorded_on=date(2024, 2, 29),
            indexed_at=datetime(2026, 1, 1, 23, 59, 59, 999000, tzinfo=UTC),
        ),
        "b": about(
            "b",
            category="sea",
            tags=("red",),
            duration_s=20.5,
            recorded_on=date(1969, 7, 20),
            indexed_at=datetime(2026, 1, 2, tzinfo=UTC),
        ),
        "c": about("c", duration_s=3600),
    }
    for video_id, fields in videos.items():
        index.replace_video(space, fields, clips(random_vectors(ord(video_id), 2)))
    cases: list[tuple[Filters, str]] = [
        (Filters(), "abc"),
        (Filters(categories=("road",)), "a"),
        (Filters(categories=("road", "sea", "none")), "ab"),
        (Filters(categories=("",)), "c"),
        (Filters(categories=("Road",)), ""),
        (Filters(tags=("red",)), "ab"),
        (Filters(tags=("car", "bus")), "a"),
        (Filters(tags=("re", "ed", "")), ""),
        (Filters(video_ids=("a", "c", "zz")), "ac"),
        (Filters(video_ids=('"', "\n")), ""),
        (Filters(recorded_from=date(2024, 2, 29)), "a"),
        (Filters(recorded_to=date(2024, 2, 29)), "ab"),
        (Filters(recorded_from=date(1969, 7, 20), recorded_to=date(1969, 7, 20)), "b"),
        (Filters(recorded_from=date.min, recorded_to=date.max), "ab"),
        (Filters(indexed_to=date(2026, 1, 1)), "a"),
        (Filters(indexed_from=date(2026, 1, 2)), "b"),
        (Filters(indexed_from=date.min, indexed_to=date.max), "ab"),
        (Filters(min_duration_s=20.5), "bc"),
        (Filters(max_duration_s=20.5), "ab"),
        (Filters(min_duration_s=10, max_duration_s=10), "a"),
        (Filters(min_duration_s=-5, max_duration_s=float("inf")), "abc"),
        (Filters(min_duration_s=5, max_duration_s=4), ""),
        (Filters(categories=("road",), tags=("red",), min_duration_s=1, recorded_from=date(2000, 1, 1)), "a"),
        (Filters(categories=("road",), tags=("bus",)), ""),
    ]
    for filters, expected in cases:
        assert found(index, space, filters) == set(expected), filters


def test_hostile_names_are_only_names(index: VectorIndex, space: Space) -> None:
    """A category or tag of any characters and length finds its own video and no other."""
    for number, name in enumerate(HOSTILE):
        index.replace_video(
            space, about(f"v{number}", category=name, tags=(name, "all")), clips(random_vectors(number, 1))
        )
    for number, name in enumerate(HOSTILE):
        assert found(index, space, Filters(categories=(name,))) == {f"v{number}"}, name
        assert found(index, space, Filters(tags=(name,))) == {f"v{number}"}, name
    assert len(found(index, space, Filters(categories=tuple(HOSTILE), tags=("all",)))) == len(HOSTILE)
    assert found(index, space, Filters(tags=("%", "|", "_", '"'))) == set()


def test_thousands_of_videos_can_be_named(index: VectorIndex, space: Space) -> None:
    """A filter of 2,000 videos works, and finds exactly those of them that exist."""
    for video_id in ("id0007", "id1999", "id2000"):
        index.replace_video(space, about(video_id), clips(random_vectors(1, 1)))
    wanted = tuple(f"id{number:04d}" for number in range(2000))
    assert found(index, space, Filters(video_ids=wanted)) == {"id0007", "id1999"}


def test_changed_fields_filter_at_once(index: VectorIndex, space: Space) -> None:
    """After an edit filters see the new fields alone, and no vector has changed a bit."""
    index.replace_video(space, about("v", category="old", tags=("t",)), clips(random_vectors(1, 4)))
    index.replace_video(space, about("w", category="old"), clips(random_vectors(2, 2)))
    keys = [row.key for row in index.rows(space, "v")]
    before = index.fetch(space, keys)
    index.update_fields(space, about("v", category="new", recorded_on=date(2020, 1, 1)))
    assert found(index, space, Filters(categories=("old",))) == {"w"}
    assert found(index, space, Filters(categories=("new",))) == {"v"}
    assert found(index, space, Filters(tags=("t",))) == set()
    assert found(index, space, Filters(recorded_from=date(2020, 1, 1))) == {"v"}
    after = index.fetch(space, keys)
    assert {key: vector.tobytes() for key, vector in after.items()} == {
        key: vector.tobytes() for key, vector in before.items()
    }
    assert index.count(space, "v") == 4
    index.update_fields(space, about("nobody", category="new"))
    assert index.count(space) == 6

"""The evaluation harness reads every plausible way of writing a set, and tells a mistake in one sentence."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.errors import BadSet
from benchmarks.quality.loading import Given, load
from benchmarks.quality.placing import place

ITEMS = 6


def folder_with(
    folder: Path, truth: Any, *, items: Any = None, queries: Any = None, clips: Any = None
) -> Path:
    """Write a set of six items, two texts and, where asked for, clips."""
    rng = np.random.default_rng(0)
    np.save(folder / "items.npy", rng.normal(size=(ITEMS, 8)) if items is None else items)
    np.save(folder / "queries.npy", rng.normal(size=(2, 8)) if queries is None else queries)
    if clips is not None:
        np.save(folder / "clips.npy", clips)
    (folder / "truth.json").write_text(truth if isinstance(truth, str) else json.dumps(truth))
    return folder


def read(folder: Path, extra: dict[str, Any], **arrays: Any) -> Given:
    return load(folder_with(folder, {"relevant": [[0], []], **extra}, **arrays))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int8"])
def test_any_numbers_become_unit_vectors(tmp_path: Path, dtype: str) -> None:
    """Vectors of any type and length are brought to length 1."""
    items = (100 * np.random.default_rng(1).normal(size=(ITEMS, 8))).clip(-120, 120).astype(dtype)
    found = read(tmp_path, {}, items=items).items
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1)


def test_tiny_and_huge_vectors_keep_their_direction(tmp_path: Path) -> None:
    """Lengths whose squares are out of range do no harm."""
    items = np.ones((ITEMS, 8)) * np.array([[1e-200], [1e200], [1], [1e-30], [1e30], [5]])
    assert np.allclose(read(tmp_path, {}, items=items).items, 1 / np.sqrt(8))


FIELDS = {
    "video": ["a", "a", "b", "b", "a", "b"],
    "start_s": [0, 5, 0, 5, 0, 5],
    "end_s": [5, 10, 5, 10, 5, 10],
    "modality": ["visual"] * 4 + ["audio"] * 2,
    "category": ["x", "x", "y", "y", "x", "y"],
}


@pytest.mark.parametrize("form", ["lists", "lists under items", "objects"])
def test_fields_may_be_lists_or_objects(tmp_path: Path, form: str) -> None:
    """The same fields are read from lists, from lists under "items", and from an object per item."""
    objects = [{name: some[i] for name, some in FIELDS.items()} for i in range(ITEMS)]
    forms = {"lists": FIELDS, "lists under items": {"items": FIELDS}, "objects": {"items": objects}}
    fields = read(tmp_path, forms[form]).fields
    assert list(fields.video or ()) == FIELDS["video"]
    assert fields.times == [
        (float(a), float(b)) for a, b in zip(FIELDS["start_s"], FIELDS["end_s"], strict=True)
    ]
    assert list(fields.modality) == FIELDS["modality"]
    assert fields.category == FIELDS["category"]


def test_a_segment_stands_for_its_items(tmp_path: Path) -> None:
    """Items of two modalities with one segment are one unit, which is relevant where any of them is."""
    placed = place(read(tmp_path, FIELDS).fields)
    assert len(placed.units) == 4
    assert placed.units_of[0] == placed.units_of[4]
    assert placed.units_of[3] == placed.units_of[5]
    assert placed.relevant_units(frozenset({4})) == frozenset(placed.units_of[0])


def test_without_videos_nothing_can_merge(tmp_path: Path) -> None:
    """Made-up segments lie far apart, and every item is a unit of its own."""
    placed = place(read(tmp_path, {}).fields)
    assert placed.made_up
    assert len(placed.units) == ITEMS
    by_video: dict[str, list[float]] = {}
    for one in placed.places:
        by_video.setdefault(one.video, []).append(one.segment.start_s)
    for starts in by_video.values():
        assert all(b - a >= 60 for a, b in pairwise(sorted(starts)))


def test_items_without_times_or_with_one_segment_keep_apart(tmp_path: Path) -> None:
    """Items of one video are all there, whether nothing or the same is said of their times."""
    for times in ({}, {"start_s": [0] * ITEMS, "end_s": [5] * ITEMS}):
        placed = place(read(tmp_path, {"video": ["a"] * ITEMS, **times}).fields)
        assert len(placed.units) == ITEMS


def test_a_video_with_two_categories_becomes_two(tmp_path: Path) -> None:
    """A filter by category then finds exactly the items that have it."""
    placed = place(read(tmp_path, {"video": ["a"] * ITEMS, "category": ["x", "y"] * 3}).fields)
    assert sorted(map(str, placed.category.values())) == ["x", "y"]
    assert [placed.category[one.video] for one in placed.places] == ["x", "y"] * 3


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([[0, 1, [2, 3]]], {2, 3}),
        ([[0, 1, []]], set()),
        ([[0, 1]], None),
        ([{"text": 0, "clip": 1, "items": [2]}], {2}),
        ([[0, 1, 4]], {4}),
    ],
)
def test_pairs_in_any_form(tmp_path: Path, pairs: Any, expected: set[int] | None) -> None:
    """A pair may name several items, none, a single one, or say nothing of them."""
    (pair,) = read(tmp_path, {"pairs": pairs}, clips=np.eye(8)[:2]).pairs
    assert (pair.text, pair.clip, pair.relevant) == (0, 1, expected)


@pytest.mark.parametrize("relevant", [[[0, 2], []], [[0.0, "2"], None], {"0": [0, 2]}])
def test_relevant_in_any_form(tmp_path: Path, relevant: Any) -> None:
    """Lists, and an object by the number of the query, say the same."""
    assert list(load(folder_with(tmp_path, {"relevant": relevant})).relevant) == [{0, 2}, set()]


@pytest.mark.parametrize(
    ("truth", "arrays", "says"),
    [
        ("{", {}, "cannot be read as JSON"),
        ([], {}, "one JSON object"),
        ({}, {}, 'no "relevant"'),
        ({"relevant": [[0]]}, {}, "1 entries for 2 vectors"),
        ({"relevant": [[0], [6]]}, {}, "names 6, but there are 6 items"),
        ({"relevant": [[0], [-1]]}, {}, "names -1"),
        ({"relevant": [[0], [0.5]]}, {}, "no index"),
        ({"relevant": [[0], [True]]}, {}, "no index"),
        ({"relevant": [[0], []], "video": ["a"]}, {}, "1 entries for 6 items"),
        ({"relevant": [[0], []], "modality": ["smell"] * 6}, {}, "known are visual, audio"),
        ({"relevant": [[0], []], "video": ["a"] * 6, "start_s": [5] * 6, "end_s": [4] * 6}, {}, "before it"),
        ({"relevant": [[0], []], "video": ["a"] * 6, "start_s": [-1] * 6}, {}, "seconds, 0 or more"),
        ({"relevant": [[0], []], "pairs": [[0, 0, [0]]]}, {}, "there is no clips.npy"),
        ({"relevant": [[0], []], "relevant_clips": [[0]]}, {}, "there is no clips.npy"),
        ({"relevant": [[0], []], "pairs": [[0]]}, {"clips": np.eye(8)}, "[text, clip, [items]]"),
        ({"relevant": [[0], []], "pairs": [[2, 0, []]]}, {"clips": np.eye(8)}, "2 queries"),
        ({"relevant": [[0], []]}, {"items": np.full((6, 8), np.nan)}, "Vector 0 of items.npy is not finite"),
        ({"relevant": [[0], []]}, {"items": np.eye(8)[:6] * [[1], [1], [0], [1], [1], [1]]}, "Vector 2"),
        ({"relevant": [[0], []]}, {"items": np.ones(8)}, "has the shape (8,)"),
        ({"relevant": [[0], []]}, {"items": np.array([["a"]])}, "one array of numbers"),
        ({"relevant": [[0], []]}, {"items": np.ones((0, 8))}, "holds no vectors"),
        ({"relevant": [[0], []]}, {"queries": np.ones((2, 9))}, "of one space"),
        ({"relevant": [[0], []]}, {"items": np.array([[{}]], object)}, "no array of numbers"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    tmp_path: Path, truth: Any, arrays: dict[str, Any], says: str
) -> None:
    """What is wrong is named, with the file or field and the place."""
    with pytest.raises(BadSet) as caught:
        load(folder_with(tmp_path, truth, **arrays))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    """Whatever file is not there is named."""
    with pytest.raises(BadSet, match="no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(BadSet, match=r"no items\.npy"):
        load(tmp_path)
    folder_with(tmp_path, {"relevant": [[], []]})
    (tmp_path / "truth.json").unlink()
    with pytest.raises(BadSet, match=r"no truth\.json"):
        load(tmp_path)

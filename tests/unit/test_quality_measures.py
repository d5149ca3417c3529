"""The figures of the evaluation harness are what they are called."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality.looks import LOOKS
from benchmarks.quality.made import make
from benchmarks.quality.measures import auc, common, ndcg, recall, reciprocal_rank, repeats, retrieval


def test_retrieval_by_hand() -> None:
    """Two relevant segments at places 2 and 4 of a list give the textbook's figures."""
    found, relevant = [9, 1, 8, 2, 7], {1, 2}
    assert recall(found, relevant, 1) == 0
    assert recall(found, relevant, 2) == 0.5
    assert recall(found, relevant, 10) == 1
    assert reciprocal_rank(found, relevant) == 0.5
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    assert ndcg(found, relevant, 10) == pytest.approx(gained / (1 + 1 / math.log2(3)))


def test_unanswerable_queries_do_not_count() -> None:
    """Means are over queries that have an answer; without any there is no figure."""
    assert retrieval([[1], [2]], [{1}, set()])["recall_at_1"] == 1
    assert retrieval([[1]], [set()])["recall_at_1"] is None


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), min_size=1, max_size=12)
)
def test_auc_is_the_share_of_pairs_in_order(yes: list[int], no: list[int]) -> None:
    """AUC equals counting all pairs, ties as half."""
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in itertools.product(yes, no)]
    assert auc(yes, no) == pytest.approx(np.mean(pairs))


def test_auc_needs_both_kinds() -> None:
    """Without unanswerable queries there is nothing to separate."""
    assert auc([1.0], []) is None
    assert auc([], [1.0]) is None


def test_common_share_and_repeats() -> None:
    """Shares are of the longer list where a library has fewer than ten; a repeat needs a better one."""
    assert common([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5
    assert common([], []) == 0
    likeness = np.array([[1, 0.99, 0.2], [0.99, 1, 0.99], [0.2, 0.99, 1]])
    assert repeats(likeness, 0.98) == 2
    assert repeats(likeness, 0.995) == 0


@pytest.mark.parametrize(("kind", "text", "item"), [("clip", 0.15, 0.52), ("marengo", 0.11, 0.32)])
def test_generated_sets_have_the_gap_of_real_ones(kind: str, text: float, item: float) -> None:
    """Means are those measured on real vectors, and a match stands at least three spreads above them."""
    figures = make(LOOKS[kind], 2_000, 60).describe()
    assert figures["text_item"] == pytest.approx(text, abs=0.03)
    assert figures["clip_item"] == pytest.approx(item, abs=0.05)
    assert figures["text_match"] > text + 3 * figures["text_item_spread"]


@pytest.mark.parametrize("kind", sorted(LOOKS))
def test_generated_sets_are_whole(kind: str) -> None:
    """Every kind has unit vectors, answerable and unanswerable queries, and is the same with one seed."""
    made, again = make(LOOKS[kind], 200, 40), make(LOOKS[kind], 200, 40)
    assert np.array_equal(made.items, again.items)
    assert made.truth == again.truth
    assert np.allclose(np.linalg.norm(made.items, axis=1), 1, atol=1e-5)
    assert len(made.truth["modality"]) == len(made.items)
    for name in ("relevant", "relevant_clips"):
        assert 0 < sum(not some for some in made.truth[name]) < 30
    assert 0 < sum(not items for _, _, items in made.truth["pairs"]) < 30

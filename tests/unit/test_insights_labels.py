"""Labels of clusters: words of their footage, and words that their vectors are near."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insights.labelling import label_clusters, words_in, zero_shot
from core.insights.vocabulary import DEFAULT_VOCABULARY, words_of


def test_words_frequent_here_and_rare_elsewhere_make_the_label() -> None:
    """A cluster is named by what its footage has and the rest has not, never by what all have."""
    texts = ["Harbour ships holiday"] * 10 + ["Mountain snow holiday"] * 10 + ["Street tram holiday"] * 10
    labels = label_clusters(np.repeat([0, 1, 2], 10), texts)
    assert [set(label.words) for label in labels] == [
        {"harbour", "ships"}, {"mountain", "snow"}, {"street", "tram"},
    ]  # fmt: skip


def test_the_weight_is_the_share_times_the_rarity() -> None:
    """A word's weight is its share of the cluster's worded segments times log(1 + mean size / its number)."""
    label, _ = label_clusters(np.array([0, 0, 0, 0, 1, 1]), ["dog", "dog", "dog cat", "", "bird", "bird"])
    assert label.words[0] == "dog"
    assert label.weights[0] == pytest.approx(1.0 * np.log1p(2.5 / 3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GOPR0042_final_v2.MP4", []),
        ("IMG_20260301_1234.mov", []),
        ("DSCF red-car.mkv", ["red", "car"]),
        ("HarbourAtNight.mp4", ["harbour", "night"]),
        ("Der Hund und die Straße", ["hund", "straße"]),
        ("L'école de Zoë", ["école", "zoë"]),
        ("the dog's ball isn't here", ["dog", "ball"]),
        ("東京 1080p 60fps x264", ["東京"]),
    ],
)
def test_rubbish_of_file_names_and_stop_words_are_left_out(text: str, words: list[str]) -> None:
    """Numbers, codes, suffixes and words that say nothing never become a label."""
    assert words_in(text) == words


def test_one_of_two_forms_and_at_most_three_words() -> None:
    """A label has at most three words, and not both of "car" and "cars"."""
    texts = ["car cars road traffic bridge lorry tunnel"] * 5 + ["forest"] * 5
    label = label_clusters(np.repeat([0, 1], 5), texts)[0]
    assert len(label.words) == 3
    assert not {"car", "cars"} <= set(label.words)


def test_clusters_without_words_and_noise() -> None:
    """A cluster whose footage has no words has no label; rows in no cluster count as elsewhere."""
    labels = label_clusters(np.array([0, 1, -1, -1]), ["", "dog", "dog", "dog"])
    assert labels[0].words == ()
    assert labels[1].words == ()
    assert label_clusters(np.empty(0, np.int64), []) == ()


@given(st.lists(st.tuples(st.integers(-1, 3), st.sampled_from(["dog park", "cat", "", "sea boat dog"]))),
       st.randoms())  # fmt: skip
def test_the_order_of_segments_has_no_say(rows: list[tuple[int, str]], chance: object) -> None:
    """The same segments in another order get the same labels."""
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random.

    def labelled(some: list[tuple[int, str]]) -> object:
        return label_clusters(np.array([label for label, _ in some], np.int64), [t for _, t in some], 4)

    assert labelled(rows) == labelled(shuffled)


def test_zero_shot_finds_the_word_and_none_where_nothing_stands_out() -> None:
    """A word that is near to everything never wins; a cluster that is near to no word gets none."""
    chance = np.random.default_rng(4)
    words = chance.standard_normal((40, 128))
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    usual = chance.standard_normal(128)
    usual /= np.linalg.norm(usual)
    words[7] = usual  # A word such as "video": near to every segment.
    centroids = np.stack([usual + 0.5 * words[3], usual + 0.5 * words[20], usual])
    named = zero_shot(centroids, [f"word-{n}" for n in range(40)], words, usual)
    assert [name.word for name in named] == ["word-3", "word-20", None]
    unit = centroids[0] / np.linalg.norm(centroids[0])
    assert named[0].lift == pytest.approx(unit @ words[3] - usual @ words[3])


def test_zero_shot_with_nothing_to_choose_from() -> None:
    """Without words, and among words that are all the same, nothing is named."""
    centroids = np.eye(3)
    assert [name.word for name in zero_shot(centroids, [], np.empty((0, 3)), np.zeros(3))] == [None] * 3
    same = zero_shot(centroids, list("abcde"), np.ones((5, 3)), np.zeros(3))
    assert [name.word for name in same] == [None] * 3


def test_zero_shot_with_real_vectors() -> None:
    """Marengo's text about birds lies nearer to the bird's clips than to the island's, and lift says so."""
    file = Path(__file__).parents[3] / "shared" / "twelvelabs" / "marengo27_vectors.json"
    if not file.is_file():
        pytest.skip("the reference vectors (../shared/twelvelabs) are not beside the project")
    entries = json.loads(file.read_text())
    clips = [np.array(e["embedding"]) for e in entries if e["start_offset_sec"] is not None
             and e["embedding_scope"] == "clip" and "video" in e["kind"]]  # fmt: skip
    words = np.stack([np.array(e["embedding"]) for e in entries if e["label"] == "Bird eating food"])
    named = zero_shot(np.stack(clips), ["bird eating food"], words, np.mean(clips, axis=0))
    assert sorted(name.lift > 0 for name in named) == [False] * 2 + [True] * 4


def test_the_default_vocabulary_is_a_plain_list() -> None:
    """The default has a hundred or so different words; an edited list is read line by line, each once."""
    assert 90 <= len(DEFAULT_VOCABULARY) <= 150
    assert len(set(DEFAULT_VOCABULARY)) == len(DEFAULT_VOCABULARY)
    assert words_of(" dog, Cat\ncat\n\n red  car ,") == ("dog", "Cat", "red car")

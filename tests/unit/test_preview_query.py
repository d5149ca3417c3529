"""What the preview engine makes of the words that somebody types."""

from __future__ import annotations

import numpy as np
import pytest

from core.config import Settings
from core.embedding.preview.engine import PreviewEmbedder
from core.embedding.preview.query import understand
from core.embedding.preview.vocabulary import ENTRIES, MEANINGS, vocabulary
from core.embedding.preview.words import word_stems
from core.errors import QueryRefused
from core.model import Vector


def nothing_known() -> frozenset[str]:
    return frozenset()


def vector(text: str, modality: str = "visual", known: str = "") -> Vector:
    return understand(text, lambda: word_stems(known)).vectors().by_modality[modality]


def test_every_published_word_is_understood() -> None:
    """A word on the page gives a unit vector and is never ignored."""
    for group, words in vocabulary():
        for word in words:
            found = understand(word, nothing_known).vectors()
            assert found.understood == (word,), (group, word)
            assert not found.ignored
            assert found.by_modality
            for each in found.by_modality.values():
                assert np.linalg.norm(each) == pytest.approx(1.0, abs=1e-5)
                assert each.dtype == np.float32
                assert each.shape == (512,)


def test_no_word_is_published_twice() -> None:
    """Each word and each stem stands for one concept."""
    words = [word for entry in ENTRIES for word in entry.words]
    assert len(words) == len(set(words))
    assert len({id(entry) for entry in MEANINGS.values()}) == len(ENTRIES)


def test_words_outside_list_and_library_are_ignored() -> None:
    """ "Red car" without any car in a title: red is understood, car is ignored and changes nothing."""
    found = understand("the red car", nothing_known).vectors()
    assert (found.understood, found.ignored) == (("red",), ("car",))
    assert np.array_equal(found.by_modality["visual"], vector("red"))


def test_words_of_the_library_are_understood() -> None:
    """A word that a title, tag or subtitle has, in whatever form, is understood."""
    known = word_stems("My cars and bicycles")
    found = understand("car bicycling wheelbarrow", lambda: known).vectors()
    assert found.understood == ("car", "bicycling")
    assert found.ignored == ("wheelbarrow",)
    assert set(found.by_modality) == {"visual", "audio"}


@pytest.mark.parametrize("text", ["", "   ", "the of a", "!?", "car and dog"])
def test_nothing_understood_gives_no_vector(text: str) -> None:
    """Where no word means anything to the engine there is nothing to search."""
    assert not understand(text, nothing_known).vectors().by_modality


def test_stop_words_are_neither_understood_nor_ignored() -> None:
    """Filler is not reported in either list."""
    found = understand("show me a scene with the red", nothing_known).vectors()
    assert found.understood == ("red",)
    assert found.ignored == ()


def test_each_modality_has_only_its_own_concepts() -> None:
    """Music is not seen, red is not heard, a silent night is both."""
    assert set(understand("music", nothing_known).vectors().by_modality) == {"audio"}
    assert set(understand("red", nothing_known).vectors().by_modality) == {"visual"}
    assert set(understand("silent night", nothing_known).vectors().by_modality) == {"visual", "audio"}


def test_synonyms_spellings_and_forms_mean_the_same() -> None:
    """Grey is gray, flames are fire, talks is talking."""
    for one, other in (("gray", "grey"), ("fire", "flames"), ("center", "centre"), ("flash", "flashing")):
        assert np.array_equal(vector(one), vector(other))
    assert np.array_equal(vector("talks", "audio"), vector("voices", "audio"))


@pytest.mark.parametrize("text", ["red left", "left red", "red on the left", "a red thing at the left side"])
def test_a_place_binds_to_its_colour(text: str) -> None:
    """However it is put, red left means red in that place, not red and something on the left."""
    concepts = understand(text, nothing_known).concepts
    assert concepts["red@left"] == 1.0
    assert "left" not in concepts
    assert 0 < concepts["red"] < 1


def test_two_pairs_of_colour_and_place_stay_apart() -> None:
    """Red left, blue right and left red, right blue are the same picture."""
    for text in ("red left blue right", "left red right blue"):
        concepts = understand(text, nothing_known).concepts
        assert {name for name in concepts if "@" in name} == {"red@left", "blue@right"}


def test_a_colour_can_have_two_places() -> None:
    """Red top left is red at the top and red at the left."""
    for text in ("red top left", "top left red"):
        concepts = understand(text, nothing_known).concepts
        assert {name for name in concepts if "@" in name} == {"red@top", "red@left"}


def test_other_words_come_between_without_binding() -> None:
    """A place after another concept does not reach back to an earlier colour."""
    assert set(understand("red fire left", nothing_known).concepts) == {"red", "fire", "left"}


def test_phrases_come_before_their_words() -> None:
    """White noise is a sound and slow motion is slow; low contrast means nothing that the engine knows."""
    assert set(understand("white noise", nothing_known).concepts) == {"noise"}
    assert set(understand("slow motion", nothing_known).concepts) == {"slow"}
    low = understand("low contrast", nothing_known)
    assert not low.concepts
    assert low.ignored == ["low", "contrast"]


def test_words_of_a_query_combine() -> None:
    """Dark blue lies between dark and blue."""
    both = vector("dark blue")
    assert both @ vector("dark") == pytest.approx(both @ vector("blue"), abs=1e-4)
    assert both @ vector("dark") == pytest.approx(0.707, abs=1e-3)


def test_saying_a_word_twice_changes_nothing() -> None:
    """Repeating is not emphasis."""
    assert np.array_equal(vector("red red car car", known="car"), vector("red car", known="car"))


def test_a_published_word_that_is_also_written_finds_both() -> None:
    """Red finds red scenes first and videos with that title as well."""
    plain, with_title = vector("red"), vector("red", known="red dragon")
    assert 0.8 < plain @ with_title < 0.95


def test_a_text_that_is_too_long_is_refused_with_the_limit() -> None:
    """The sentence says how long it may be."""
    with pytest.raises(QueryRefused, match="2,000"):
        PreviewEmbedder(Settings()).embed_text("red " * 600)

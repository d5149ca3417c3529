"""The words of titles, tags and subtitles as directions of their own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.embedding.preview.vectors import BLOCKS, word_sum
from core.embedding.preview.words import STOP_WORDS, hashed, stem, tokens, word_stems

WORDS = sorted(
    word_stems(
        "car bicycle harbour lighthouse interview bottle tree wedding train station market dog cat drone "
        "concert rehearsal goal keeper corner kitchen recipe onion garlic mountain valley river bridge"
    )
)


def test_inflected_forms_share_a_stem() -> None:
    """Dancing, dances and danced are one word."""
    assert {stem("dancing"), stem("dances"), stem("danced")} == {stem("dance")}


def test_stems_leave_out_words_without_content() -> None:
    """Articles, prepositions and "video" are no words of a title."""
    assert word_stems("The video of a Red-Car, in the rain!") == {"red", "car", "rain"}
    assert not word_stems(" ".join(STOP_WORDS))


def test_file_names_fall_into_words() -> None:
    """Underscores, hyphens and dots separate, and case does not matter."""
    assert tokens("ASL_bird-WALK.final") == ["asl", "bird", "walk", "final"]


def test_words_of_any_script_are_words() -> None:
    """Accents and other scripts are kept."""
    assert word_stems("Überfall in 東京 café") == {"überfal", "東京", "café"}


@given(st.text(max_size=40))
def test_every_word_has_a_unit_direction_that_never_changes(word: str) -> None:
    """A direction has length 1, is the same every time, and uses each dimension once."""
    places = list(hashed(word, 261))
    assert places == list(hashed(word, 261))
    assert len({place for place, _ in places}) == len(places)
    assert all(0 <= place < 261 for place, _ in places)
    assert sum(value**2 for _, value in places) == pytest.approx(1.0)


def test_a_direction_is_the_same_on_every_machine() -> None:
    """The places of a known word are written down here; another result would orphan every index."""
    assert [place for place, _ in hashed("lighthous", 407)] == [400, 202, 339, 168, 222, 12, 356, 13]


@pytest.mark.parametrize("modality", ["visual", "audio"])
def test_different_words_hardly_collide(modality: str) -> None:
    """No two of thirty words are confused, and on the whole they are at right angles."""
    sums = [word_sum({word: 1.0}, modality) for word in WORDS]
    cosines = [float(a @ b) for a, b in itertools.combinations(sums, 2)]
    assert max(abs(cosine) for cosine in cosines) <= 0.5
    assert np.mean(np.abs(cosines)) < 0.1


def test_blocks_fill_the_space_without_overlap() -> None:
    """Concepts, words, fingerprint and rest are 512 dimensions together."""
    for blocks in BLOCKS.values():
        assert len(blocks.concepts) == len(set(blocks.concepts)) == blocks.words.start
        assert blocks.words.stop == blocks.look.start
        assert blocks.look.stop + blocks.rest == 512
        assert blocks.word_dimensions > 200

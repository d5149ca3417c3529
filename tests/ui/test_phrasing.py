"""What typed words say: exclusions, sequences, and what only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.phrasing import Phrase, understand, unquoted

tokens = st.sampled_from(
    (
        *("beach", "without", "-people", "x-ray", ",", "then", ", then ", '"', '"a, then b"'),
        *("or", "-", "within", "10 s", "“", "”", "and", "-5"),
    )
)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("beach without people", Phrase("beach", ("people",))),
        ("beach -people", Phrase("beach", ("people",))),
        ("beach WITHOUT people", Phrase("beach", ("people",))),
        ("-people beach -cars", Phrase("beach", ("people", "cars"))),
        ("beach without people or dogs", Phrase("beach", ("people", "dogs"))),
        ("beach without people without dogs", Phrase("beach", ("people", "dogs"))),
        ("beach without people -dogs", Phrase("beach", ("people", "dogs"))),
        ("beach without people, at night", Phrase("beach, at night", ("people",))),
        ('street -"red car"', Phrase("street", ("red car",))),
        ('street without "salt or pepper, mixed"', Phrase("street", ("salt or pepper, mixed",))),
        ("beach without x-ray machine", Phrase("beach", ("x-ray machine",))),
        ("without people", Phrase("", ("people",))),
        ("rain, then people", Phrase("rain", (), ("people",))),
        ("rain , Then people,then cars", Phrase("rain", (), ("people", "cars"))),
        ("rain, and then people", Phrase("rain", (), ("people",))),
        ("rain, then people within 20 seconds", Phrase("rain", (), ("people",), 20.0)),
        ("rain, then people within 2 min", Phrase("rain", (), ("people",), 120.0)),
        ("beach -dogs, then street -cars", Phrase("beach", ("dogs",), ("street -cars",))),
    ],
)
def test_words_are_taken_apart(typed: str, said: Phrase) -> None:
    """What is to be left out and what has to follow leave the words."""
    assert understand(typed) == said


@pytest.mark.parametrize(
    "typed",
    [
        "x-ray",
        "close-up of hands",
        "pre- and post-war houses",
        "close - up",
        "- people",
        "-5 degrees",
        "life without",
        "withoutabox",
        "first this then that",
        "then people",
        "within 10 seconds",
        '"a man without a hat"',
        '"rain, then people"',
        "“beach -people”",
        "24-7",
        "a, b",
        "rain,",
    ],
)
def test_words_that_only_look_like_it_stay(typed: str) -> None:
    """Hyphens inside words, numbers, quoted words and half sentences exclude nothing."""
    assert understand(typed) == Phrase(typed)


@given(st.lists(tokens | st.text(max_size=6), max_size=12).map(" ".join) | st.text())
@example("a without without b")
@example("a , then , then b")
@example('"a -b')
def test_what_is_left_says_nothing_more(typed: str) -> None:
    """Understanding what is left changes nothing, so a link that holds it is stable; no part is empty."""
    phrase = understand(typed)
    assert understand(phrase.words) == Phrase(phrase.words)
    assert all(unquoted(words) == words and words for words in phrase.without)
    assert all(phrase.then)


def test_quotes_do_not_reach_the_engine() -> None:
    """Pairs of quotes are taken off; a sign for inches stays."""
    assert unquoted('"a man without a hat" -') == "a man without a hat -"
    assert unquoted('a 6" pipe') == 'a 6" pipe'

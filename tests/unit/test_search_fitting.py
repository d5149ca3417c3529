"""What the figures say by which terms, modalities and incomplete segments are fitted to each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.model import Modality
from core.search.balance import BOUND, Trial, balanced
from core.search.calibration import Background
from core.search.presence import MOST, Presence, averaged, learn, subsets
from core.search.reliability import weights
from core.search.scoring import TermPart
from core.search.yardsticks import Yardstick

SEEN: tuple[Modality, ...] = ("visual", "audio")
RULER = Yardstick(floor=0.02, noise=0.02)


def trial(*scores: np.ndarray) -> Trial:
    """Return a trial of terms that are compared in one modality."""
    stacked = np.stack(scores).astype(np.float64)
    return Trial(stacked, stacked, np.ones(stacked.shape[1]))


def part(modality: Modality, lift: float, spread: float = 0.03, count: int = 500) -> TermPart:
    background = Background(count, 0.1, lift, lift, spread, 0.1 + lift, 0.1, spread)
    return TermPart(0, modality, 1.0, np.ones(2, np.float32), background, RULER)


# -- balance --


@given(st.integers(0, 10_000), st.floats(0.4, 2.5), st.integers(2, 4))
@example(1029, 2.0, 4)
def test_each_term_gets_as_much_of_the_top(seed: int, louder: float, terms: int) -> None:
    """Of terms that only differ in how much they give, equal weights give each as many of its best ten."""
    rng = np.random.default_rng(seed)
    scores = rng.exponential(0.3, size=(terms, 60)) * np.array([louder, *[1.0] * (terms - 1)])[:, None]
    factors = balanced(trial(*scores))
    top = set(np.argsort(-(np.array(factors) @ scores))[:10])
    counts = [len(top & set(np.argsort(-some)[:10])) for some in scores]
    assert max(counts) - min(counts) <= (2 if terms == 2 else 5)
    assert math.prod(factors) == pytest.approx(1)
    assert all(1 / BOUND - 1e-9 <= factor <= BOUND + 1e-9 for factor in factors)


def test_terms_are_balanced_alike_in_either_order() -> None:
    """Which term comes first makes no difference."""
    rng = np.random.default_rng(1)
    one, other = rng.exponential(0.3, size=(2, 60)) * [[2.0], [1.0]]
    assert balanced(trial(one, other)) == pytest.approx(balanced(trial(other, one))[::-1])


@pytest.mark.parametrize(
    "other",
    [
        np.arange(40) / 40,
        np.zeros(40),
        np.ones(40),
        -np.arange(40) / 40 - 0.1,
        np.full(40, -np.inf),
    ],
)
def test_where_nothing_can_be_told_nothing_changes(other: np.ndarray) -> None:
    """Beside the same term again, or one that matches nothing or all alike, a term is left as it is."""
    mine = np.arange(40) / 40
    found = Trial(np.stack([mine, np.nan_to_num(other, neginf=0)]), np.stack([mine, other]), np.ones(40))
    assert balanced(found) == [1, 1]


# -- reliability --


@given(st.floats(-0.1, 0.5), st.floats(-0.1, 0.5), st.floats(0, 0.1), st.integers(1, 5000))
def test_the_best_modality_weighs_one(seen: float, heard: float, spread: float, count: int) -> None:
    """Weights lie above 0 and end at 1, and the modality in which more stands out has the larger."""
    found = weights(
        {"visual": part("visual", seen, spread, count), "audio": part("audio", heard, spread, count)}
    )
    assert max(found.values()) == 1
    assert min(found.values()) > 0
    assert (found["visual"] - found["audio"]) * (seen - heard) >= 0


def test_noise_weighs_little_beside_a_match_and_even_alone() -> None:
    """What stands out no further than chance counts little, unless nothing does anywhere."""
    assert weights({"visual": part("visual", 0.2), "audio": part("audio", 0.07)})["audio"] < 0.1
    assert weights({"visual": part("visual", 0.06), "audio": part("audio", 0.07)})["visual"] == 1
    assert weights({"audio": part("audio", 0.001)}) == {"audio": 1.0}


# -- presence --


@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(0, 2))
def test_what_is_missing_never_takes_away(seed: int, count: int, agree: float) -> None:
    """A factor lies between 1 and what the missing modalities may add at most."""
    rng = np.random.default_rng(seed)
    seen = rng.normal(0.3, 0.5, count)
    factors = learn(SEEN, np.stack([seen, agree * seen + rng.normal(0, 0.2, count)], axis=1))
    assert set(factors) == {("visual",), ("audio",)}
    assert all(1 <= factor <= 1 + MOST for factor in factors.values())


def test_sound_that_agrees_is_granted_to_the_silent() -> None:
    """Where complete segments are worth twice what is seen of them, so are silent ones."""
    seen = np.linspace(0.1, 1, 30)
    assert learn(SEEN, np.stack([seen, seen], axis=1))["visual",] == pytest.approx(2)
    assert learn(SEEN, np.stack([seen, 0 * seen], axis=1))["visual",] == 1


def test_terms_have_a_say_where_they_are_compared() -> None:
    """A query's factor is the mean of its terms by share, without those that a segment has nothing of."""
    found = averaged(SEEN, [(0.75, SEEN, {("visual",): 2.0, ("audio",): 1.5}), (0.25, ("visual",), {})])
    assert found.of({"visual": 1}) == pytest.approx(1.75)
    assert found.of({"audio": 1}) == pytest.approx(1.5)
    assert found.of({"visual": 1, "audio": 1}) == found.of({"transcription": 1}) == 1
    assert found.largest == pytest.approx(1.75)
    assert Presence().largest == Presence().of({"visual": 1}) == 1


def test_subsets_end_with_the_whole() -> None:
    """Every set of at least one modality comes once, the whole one last."""
    assert subsets(SEEN) == [("visual",), ("audio",), SEEN]
    assert len(subsets(("visual", "audio", "transcription", "fused"))) == 15
    assert subsets(()) == []

"""How a segment's vector is put together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.embedding.preview.concepts import AUDIO, VISUAL
from core.embedding.preview.fingerprints import unit
from core.embedding.preview.vectors import BLOCKS, sample_vector, segment_vector, text_vector
from core.model import Vector

NAMES = {"visual": VISUAL, "audio": AUDIO}


def made(modality: str, activations: dict[str, float], stems: dict[str, float], seed: int = 0) -> Vector:
    rng = np.random.default_rng(seed)
    blocks = BLOCKS[modality]
    look, rest = unit(rng.normal(size=blocks.fingerprint)), unit(rng.normal(size=blocks.rest))
    return segment_vector(modality, activations, stems, look, rest)


@given(
    st.sampled_from(["visual", "audio"]),
    st.dictionaries(st.integers(0, 11), st.floats(0, 1), max_size=8),
    st.sets(st.text(min_size=1, max_size=8), max_size=30),
    st.integers(0, 99),
)
def test_every_segment_vector_has_unit_length(
    modality: str, activations: dict[int, float], stems: set[str], seed: int
) -> None:
    """Whatever is active and however many words there are: finite, 512 float32, length 1."""
    named = {NAMES[modality][index]: value for index, value in activations.items()}
    vector = made(modality, named, dict.fromkeys(stems, 1.0), seed)
    assert vector.dtype == np.float32
    assert vector.shape == (512,)
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("modality", ["visual", "audio"])
def test_the_cosine_with_a_word_is_its_activation(modality: str) -> None:
    """It is proportional to the activation and the same whatever else the segment shows or is called."""
    name = NAMES[modality][3]
    text = text_vector(modality, {name: 1.0}, {})
    assert text is not None
    gain = BLOCKS[modality].gain
    others = dict.fromkeys(NAMES[modality][4:9], 0.8)
    for seed, (activation, rest, words) in enumerate(
        [(1.0, {}, {}), (1.0, others, {}), (0.5, others, {"car": 1.0}), (0.0, others, {"car": 1.0})]
    ):
        vector = made(modality, {**rest, name: activation}, words, seed)
        assert float(vector @ text) == pytest.approx(gain * activation, abs=2e-4)


def test_a_word_is_found_and_others_are_not() -> None:
    """A title word has the gain of a full concept; a word that is not there is near nothing."""
    vector = made("visual", {}, {"lighthous": 1.0, "harbour": 1.0})
    for stem, low, high in (("lighthous", 0.1, 0.2), ("bicycl", -0.05, 0.05)):
        text = text_vector("visual", {}, {stem: 1.0})
        assert text is not None
        assert low < float(vector @ text) < high


def test_more_words_than_fit_stay_comparable() -> None:
    """Sixty subtitle words share the energy that there is; each still stands out from absent ones."""
    said = {f"word{index}": 1.0 for index in range(60)}
    vector = made("audio", {}, said)

    def cosine(stem: str) -> float:
        text = text_vector("audio", {}, {stem: 1.0})
        assert text is not None
        return float(vector @ text)

    present = [cosine(stem) for stem in said]
    absent = [cosine(f"other{index}") for index in range(60)]
    assert np.mean(present) > 5 * abs(np.mean(absent)) + 0.03
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_a_sample_is_compared_by_fingerprint_only() -> None:
    """Concepts and words of a segment do not change its cosine with a clip."""
    rng = np.random.default_rng(4)
    blocks = BLOCKS["visual"]
    look, rest = unit(rng.normal(size=blocks.fingerprint)), unit(rng.normal(size=blocks.rest))
    sample = sample_vector("visual", look)
    bare = segment_vector("visual", {}, {}, look, rest)
    full = segment_vector("visual", dict.fromkeys(VISUAL[:15], 1.0), {"car": 1.0}, look, rest)
    assert float(bare @ sample) == pytest.approx(float(full @ sample), abs=2e-4)
    assert float(bare @ sample) == pytest.approx(np.sqrt(blocks.look_energy), abs=2e-4)

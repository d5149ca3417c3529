"""What the preview engine hears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.embedding.preview.concepts import AUDIO
from core.embedding.preview.fingerprints import sound_fingerprint
from core.embedding.preview.hearing import heard_in, sound_concepts
from core.embedding.preview.reading import Reading, Sound
from core.embedding.preview.resampling import SAMPLE_RATE
from core.embedding.preview.sound_log import WIDTH, SoundLog
from tests import scene_sounds as sounds

SECONDS = 4.0
PLAYED: dict[str, tuple[sounds.Sound, ...]] = {
    "silence": (sounds.silence(),),
    "quiet": (sounds.tone(440, 0.01), sounds.noise(0.015), sounds.melody([262, 330, 392], level=0.02)),
    "loud": (sounds.tone(440, 0.9), sounds.noise(0.9)),
    "tone": (sounds.tone(440), sounds.tone(1000, 0.3)),
    "music": (
        sounds.melody([262, 330, 392, 523, 392, 330]),
        sounds.melody([440, 494, 554, 587, 659], 0.25),
        sounds.chords([262, 349, 392, 262]),
    ),
    "beep": (sounds.beeps(), sounds.beeps(880, 1.0, 0.2), sounds.beeps(2000, 0.4, 0.1)),
    "speech": (sounds.talk(), sounds.talk(200, seed=8), sounds.talk(110, 0.4, seed=21)),
    "noise": (sounds.noise(), sounds.noise(0.1)),
    "rhythm": (sounds.drum(), sounds.drum(0.35)),
    "low": (sounds.tone(120), sounds.tone(160, 0.3)),
    "high": (sounds.tone(3000), sounds.tone(5000)),
    "hum": (sounds.tone(50), lambda t: sum(0.1 / k * np.sin(2 * np.pi * 60 * k * t) for k in (1, 2, 3))),
}
OVERLAPS = {
    ("tone", "quiet"), ("tone", "loud"), ("noise", "quiet"), ("noise", "loud"), ("music", "quiet"),
}  # fmt: skip
"""(concept, sound of another concept): a soft tone is a tone as well."""


def rows_of(samples: np.ndarray, pieces: int = 7) -> np.ndarray:
    log = SoundLog(0.0)
    for piece in np.array_split(np.clip(samples, -1, 1), pieces):
        log.add(piece)
    log.finish()
    return log.stretch(0.0, len(samples) / SAMPLE_RATE)


def heard(sound: sounds.Sound) -> dict[str, float]:
    time_s = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    return sound_concepts(heard_in(rows_of(sound(time_s))))


@pytest.fixture(scope="module")
def activations() -> dict[tuple[str, int], dict[str, float]]:
    return {(name, k): heard(sound) for name, played in PLAYED.items() for k, sound in enumerate(played)}


@pytest.mark.parametrize("concept", AUDIO)
def test_each_sound_answers_to_its_word_most(
    concept: str, activations: dict[tuple[str, int], dict[str, float]]
) -> None:
    """Every sound of a kind has more of its concept than any sound of another kind."""
    own = min(found[concept] for (name, _), found in activations.items() if name == concept)
    others = {
        name: found[concept]
        for (name, _), found in activations.items()
        if name != concept and (concept, name) not in OVERLAPS
    }
    assert own > 0.6
    assert own > max(others.values()) + 0.05, others


def test_activations_are_shares(activations: dict[tuple[str, int], dict[str, float]]) -> None:
    """Every concept is told of every sound, between 0 and 1."""
    for found in activations.values():
        assert set(found) == set(AUDIO)
        assert all(0.0 <= value <= 1.0 for value in found.values())


def test_louder_is_louder() -> None:
    """The same melody at rising levels is rising in loud."""
    levels = [heard(sounds.melody([262, 330, 392], level=level))["loud"] for level in (0.03, 0.1, 0.3, 0.9)]
    assert levels == sorted(levels)
    assert levels[-1] > levels[0] + 0.5


def test_silence_has_a_fingerprint_of_its_own() -> None:
    """Nothing that is heard sounds like silence."""
    quiet = sound_fingerprint(rows_of(np.zeros(SAMPLE_RATE)), silent=True)
    tone = sound_fingerprint(rows_of(0.2 * np.sin(np.arange(SAMPLE_RATE) / 9)), silent=False)
    assert np.linalg.norm(quiet) == pytest.approx(1.0)
    assert np.linalg.norm(tone) == pytest.approx(1.0)
    assert abs(float(quiet @ tone)) < 1e-9


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(10), np.full(4000, np.nan), np.full(9000, 1e30)])
def test_strange_samples_give_numbers(samples: np.ndarray) -> None:
    """Too little sound, or what is no number, gives finite rows."""
    log = SoundLog(0.0)
    log.add(samples)
    log.finish()
    rows = log.stretch(0.0, 1.0)
    assert rows.shape[1] == WIDTH
    assert np.isfinite(rows).all()


def test_pieces_do_not_matter() -> None:
    """However the decoder cuts the samples, the rows are the same."""
    samples = 0.3 * np.random.default_rng(1).uniform(-1, 1, 3 * SAMPLE_RATE)
    assert np.array_equal(rows_of(samples, 1), rows_of(samples, 211))


@pytest.fixture(scope="module")
def real_speech(footage: Path) -> Iterator[np.ndarray]:
    """Samples of a real speech."""
    with Reading(footage / "whisper_jfk.flac", 10**8) as reading:
        yield np.concatenate([item.samples for item in reading.stretch(0.0, 11.0) if isinstance(item, Sound)])


def test_real_speech_is_speech(real_speech: np.ndarray) -> None:
    """A recorded speech answers to speech more than to any other word about sounds, in each part of it."""
    rows = rows_of(real_speech)
    for start in range(0, len(rows) - 125, 62):
        found = sound_concepts(heard_in(rows[start : start + 125]))
        assert found["speech"] > 0.5
        assert found["speech"] == max(value for name, value in found.items() if name != "loud")

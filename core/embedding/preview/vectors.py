"""How a segment's vector is put together, so that a cosine with a word is the word's activation.

A vector has length 1 and four blocks: concepts, words, fingerprint and rest. A concept's coordinate
is its activation times a fixed gain, whatever else the segment holds; the fingerprint has a fixed
length; what energy concepts and words leave over goes to the rest, which is a coarser fingerprint.
Words of a query have nothing but concepts and words, a clip has nothing but the fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.embedding.preview.concepts import AUDIO, VISUAL
from core.embedding.preview.curves import Floats
from core.embedding.preview.fingerprints import LAYOUT, MOTION, SOUND, STILL_LOOK, unit
from core.embedding.preview.sound_log import BANDS
from core.embedding.preview.words import hashed
from core.model import Modality, Vector

DIMENSION: Final = 512
_PRECISION: Final = 1e-4
"""Coordinates are rounded to this before they get unit length, so that machines agree."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Where the blocks of one modality begin and how much energy each may have."""

    concepts: tuple[str, ...]
    fingerprint: int
    rest: int
    gain: float
    """Coordinate of a concept that is fully there, and of a word."""
    concept_energy: float
    word_energy: float

    @property
    def words(self) -> slice:
        return slice(len(self.concepts), DIMENSION - self.fingerprint - self.rest)

    @property
    def look(self) -> slice:
        return slice(DIMENSION - self.fingerprint - self.rest, DIMENSION - self.rest)

    @property
    def word_dimensions(self) -> int:
        return DIMENSION - self.fingerprint - self.rest - len(self.concepts)

    @property
    def look_energy(self) -> float:
        return 1.0 - self.concept_energy - self.word_energy


BLOCKS: Final[Mapping[Modality, Blocks]] = {
    "visual": Blocks(VISUAL, STILL_LOOK + MOTION, LAYOUT, gain=0.15, concept_energy=0.40, word_energy=0.18),
    "audio": Blocks(AUDIO, SOUND, BANDS, gain=0.18, concept_energy=0.22, word_energy=0.33),
}
MOTION_SHARE: Final = 0.1


def segment_vector(
    modality: Modality,
    activations: Mapping[str, float],
    stems: Mapping[str, float],
    look: Floats,
    rest: Floats,
) -> Vector:
    """Return the unit vector of a segment.

    ``look`` (fingerprint,) and ``rest`` (rest,) are unit vectors; ``stems`` are the words that are
    attached to the segment, each with how far it belongs to it, 0 to 1.
    """
    blocks = BLOCKS[modality]
    vector = np.zeros(DIMENSION)
    concepts = blocks.gain * np.array([activations.get(name, 0.0) for name in blocks.concepts])
    vector[: len(concepts)] = _within(concepts, blocks.concept_energy)
    words = blocks.gain * word_sum(stems, modality)
    vector[blocks.words] = _within(words, blocks.word_energy)
    left = blocks.concept_energy + blocks.word_energy - float((vector**2).sum())
    vector[blocks.look] = np.sqrt(blocks.look_energy) * look
    vector[DIMENSION - blocks.rest :] = np.sqrt(max(0.0, left)) * rest
    return finished(vector)


def text_vector(
    modality: Modality, concepts: Mapping[str, float], stems: Mapping[str, float]
) -> Vector | None:
    """Return the unit vector of weighted concepts and words; None where there is nothing."""
    blocks = BLOCKS[modality]
    vector = np.zeros(DIMENSION)
    for name, weight in concepts.items():
        vector[blocks.concepts.index(name)] += weight
    vector[blocks.words] += word_sum(stems, modality)
    return finished(vector) if vector.any() else None


def sample_vector(modality: Modality, look: Floats) -> Vector:
    """Return the unit vector of a sample clip or picture; ``look`` may leave motion at 0."""
    blocks = BLOCKS[modality]
    vector = np.zeros(DIMENSION)
    vector[blocks.look] = look
    return finished(vector)


def picture_look(still: Floats, motion: Floats | None) -> Floats:
    """Return the visual fingerprint; without motion it is that of a still picture."""
    moving = np.zeros(MOTION) if motion is None else motion
    return np.concatenate([np.sqrt(1.0 - MOTION_SHARE) * still, np.sqrt(MOTION_SHARE) * moving])


def word_sum(stems: Mapping[str, float], modality: Modality) -> Floats:
    """Return the weighted sum of the words' own directions."""
    size = BLOCKS[modality].word_dimensions
    total = np.zeros(size)
    for stem in sorted(stems):
        for place, sign in hashed(stem, size):
            total[place] += sign * stems[stem]
    return total


def finished(vector: Floats) -> Vector:
    """Return the vector rounded, with unit length, as float32."""
    rounded = np.round(vector / _PRECISION) * _PRECISION
    result: Vector = unit(rounded).astype(np.float32)
    return result


def _within(values: Floats, energy: float) -> Floats:
    """Return the values, all weaker by the same factor where together they have too much energy."""
    have = float((values**2).sum())
    return values * np.sqrt(energy / have) if have > energy else values

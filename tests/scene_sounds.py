"""Sounds for drawn scenes, each a function of time in seconds (n,) to samples -1 to 1 (n,)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Wave: TypeAlias = NDArray[np.float64]
Sound: TypeAlias = Callable[[Wave], Wave]


def tone(hertz: float, level: float = 0.2) -> Sound:
    return lambda t: level * np.sin(2 * np.pi * hertz * t)


def silence() -> Sound:
    return np.zeros_like


def noise(level: float = 0.2, seed: int = 5) -> Sound:
    return lambda t: level * np.random.default_rng(seed).uniform(-1, 1, len(t))


def melody(notes: Sequence[float], note_s: float = 0.35, level: float = 0.2) -> Sound:
    """Plucked notes one after the other, with overtones that fade."""

    def play(t: Wave) -> Wave:
        which = (t / note_s).astype(int) % len(notes)
        hertz = np.array(notes)[which]
        since = t % note_s
        fade = np.minimum(1, since / 0.01) * np.exp(-2.5 * since)
        return level * fade * sum(np.sin(2 * np.pi * k * hertz * t) / k**1.5 for k in (1, 2, 3))

    return play


def chords(roots: Sequence[float], chord_s: float = 1.0, level: float = 0.1) -> Sound:
    """Major chords that are held."""

    def play(t: Wave) -> Wave:
        root = np.array(roots)[(t / chord_s).astype(int) % len(roots)]
        return level * sum(np.sin(2 * np.pi * root * ratio * t) for ratio in (1, 1.26, 1.498, 2))

    return play


def beeps(hertz: float = 1000, every_s: float = 0.6, length_s: float = 0.15, level: float = 0.25) -> Sound:
    return lambda t: level * np.sin(2 * np.pi * hertz * t) * (t % every_s < length_s)


def drum(every_s: float = 0.5, level: float = 0.5) -> Sound:
    """A deep stroke on every beat and a hissing one between."""

    def play(t: Wave) -> Wave:
        deep, off = t % every_s, (t + every_s / 2) % every_s
        hiss = np.random.default_rng(7).uniform(-1, 1, len(t))
        stroke = np.sin(2 * np.pi * (50 * deep + 3 * (1 - np.exp(-deep * 30)))) * np.exp(-deep * 14)
        return level * (stroke + 0.4 * hiss * np.exp(-off * 45))

    return play


def talk(pitch: float = 125, level: float = 0.2, seed: int = 3) -> Sound:
    """A buzzing voice: gliding pitch, vowels as resonances, syllables, hissing consonants, pauses."""

    def play(t: Wave) -> Wave:
        rng = np.random.default_rng(seed)
        count = int(t[-1] / 0.2) + 2
        vowels = np.array([(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)])
        chosen, quiet = vowels[rng.integers(0, 4, count)], rng.random(count) < 0.18
        slot = np.minimum((t / 0.2).astype(int), count - 1)
        since = t % 0.2 / 0.2
        glide = pitch * (1 + 0.18 * np.sin(2 * np.pi * 0.7 * t) + 0.06 * np.sin(2 * np.pi * 2.3 * t))
        phase = 2 * np.pi * np.cumsum(glide) / (1 / (t[1] - t[0]))
        voice = np.zeros_like(t)
        for k in range(1, 30):
            near = sum(np.exp(-(((k * glide - chosen[slot, f]) / 130) ** 2)) for f in range(3))
            voice += (near + 0.03) / k**0.3 * np.sin(k * phase)
        envelope = np.sin(np.pi * np.clip((since - 0.15) / 0.85, 0, 1)) ** 0.7
        hiss = 0.35 * rng.uniform(-1, 1, len(t)) * (since < 0.15)
        return level * np.where(quiet[slot], 0.0, voice * envelope * 0.5 + hiss)

    return play


def wind(level: float = 0.12, seed: int = 9) -> Sound:
    """Dull noise that swells: something is heard, and it is none of the words."""

    def play(t: Wave) -> Wave:
        rough = np.random.default_rng(seed).normal(size=len(t))
        dull = np.convolve(rough, np.hanning(400) / 200, "same")
        return 8 * level * dull * (0.6 + 0.4 * np.sin(2 * np.pi * 0.3 * t)) / 2

    return play

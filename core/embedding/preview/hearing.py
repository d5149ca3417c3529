"""From what was heard in a segment to activations of the audio concepts, each 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.embedding.preview.concepts import AUDIO
from core.embedding.preview.curves import Floats, band, falling, rising
from core.embedding.preview.sound_log import BANDS, FIELDS, ROWS_PER_S

_SILENT_DB: Final = -62.0
"""Mean level below which people hear nothing in a normal recording."""
_BELOW_LOUDEST_DB: Final = 26.0
_ON_DB: Final = -56.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Sums over the rows of one segment."""

    level: float
    """Mean power, in dB of full scale."""
    on: float
    """Share of the time in which something sounds."""
    bursts_per_s: float
    burst_s: float
    plateau: float
    """Share of the sounding time in which the level stays."""
    decay: float
    """Share of the sounding time in which the level falls off."""
    tonal: float
    flatness: float
    low: float
    high: float
    richness: float
    note: float
    """Usual strongest note, semitones above 440 Hz."""
    same_note: float
    """Share of neighbouring rows with the same note."""
    notes: float
    """Different notes that are heard for a good part of the time."""
    together: float
    """Different notes at the same time."""
    voiced: float
    """Share of the sounding time with the pitch of a voice."""
    voice_note: float
    """Usual pitch of the voice, semitones above 440 Hz."""
    glides: float
    """Share of voiced neighbours whose pitch moves a little."""
    syllables: float
    """How much of the level's movement is as fast as syllables, 0 to 1."""
    depth: float
    """How much the level moves, relative to its mean."""
    pulse: float
    """How regularly onsets come back, 0 to 1."""
    onsets: float
    """Strength of the onsets, dB."""


def heard_in(rows: Floats) -> Heard | None:
    """Sum up the rows of a segment; None where it is silent."""
    f = {name: rows[:, index] for index, name in enumerate(FIELDS)}
    power = 10.0 ** (f["level"] / 10.0)
    level = 10.0 * math.log10(float(power.mean()) + 1e-12)
    if level < _SILENT_DB:
        return None
    on = f["level"] > max(_ON_DB, float(np.sort(f["level"])[int(0.95 * (len(rows) - 1))]) - _BELOW_LOUDEST_DB)
    if not on.any():
        on = f["level"] >= f["level"].max()
    runs = _runs(on)
    steps = np.diff(f["level"])[on[1:] & on[:-1]]
    weight = power * on / float((power * on).sum())
    tones = on & (f["tonal"] > 0.35)
    voiced = on & (f["voice"] > 0.55)
    chroma = rows[:, len(FIELDS) + BANDS :]
    depth, syllables = _modulation(np.sqrt(power))
    pulse, onsets = _pulse(rows[:, len(FIELDS) : len(FIELDS) + BANDS], f["level"])
    return Heard(
        level=level,
        on=float(on.mean()),
        bursts_per_s=len(runs) * ROWS_PER_S / len(rows),
        burst_s=sum(runs) / len(runs) / ROWS_PER_S,
        plateau=_share(np.abs(steps) < 1.2),
        decay=_share((steps < -0.6) & (steps > -12.0)),
        tonal=float((weight * f["tonal"]).sum()),
        flatness=float((weight * f["flatness"]).sum()),
        low=float((weight * f["low"]).sum()),
        high=float((weight * f["high"]).sum()),
        richness=float(f["richness"][on].mean()),
        note=float(np.median(f["note"][tones])) if tones.any() else 0.0,
        same_note=_share(np.abs(np.diff(f["note"]))[tones[1:] & tones[:-1]] < 0.4),
        notes=_different_notes(f["note"][tones]),
        together=_notes_at_once(chroma[tones]),
        voiced=float(voiced.sum() / on.sum()),
        voice_note=float(np.median(f["voice_note"][voiced])) if voiced.any() else 0.0,
        glides=_share(_between(np.abs(np.diff(f["voice_note"]))[voiced[1:] & voiced[:-1]], 0.08, 2.5)),
        syllables=syllables,
        depth=depth,
        pulse=pulse,
        onsets=onsets,
    )


def sound_concepts(h: Heard | None) -> dict[str, float]:
    """Return activations of the audio concepts; ``None`` is silence."""
    if h is None:
        return dict.fromkeys(AUDIO, 0.0) | {"silence": 1.0, "quiet": 0.6}
    tonal = rising(h.tonal, 0.35, 0.75)
    one_note = falling(h.notes, 1.3, 2.6) * falling(h.together, 1.4, 2.2)
    lasting = rising(h.on, 0.75, 0.95) * rising(h.same_note, 0.6, 0.9)
    deep, shrill = falling(h.note, _A2, _A3), rising(h.note, 14.0, 26.0)
    pieces = band(h.on, 0.03, 0.12, 0.8, 0.97) * falling(h.burst_s, 0.5, 1.0)
    beep = tonal * one_note * pieces * rising(h.plateau, 0.1, 0.35) * rising(h.note, -14.0, -5.0)
    speech = _speech(h)
    several = max(rising(h.notes, 1.4, 2.5), rising(h.together, 1.5, 2.5))
    music = (
        rising(h.tonal, 0.25, 0.6) * several * rising(h.same_note, 0.3, 0.6) * (1.0 - min(0.95, 1.5 * speech))
    )
    struck = max(rising(h.decay, 0.25, 0.55), rising(h.flatness, 0.1, 0.3))
    rhythm = rising(h.pulse, 0.25, 0.6) * rising(h.onsets, 3.0, 9.0) * struck
    rhythm *= (1.0 - 0.8 * beep) * (1.0 - 0.7 * speech) * (1.0 - 0.5 * music)
    very_deep = max(falling(h.note, _A1, _A2), rising(h.richness, 1.3, 2.3) * falling(h.note, _A2, _A3))
    hum = tonal * lasting * one_note * rising(h.low, 0.4, 0.8) * very_deep
    # What somebody calls a tone, or noise, is neither very soft nor very loud; those have their words.
    usual = (1.0 - 0.1 * band(h.level, -62.0, -55.0, -38.0, -24.0)) * (
        1.0 - 0.1 * rising(h.level, -12.0, -4.0)
    )
    return {
        "silence": 0.0,
        "quiet": band(h.level, -62.0, -55.0, -38.0, -24.0),
        "loud": rising(h.level, -28.0, -3.0),
        "tone": tonal * one_note * lasting * (1.0 - 0.3 * max(deep, shrill)) * usual,
        "music": music,
        "beep": beep,
        "speech": speech,
        "noise": rising(h.flatness, 0.08, 0.3) * (1.0 - tonal) * rising(h.on, 0.5, 0.9) * usual,
        "rhythm": rhythm,
        "low": rising(h.low, 0.4, 0.9)
        * rising(h.tonal, 0.2, 0.6)
        * falling(h.note, -13.0, -6.0)
        * (0.5 + 0.5 * lasting)
        * (1.0 - 0.25 * hum),
        "high": rising(h.high, 0.4, 0.9) * tonal * rising(h.note, 14.0, 28.0),
        "hum": hum,
    }


_A1, _A2, _A3 = -32.0, -21.0, -13.0
"""About 70, 130 and 210 Hz, in semitones above 440 Hz."""


def _speech(h: Heard) -> float:
    """Voiced at the pitch of people, in syllables, and gliding or at least buzzing like a voice."""
    # Somebody who makes long pauses still speaks: the pitch glides like no instrument's.
    pauses = 0.85 * rising(h.depth, 0.6, 1.0) * rising(h.glides, 0.35, 0.6)
    buzz = rising(h.richness, 3.0, 4.5) * falling(h.voice_note, -9.0, -4.0) * rising(h.depth, 0.4, 0.7)
    return (
        rising(h.voiced, 0.15, 0.4)
        * rising(h.depth, 0.25, 0.5)
        * max(rising(h.syllables, 0.25, 0.45), pauses)
        * rising(h.richness, 2.0, 3.2)
        * max(rising(h.glides, 0.15, 0.45), 0.8 * buzz)
        * falling(h.high, 0.45, 0.7)
        * falling(h.low, 0.55, 0.9)
    )


def _runs(on: NDArray[np.bool_]) -> list[int]:
    """Return the lengths of the stretches in which something sounds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [int(end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _between(values: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & (values <= high)


def _different_notes(notes: Floats) -> float:
    """Return how many notes are heard: the effective number, so that rare ones hardly count."""
    if not len(notes):
        return 0.0
    _, counts = np.unique(np.round(notes), return_counts=True)
    shares = counts / counts.sum()
    return float(1.0 / (shares**2).sum())


def _notes_at_once(chroma: Floats) -> float:
    """Return how many of the twelve notes sound together; a note between two of them is one."""
    if not len(chroma):
        return 0.0
    top = (chroma > np.roll(chroma, 1, axis=1)) & (chroma >= np.roll(chroma, -1, axis=1)) & (chroma > 0.1)
    return float(top.sum(axis=1).mean())


def _modulation(amplitude: Floats) -> tuple[float, float]:
    """Return (depth, share of movement between 2 and 8 Hz) of the level."""
    mean = float(amplitude.mean())
    if len(amplitude) < 16 or mean <= 0:
        return 0.0, 0.0
    waves = np.abs(np.fft.rfft((amplitude - mean) * np.hanning(len(amplitude)))) ** 2
    rates = np.arange(len(waves)) * ROWS_PER_S / len(amplitude)
    moving = float(waves[(rates > 0.7) & (rates < 15.0)].sum())
    syllables = float(waves[(rates >= 2.0) & (rates <= 8.0)].sum())
    return float(amplitude.std()) / mean, syllables / moving if moving > 0 else 0.0


def _pulse(bands: Floats, level: Floats) -> tuple[float, float]:
    """Return (regularity, strength) of the onsets."""
    if len(bands) < 24:
        return 0.0, 0.0
    audible = np.maximum(bands, level.max() - 60.0)
    rises = np.sort(np.maximum(0.0, np.diff(audible, axis=0)), axis=1)
    rise = rises[:, -BANDS // 4 :].mean(axis=1)
    strength = float(np.sort(rise)[int(0.96 * (len(rise) - 1))])
    centred = rise - rise.mean()
    energy = float((centred**2).sum())
    if energy <= 0:
        return 0.0, strength
    longest = min(len(centred) // 2, round(1.25 * ROWS_PER_S))
    lags = range(round(0.18 * ROWS_PER_S), max(longest, round(0.18 * ROWS_PER_S) + 1))
    size = len(centred)
    like = [float((centred[:-lag] * centred[lag:]).sum()) / energy * size / (size - lag) for lag in lags]
    return max(0.0, *like), strength

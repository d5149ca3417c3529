"""What makes a segment look and sound like itself: the part of a vector that clips are found by.

Features are taken less a fixed typical value and stretched by a fixed typical spread, so that two
videos that have nothing in common are near a right angle instead of near each other.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.embedding.preview.colours import COLOURS, PLANES
from core.embedding.preview.curves import Floats
from core.embedding.preview.looks import Look, low_waves
from core.embedding.preview.movement import Movement
from core.embedding.preview.sound_log import BANDS, FIELDS

LAYOUT: Final = 35
STILL_LOOK: Final = LAYOUT + 30 + 39
"""Numbers that a single picture has as well."""
MOTION: Final = 8
SOUND: Final = BANDS + BANDS + 12 + 8 + 1

# Shares of the energy of a fingerprint.
_LAYOUT_SHARE: Final = 0.45
_EDGES_SHARE: Final = 0.20
_PALETTE_SHARE: Final = 0.35


_USUAL_PALETTE: Final = np.full((3, PLANES - 1), 0.03)
"""Square roots of the shares that most footage has: dark, middle and light greys above all."""
for _colour, _shares in {
    "gray": (0.20, 0.45, 0.30),
    "black": (0.12, 0.03, 0.03),
    "white": (0.03, 0.03, 0.12),
    "brown": (0.06, 0.08, 0.03),
    "blue": (0.05, 0.08, 0.05),
}.items():
    _USUAL_PALETTE[:, COLOURS.index(_colour)] = _shares

_SPREAD: Final = np.array(
    [
        mean if u + v == 0 else first / (u + v)
        for mean, first, order in ((0.16, 0.05, 5), (0.03, 0.013, 4), (0.035, 0.017, 4))
        for u, v in low_waves(order)
    ]
)
"""How much each wave of the layout differs between videos; finer ones differ less."""


def look_fingerprint(look: Look) -> Floats:
    """Return a unit vector (STILL_LOOK,) of layout, edges and palette."""
    edges = look.edges.copy()
    edges[..., :-1] -= 0.2
    edges[..., -1] = np.sqrt(edges[..., -1]) - 0.5
    return np.concatenate(
        [
            np.sqrt(_LAYOUT_SHARE) * layout_fingerprint(look),
            np.sqrt(_EDGES_SHARE) * unit(edges.ravel()),
            np.sqrt(_PALETTE_SHARE) * unit((np.sqrt(look.palette) - _USUAL_PALETTE).ravel()),
        ]
    )


def layout_fingerprint(look: Look) -> Floats:
    """Return a unit vector (LAYOUT,) of where it is light and where which colour is."""
    centred = look.layout.copy()
    centred[0] -= 0.58
    return unit(_compressed(centred / _SPREAD))


def motion_fingerprint(movement: Movement) -> Floats:
    """Return a unit vector (MOTION,) of how the segment moves."""
    values = np.array(
        [
            np.sqrt(movement.changed) - 0.6,
            movement.explained - 0.5,
            2.0 * (np.sqrt(movement.speed) - 0.3),
            2.0 * (np.sqrt(movement.unsteady) - 0.3),
            4.0 * (np.sqrt(movement.drift) - 0.1),
            np.sqrt(movement.jitter) - 0.3,
            movement.flashes_per_s / 2.0,
            movement.cuts_per_s,
        ]
    )
    return unit(np.clip(values, -1.0, 1.0))


def sound_fingerprint(rows: Floats, silent: bool) -> Floats:
    """Return a unit vector (SOUND,) of the spectrum, how it moves, the notes and the rhythm."""
    result = np.zeros(SOUND)
    if silent:
        result[-1] = 1.0
        return result
    bands = rows[:, len(FIELDS) : len(FIELDS) + BANDS]
    chroma = np.sqrt(rows[:, len(FIELDS) + BANDS :].mean(axis=0))
    tonal, voice, flatness, low, high = (rows[:, FIELDS.index(n)] for n in _TIMBRE)
    level = rows[:, 0]
    timbre = np.array(
        [
            tonal.mean() - 0.4,
            tonal.std() - 0.2,
            voice.mean() - 0.5,
            voice.std() - 0.2,
            flatness.mean() * 2.0 - 0.3,
            low.mean() - 0.4,
            high.mean() - 0.2,
            level.std() / 20.0 - 0.4,
        ]
    )
    result[:-1] = np.concatenate(
        [
            np.sqrt(0.4) * band_fingerprint(rows),
            np.sqrt(0.2) * unit(_compressed(bands.std(axis=0) / 6.0 - 1.4)),
            np.sqrt(0.2) * unit(chroma - chroma.mean()),
            np.sqrt(0.2) * unit(timbre),
        ]
    )
    return result


_TIMBRE: Final = ("tonal", "voice", "flatness", "low", "high")


def band_fingerprint(rows: Floats) -> Floats:
    """Return a unit vector (BANDS,) of the spectrum's shape, whatever its level."""
    shape = rows[:, len(FIELDS) : len(FIELDS) + BANDS].mean(axis=0)
    # Recordings fall off towards high notes; what differs from that is what sounds like itself.
    return unit(_compressed((shape - shape.mean() + _TILT * (np.arange(BANDS) - (BANDS - 1) / 2)) / 8.0))


_TILT: Final = 0.85
"""Decibels that the usual spectrum loses from band to band."""


def unit(values: Floats) -> Floats:
    """Return the values with length 1; a fixed direction where they are all nothing."""
    length = float(np.sqrt((values**2).sum()))
    if length < 1e-9:
        result: Floats = np.zeros_like(values)
        result[0] = 1.0
        return result
    return values / length


def _compressed(values: Floats) -> Floats:
    """Return signed square roots, so that one strong feature does not drown the others."""
    result: Floats = np.sign(values) * np.sqrt(np.abs(values))
    return result

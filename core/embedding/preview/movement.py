"""What the steps between the pictures of a segment say about movement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from core.embedding.preview.curves import Floats, band, falling, rising
from core.embedding.preview.picture_log import Stretch, TimedStep

_FLASH: Final = 18.0
"""Change of mean brightness, of 255, that a person sees as a flash."""
_SLOW_BELOW: Final = 0.14
"""Picture widths a second; slower movement is measured over half a second."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Sums over one segment; speeds in picture widths a second."""

    changed: float
    """Share of the picture that changes within half a second."""
    explained: float
    """Share of the change that is something shifted, 0 to 1."""
    speed: float
    purpose: float
    """How far what moves goes one way, from place to place and from step to step: flames do not."""
    unsteady: float
    """Share of the picture that changes from picture to picture without having moved."""
    drift: float
    """Speed of the picture as a whole to one side."""
    jitter: float
    """How much the shift of the whole picture differs from step to step, in cells."""
    onward: float
    """Whether the whole picture goes on as it went: 1 always, 0 by chance, -1 to and fro."""
    flashes_per_s: float
    cuts_per_s: float


def movement_of(stretch: Stretch) -> Movement:
    """Sum up one segment."""
    far = stretch.far or stretch.near
    near_speed, far_speed = _speed(stretch.near), _speed(far)
    drift, jitter, onward = _whole(stretch.near)
    changed = sum(step.step.changed for step in stretch.near)
    explained = sum(step.step.explained for step in stretch.near)
    if changed == 0:
        changed, explained = sum(s.step.changed for s in far), sum(s.step.explained for s in far)
    return Movement(
        changed=max(_mean([step.step.changed for step in steps]) for steps in (far, stretch.near)),
        explained=explained / changed if changed else 0.0,
        speed=near_speed if near_speed > _SLOW_BELOW else far_speed or near_speed,
        purpose=_purpose(stretch.near),
        unsteady=_mean([step.step.changed - step.step.explained for step in stretch.near]),
        drift=drift,
        jitter=jitter,
        onward=onward,
        flashes_per_s=_turns(stretch.levels[:, 1]) / 2.0 / max(stretch.duration_s, 0.5),
        cuts_per_s=_cuts(stretch) / max(stretch.duration_s, 0.5),
    )


def motion_concepts(stretch: Stretch, movement: Movement) -> dict[str, float]:
    """Return activations of the words about movement."""
    flashing = rising(movement.flashes_per_s, 0.5, 1.4)
    cuts = rising(movement.cuts_per_s, 0.2, 0.7)
    shaking = (
        rising(movement.jitter, 0.2, 0.6)
        * falling(movement.onward, 0.2, 0.6)
        * (1.0 - flashing)
        * (1.0 - cuts)
    )
    panning = rising(movement.drift, 0.03, 0.09) * rising(movement.onward, 0.5, 0.85) * (1.0 - shaking)
    steady = (1.0 - 0.8 * flashing) * (1.0 - 0.7 * cuts)
    moves = rising(movement.changed, 0.005, 0.05) * rising(movement.explained, 0.1, 0.35) * steady
    calm = (1.0 - 0.7 * shaking) * (1.0 - 0.15 * panning)
    edges = rising(float(stretch.look.measures[5]), 0.003, 0.05)
    return {
        "flashing": flashing * (1.0 - 0.8 * cuts),
        "cuts": cuts,
        "shaking": shaking,
        "panning": panning * steady,
        # A picture with something in it that could move is stiller than an empty one.
        "still": falling(movement.changed, 0.004, 0.06) * steady * (0.75 + 0.25 * edges),
        "slow": moves * calm * band(movement.speed, 0.006, 0.02, 0.13, 0.3),
        "moving": moves * calm * (0.8 + 0.2 * band(movement.speed, 0.08, 0.16, 0.5, 0.8)),
        "fast": moves * calm * rising(movement.speed, 0.25, 0.7) * rising(movement.purpose, 0.3, 0.6),
    }


def _speed(steps: Sequence[TimedStep]) -> float:
    """Return the usual speed of what moves, each step weighed by how much of the picture it explains."""
    moving = [step for step in steps if step.step.explained > 0]
    weight = sum(step.step.explained for step in moving)
    return sum(step.widths_per_s * step.step.explained for step in moving) / weight if weight else 0.0


def _purpose(steps: Sequence[TimedStep]) -> float:
    along = lengths = 0.0
    for before, after in pairwise(step.step for step in steps):
        along += math.hypot(before.sum_x + after.sum_x, before.sum_y + after.sum_y)
        lengths += before.sum_length + after.sum_length
    return along / lengths if lengths else 0.0


def _whole(steps: Sequence[TimedStep]) -> tuple[float, float, float]:
    """Return (drift, jitter, onward) of the picture as a whole."""
    together = [step for step in steps if step.step.together > 0.6]
    if len(together) < 4 or len(together) < 0.4 * len(steps):
        return 0.0, 0.0, 0.0
    # Slots are not equally long; cells in an eighth of a second can be compared.
    shifts = np.array(
        [
            (step.step.shift_x, step.step.shift_y) / np.maximum(8.0 * (step.to_s - step.from_s), 0.1)
            for step in together
        ]
    )
    drift = float(np.abs(shifts[:, 0]).mean()) * 8.0 / 64.0
    jitter = float(np.hypot(*np.diff(shifts, axis=0).T).mean()) * 0.7
    lengths = np.hypot(shifts[:, 0], shifts[:, 1])
    most = float((lengths[1:] * lengths[:-1]).sum())
    onward = float((shifts[1:] * shifts[:-1]).sum()) / most if most > 1e-3 else 0.0
    return drift, jitter, onward


def _turns(levels: Floats) -> int:
    """Return how often the brightness turns round after a change of at least `_FLASH`."""
    turns, direction, extreme = 0, 0, float(levels[0]) if len(levels) else 0.0
    for level in levels:
        change = float(level) - extreme
        if (direction >= 0 and change > 0) or (direction <= 0 and change < 0):
            if direction == 0 and abs(change) < _FLASH:
                continue
            direction, extreme = (1 if change > 0 else -1), float(level)
        elif abs(change) >= _FLASH:
            turns, direction, extreme = turns + 1, -direction, float(level)
    return turns


def _cuts(stretch: Stretch) -> float:
    """Return the cuts of the segment; one at an end is shared with the neighbour."""
    return stretch.cuts_inside + 0.5 * stretch.cuts_at_ends


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

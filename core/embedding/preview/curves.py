"""Soft thresholds: how a measurement becomes an activation from 0 to 1.

Every rule of the engine is a product of these, so a scene that half fits scores in between and
compression noise moves an activation a little instead of switching it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
"""A float64 array; the shapes are said where it is used."""


def rising(value: float, low: float, high: float) -> float:
    """Return 0 up to ``low``, 1 from ``high`` on, linear between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def falling(value: float, low: float, high: float) -> float:
    """Return 1 up to ``low``, 0 from ``high`` on, linear between."""
    return 1.0 - rising(value, low, high)


def band(value: float, low: float, full_from: float, full_to: float, high: float) -> float:
    """Return 1 between ``full_from`` and ``full_to``, 0 outside ``low`` to ``high``."""
    return min(rising(value, low, full_from), falling(value, full_to, high))


def rising_each(values: Floats, low: float, high: float) -> Floats:
    """Return `rising` of every element."""
    result: Floats = np.clip((values - low) / (high - low), 0.0, 1.0)
    return result


def falling_each(values: Floats, low: float, high: float) -> Floats:
    """Return `falling` of every element."""
    result: Floats = 1.0 - rising_each(values, low, high)
    return result

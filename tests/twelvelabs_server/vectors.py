"""From descriptions to vectors as long as the model's: a fixed rotation a model.

The rotation keeps cosines, so what is near as a description is near as a vector; each model has its
own, so vectors of two models have nothing to say to each other.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tests.twelvelabs_server.words import LENGTH, Description

FULL = {"marengo3.5": 1024, "marengo3.0": 512}
"""The longest vector of each model; Marengo 3.5 has shorter ones, which are its first values."""
DEFAULT = 512
SHORTEST = 64


@lru_cache
def _rotation(model: str) -> NDArray[np.float64]:
    """Return orthonormal columns for the first 512 values; longer vectors go on with more of the same."""
    seed = int.from_bytes(hashlib.sha256(model.encode()).digest()[:8], "big")
    draw = np.random.default_rng(seed)
    head, _ = np.linalg.qr(draw.standard_normal((DEFAULT, LENGTH)))
    longer = FULL[model] - DEFAULT
    if not longer:
        return head
    tail, _ = np.linalg.qr(draw.standard_normal((longer, LENGTH)))
    return np.vstack([head, 0.5 * tail])


def vector(description: Description, model: str, dimension: int | None = None) -> list[float]:
    """Return the vector of a description. Its length at 512 values is about 1, as a provider's is."""
    values = _rotation(model) @ description
    # Real vectors are not exactly of length 1: by up to a hundredth more or less, fixed by the content.
    digest = hashlib.sha256(np.round(description, 9).tobytes()).digest()
    values = values * (0.99 + 0.02 * digest[0] / 255)
    return [round(float(value), 9) for value in values[: dimension or DEFAULT]]

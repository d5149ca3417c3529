"""Stretches of time, and the vectors that stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""A float32 array of shape (dimension,)."""

Modality: TypeAlias = Literal["visual", "audio", "transcription", "fused"]
Scope: TypeAlias = Literal["clip", "asset"]

MODALITIES: tuple[Modality, ...] = get_args(Modality)


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A half-open stretch ``[start_s, end_s)`` of a video, in seconds."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (0 <= self.start_s < self.end_s):
            raise ValueError(f"not a segment: [{self.start_s}, {self.end_s})")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def start_ms(self) -> int:
        return round(self.start_s * 1000)

    @property
    def end_ms(self) -> int:
        return round(self.end_s * 1000)

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2

    def gap_to(self, other: Segment) -> float:
        """Return the seconds between the two, 0 where they touch or overlap."""
        return max(0.0, max(self.start_s, other.start_s) - min(self.end_s, other.end_s))


@dataclass(frozen=True, slots=True)
class Space:
    """Where vectors can be compared: one engine, one model, one dimension."""

    engine: str
    model: str
    dimension: int

    @property
    def key(self) -> str:
        """Return a name that is safe as a collection and folder name, and unique to the space."""
        return _key_of(self.engine, self.model, self.dimension)


@cache
def _key_of(engine: str, model: str, dimension: int) -> str:
    return re.sub(r"[^a-z0-9]+", "_", f"{engine}_{model}_{dimension}".lower())


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """One vector of one segment in one modality, as an engine gave it."""

    vector: Vector
    segment: Segment
    modality: Modality
    scope: Scope = "clip"

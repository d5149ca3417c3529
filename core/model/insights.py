"""What the insights are made from: the vectors of one modality, and where in which video each belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.model.vectors import Modality, Segment


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Clip segments of one modality of a space, ordered by video and time; n rows in every array."""

    space_key: str
    modality: Modality
    video_ids: tuple[str, ...]
    """The different videos."""
    video_of: NDArray[np.int32]
    """(n,) index into `video_ids`."""
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    vectors: NDArray[np.float32]
    """(n, dimension), of unit length."""
    total: int
    """How many segments satisfy the filters; more than n where only a sample was taken."""

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def sampled(self) -> bool:
        return len(self) < self.total

    def segment(self, row: int) -> tuple[str, Segment]:
        """Return video and segment of a row."""
        return self.video_ids[self.video_of[row]], Segment(float(self.start_s[row]), float(self.end_s[row]))

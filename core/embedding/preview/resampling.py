"""Sound as one unbroken line of mono samples, whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import av
import numpy as np

from core.embedding.preview.curves import Floats

SAMPLE_RATE: Final = 32_000
_TOLERANCE_S: Final = 0.06
"""Smaller gaps and overlaps are rounding of timestamps."""
_PIECE: Final = SAMPLE_RATE * 10


class MonoSound:
    """Resamples frames and keeps them in step with their timestamps."""

    def __init__(self, start_s: float, end_s: float) -> None:
        self._end_s = end_s
        self._next_s = start_s
        self._resampler: av.AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self.time_s = -1.0

    def take(self, frame: av.AudioFrame, time_s: float | None) -> Iterator[Floats]:
        """Yield the samples of a frame that lie in the stretch, with silence for a gap before it."""
        if frame.samples == 0 or frame.sample_rate <= 0:
            return
        begins = self._next_s if time_s is None else time_s
        self.time_s = begins + frame.samples / frame.sample_rate
        samples = self._mono(frame)
        if begins >= self._end_s or self.time_s <= self._next_s - _TOLERANCE_S:
            return
        if begins > self._next_s + _TOLERANCE_S:
            yield from self._silence(begins)
        elif begins < self._next_s - _TOLERANCE_S:
            samples = samples[round((self._next_s - begins) * SAMPLE_RATE) :]
        samples = samples[: max(0, round((self._end_s - self._next_s) * SAMPLE_RATE))]
        self._next_s += len(samples) / SAMPLE_RATE
        if len(samples):
            yield samples

    def rest(self) -> Iterator[Floats]:
        """Yield silence up to the end of the stretch."""
        yield from self._silence(self._end_s)

    def _silence(self, until_s: float) -> Iterator[Floats]:
        missing = round((min(until_s, self._end_s) - self._next_s) * SAMPLE_RATE)
        self._next_s += max(0, missing) / SAMPLE_RATE
        while missing > 0:
            yield np.zeros(min(missing, _PIECE))
            missing -= _PIECE

    def _mono(self, frame: av.AudioFrame) -> Floats:
        # A stream may change its format on the way (broadcast recordings do).
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or kind != self._format:
            self._format = kind
            self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE)
        # Resampled by count of samples: a jump in the timestamps is dealt with above.
        frame.pts = None
        pieces = [piece.to_ndarray()[0] for piece in self._resampler.resample(frame)]
        if not pieces:
            return np.zeros(0)
        return np.concatenate(pieces).astype(np.float64)

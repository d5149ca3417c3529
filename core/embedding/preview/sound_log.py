"""Collects what the sound of a stretch says: one row of numbers for every 32 milliseconds."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.embedding.preview.curves import Floats
from core.embedding.preview.resampling import SAMPLE_RATE

HOP: Final = 1024
WINDOW: Final = 2048
ROWS_PER_S: Final = SAMPLE_RATE / HOP
BANDS: Final = 24
CHROMA: Final = 12
FIELDS: Final = ("level", "tonal", "note", "voice", "voice_note", "flatness", "low", "high", "richness")
"""``level`` in dB of full scale; ``tonal``: share of the energy in spectral peaks; ``note``: the strongest
peak in semitones above 440 Hz; ``voice``: how periodic the frame is at the pitch of a voice, 0 to 1;
``voice_note``: that pitch; ``flatness``: 0 for a tone, about 0.5 for noise; ``low``, ``high``: share of
the energy below 250 Hz and above 2,000 Hz; ``richness``: peaks that are heard."""
WIDTH: Final = len(FIELDS) + BANDS + CHROMA
FLOOR_DB: Final = -90.0

_BATCH: Final = 128
_FREQUENCIES: Final = np.arange(WINDOW // 2 + 1) * (SAMPLE_RATE / WINDOW)
_HANN: Final = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
_PROMINENT: Final = 20.0
"""A peak is a tone where it stands so far above the usual power around it."""
_NEIGHBOURS: Final = 12
_AUDIBLE: Final = 10.0**-3.0
_VOICE_LAGS: Final = (SAMPLE_RATE // 360, SAMPLE_RATE // 75)


class SoundLog:
    """Takes samples in order; ``rows`` after `finish` is (n, WIDTH), float32."""

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._waiting: list[Floats] = [np.zeros(WINDOW - HOP)]
        self._count = WINDOW - HOP
        self._rows: list[NDArray[np.float32]] = []
        self._all: NDArray[np.float32] = np.zeros((0, WIDTH), dtype=np.float32)
        self._bands = _band_weights()
        self._pitch_classes = _pitch_classes()

    def add(self, samples: Floats) -> None:
        self._waiting.append(samples)
        self._count += len(samples)
        if self._count >= WINDOW + HOP * _BATCH:
            self._describe_waiting()

    def finish(self) -> None:
        """Describe what is left; call once, after the last samples."""
        self.add(np.zeros(-self._count % HOP))
        self._describe_waiting()
        self._all = np.concatenate(self._rows) if self._rows else np.zeros((0, WIDTH), dtype=np.float32)
        self._rows = []

    def stretch(self, start_s: float, end_s: float) -> Floats:
        """Return the rows of ``[start_s, end_s)``, shape (n, WIDTH), n at least 1 where there are any."""
        first = round((start_s - self._start_s) * ROWS_PER_S)
        last = max(first + 1, round((end_s - self._start_s) * ROWS_PER_S))
        rows: Floats = self._all[first:last].astype(np.float64)
        return rows

    def _describe_waiting(self) -> None:
        waiting = np.concatenate(self._waiting)
        count = max(0, (len(waiting) - WINDOW) // HOP + 1)
        if count:
            # A broken decoder may give what is no number.
            used = np.nan_to_num(waiting[: (count - 1) * HOP + WINDOW], posinf=0.0, neginf=0.0)
            frames = np.lib.stride_tricks.sliding_window_view(used, WINDOW)[::HOP]
            self._rows.append(self._describe(frames).astype(np.float32))
        self._waiting = [waiting[count * HOP :]]
        self._count = len(self._waiting[0])

    def _describe(self, frames: Floats) -> Floats:
        """Return a row for each frame of ``WINDOW`` samples."""
        power = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2
        power[:, :2] = 0.0  # what stands still is no sound
        total = power.sum(axis=1) + 1e-12
        level = np.maximum(FLOOR_DB, 10.0 * np.log10(total / (WINDOW * (_HANN**2).sum()) * 2.0 + 1e-12))
        peaks = _peaks(power)
        near = power[:, :-2] + power[:, 1:-1] + power[:, 2:]
        in_peaks = np.where(peaks[:, 1:-1], near, 0.0)
        strongest = np.argmax(in_peaks, axis=1) + 1
        voice, voice_note = _voice(power)
        inner = power[:, 13:480] + 1e-12
        flatness = np.exp(np.log(inner).mean(axis=1)) / inner.mean(axis=1)
        fields = [
            level,
            np.minimum(1.0, in_peaks.sum(axis=1) / total),
            _semitones(_refined(power, strongest)),
            voice,
            voice_note,
            flatness,
            power[:, _FREQUENCIES < 250.0].sum(axis=1) / total,
            power[:, _FREQUENCIES > 2000.0].sum(axis=1) / total,
            (in_peaks > 0.01 * total[:, None]).sum(axis=1),
        ]
        bands = 10.0 * np.log10(_weighted(power, self._bands) / WINDOW**2 + 1e-9)
        padded = np.pad(in_peaks, ((0, 0), (1, 1)))
        chroma = _weighted(padded, self._pitch_classes) / total[:, None]
        return np.column_stack([*fields, bands, chroma])


def _weighted(power: Floats, weights: Floats) -> Floats:
    # einsum without optimisation adds in one order on every machine, a matrix product may not.
    result: Floats = np.einsum("nf,bf->nb", power, weights, optimize=False)
    return result


def _peaks(power: Floats) -> NDArray[np.bool_]:
    """Return where a bin is a tone: higher than its neighbours and far above what is around."""
    log = np.log(power + 1e-12)
    sums = np.cumsum(np.pad(log, ((0, 0), (_NEIGHBOURS + 1, _NEIGHBOURS)), mode="edge"), axis=1)
    usual = (sums[:, 2 * _NEIGHBOURS + 1 :] - sums[:, : -2 * _NEIGHBOURS - 1]) / (2 * _NEIGHBOURS + 1)
    result = np.zeros(power.shape, dtype=bool)
    middle = power[:, 2:-2]
    higher = (middle > power[:, 1:-3]) & (middle >= power[:, 3:-1]) & (middle > power[:, :-4])
    loud = middle > _AUDIBLE * power.max(axis=1, keepdims=True)
    result[:, 2:-2] = higher & loud & (log[:, 2:-2] - usual[:, 2:-2] > np.log(_PROMINENT))
    return result


def _refined(power: Floats, bins: NDArray[np.int64]) -> Floats:
    """Return the frequency of a peak to a part of a bin."""
    each = np.arange(len(bins))
    low, middle, high = (np.log(power[each, bins + k] + 1e-12) for k in (-1, 0, 1))
    curve = low - 2.0 * middle + high
    offset = np.where(np.abs(curve) > 1e-9, 0.5 * (low - high) / np.where(curve == 0.0, 1.0, curve), 0.0)
    result: Floats = (bins + np.clip(offset, -0.5, 0.5)) * (SAMPLE_RATE / WINDOW)
    return result


def _voice(power: Floats) -> tuple[Floats, Floats]:
    """Return how periodic each frame is at a voice's pitch, and that pitch in semitones."""
    voiced = power * (_FREQUENCIES < 3500.0)
    repeats = np.fft.irfft(voiced, axis=1)
    # A window makes longer lags weaker; dividing by its own autocorrelation undoes that.
    window = np.fft.irfft(np.abs(np.fft.rfft(_HANN)) ** 2)
    low, high = _VOICE_LAGS
    strength = repeats[:, low:high] / (repeats[:, :1] + 1e-12) / (window[low:high] / window[0])
    best = np.argmax(strength, axis=1)
    peak = np.clip(strength[np.arange(len(best)), best], 0.0, 1.0)
    return peak, _semitones(SAMPLE_RATE / (best + low))


def _semitones(frequencies: Floats) -> Floats:
    result: Floats = 12.0 * np.log2(np.maximum(frequencies, 20.0) / 440.0)
    return result


def _band_weights() -> Floats:
    """Return triangles that are equally wide to the ear, shape (BANDS, bins)."""
    lowest, highest = (2595.0 * math.log10(1.0 + hertz / 700.0) for hertz in (60.0, 7600.0))
    mel = np.linspace(lowest, highest, BANDS + 2)
    edges = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    rows = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        up, down = (_FREQUENCIES - low) / (middle - low), (high - _FREQUENCIES) / (high - middle)
        rows.append(np.clip(np.minimum(up, down), 0.0, 1.0))
    return np.array(rows)


def _pitch_classes() -> Floats:
    """Return which bins belong to which of the twelve notes, shape (CHROMA, bins)."""
    notes = _semitones(np.maximum(_FREQUENCIES, 30.0))
    apart = np.abs((notes[None, :] - np.arange(CHROMA)[:, None] + 6.0) % 12.0 - 6.0)
    weights: Floats = np.clip(1.0 - apart, 0.0, 1.0) * ((_FREQUENCIES > 60.0) & (_FREQUENCIES < 5000.0))
    return weights

"""What the demo scenes sound like: synthesised mono sound, float64 (samples,), -1 to 1, at `RATE`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.demo.scenes.storm import FLASHES_S

RATE: Final = 48_000
Sound = NDArray[np.float64]


def _time(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def _noise(seconds: float, seed: int, low_hz: float, high_hz: float) -> Sound:
    """Return noise within a band, at about full level."""
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    with np.errstate(divide="ignore"):
        # Soft flanks, 12 dB an octave: a hard edge would ring.
        band = 1 / (1 + (low_hz / hertz) ** 4) / (1 + (hertz / high_hz) ** 4)
    shaped = np.fft.irfft(white * np.sqrt(band), round(seconds * RATE))
    return shaped / (4 * np.std(shaped))


def _note(hertz: float, seconds: float) -> Sound:
    """Return a plucked tone with its overtones, fading out."""
    t = _time(seconds)
    tone = sum(np.sin(2 * np.pi * hertz * n * t) / n**1.6 for n in range(1, 6))
    return np.asarray(tone * np.exp(-2.2 * t) * np.minimum(1, t * 90) * 0.4)


def waves(seconds: float) -> Sound:
    """Return quiet water, rising and falling."""
    t = _time(seconds)
    swell = 0.35 + 0.3 * np.sin(2 * np.pi * t / 6.3) + 0.15 * np.sin(2 * np.pi * t / 3.7)
    return _noise(seconds, 1, 120, 1400) * swell * 0.16


def crackle(seconds: float) -> Sound:
    """Return a fire: a soft roar and many small cracks."""
    rng = np.random.default_rng(2)
    sound = _noise(seconds, 3, 60, 500) * 0.25
    crack = _noise(0.03, 4, 900, 7000) * np.exp(-_time(0.03) * 180)
    for at in rng.uniform(0, seconds - 0.05, round(seconds * 14)):
        begin = round(at * RATE)
        sound[begin : begin + len(crack)] += crack * rng.uniform(0.2, 1.1)
    return sound


def engines(seconds: float) -> Sound:
    """Return loud traffic: engines that hum and pass, and a horn."""
    t = _time(seconds)
    passing = 0.6 + 0.4 * np.sin(2 * np.pi * t / 2.6)
    hum = sum(np.sin(2 * np.pi * hertz * t + hertz) for hertz in (58, 87, 116, 174)) * 0.16
    sound = hum + _noise(seconds, 5, 80, 2200) * 0.9 * passing
    for at in (5.0, 13.5):
        horn = 0.16 * np.sign(np.sin(2 * np.pi * np.array([[392.0], [494.0]]) * _time(0.5))).sum(axis=0)
        sound[round(at * RATE) : round(at * RATE) + len(horn)] += horn
    return np.asarray(sound)


def melody(seconds: float) -> Sound:
    """Return music: a slow broken chord."""
    notes = (261.63, 329.63, 392.0, 523.25, 392.0, 329.63, 220.0, 261.63, 329.63, 440.0, 329.63, 261.63)
    sound = np.zeros(round((seconds + 3) * RATE))
    for number in range(round(seconds / 0.42)):
        tone = _note(notes[number % len(notes)], 2.4)
        begin = round(number * 0.42 * RATE)
        sound[begin : begin + len(tone)] += tone * 0.6
    return sound[: round(seconds * RATE)]


def beeps_then_silence(seconds: float) -> Sound:
    """Return a beep a second for five seconds, a test tone, and then nothing."""
    sound = np.zeros(round(seconds * RATE))
    for second in range(5):
        beep = np.sin(2 * np.pi * 1000 * _time(0.12)) * 0.5
        sound[second * RATE : second * RATE + len(beep)] = beep
    sound[5 * RATE : 10 * RATE] = np.sin(2 * np.pi * 440 * _time(5.0)) * 0.3
    return sound


def thunder(seconds: float) -> Sound:
    """Return heavy rain, with thunder a moment after each flash."""
    sound = _noise(seconds, 6, 700, 9000) * 0.5
    roll = _noise(3.0, 7, 25, 180) * np.minimum(1, _time(3.0) * 12) * np.exp(-_time(3.0) * 1.3) * 2.6
    for at in FLASHES_S:
        begin = round((at + 0.4) * RATE)
        piece = roll[: max(0, len(sound) - begin)]
        sound[begin : begin + len(piece)] += piece
    return sound

"""Timecode: frames, labels and seconds agree at every rate."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import MediaInfo
from core.timecode import DROP_FRAME_RATES, FrameClock, clock_of, label, read_label

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
]
rates = st.sampled_from(RATES)


@pytest.mark.parametrize(
    ("frame", "rate", "shown"),
    [
        (0, Fraction(25), "00:00:00:00"),
        (24, Fraction(25), "00:00:00:24"),
        (25, Fraction(25), "00:00:01:00"),
        (1799, Fraction(30000, 1001), "00:00:59;29"),
        (1800, Fraction(30000, 1001), "00:01:00;02"),
        (17981, Fraction(30000, 1001), "00:09:59;29"),
        (17982, Fraction(30000, 1001), "00:10:00;00"),
        (107892, Fraction(30000, 1001), "01:00:00;00"),
        (3599, Fraction(60000, 1001), "00:00:59;59"),
        (3600, Fraction(60000, 1001), "00:01:00;04"),
        (86400, Fraction(24000, 1001), "01:00:00:00"),
        (90000, Fraction(50), "00:30:00:00"),
    ],
)
def test_timecode_counts_frames_as_the_trade_does(frame: int, rate: Fraction, shown: str) -> None:
    """Drop-frame leaves out numbers at 29.97 and 59.94 only, each minute but the tenth."""
    assert label(frame, rate, drop=True) == shown
    assert FrameClock(rate, drop=rate in DROP_FRAME_RATES).timecode(float(frame / rate)) == shown


@given(
    st.integers(0, 24 * 3600 * 60 - 1),
    rates,
)
def test_a_time_in_milliseconds_keeps_its_frame(frame: int, rate: Fraction) -> None:
    """A frame's beginning that was rounded to a millisecond is still that frame."""
    assert FrameClock(rate).frame_at(round(float(frame / rate), 3)) == frame


@given(st.integers(0, 20 * 3600 * 24), rates, st.booleans())
def test_a_label_is_read_back_as_the_frame_that_it_names(frame: int, rate: Fraction, drop: bool) -> None:
    """Writing a label and reading it gives the frame and the way of counting again."""
    drop = drop and rate in DROP_FRAME_RATES
    assert read_label(label(frame, rate, drop=drop), rate) == (frame, drop)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("", Fraction(25)),
        ("tomorrow", Fraction(25)),
        ("00:00:00:25", Fraction(25)),
        ("00:00:60:00", Fraction(25)),
        ("00:60:00:00", Fraction(25)),
        ("24:00:00:00", Fraction(25)),
        ("00:01:00;00", Fraction(30000, 1001)),
        ("00:01:00;03", Fraction(60000, 1001)),
    ],
)
def test_what_is_no_timecode_is_not_read(text: str, rate: Fraction) -> None:
    """A label that no frame has is refused, and so is every other text."""
    assert read_label(text, rate) is None


@given(st.integers(0, 10**6), rates, st.integers(0, 10**6), st.booleans())
def test_a_file_counts_from_its_start_timecode(frame: int, rate: Fraction, start: int, drop: bool) -> None:
    """The label of a frame of a file leads back to that frame, typed with either mark."""
    drop = drop and rate in DROP_FRAME_RATES
    media = MediaInfo(60.0, 320, 180, rate, "h264", start_timecode=label(start, rate, drop=drop))
    clock = clock_of(media)
    shown = clock.label(frame)
    day = 144 * (round(rate) * 600 - (round(rate) // 15 * 9 if drop else 0))
    assert shown == label(start + frame, rate, drop=drop)
    assert clock.frame_of(shown) == clock.frame_of(shown.replace(";", ":")) == frame % day


@given(st.integers(0, 10**6), st.integers(1, 10**4), rates)
def test_a_stretch_of_whole_frames_is_those_frames(first: int, length: int, rate: Fraction) -> None:
    """Seconds on the frame grid give exactly their frames, half-open."""
    clock = FrameClock(rate)
    stretch = clock.seconds_at(first), clock.seconds_at(first + length)
    assert clock.frames(*stretch) == (first, first + length)


@given(st.floats(0, 10**4), st.floats(0, 100), rates)
def test_a_stretch_has_at_least_the_frame_at_its_start(
    start_s: float, length_s: float, rate: Fraction
) -> None:
    """Any stretch begins with the frame on screen at its start and is never empty."""
    clock = FrameClock(rate)
    first, after = clock.frames(start_s, start_s + length_s)
    assert first == clock.frame_at(start_s) < after


def test_an_unreadable_start_timecode_counts_from_zero() -> None:
    """What a file says in no known form is left aside, and the rate's own way of counting is used."""
    media = MediaInfo(60.0, 320, 180, Fraction(30000, 1001), "h264", start_timecode="soon")
    assert clock_of(media) == FrameClock(Fraction(30000, 1001), 0, True)

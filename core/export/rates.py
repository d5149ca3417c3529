"""Frame rates by the names that editing programs know."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

NTSC: Final = Fraction(1000, 1001)

TIMELINE_RATES: Final = tuple(
    sorted([Fraction(whole) for whole in (24, 25, 30, 50, 60)] + [whole * NTSC for whole in (24, 30, 60)])
)
"""What Premiere, Resolve and Final Cut all offer for a timeline."""

# 2997/100 or 29.98 is 29.97, written with fewer digits; 24 and 23.976 are further apart than this.
_SAME: Final = Fraction(4, 10_000)


def is_ntsc(rate: Fraction) -> bool:
    """Return whether a rate is a whole one slowed by 1000/1001."""
    return (rate / NTSC).denominator == 1


def named(rate: Fraction) -> Fraction | None:
    """Return the rate as editing programs write it: whole, or whole by 1000/1001; None where it is neither.

    A rate that a container rounded (29.98) is the one that it stands for.
    """
    if rate.denominator == 1 or is_ntsc(rate):
        return rate
    near = [choice for choice in (Fraction(round(rate)), round(rate / NTSC) * NTSC) if choice > 0]
    best = min(near, key=lambda choice: abs(choice - rate), default=rate)
    return best if near and abs(best - rate) <= rate * _SAME else None


def nearest(rate: Fraction) -> Fraction:
    """Return the timeline rate that suits a rate best: of the same family (60 for 120), else the nearest."""
    related = [
        choice for choice in TIMELINE_RATES if 1 in ((rate / choice).denominator, (choice / rate).denominator)
    ]
    return min(related or TIMELINE_RATES, key=lambda choice: abs(choice - rate))


def shown(rate: Fraction) -> str:
    """Return a rate as people say it: 23.976, 25, 29.97."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def exact(rate: Fraction) -> str:
    """Return a rate as a fraction that loses nothing: 30000/1001, 25/1."""
    return f"{rate.numerator}/{rate.denominator}"

"""Single values as an address holds them: whatever somebody typed there, they are read or left out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Final

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
MOST: Final = 20
"""So many values of one kind are read; a query has no more parts than that."""
LONGEST_TEXT: Final = 2000
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def tidy(text: str) -> str:
    """Return words with single spaces, of a length that can be searched."""
    return " ".join(text.split())[:LONGEST_TEXT].rstrip()


def texts(values: Sequence[str]) -> tuple[str, ...]:
    """Return the words that say something, in order."""
    return tuple(text for value in values[:MOST] if (text := tidy(value)))


def names(values: Sequence[str]) -> tuple[str, ...]:
    """Return names exactly as they are, each once."""
    return tuple(dict.fromkeys(value for value in values if value))


def whole(text: str | None, low: int, high: int) -> int | None:
    """Return a whole number, at most ``high``; None for anything else, and below ``low``."""
    if text is None or not _WHOLE.fullmatch(text) or int(text) < low:
        return None
    return min(int(text), high)


def seconds(text: str | None, low: float, high: float) -> float | None:
    """Return a number of seconds to the millisecond within both ends, None for anything else."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    value = round(float(text), 3)
    return value if math.isfinite(value) and low <= value <= high else None


def written_seconds(value: float) -> str:
    """Return seconds as an address holds them: to the millisecond, without zeros at the end."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def day(text: str | None) -> date | None:
    """Return a date written as 2026-11-22, None for anything else and for other centuries."""
    if text is None or not _DATE.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:  # The thirtieth of February.
        return None
    return found if EARLIEST <= found <= LATEST else None

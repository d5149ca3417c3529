"""How numbers, dates and states are written for people."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from core.model import JobState, Space

USUAL_DIMENSION: Final = 512

STATES: Final[dict[JobState, str]] = {
    "queued": "Waiting",
    "preparing": "Preparing",
    "uploading": "Uploading",
    "embedding": "Embedding",
    "storing": "Storing",
    "ready": "Ready",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


def size(count: int) -> str:
    """Return a number of bytes as people read it: 12 kB, 3.4 MB, 1.2 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        # Rounded as it is shown: 999.9 GB is 1.0 TB, not 1000 GB.
        if round(amount) < 1000:
            return (
                f"{amount:.0f} {unit}" if unit in ("B", "kB") or amount >= 99.95 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.1f} TB"


def day(moment: datetime | None) -> str:
    """Return a date as YYYY-MM-DD, empty where there is none."""
    return moment.date().isoformat() if moment is not None else ""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun in the right form."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def resolution(width: int, height: int) -> str:
    """Return the size of a picture, or what is there instead."""
    return f"{width} × {height}" if width and height else "sound only"


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags that somebody typed with commas between them, each once."""
    return tuple(dict.fromkeys(tag for tag in (" ".join(part.split()) for part in text.split(",")) if tag))


def minutes(amount: float) -> str:
    """Return minutes of footage as they are billed: 84.5 minutes, 1 minute, less than 0.1 minutes."""
    if 0 < amount < 0.05:
        return "less than 0.1 minutes"
    shown = f"{amount:,.1f}".removesuffix(".0")
    return f"{shown} minute" if shown == "1" else f"{shown} minutes"


def money(amount: float, currency: str) -> str:
    """Return a sum of money: about 3.50 USD, and never 0.00 for what does cost something."""
    if 0 < amount < 0.005:
        return f"less than 0.01 {currency}".rstrip()
    return f"about {amount:,.2f} {currency}".rstrip()


def time_left(seconds: float) -> str:
    """Return a remaining time as people say it; nobody knows it to the second."""
    whole = round(seconds / 60)
    if seconds < 10:
        return "a few seconds left"
    if whole < 1 or seconds < 50:
        return "less than a minute left"
    if whole < 90:
        return f"about {counted(whole, 'minute')} left"
    return f"about {counted(round(seconds / 3600), 'hour')} left"


def space_name(space: Space) -> str:
    """Return what people call a space: its model, or its engine where that has no models to speak of."""
    if space.engine == "preview":
        return "the preview engine"
    name = re.sub(r"(?<=[a-z])(?=\d)", " ", space.model).capitalize()
    return name if space.dimension == USUAL_DIMENSION else f"{name} ({space.dimension} dimensions)"

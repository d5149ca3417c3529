"""How numbers, dates and states are written for people."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.model import JobState

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

"""How filter fields are written down, the same for rows and for the filters that ask for them.

A row and a filter that mean the same always become the same characters or numbers here, so a store
only ever compares what is equal. Milvus limits a VARCHAR in bytes and takes strings only in a C-like
form, so text that is too long or holds control characters is replaced by its SHA-256, never cut.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from core.errors import StoreError
from core.model import Filters
from core.vectors.port import VideoFields

TEXT_BYTES: Final = 1024
"""A category or tag of 200 characters has at most 800 bytes."""
MAX_TAGS: Final = 256
NO_DAY: Final = -1_000_000
"""Recorded day of a video without one; earlier than every date."""
NO_TIME: Final = -(10**15)
"""Indexed time of a video without one; earlier than every date."""
_MOST: Final = 2**53
_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1).toordinal()

_DIGEST: Final = "sha256:"
_PLAIN: Final = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*")
_VIDEO_ID: Final = re.compile(r"[A-Za-z0-9_.:@+-]{1,128}")


@dataclass(frozen=True, slots=True)
class StoredFields:
    """The filter fields of a video in the form in which they are kept."""

    video_id: str
    category: str
    """Empty for a video without one."""
    tags: tuple[str, ...]
    duration_ms: int
    recorded_day: int
    indexed_at: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """`Filters` in the form in which fields are kept. Ranges include both ends; None asks nothing."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    video_ids: tuple[str, ...] | None = None
    duration_ms: tuple[int, int] | None = None
    recorded_day: tuple[int, int] | None = None
    indexed_at: tuple[int, int] | None = None

    def admit(self, fields: StoredFields) -> bool:
        """Return whether a video with these fields satisfies all conditions."""
        return (
            (not self.categories or fields.category in self.categories)
            and (not self.tags or any(tag in fields.tags for tag in self.tags))
            and (self.video_ids is None or fields.video_id in self.video_ids)
            and _within(fields.duration_ms, self.duration_ms)
            and _within(fields.recorded_day, self.recorded_day)
            and _within(fields.indexed_at, self.indexed_at)
        )


def stored_fields(fields: VideoFields) -> StoredFields:
    """Return what the rows of a video say about it. Raises: StoreError for an id or tags it cannot keep."""
    if len(fields.tags) > MAX_TAGS:
        raise StoreError(f"A video can have at most {MAX_TAGS} tags. Take some away.")
    return StoredFields(
        video_id=checked_id(fields.video_id),
        category=stored_text(fields.category or ""),
        tags=tuple(dict.fromkeys(stored_text(tag) for tag in fields.tags)),
        duration_ms=_ms(fields.duration_s),
        recorded_day=NO_DAY if fields.recorded_on is None else _day(fields.recorded_on),
        indexed_at=NO_TIME if fields.indexed_at is None else _moment_ms(fields.indexed_at),
    )


def conditions(filters: Filters | None) -> Conditions:
    """Return filters in stored form.

    The category "" asks for videos without one. Days of ``indexed_from`` and ``indexed_to`` are days
    in UTC. A video without a date satisfies no filter on that date.
    """
    if filters is None:
        return Conditions()
    return Conditions(
        categories=tuple(dict.fromkeys(stored_text(name) for name in filters.categories)),
        tags=tuple(dict.fromkeys(stored_text(tag) for tag in filters.tags)),
        video_ids=_known_ids(filters.video_ids) if filters.video_ids else None,
        duration_ms=_range(
            None if filters.min_duration_s is None else _ms(filters.min_duration_s),
            None if filters.max_duration_s is None else _ms(filters.max_duration_s),
            least=-_MOST,
        ),
        recorded_day=_range(
            None if filters.recorded_from is None else _day(filters.recorded_from),
            None if filters.recorded_to is None else _day(filters.recorded_to),
            least=NO_DAY + 1,
        ),
        indexed_at=_range(
            None if filters.indexed_from is None else _day(filters.indexed_from) * _DAY_MS,
            None if filters.indexed_to is None else (_day(filters.indexed_to) + 1) * _DAY_MS - 1,
            least=NO_TIME + 1,
        ),
    )


def stored_text(text: str) -> str:
    """Return a category or tag as it is kept: itself, or a digest where Milvus could not hold it.

    Different texts are kept differently: what itself looks like a digest is digested too.
    """
    plain = _PLAIN.fullmatch(text) and not text.startswith(_DIGEST)
    if plain and len(text.encode()) <= TEXT_BYTES:
        return text
    return _DIGEST + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def checked_id(video_id: str) -> str:
    """Return a video id that is safe inside keys. Raises: StoreError for any other."""
    if not _VIDEO_ID.fullmatch(video_id):
        raise StoreError("A video id may hold only letters, digits and _ . : @ + - (at most 128).")
    return video_id


def _known_ids(video_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out ids that no row can have; they may come from an edited address."""
    return tuple(dict.fromkeys(each for each in video_ids if _VIDEO_ID.fullmatch(each)))


def _range(low: int | None, high: int | None, *, least: int) -> tuple[int, int] | None:
    if low is None and high is None:
        return None
    return (max(least, least if low is None else low), _MOST if high is None else high)


def _within(value: int, bounds: tuple[int, int] | None) -> bool:
    return bounds is None or bounds[0] <= value <= bounds[1]


def _ms(seconds: float) -> int:
    if math.isnan(seconds):
        raise StoreError("A duration is not a number. Index the video again, or correct the filter.")
    return round(min(max(seconds * 1000, -_MOST), _MOST))


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _moment_ms(moment: datetime) -> int:
    """Return milliseconds since 1970; a time without a zone is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)

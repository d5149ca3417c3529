"""What truth.json says of each item: where it lies, what it is of, what it is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from benchmarks.quality.errors import BadSet
from core.model import MODALITIES, Modality

T = TypeVar("T")

LENGTH_S: Final = 4.0
"""Of an item of which it is not said, or only one end is."""
_NAMES: Final = ("video", "start_s", "end_s", "modality", "category")
_MODALITY_NAMES: Final[Mapping[str, Modality]] = {
    **{modality: modality for modality in MODALITIES},
    "video": "visual",
    "image": "visual",
    "vision": "visual",
    "sound": "audio",
    "speech": "transcription",
    "text": "transcription",
}


@dataclass(frozen=True, slots=True)
class ItemFields:
    """Per item; a field of which nothing was said is None altogether."""

    video: Sequence[str] | None
    times: Sequence[tuple[float, float]] | None
    modality: Sequence[Modality]
    category: Sequence[str | None] | None


def read_fields(truth: Mapping[str, Any], items: int) -> tuple[ItemFields, tuple[str, ...]]:
    """Return the fields of the items, and sentences on how gaps in them were read.

    A field may stand in truth.json itself or under "items", as one list each or as one object per item.
    Raises: BadSet.
    """
    columns = {name: _column(truth, name, items) for name in _NAMES}
    notes: list[str] = []
    modality = _each(columns["modality"], "modality", _modality) or ["visual"] * items
    video = _each(columns["video"], "video", _text)
    if video is not None and None in video:
        notes.append("Items without a video were put into videos of their own.")
        video = [f"\0{place}" if one is None else one for place, one in enumerate(video)]
    times = _times(columns["start_s"], columns["end_s"], items)
    if times is not None and video is None:
        notes.append("Without videos the times of items say nothing, so they were left out.")
        times = None
    category = _each(columns["category"], "category", _text)
    return ItemFields(
        video=[str(one) for one in video] if video is not None else None,
        times=times,
        modality=[one or "visual" for one in modality],
        category=category,
    ), tuple(notes)


def _column(truth: Mapping[str, Any], name: str, items: int) -> Sequence[Any] | None:
    """Return one field of all items, None where no item has it."""
    within = truth.get("items")
    found = truth.get(name)
    if found is None and isinstance(within, Mapping):
        found = within.get(name)
    if found is None and isinstance(within, list):
        if len(within) != items:
            raise BadSet(f'"items" in truth.json has {len(within)} entries for {items} vectors.')
        if not all(isinstance(one, Mapping) for one in within):
            raise BadSet('"items" in truth.json has to be an object per item, or one object of lists.')
        found = [one.get(name) for one in within]
    if found is None:
        return None
    if not isinstance(found, list):
        raise BadSet(f'"{name}" in truth.json has to be a list with one entry per item.')
    if len(found) != items:
        raise BadSet(f'"{name}" in truth.json has {len(found)} entries for {items} items.')
    return None if all(one is None for one in found) else found


def _each(found: Sequence[Any] | None, name: str, read: Callable[[Any, str], T]) -> list[T | None] | None:
    if found is None:
        return None
    return [None if one is None else read(one, f'"{name}" of item {i}') for i, one in enumerate(found)]


def _text(found: Any, where: str) -> str:
    if isinstance(found, str | int | float):
        return str(found)
    raise BadSet(f"{where} in truth.json is {found!r}, which is no name.")


def _modality(found: Any, where: str) -> Modality:
    name = found.strip().lower() if isinstance(found, str) else ""
    if name not in _MODALITY_NAMES:
        raise BadSet(f"{where} in truth.json is {found!r}; known are {', '.join(MODALITIES)}.")
    return _MODALITY_NAMES[name]


def _times(
    starts: Sequence[Any] | None, ends: Sequence[Any] | None, items: int
) -> list[tuple[float, float]] | None:
    if starts is None and ends is None:
        return None
    first = _each(starts, "start_s", _seconds) or [None] * items
    last = _each(ends, "end_s", _seconds) or [None] * items
    return [_span(start, end, place) for place, (start, end) in enumerate(zip(first, last, strict=True))]


def _span(start: float | None, end: float | None, place: int) -> tuple[float, float]:
    if start is None:
        start = 0.0 if end is None else max(0.0, end - LENGTH_S)
    if end is None:
        end = start + LENGTH_S
    if end < start:
        raise BadSet(f"Item {place} ends at {end:g} s, before it starts at {start:g} s.")
    # A picture lasts no time; the index keeps milliseconds.
    return start, max(end, start + 0.001)


def _seconds(found: Any, where: str) -> float:
    if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found) and found >= 0:
        return float(found)
    raise BadSet(f"{where} in truth.json is {found!r}; it has to be seconds, 0 or more.")

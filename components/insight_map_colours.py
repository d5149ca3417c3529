"""What the points of the map are coloured by: a few names, or a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from components.insight_downloads import OTHERS, PALETTE

if TYPE_CHECKING:
    from core.model.insights import Points

MOST_NAMED: Final = len(PALETTE)
_LONGEST: Final = 28


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Points of one colour."""

    name: str
    colour: str
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """Either parts of one colour each, or a number for each point."""

    title: str
    """What the map shows, as the end of its title: "by category"."""
    parts: tuple[Part, ...] = ()
    values: NDArray[np.float64] | None = None
    """(n,), NaN where there is none."""
    unit: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    labelled: tuple[Part, ...] = ()
    """Parts whose name is written on the map itself, for more colours than people can tell apart."""


def by_group(labels: NDArray[np.int32], titles: Sequence[str]) -> Colouring:
    """Colour by group, each with its name on the map; groups beyond the palette take its colours again."""
    parts = tuple(
        Part(short(title), PALETTE[number % len(PALETTE)], np.flatnonzero(labels == number))
        for number, title in enumerate(titles)
    )
    alone = np.flatnonzero(labels < 0)
    none = (Part("in no group" if titles else "all segments", OTHERS, alone),) if len(alone) else ()
    return Colouring("by group", (*none, *parts), labelled=parts)


def by_name(points: Points, names: Sequence[str], several: str) -> Colouring:
    """Colour by a name of each video: the most frequent have a colour each, the rest is grey."""
    of_row = np.asarray(names, dtype=object)[points.video_of] if len(names) else np.zeros(0, object)
    counts = Counter(of_row.tolist())
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    parts = [
        Part(short(name), PALETTE[number], np.flatnonzero(of_row == name))
        for number, name in enumerate(ranked[:MOST_NAMED])
    ]
    rest = np.flatnonzero(~np.isin(of_row.astype(str), ranked[:MOST_NAMED]))
    if len(rest):
        parts.insert(0, Part(f"{len(ranked) - MOST_NAMED} other {several}", OTHERS, rest))
    return Colouring(f"by {'category' if several == 'categories' else 'video'}", tuple(parts))


def by_date(points: Points, moments: Sequence[float | None]) -> Colouring:
    """Colour by when the videos were recorded, in seconds since 1970; grey where nobody knows."""
    known = np.asarray([np.nan if one is None else one for one in moments], float)
    values = known[points.video_of] if len(known) else np.zeros(0)
    return Colouring("by date of recording", values=values, unit="recorded", ticks=_days(values))


def by_likeness(scores: NDArray[np.float64], words: str) -> Colouring:
    """Colour by score: 0 is the background of the library, 1 a typical best match."""
    what = f"by likeness to “{short(words)}”" if words else "by likeness to words"
    return Colouring(what, values=scores, unit="score")


def short(name: str) -> str:
    """Return a name that fits a legend."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _days(values: NDArray[np.float64]) -> tuple[tuple[float, str], ...]:
    known = values[np.isfinite(values)]
    if not len(known):
        return ()
    low, high = float(known.min()), float(known.max())
    places = [low] if low == high else [low + (high - low) * step / 4 for step in range(5)]
    return tuple((at, str(np.datetime64(int(at), "s"))[:10]) for at in places)


def scale_of(colouring: Colouring) -> dict[str, Any]:
    """Return plotly's bar that says what a colour means."""
    bar: dict[str, Any] = {"title": {"text": colouring.unit}, "thickness": 12, "len": 0.9}
    if colouring.ticks:
        bar |= {
            "tickvals": [at for at, _ in colouring.ticks],
            "ticktext": [told for _, told in colouring.ticks],
        }
    return bar

"""Where a video is cut into segments, and how each of them is described."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.twelvelabs_server.watching import Watched
from tests.twelvelabs_server.words import (
    HASHED,
    LAYOUT,
    LENGTH,
    LEVEL,
    LIGHT,
    MOVED,
    MOVEMENT,
    SPECTRUM,
    WORDS,
    Description,
    unit,
)

_CUT = 0.35
"""Half the difference of two pictures' shares of colours, or their mean difference, that is a cut."""
_LONGEST_S = 8.0
_SHORTEST_LAST_S = 0.5

Span = tuple[float, float]


@dataclass(frozen=True)
class Segmentation:
    """How to cut: at changes, with a shortest length, or every so many seconds."""

    dynamic: bool
    seconds: float


def spans(watched: Watched, how: Segmentation, start_s: float, end_s: float) -> list[Span]:
    """Return the segments of a stretch, from its start to its end without a gap."""
    if how.dynamic:
        edges = _dynamic(watched, how.seconds, start_s, end_s)
    else:
        edges = [*np.arange(start_s, end_s, how.seconds), end_s]
    if len(edges) > 2 and edges[-1] - edges[-2] < _SHORTEST_LAST_S:
        del edges[-2]
    edges = [round(float(edge), 3) for edge in edges]
    return list(pairwise(edges))


def _dynamic(watched: Watched, shortest_s: float, start_s: float, end_s: float) -> list[float]:
    colours = watched.looks.colours
    edges = [start_s]
    if len(colours):
        moved = np.abs(np.diff(colours, axis=0)).sum(axis=1) / 2
        strong = np.maximum(moved, watched.looks.change[1:] * 1.5) > _CUT
        for at in watched.seen_at[1:][strong]:
            if at - edges[-1] >= shortest_s and end_s - at >= shortest_s:
                edges.append(float(at))
    edges.append(end_s)
    # A long shot is divided evenly, or nothing in it could be found.
    whole: list[float] = [start_s]
    for start, end in pairwise(edges):
        parts = max(1, int(np.ceil((end - start) / _LONGEST_S)))
        whole += [start + (end - start) * part / parts for part in range(1, parts + 1)]
    return whole


def seen(watched: Watched, span: Span | None = None) -> Description:
    """Return the description of what is seen in a stretch, of length 1 (a picture has no movement)."""
    looks = watched.looks
    chosen = _chosen(watched.seen_at, span)
    description = np.zeros(LENGTH)
    if not len(chosen):
        return unit(description)
    colours = looks.colours[chosen].mean(axis=0)
    description[: len(colours)] = colours / max(1e-9, float(np.linalg.norm(colours)))
    description[LIGHT] = 0.6 * (2 * float(looks.light[chosen].mean()) - 1)
    if watched.facts.kind == "video":
        description[MOVED] = _where(looks.moved[chosen[1:]])
        description[MOVEMENT] = 0.2 * min(
            1.0, 20 * float(looks.change[chosen[1:]].mean() if chosen[1:].size else 0)
        )
    layout = looks.layout[chosen].mean(axis=0)
    layout = layout - layout.mean()
    description[LAYOUT] = 0.6 * layout / max(0.2, float(np.linalg.norm(layout)))
    return unit(description)


def _where(moved: np.ndarray) -> np.ndarray:
    """Return where a stretch moves; what hardly moves says little."""
    if not len(moved):
        return np.zeros(moved.shape[1])
    mean = moved.mean(axis=0)
    return 0.6 * mean / max(0.01, float(np.linalg.norm(mean)))


def heard(watched: Watched, span: Span | None = None) -> Description:
    """Return the description of what is heard in a stretch, of length 1."""
    chosen = _chosen(watched.heard_at, span)
    description = np.zeros(LENGTH)
    if not len(chosen):
        description[LEVEL.start] = 1.0
        return description
    level = float(watched.levels_db[chosen].mean())
    loud = float(np.clip((level + 38) / 30, 0, 1))
    silent = float(np.clip((-50 - level) / 20, 0, 1))
    description[LEVEL] = (silent, max(0.0, 1 - loud - silent), loud)
    bands = watched.bands[chosen].mean(axis=0)
    bands = bands - bands.mean()
    description[SPECTRUM] = 0.7 * (1 - silent) * bands / max(0.5, float(np.linalg.norm(bands)))
    return unit(description)


def spoken(watched: Watched, span: Span | None = None) -> Description:
    """Return what stands for speech: no words are recognised, so a fixed function of the sound.

    The same stretch gives the same direction, another stretch another one: enough for a clip to find
    its own moment.
    """
    sound = heard(watched, span)[LEVEL.start : SPECTRUM.stop]
    mixing = np.random.default_rng(7).standard_normal((HASHED, len(sound)))
    description = np.zeros(LENGTH)
    description[WORDS] = mixing @ sound
    return unit(description)


def _chosen(times: np.ndarray, span: Span | None) -> np.ndarray:
    if span is None:
        return np.arange(len(times))
    inside = np.nonzero((times >= span[0] - 1e-6) & (times < span[1] - 1e-6))[0]
    if len(inside) or not len(times):
        return inside
    return np.array([int(np.abs(times - (span[0] + span[1]) / 2).argmin())])

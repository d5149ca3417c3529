"""How long footage is that several segments show: what overlaps counts once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def covered_s(
    video_of: NDArray[np.integer], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> float:
    """Return the seconds that lie in at least one of the segments."""
    return float(covered_by_video(video_of, start_s, end_s, int(video_of.max(initial=-1)) + 1).sum())


def covered_by_video(
    video_of: NDArray[np.integer], start_s: NDArray[np.float64], end_s: NDArray[np.float64], videos: int
) -> NDArray[np.float64]:
    """Return, video by video, the seconds that lie in at least one of its segments."""
    seconds = np.zeros(videos)
    if not len(video_of):
        return seconds
    order = np.lexsort((start_s, video_of))
    owners, starts, ends = video_of[order], start_s[order], end_s[order]
    # Videos are laid one after the other on one line, so that the latest end so far is a running maximum.
    step = float(ends.max()) + 1.0
    shift = owners * step
    latest = np.maximum.accumulate(ends + shift) - shift
    before = np.concatenate([[-1.0], latest[:-1]])
    before[np.concatenate([[True], owners[1:] != owners[:-1]])] = -1.0
    np.add.at(seconds, owners, np.maximum(0.0, ends - np.maximum(starts, before)))
    return seconds

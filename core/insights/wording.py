"""The words that belong to segments: title, tags and file name of the video, and what is said meanwhile."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.embedding.port import Cue
from core.model import Video
from core.model.insights import Points


def texts_of(
    points: Points, videos: Mapping[str, Video], cues_of: Callable[[str], Sequence[Cue]]
) -> list[str]:
    """Return one text a row. ``cues_of`` gives the subtitles of a video, none where it has none."""
    texts = [""] * len(points)
    edges = np.searchsorted(points.video_of, np.arange(len(points.video_ids) + 1)).tolist()
    for number, video_id in enumerate(points.video_ids):
        video = videos.get(video_id)
        if video is None:
            continue
        written = " ".join((video.title, *video.tags))
        cues = sorted(cues_of(video_id), key=lambda cue: cue.segment) if video.has_subtitles else []
        for row in range(edges[number], edges[number + 1]):
            said = _said(cues, float(points.start_s[row]), float(points.end_s[row]))
            texts[row] = f"{written} {said}" if said else written
    return texts


def _said(cues: Sequence[Cue], start_s: float, end_s: float) -> str:
    """Return what the cues say of which the middle lies in ``[start_s, end_s)``: each is said once."""
    until = bisect_left(cues, end_s, key=lambda cue: cue.segment.start_s)
    return " ".join(cue.text for cue in cues[:until] if start_s <= cue.segment.middle_s < end_s)

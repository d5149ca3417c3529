"""Rows to be counted, out of what the index has in memory: where segments are, without their vectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.model import Modality, Space
from core.model.insights import Points
from core.vectors.port import VideoRows


def points_of(space: Space, modality: Modality, rows: Mapping[str, VideoRows]) -> Points:
    """Return the clip segments of one modality as points without vectors, by video id and time."""
    ids = sorted(video_id for video_id, video in rows.items() if len(video.spans.get(modality, ())))
    spans = [rows[video_id].spans[modality] for video_id in ids]
    every = np.concatenate([np.zeros((0, 2), np.int64), *spans])
    return Points(
        space.key,
        modality,
        tuple(ids),
        np.repeat(np.arange(len(ids), dtype=np.int32), [len(some) for some in spans]),
        every[:, 0] / 1000,
        every[:, 1] / 1000,
        np.zeros((len(every), 0), np.float32),
        len(every),
    )

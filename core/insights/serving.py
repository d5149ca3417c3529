"""What child processes do for the insights: read vectors out of the archive, and answer one question.

A child takes no more than one processor, gives its memory back when it ends, and can be stopped at any
moment, so that nobody else's search waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.insights.clustering import Clustering, cluster
from core.insights.outlying import Outlier, outliers
from core.insights.projecting import Projection, first_picture, project
from core.insights.reading import read_points
from core.insights.repeats import Repeats, VideoFile, find_repeats
from core.insights.stepping import part_of, tell
from core.insights.storing import open_points, write_answer, write_points
from core.model import Space
from core.vectors.archive import Archive

FIRST: Final = "first.npz"
MOST_OUTLIERS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class FirstPicture:
    """Where each row is before the map is there."""

    places: NDArray[np.float32]
    """(n, 2)."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """The rows that stand out most, the most first."""

    all: tuple[Outlier, ...]


def read_request(request: dict[str, Any], report: Callable[[float], None]) -> int:
    """Lay the points of a selection out in a folder, and their first picture; return how many they are."""
    points = read_points(
        [(str(video_id), str(recipe)) for video_id, recipe in request["videos"]],
        Archive(Path(request["archive"])),
        Space(*request["space"]),
        request["modality"],
        most=int(request["most"]),
        report=part_of(report, 0.0, 0.8),
    )
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    # The picture first: whoever finds the points finds it as well.
    write_answer(folder / FIRST, FirstPicture(first_picture(points)))
    tell(report, 0.95)
    write_points(folder, points)
    return len(points)


def answer_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Answer one question about laid out points, and write the answer down."""
    points = open_points(Path(request["folder"]))
    if points is None:
        raise NotFound("What was read of the archive is gone. Try again.")
    asked = request["asked"]
    answer: Projection | Clustering | Outliers | Repeats
    match request["kind"]:
        case "map":
            answer = project(points, report)
        case "clusters":
            answer = cluster(points, k=asked["k"], report=report)
        case "outliers":
            found = outliers(points, kind=asked["kind"], most=MOST_OUTLIERS, report=report)
            answer = Outliers(found)
        case "repeats":
            answer = find_repeats(points, _files(asked["files"]), report)
        case unknown:
            raise ValueError(f"not a question: {unknown}")
    write_answer(Path(request["answer"]), answer)


def _files(told: dict[str, list[Any]]) -> dict[str, VideoFile]:
    return {
        video_id: VideoFile(float(duration_s), int(size_bytes), datetime.fromisoformat(added_at))
        for video_id, (duration_s, size_bytes, added_at) in told.items()
    }
